"""Error, PSNR and SSIM of pictures whose figures are known."""

from __future__ import annotations

import math

import numpy as np
import pytest
import skimage.data
from numpy.typing import NDArray

from restoration_studio.evaluation.metrics import mse, psnr, ssim


@pytest.fixture(scope="module")
def coffee() -> NDArray[np.float32]:
    return skimage.data.coffee().astype(np.float32) / 255


def noisy(pixels: NDArray[np.float32], sigma: float, seed: int = 0) -> NDArray[np.float32]:
    rng = np.random.default_rng(seed)
    return (pixels + sigma / 255 * rng.standard_normal(pixels.shape)).astype(np.float32)


def test_mse_and_psnr_of_a_known_difference() -> None:
    a, b = np.full((4, 5, 3), 0.5, np.float32), np.full((4, 5, 3), 0.6, np.float32)
    assert mse(a, b) == pytest.approx(0.01, rel=1e-5)
    assert psnr(a, b) == pytest.approx(20.0, abs=1e-3)
    assert psnr(a, a) == math.inf


def test_ssim_is_one_for_equal_pictures_and_falls_with_damage(coffee: NDArray[np.float32]) -> None:
    small = coffee[:100, :100]
    assert ssim(small, small) == pytest.approx(1.0)
    assert ssim(small[..., 0], small[..., 0]) == pytest.approx(1.0)
    assert 1.0 > ssim(small, noisy(small, 5)) > ssim(small, noisy(small, 25)) > 0.0


def test_ssim_follows_the_paper_for_constant_pictures() -> None:
    """Without variance only the luminance term is left: (2ab + C1) / (a^2 + b^2 + C1), C1 = 0.01^2."""
    a, b = np.full((16, 16), 0.2), np.full((16, 16), 0.6)
    assert ssim(a, b) == pytest.approx((2 * 0.2 * 0.6 + 1e-4) / (0.2**2 + 0.6**2 + 1e-4), rel=1e-6)


@pytest.mark.parametrize("metric", [mse, psnr, ssim])
def test_different_shapes_are_refused_in_a_sentence(metric: object) -> None:
    a, b = np.zeros((12, 20, 3), np.float32), np.zeros((12, 21, 3), np.float32)
    with pytest.raises(ValueError, match=r"20 x 12 pixels with 3 channels and 21 x 12 pixels"):
        metric(a, b)  # type: ignore[operator]


def test_other_arrays_are_refused() -> None:
    with pytest.raises(ValueError, match="must hold floats"):
        mse(np.zeros((4, 4), np.uint8), np.zeros((4, 4), np.uint8))
    with pytest.raises(ValueError, match="must be"):
        psnr(np.zeros((4, 4, 4), np.float32), np.zeros((4, 4, 4), np.float32))
    with pytest.raises(ValueError, match="at least 11 pixels"):
        ssim(np.zeros((10, 40)), np.zeros((10, 40)))
