from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from restoration_studio.image.parallel import map_in_order


def test_results_keep_their_order() -> None:
    later = [threading.Event() for _ in range(40)]

    def work(item: int) -> int:
        if item % 2 == 0:
            later[item + 1].wait(0.05)  # done after the one behind it, where two run at once
        later[item].set()
        return item * item

    assert list(map_in_order(work, range(40))) == [item * item for item in range(40)]


def test_only_a_few_items_are_taken_ahead() -> None:
    taken = 0

    def items() -> Iterator[int]:
        nonlocal taken
        while taken < 1000:
            taken += 1
            yield taken

    results = map_in_order(abs, items())
    next(results)
    assert taken < 20
    results.close()  # type: ignore[attr-defined]


def test_errors_reach_the_caller() -> None:
    with pytest.raises(ZeroDivisionError):
        list(map_in_order(lambda item: 1 // item, [1, 0, 1]))
