"""Progress and stopping: what every long call reports, and how a person ends it.

Work is a tree of tasks: a batch of files, a file of stages, a stage of tiles. Each task has a description, how much of
it is completed, of how much in all, and the unit of both. ``ProgressTracker`` works out the fraction of the whole, the
rate and the time left, once, and hands a ``Progress`` to whoever shows it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar, Protocol, Self

from restoration_studio.errors import Cancelled


class Stopped(Cancelled):
    """The person stopped the work; nothing was written."""

    code: ClassVar[str] = "stopped"
    sentence: ClassVar[str] = "stopped; nothing was written."


class Event(Protocol):
    """What a ``CancelToken`` is set through: ``threading.Event``, or one of ``multiprocessing`` across processes."""

    def set(self) -> None: ...

    def is_set(self) -> bool: ...


class CancelToken:
    """Given to a long call and set from anywhere to stop it at its next tile.

    Args:
        event: what holds the request; one that other processes share makes the token work across processes.
    """

    def __init__(self, event: Event | None = None) -> None:
        self._event: Event = threading.Event() if event is None else event

    def cancel(self) -> None:
        self._event.set()

    @property
    def cancelled(self) -> bool:
        return self._event.is_set()

    def check(self) -> None:
        """Raises ``Cancelled`` once ``cancel`` was called."""
        if self._event.is_set():
            raise Stopped()


@dataclass(frozen=True, slots=True)
class TaskState:
    """One task as it stands.

    Attributes:
        description: for people: "Super-resolution", "Fetching weights", the name of a file.
        completed: how much of it is done.
        total: of how much; None where that is not known.
        unit: of both, singular: "tile", "strip", "frame", "file", "stage", "byte".
        index, count: which of how many tasks of its kind it is, from 0.
    """

    description: str
    completed: float
    total: float | None
    unit: str
    index: int
    count: int


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a long call is.

    Attributes:
        tasks: those that run, each within the one before it; the outermost first.
        fraction: of the whole call, 0 to 1; never falls.
        elapsed: seconds since it began.
        seconds_left: a guess, or None before there is anything to guess from.
        rate: units of the innermost counted task a second, or None before there is anything to measure.
    """

    tasks: tuple[TaskState, ...]
    fraction: float
    elapsed: float
    seconds_left: float | None
    rate: float | None

    @property
    def task(self) -> TaskState:
        """The innermost task."""
        return self.tasks[-1]

    def find(self, unit: str) -> TaskState | None:
        """The outermost running task that counts ``unit``, or None."""
        return next((task for task in self.tasks if task.unit == unit), None)

    def current(self, unit: str) -> TaskState | None:
        """What is at work of that which is counted in ``unit``: the running stage for "stage", or None."""
        return next((task for outer, task in pairwise(self.tasks) if outer.unit == unit), None)


ProgressCallback = Callable[[Progress], None]


