from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from restoration_studio.video.prefetch import BackgroundConsumer, OrderedPool, Prefetcher
from tests.waiting import wait_until


def test_everything_comes_through_in_order() -> None:
    taken: list[int] = []
    with Prefetcher(range(50), 3) as reader, BackgroundConsumer(taken.append, 2) as writer:
        for item in reader:
            writer.put(item * 2)
    assert taken == [2 * n for n in range(50)]


def test_the_reader_is_never_further_ahead_than_its_queue() -> None:
    given: list[int] = []

    def count() -> Iterator[int]:
        for number in range(100):
            given.append(number)
            yield number

    with Prefetcher(count(), 4) as reader:
        first = next(iter(reader))
        wait_until(lambda: len(given) == 6)  # taken, four in the queue, in hand
        assert first == 0
    assert len(given) == 6


def test_an_error_of_the_reader_is_raised_where_its_item_would_come() -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise OSError("the disk has gone")

    taken = []
    with pytest.raises(OSError, match="disk has gone"), Prefetcher(broken(), 2) as reader:
        taken.extend(reader)
    assert taken == [1]


def test_an_error_of_the_writer_stops_who_puts() -> None:
    def refuse(item: int) -> None:
        raise ValueError(f"no {item}")

    with pytest.raises(ValueError, match="no 0"), BackgroundConsumer(refuse, 1) as writer:
        for number in range(1000):
            writer.put(number)


def test_threads_end_and_generators_are_closed_when_the_middle_fails() -> None:
    closed = threading.Event()

    def endless() -> Iterator[int]:
        try:
            while True:
                yield 1
        finally:
            closed.set()

    before = threading.active_count()
    with pytest.raises(KeyError), Prefetcher(endless(), 2) as reader, BackgroundConsumer(lambda _: None, 2):
        next(iter(reader))
        raise KeyError("middle")
    assert closed.is_set()
    assert threading.active_count() == before


def test_calls_run_side_by_side_and_their_results_come_in_order() -> None:
    both, taken = threading.Barrier(2, timeout=10), list[int]()
    finished = [threading.Event() for _ in range(6)]

    def call(number: int) -> int:
        both.wait()  # gets past only when another is here at the same time
        if number % 2 == 0:
            finished[number + 1].wait(10)  # the second of two is done first
        finished[number].set()
        return number

    with OrderedPool[int](2) as jobs:
        for number in range(6):
            jobs.submit(lambda number=number: call(number))  # type: ignore[misc]
            taken += jobs.results(wait_for_all=number == 5)
    assert taken == list(range(6))


def test_no_more_calls_wait_than_there_are_threads() -> None:
    begun: list[int] = []
    with OrderedPool[None](2) as jobs:
        for number in range(20):
            jobs.submit(lambda number=number: begun.append(number))  # type: ignore[misc]
            assert len(begun) >= number - 1
            list(jobs.results())
        list(jobs.results(wait_for_all=True))
    assert sorted(begun) == list(range(20))


def test_an_error_of_a_call_is_raised_where_its_result_is_taken() -> None:
    def fail() -> int:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"), OrderedPool[int](2) as jobs:
        jobs.submit(lambda: 1)
        jobs.submit(fail)
        jobs.submit(lambda: 3)
        list(jobs.results(wait_for_all=True))
