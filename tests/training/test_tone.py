from __future__ import annotations

import numpy as np
import pytest
from numpy.random import default_rng
from numpy.typing import NDArray

from restoration_studio.training import tone


def flat(value: float = 0.5, side: int = 256) -> NDArray[np.float32]:
    return np.full((side, side, 3), value, np.float32)


def spread(pixels: NDArray[np.float32]) -> float:
    return float(255 * pixels.std())


@pytest.mark.parametrize("sigma", [0.3, 0.6, 1.0, 3.0, 10.0])
def test_smooth_noise_has_unit_deviation_and_its_correlation(sigma: float) -> None:
    field = tone.smooth_field((400, 400), default_rng(0), sigma=sigma)
    assert field.shape == (400, 400)
    assert field.std() == pytest.approx(1, abs=0.08)
    neighbours = np.corrcoef(field[:, :-1].ravel(), field[:, 1:].ravel())[0, 1]
    assert neighbours == pytest.approx(np.exp(-1 / (4 * sigma**2)), abs=0.06)


def test_fade_maps_black_white_and_colour() -> None:
    pixels = np.array([[[0, 0, 0], [1, 1, 1], [1, 0, 0]]], np.float32)
    faded = tone.fade(pixels, default_rng(0), black=0.2, white=0.8, saturation=0.0)
    assert faded[0, 0] == pytest.approx(0.2) and faded[0, 1] == pytest.approx(0.8)
    assert np.ptp(faded[0, 2]) < 1e-6


def test_grey_and_sepia_and_yellow() -> None:
    pixels = np.random.default_rng(0).random((20, 20, 3), np.float32)
    assert np.ptp(tone.grey(pixels, default_rng(0)), axis=2).max() == 0
    brown = tone.sepia(pixels, default_rng(0))
    assert (brown[..., 0] >= brown[..., 1]).all() and (brown[..., 1] >= brown[..., 2]).all()
    yellowed = tone.yellow(flat(), default_rng(0), strength=1.0, uneven=0.0)[0, 0]
    assert yellowed[0] == pytest.approx(0.5) and yellowed[0] > yellowed[1] > yellowed[2]
    assert np.array_equal(tone.yellow(pixels, default_rng(0), strength=0.0), pixels)


def test_grain_is_strongest_in_the_middle_and_correlated() -> None:
    middle, black = (tone.grain(flat(value), default_rng(0), sigma=10, size=1.0) for value in (0.5, 0.1))
    assert spread(middle) == pytest.approx(10, rel=0.05)
    assert spread(black) < 0.75 * spread(middle)
    grey = middle[..., 0]
    assert np.corrcoef(grey[:, :-1].ravel(), grey[:, 1:].ravel())[0, 1] > 0.6
    single = tone.grain(flat(), default_rng(0), colour=0.0)
    assert np.ptp(single, axis=2).max() < 1e-6


def test_noise_has_the_deviation_asked_for() -> None:
    assert spread(tone.gaussian_noise(flat(), default_rng(0), sigma=12)) == pytest.approx(12, rel=0.02)
    assert np.ptp(tone.gaussian_noise(flat(), default_rng(0), grey=True), axis=2).max() < 1e-6
    expected = 255 * np.sqrt(0.25 / 100)  # a Poisson count's variance is its mean
    assert spread(tone.poisson_noise(flat(0.25), default_rng(0), photons=100)) == pytest.approx(expected, rel=0.02)


def test_blurs_keep_the_light_and_spread_it_the_right_way() -> None:
    point = np.zeros((41, 41, 3), np.float32)
    point[20, 20] = 1
    rows, columns = np.mgrid[-20:21, -20:21]
    for blurred, along, across in (
        (tone.blur(point, default_rng(0), sigma=2.0), 2.0, 2.0),
        (tone.blur(point, default_rng(0), sigma=3.0, ratio=0.4), 3.0, 1.2),
        (tone.motion_blur(point, default_rng(0), length=9.0, angle=0.0), 9 / np.sqrt(12), 0.0),
    ):
        weight = blurred[..., 0].astype(np.float64)
        assert weight.sum() == pytest.approx(1, abs=1e-4)
        assert np.sqrt((weight * columns**2).sum()) == pytest.approx(along, abs=0.15)
        assert np.sqrt((weight * rows**2).sum()) == pytest.approx(across, abs=0.15)


def test_jpeg_keeps_red_red_and_low_quality_costs_more() -> None:
    pixels = np.random.default_rng(0).random((64, 64, 3), np.float32)
    loss = [np.square(tone.jpeg(pixels, default_rng(0), quality=quality) - pixels).mean() for quality in (95, 50, 10)]
    assert loss == sorted(loss)
    red = np.zeros((16, 16, 3), np.float32)
    red[..., 0] = 1
    assert tone.jpeg(red, default_rng(0), quality=90)[8, 8] == pytest.approx([1, 0, 0], abs=0.03)


@pytest.mark.parametrize("kernel", tone.KERNELS)
def test_downscale_keeps_brightness(kernel: str) -> None:
    small = tone.downscale(flat(0.4, 90), default_rng(0), factor=3.0, kernel=kernel)
    assert small.shape == (30, 30, 3)
    assert small == pytest.approx(0.4, abs=1e-4)


def test_a_screen_has_its_pitch_and_keeps_the_tone() -> None:
    grey = np.full((128, 128, 3), 0.4, np.float32)
    made = tone.screen(grey, np.random.default_rng(0), pitch=8, depth=1.0, angle=0.0)
    assert made.mean() == pytest.approx(0.4, abs=0.01) and made.std() > 0.1
    power = np.abs(np.fft.rfft(made[..., 0].mean(axis=0) - made.mean()))
    assert power.argmax() == 128 / 8
    np.testing.assert_array_equal(tone.screen(grey, np.random.default_rng(0), depth=0.0), grey)
