"""Progress: never backwards, never above one; and the token that stops."""

from __future__ import annotations

import pytest

from restoration_studio.errors import Cancelled
from restoration_studio.progress import CancelToken, Progress, Reporter


def test_fraction_climbs_to_one_by_the_weight_of_stages() -> None:
    seen: list[Progress] = []
    reporter = Reporter(["a", "b"], [1.0, 3.0], seen.append)
    for index in (0, 1):
        reporter.stage(index)
        for done in range(5):
            reporter.piece(done, 4, "tile")
    fractions = [progress.fraction for progress in seen]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert next(p.fraction for p in seen if p.stage == "b") == pytest.approx(0.25)


def test_fetching_does_not_count_as_done() -> None:
    seen: list[Progress] = []
    reporter = Reporter(["a"], [1.0], seen.append)
    reporter.stage(0)
    reporter.piece(900, 1000, "fetching weights")
    assert seen[-1].fraction == 0 and seen[-1].done == 900


def test_no_callback_no_trouble() -> None:
    reporter = Reporter([], [], None)
    reporter.piece(1, 2, "tile")


def test_token() -> None:
    token = CancelToken()
    token.check()
    token.cancel()
    with pytest.raises(Cancelled):
        token.check()
