"""How far colours moved: not by noise, texture or size, and by as much as they did."""

from __future__ import annotations

import numpy as np
import pytest

from restoration_studio.image.picture import FloatArray
from restoration_studio.image.resize import enlarge_rows, resize
from restoration_studio.image.srgb import decode, encode
from restoration_studio.measure.colour_drift import apply_factors, drift, factors, low_pass_pair, replace_after


@pytest.fixture
def large(photograph: FloatArray) -> FloatArray:
    return resize(photograph, (384, 512))


def test_the_same_picture_has_not_moved(large: FloatArray) -> None:
    assert drift(low_pass_pair(large, large)) == 0


def test_size_sharpness_and_noise_are_no_drift(large: FloatArray) -> None:
    import cv2

    noise = np.random.default_rng(0).normal(0, 12 / 255, large.shape).astype(np.float32)
    mild = large * np.float32(0.6) + np.float32(0.2)  # nothing clips
    for other in (resize(mild, (768, 1024)), resize(mild, (192, 256)), cv2.GaussianBlur(mild, (0, 0), 1.5)):
        assert drift(low_pass_pair(mild, np.asarray(other, np.float32))) < 0.3
    assert drift(low_pass_pair(np.clip(mild + noise, 0, 1), mild)) < 0.3


def test_a_known_difference_is_measured() -> None:
    from skimage.color import deltaE_ciede2000, rgb2lab

    first, second = (
        np.broadcast_to(np.array(c, np.float32), (90, 120, 3)) for c in ([0.5, 0.5, 0.5], [0.55, 0.5, 0.45])
    )
    expected = deltaE_ciede2000(rgb2lab(first[0, 0]), rgb2lab(second[0, 0]))
    assert drift(low_pass_pair(first, second)) == pytest.approx(float(expected), rel=1e-3)


def test_factors_undo_a_change_of_light(large: FloatArray) -> None:
    warmer = encode(decode(large) * np.array([1.2, 1.0, 0.8], np.float32))
    low = low_pass_pair(large, warmer)
    back = apply_factors(warmer, enlarge_rows(factors(low), 0, 384, (384, 512)))
    assert drift(low) > 2 and drift(low_pass_pair(large, back)) < 0.3


def test_rows_of_a_map_are_those_of_the_whole() -> None:
    small = np.random.default_rng(0).random((9, 7, 3), np.float32)
    whole = enlarge_rows(small, 0, 50, (50, 33))
    np.testing.assert_array_equal(enlarge_rows(small, 20, 31, (50, 33)), whole[20:31])
    np.testing.assert_array_equal(enlarge_rows(small, 0, 9, (9, 7)), small)
    assert whole.min() >= small.min() and whole.max() <= small.max()


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (5, 3)])
def test_any_shape(shape: tuple[int, int]) -> None:
    first, second = np.full((*shape, 3), 0.4, np.float32), np.full((*shape, 3), 0.5, np.float32)
    low = low_pass_pair(first, second)
    assert drift(low) > 1
    made = apply_factors(second, enlarge_rows(factors(low), 0, shape[0], shape))
    np.testing.assert_allclose(made, first, atol=1e-3)


def test_looked_at_again_is_as_looked_at_anew(large: FloatArray) -> None:
    first, second = resize(large * np.float32(0.9), (768, 1024)), resize(large * np.float32(0.95), (768, 1024))
    again, anew = replace_after(low_pass_pair(large, first), second), low_pass_pair(large, second)
    assert np.array_equal(again.before, anew.before) and np.array_equal(again.after, anew.after)


@pytest.mark.parametrize("change", [0.02, -0.05])
def test_a_small_factor_does_what_the_curve_does(change: float) -> None:
    values = np.broadcast_to(np.linspace(0, 1, 1000, dtype=np.float32)[None, :, None], (2, 1000, 3))
    by = np.full(values.shape, 1 + change, np.float32)
    exact = encode((decode(values) + np.float32(0.01)) * by - np.float32(0.01))
    made = apply_factors(values, by)
    assert np.abs(made - exact).max() < 7e-4 and np.abs(made - exact).mean() < 5e-5
    assert np.abs(made - values).mean() > 0.004
    np.testing.assert_array_equal(apply_factors(values, np.ones_like(by)), values)
