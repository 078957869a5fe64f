"""Specks are found on an even ground and left alone in a crowd."""

from __future__ import annotations

import numpy as np
import pytest

from restoration_studio.damage.spots import confidence


@pytest.mark.parametrize("tone", [0.05, 0.95])
@pytest.mark.parametrize("side", [1, 2, 4, 9])
def test_a_speck_is_found_where_it_is(ground, tone, side):
    pixels = ground.copy()
    pixels[90 : 90 + side, 100 : 100 + side] = tone
    found = confidence(pixels) >= 0.5
    assert found[90 : 90 + side, 100 : 100 + side].mean() >= 0.75
    found[88 : 92 + side, 98 : 102 + side] = False
    assert found.mean() < 0.002


def test_a_crowd_of_marks_is_the_pictures_own(ground):
    rng = np.random.default_rng(8)
    pixels = ground.copy()
    pixels[rng.random(ground.shape[:2]) < 0.3] += 0.3
    assert (confidence(pixels) >= 0.5).mean() < 0.002


def test_a_large_object_is_no_spot(ground):
    pixels = ground.copy()
    pixels[50:130, 60:160] = 0.9
    assert (confidence(pixels) >= 0.5)[60:120, 70:150].mean() == 0