class Task:
    """A piece of work that tells how far it is, and is told when to stop. Use it in a ``with`` statement.

    Made by ``ProgressTracker.task`` or, within another task, by ``Task.task``.
    """

    def __init__(
        self,
        tracker: ProgressTracker,
        parent: Task | None,
        description: str,
        total: float | None,
        unit: str,
        weight: float,
        place: tuple[int, int],
        tells_pace: bool = True,
    ) -> None:
        self._tracker, self._parent = tracker, parent
        self.description, self.unit, self.weight = description, unit, weight
        self.completed: float = 0.0
        self.total = total
        self._place, self._tells_pace = place, tells_pace
        self._started = self._counted_from = time.perf_counter()
        self._counted_at = 0.0
        self._child: Task | None = None
        self._followed: Progress | None = None  # of a call within this task
        self._done_weight = 0.0  # of children that have ended
        self._children_weight: float | None = None
        self._alike = False  # its tasks take about as long as each other
        self._paceless = False  # a task of it has ended whose pace says nothing of the others

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()  # one that failed is over too: the next file of a batch follows it

    def task(
        self,
        description: str,
        *,
        total: float | None = None,
        unit: str = "",
        weight: float = 1.0,
        index: int = 0,
        count: int = 1,
        completed: float = 0.0,
        tells_pace: bool = True,
    ) -> Task:
        """Begin a task within this one.

        Args:
            weight: its share of this task's work beside its siblings' (see ``expect``); 0 for what is not part of
                it, such as fetching weights.
            completed: what was done before, by an earlier run: it tells no pace.
            tells_pace: whether its own pace says how long its siblings will take; while one that does not runs, there
                is no guess of the time left.
        """
        child = Task(self._tracker, self, description, total, unit, weight, (index, count), tells_pace)
        child.completed = child._counted_at = completed
        with self._tracker.lock:
            self._child = child
        if weight > 0:
            self._tracker.report()
        return child

    def begin(self, count: int) -> None:
        """``count`` tasks of equal weight follow; what came before says nothing of the time left."""
        now = time.perf_counter()
        with self._tracker.lock:
            self.completed, self.total, self._children_weight, self._alike = 0.0, count, float(count), True
            self._started, self._counted_from, self._counted_at = now, now, 0.0

    def expect(self, weight: float) -> None:
        """Say what the weights of all tasks within this one will add up to."""
        self._children_weight = weight

    def update(
        self,
        completed: float,
        total: float | None = None,
        *,
        unit: str | None = None,
        description: str | None = None,
    ) -> None:
        """Say how far the task is.

        Raises:
            Cancelled: the person has stopped the work.
        """
        self.check()
        with self._tracker.lock:
            if unit is not None and unit != self.unit:  # another count begins
                self.unit, self._counted_from, self._counted_at = unit, time.perf_counter(), completed
            if description is not None:
                self.description = description
            self.completed = completed
            self.total = total if total is not None else self.total
        self._tracker.report()

    def advance(self, by: float = 1.0) -> None:
        """``by`` more units are done."""
        self.update(self.completed + by)

    def follow(self, progress: Progress) -> None:
        """Take over the progress of a call that tracks its own, as the callback of that call."""
        with self._tracker.lock:
            self._followed = progress
        self._tracker.report()

    def check(self) -> None:
        """Raises ``Cancelled`` once the person has stopped the work."""
        self._tracker.check()

    def end(self) -> None:
        """The task is done; its parent goes on."""
        parent = self._parent
        if parent is None:
            return
        with self._tracker.lock:
            if parent._child is self:
                parent._child = None
            parent._done_weight += self.weight
            parent._paceless |= not self._tells_pace
            if self.weight > 0 and parent.unit and parent._children_weight:
                parent.completed += 1

    @property
    def state(self) -> TaskState:
        return TaskState(self.description, self.completed, self.total, self.unit, *self._place)

    def fraction(self) -> float:
        """How much of the task is done, 0 to 1."""
        if self._followed is not None:
            return self._followed.fraction
        if self._children_weight:
            running = self._child.weight * self._child.fraction() if self._child is not None else 0.0
            return min(1.0, (self._done_weight + running) / self._children_weight)
        return min(1.0, self.completed / self.total) if self.total else 0.0

    def rate(self, now: float) -> float | None:
        """Units a second since the count began."""
        spent, done = now - self._counted_from, self.completed - self._counted_at
        return done / spent if spent > 0 and done > 0 else None

    def seconds_left(self, now: float) -> float | None:
        """From the innermost running task's own pace, since guesses of how tasks compare are rough; where tasks are
        alike, from the pace of all so far."""
        child = self._child
        if self._children_weight and not self._alike and child is not None and child.weight > 0:
            within = child.seconds_left(now)
            if not child._tells_pace or (within is None and (child._counted_at or self._paceless)):
                return None  # what was done before would look like the work of this moment
            if within is not None:
                whole = (now - child._started) + within
                later = max(0.0, self._children_weight - self._done_weight - child.weight)
                return within + whole * later / child.weight
        if self._counted_at and self.total:  # the pace is that of what was done since
            rate = self.rate(now)
            return max(0.0, self.total - self.completed) / rate if rate else None
        fraction, spent = self.fraction(), now - self._started
        return spent / fraction * (1 - fraction) if fraction > 0 else None


class ProgressTracker:
    """Works out the progress of a whole call from its tasks and hands it on; safe to use from several threads.

    Args:
        callback: called with a ``Progress`` at every change; None where nobody looks.
        cancel: stops the work at the next change when set.
    """

    def __init__(self, callback: ProgressCallback | None = None, cancel: CancelToken | None = None) -> None:
        self._callback = callback
        self.cancel = cancel or CancelToken()
        self.lock = threading.RLock()
        self._root: Task | None = None
        self._started = time.perf_counter()
        self._furthest = 0.0

    def check(self) -> None:
        """Raises ``Cancelled`` once the person has stopped the work."""
        self.cancel.check()

    def task(self, description: str, *, total: float | None = None, unit: str = "") -> Task:
        """The outermost task; begun anew it takes the place of the one before."""
        self._root = Task(self, None, description, total, unit, 1.0, (0, 1))
        return self._root

    def report(self) -> None:
        """Hand the present state on."""
        if self._callback is None or self._root is None:
            return
        now = time.perf_counter()
        with self.lock:
            running = [self._root]
            while (child := running[-1]._child) is not None:
                running.append(child)
            # Work that begins anew, with smaller tiles for one, waits there until it is past where it was.
            self._furthest = max(self._furthest, self._root.fraction())
            followed = running[-1]._followed
            within = () if followed is None else tuple(task for task in followed.tasks if task.description)
            counted = next((task for task in reversed(running) if task.unit), None)
            progress = Progress(
                tasks=(*(task.state for task in running), *within),
                fraction=self._furthest,
                elapsed=now - self._started,
                seconds_left=self._root.seconds_left(now),
                rate=counted.rate(now) if counted is not None else None,
            )
        self._callback(progress)


def silent_task(cancel: CancelToken | None = None) -> Task:
    """A task whose progress nobody looks at."""
    return ProgressTracker(None, cancel).task("")
