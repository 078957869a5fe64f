from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from film.overlap import Ahead, Behind


def test_everything_comes_through_in_order() -> None:
    taken: list[int] = []
    with Ahead(range(50), 3) as reader, Behind(taken.append, 2) as writer:
        for item in reader:
            writer.put(item * 2)
    assert taken == [2 * n for n in range(50)]


def test_the_reader_is_never_further_ahead_than_its_queue() -> None:
    given: list[int] = []

    def count() -> Iterator[int]:
        for number in range(100):
            given.append(number)
            yield number

    with Ahead(count(), 4) as reader:
        first = next(iter(reader))
        time.sleep(0.3)
        assert first == 0
        assert len(given) <= 6  # taken, in the queue, in hand


def test_an_error_of_the_reader_is_raised_where_its_item_would_come() -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise OSError("the disk has gone")

    taken = []
    with pytest.raises(OSError, match="disk has gone"), Ahead(broken(), 2) as reader:
        taken.extend(reader)
    assert taken == [1]


def test_an_error_of_the_writer_stops_who_puts() -> None:
    def refuse(item: int) -> None:
        raise ValueError(f"no {item}")

    with pytest.raises(ValueError, match="no 0"), Behind(refuse, 1) as writer:
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
    with pytest.raises(KeyError), Ahead(endless(), 2) as reader, Behind(lambda _: None, 2):
        next(iter(reader))
        raise KeyError("middle")
    assert closed.is_set()
    assert threading.active_count() == before
