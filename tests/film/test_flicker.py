from __future__ import annotations

import numpy as np
import pytest

from film.flicker import flicker_score


def test_a_steady_film_and_a_fade_have_none() -> None:
    assert flicker_score([100.0] * 20, [0]) == 0
    assert flicker_score(list(np.linspace(0, 200, 50)), [0]) == pytest.approx(0, abs=1e-9)


def test_jumps_count_and_cuts_do_not() -> None:
    assert flicker_score([100.0, 110.0] * 20, [0]) == pytest.approx(10)
    assert flicker_score([50.0] * 20 + [200.0] * 20, [0, 20]) == 0
    assert flicker_score([50.0] * 20 + [200.0] * 20, [0]) > 3


def test_shots_too_short_to_tell() -> None:
    assert flicker_score([1.0, 2.0], [0, 1]) == 0
