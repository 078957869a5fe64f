"""Reading, restoring and writing at the same time, with bounded queues between, so that memory stays the same.

FFmpeg and the networks let go of Python's lock while they compute, so a few threads fill the machine.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Generic, TypeVar

T = TypeVar("T")
_LOOK = 0.2  # seconds between looks whether the other side has gone


class _End:
    """The last thing in a queue."""


class Prefetcher(Generic[T]):
    """Takes from an iterable in a thread of its own, at most ``size`` items ahead of whoever takes from this.

    Leaving the context ends the thread and closes the iterable; an error of the iterable is raised where its
    item would have been taken.
    """

    def __init__(self, items: Iterable[T], size: int) -> None:
        self._items = items
        self._queue: queue.Queue[T | _End] = queue.Queue(size)
        self._gone = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="video reader", daemon=True)

    def __enter__(self) -> Prefetcher[T]:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._gone.set()
        self._thread.join()

    def __iter__(self) -> Iterator[T]:
        while True:
            item = self._queue.get()
            if isinstance(item, _End):
                if self._error is not None:
                    raise self._error
                return
            yield item

    def _run(self) -> None:
        iterator = iter(self._items)
        try:
            for item in iterator:
                if not _put(self._queue, item, self._gone):
                    return
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that takes
            self._error = error
        finally:
            close = getattr(iterator, "close", None)
            if close is not None:
                close()  # files are closed in the thread that opened them
            _put(self._queue, _End(), self._gone)


class BackgroundConsumer(Generic[T]):
    """Hands items to a function in a thread of its own, which may be at most ``size`` items behind.

    An error of the function is raised by the next ``put`` or at the end. Leaving the context without an error
    waits until everything is done; with one, what waits is dropped.
    """

    def __init__(self, take: Callable[[T], None], size: int) -> None:
        self._take = take
        self._queue: queue.Queue[T | _End] = queue.Queue(size)
        self._gone = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="video writer", daemon=True)

    def __enter__(self) -> BackgroundConsumer[T]:
        self._thread.start()
        return self

    def put(self, item: T) -> None:
        if not _put(self._queue, item, self._gone):
            self._raise()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._gone.set()
        _put(self._queue, _End(), self._gone)
        self._thread.join()
        if kind is None:
            self._raise()

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        try:
            while not self._gone.is_set():
                try:
                    item = self._queue.get(timeout=_LOOK)
                except queue.Empty:
                    continue
                if isinstance(item, _End):
                    return
                self._take(item)
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that puts
            self._error = error
            self._gone.set()


class OrderedPool(Generic[T]):
    """Calls in ``count`` threads; what they give comes in the order they were begun.

    An error of a call is raised where its result would have been taken. Leaving the context waits for calls that
    are under way and drops the others.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="video restorer")
        self._going: deque[Future[T]] = deque()

    def __enter__(self) -> OrderedPool[T]:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def submit(self, call: Callable[[], T]) -> None:
        self._going.append(self._pool.submit(call))

    def results(self, wait_for_all: bool = False) -> Iterator[T]:
        """Results that are ready, waiting until a thread is free again, or until all calls have ended."""
        while self._going and (wait_for_all or len(self._going) >= self._count or self._going[0].done()):
            yield self._going.popleft().result()


def _put(to: queue.Queue[T | _End], item: T | _End, gone: threading.Event) -> bool:
    """Put an item as soon as there is room; False when the other side has gone."""
    while not gone.is_set():
        try:
            to.put(item, timeout=_LOOK)
            return True
        except queue.Full:
            continue
    return False
