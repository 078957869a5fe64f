"""Grain of known strength and size is measured, and grain made from the measure has them again."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from restoration_studio.image.picture import FloatArray
from restoration_studio.measure.grain import generate_grain, make_grain, measure_grain, resize_kernel


def _scene() -> FloatArray:
    """Smooth areas of several brightnesses, an edge and some texture: (320, 480, 3)."""
    y, x = np.mgrid[:320, :480]
    grey = 0.25 + 0.5 * x / 480
    grey[200:, :] -= 0.15
    grey[:80, :160] += 0.1 * np.sin(x[:80, :160] / 2.0) * np.sin(y[:80, :160] / 3.0)
    return np.repeat(np.clip(grey, 0, 1)[..., None], 3, axis=2).astype(np.float32)


def _grained(sigma: float, size: float, seed: int = 0) -> FloatArray:
    noise = gaussian_filter(np.random.default_rng(seed).standard_normal((320, 480)), size)
    noise *= sigma / 255 / noise.std()
    return np.clip(_scene() + noise[..., None], 0, 1).astype(np.float32)


@pytest.mark.parametrize("sigma", [2.0, 6.0, 15.0])
@pytest.mark.parametrize("size", [0.4, 0.8, 1.5])
def test_strength_is_measured(sigma: float, size: float) -> None:
    assert measure_grain(_grained(sigma, size)).strength == pytest.approx(sigma, rel=0.2)


def test_grain_made_from_a_measure_looks_alike() -> None:
    for size in (0.4, 1.5):
        original = _grained(8.0, size)
        kernel = measure_grain(original).kernel
        field = generate_grain(kernel, 1, 0, 300, 400)
        assert field.std() == pytest.approx(1, rel=0.1)
        truth = gaussian_filter(np.random.default_rng(5).standard_normal((300, 400)), size)
        for shift in (1, 2, 3):
            assert _correlation(field, shift) == pytest.approx(_correlation(truth, shift), abs=0.15)


def _correlation(field: np.ndarray, shift: int) -> float:
    return float(np.corrcoef(field[:, shift:].ravel(), field[:, :-shift].ravel())[0, 1])


def test_the_field_is_the_same_however_it_is_cut() -> None:
    kernel = make_grain(5, 0.8).kernel
    whole = generate_grain(kernel, 3, 0, 150, 90)
    parts = np.concatenate([generate_grain(kernel, 3, start, start + 50, 90) for start in (0, 50, 100)])
    np.testing.assert_allclose(whole, parts, atol=1e-6)
    assert np.abs(whole - generate_grain(kernel, 4, 0, 150, 90)).max() > 0.5


def test_a_clean_picture_has_none_and_a_tiny_one_is_not_asked() -> None:
    assert measure_grain(_scene()).strength < 0.5
    assert measure_grain(np.full((5, 7, 3), 0.5, np.float32)).strength == 0


def test_coarser_kernels_keep_their_energy() -> None:
    kernel = make_grain(5, 0.8).kernel
    coarse = resize_kernel(kernel, 2.0)
    assert np.square(coarse).sum() == pytest.approx(1, rel=1e-5) and coarse.shape[0] > kernel.shape[0]
    assert _correlation(generate_grain(coarse, 0, 0, 200, 200), 2) > _correlation(
        generate_grain(kernel, 0, 0, 200, 200), 2
    )
