"""Grain is missed where a restoration took it, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from restoration_studio.image.picture import FloatArray
from restoration_studio.image.resize import enlarge_rows, resize
from restoration_studio.measure.grain import measure_grain
from restoration_studio.measure.grain_loss import measure_lost_grain

SIGMA = 8.0


def _pictures() -> tuple[FloatArray, FloatArray]:
    """A shaded picture of (192, 256) with stripes below, without and with grain."""
    x = np.mgrid[:192, :256][1]
    clean = 0.35 + 0.3 * x / 256
    clean[128:] += 0.15 * np.sign(np.sin(x[128:] / 3))
    noise = gaussian_filter(np.random.default_rng(0).standard_normal((192, 256)), 0.8)
    grainy = clean + noise * SIGMA / 255 / noise.std()
    return tuple(np.repeat(a[..., None], 3, axis=2).astype(np.float32) for a in (clean, grainy))  # type: ignore[return-value]


def _missing(before: FloatArray, now: FloatArray, amount: float = 1.0) -> FloatArray:
    """In grey levels."""
    grain, there = measure_grain(before), measure_grain(now)
    size, luma = now.shape[:2], now.mean(axis=2)
    energy = enlarge_rows(measure_lost_grain(before, now, grain).energy, 0, size[0], (size[0], size[1]))
    return 255 * measure_lost_grain(before, now, grain).missing(energy, grain.at(luma), there.at(luma), amount)


@pytest.mark.parametrize("amount", [0.3, 1.0])
def test_all_of_it_is_missing_from_a_clean_picture(amount: float) -> None:
    clean, grainy = _pictures()
    missing = _missing(grainy, clean, amount)
    assert np.median(missing[:120]) == pytest.approx(SIGMA * amount, rel=0.2)
    assert np.median(missing[140:]) == pytest.approx(SIGMA * amount, rel=0.35)  # stripes are no grain


def test_nothing_is_missing_where_nothing_was_done() -> None:
    clean, grainy = _pictures()
    mixed = grainy.copy()
    mixed[:96, :96] = clean[:96, :96]
    missing = _missing(grainy, mixed)
    assert missing[16:72, 16:72].min() > 0.6 * SIGMA
    assert missing[:, 128:].max() == 0 and missing[128:].max() == 0


def test_a_border_without_grain_gets_none() -> None:
    clean, grainy = _pictures()
    grainy[:, 200:] = 0.9
    clean[:, 200:] = 0.9
    missing = _missing(grainy, clean)
    assert missing[:, 220:].max() < 0.1 * SIGMA < missing[20:100, :180].min()


def test_an_enlarged_picture_is_compared_at_the_originals_size() -> None:
    clean, grainy = _pictures()
    large = resize(clean, (576, 768))
    assert np.median(_missing(grainy, large)[:360]) == pytest.approx(SIGMA, rel=0.2)
    assert np.median(_missing(grainy, resize(grainy, (576, 768)))[:360]) < 0.5 * SIGMA


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (40, 2)])
def test_any_shape(shape: tuple[int, int]) -> None:
    pixels = np.full((*shape, 3), 0.5, np.float32)
    assert measure_lost_grain(pixels, pixels, measure_grain(_pictures()[1])).energy.shape[2] == 2
