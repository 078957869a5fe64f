"""Blending and regions: exact outside, in between by strength, grey stays grey."""

from __future__ import annotations

import numpy as np

from restoration_studio.engine.blend import blend_with_input, make_grey
from restoration_studio.image.picture import FloatArray, Picture
from restoration_studio.image.resize import resize
from restoration_studio.stages.base import StageSettings
from restoration_studio.stages.region import Region


def test_full_strength_is_the_result_itself(photograph: FloatArray) -> None:
    after = Picture(1 - photograph)
    assert blend_with_input(Picture(photograph), after, StageSettings(), (96, 128)) is after


def test_half_strength_lies_between(photograph: FloatArray) -> None:
    made = blend_with_input(Picture(photograph), Picture(1 - photograph), StageSettings(opacity=0.5), (96, 128))
    np.testing.assert_allclose(made.pixels, 0.5, atol=1e-6)


def test_outside_a_region_nothing_changes_at_all(photograph: FloatArray) -> None:
    settings = StageSettings(region=Region(rectangles=((10, 20, 30, 40),)))
    made = blend_with_input(Picture(photograph), Picture(1 - photograph), settings, (96, 128)).pixels
    np.testing.assert_allclose(made[20:60, 10:40], 1 - photograph[20:60, 10:40], atol=1e-6)
    outside = np.ones((96, 128), bool)
    outside[20:60, 10:40] = False
    np.testing.assert_array_equal(made[outside], photograph[outside])


def test_a_region_counts_in_pixels_of_the_original(photograph: FloatArray) -> None:
    after = Picture(np.ones((192, 256, 3), np.float32))
    settings = StageSettings(region=Region(rectangles=((10, 20, 30, 40),)))
    made = blend_with_input(Picture(photograph), after, settings, (96, 128)).pixels
    assert (made[60:100, 40:60] == 1).all()
    np.testing.assert_array_equal(made[140:], resize(photograph, (192, 256))[140:])


def test_grey_is_exactly_grey(photograph: FloatArray) -> None:
    made = make_grey(Picture(photograph.copy()))
    assert made.grey
    np.testing.assert_array_equal(made.pixels[..., 0], made.pixels[..., 2])


def test_grey_that_is_grey_already_is_not_touched(photograph: FloatArray) -> None:
    grey = np.repeat(photograph[..., :1], 3, axis=2)
    np.testing.assert_array_equal(make_grey(Picture(grey.copy())).pixels, grey)
