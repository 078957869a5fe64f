from __future__ import annotations

import numpy as np
import pytest
from numpy.random import default_rng

from restoration_studio.training import lettering as module
from restoration_studio.training.lettering import lettering


def test_words_on_the_picture_leave_what_is_between_them() -> None:
    grey = np.full((160, 200, 3), 0.5, np.float32)
    shares = []
    for seed in range(30):
        made = lettering(grey, default_rng(seed), light=1.0, strip=0.0)
        assert made.shape == grey.shape and made.dtype == np.float32 and made.min() >= 0 and made.max() <= 1
        assert made.min() >= 0.49  # light words
        shares.append((np.abs(made - grey) > 0.05).any(axis=2).mean())
    assert np.mean(np.array(shares) > 0) > 0.9 and max(shares) < 0.5  # a single word may stand outside


def test_a_strip_of_paper_runs_along_a_side_and_keeps_the_rest() -> None:
    noise = default_rng(0).random((200, 150, 3), np.float32)
    for seed in range(20):
        made = lettering(noise, default_rng(seed), strip=1.0, light=0.0)
        changed = np.flatnonzero((made != noise).all(axis=(1, 2)))
        assert changed.size and (changed[0] == 0 or changed[-1] == 199)
        paper = made[changed]
        assert np.median(paper) > 0.6  # bare paper, dark words


@pytest.mark.parametrize("side", [32, 64])
def test_small_pictures(side: int) -> None:
    for seed in range(40):
        assert lettering(np.zeros((side, side, 3), np.float32), default_rng(seed)).shape == (side, side, 3)


def test_every_typeface_is_there() -> None:
    for name in module._FONTS:
        assert module._font(name, 12).getlength("word") > 10
