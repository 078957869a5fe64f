"""Membrane, grain and soft edge."""

from __future__ import annotations

import numpy as np
import pytest

from restoration_studio.image.picture import FloatArray
from restoration_studio.inpainting.blend import add_grain, composite, fill_membrane, grain_level, match_colours


def disc(size: int, radius: float) -> np.ndarray:
    y, x = np.mgrid[:size, :size] - size / 2 + 0.5
    return np.hypot(x, y) < radius


def test_a_membrane_continues_a_ramp() -> None:
    """A ramp is harmonic, so the membrane must be the ramp itself."""
    y, x = np.mgrid[:90, :120].astype(np.float32)
    ramp = np.stack([x / 120, y / 90, (x + y) / 210], axis=2).astype(np.float32)
    hole = np.zeros((90, 120), bool)
    hole[20:60, 30:90] = True
    broken = np.where(hole[..., None], np.float32(0), ramp)
    made = fill_membrane(broken, hole)
    assert np.abs(made - ramp).max() < 0.02
    np.testing.assert_array_equal(made[~hole], ramp[~hole])


def test_a_membrane_stays_between_its_edges() -> None:
    values = np.random.default_rng(0).random((60, 61, 1), dtype=np.float32)
    made = fill_membrane(values, disc(61, 20)[:60])
    assert made.min() >= values.min() - 1e-6 and made.max() <= values.max() + 1e-6


def test_colours_of_a_fill_meet_those_around_it_without_a_ring() -> None:
    """A network that makes everything too dark and too red, differently at each side."""
    y, x = np.mgrid[:128, :128].astype(np.float32) / 128
    truth = np.stack([0.5 + 0.3 * np.sin(9 * x), 0.5 + 0.3 * np.cos(7 * y), 0.5 + 0.2 * x], axis=2).astype(np.float32)
    hole = disc(128, 30)
    cast = np.stack([0.15 - 0.1 * x, -0.1 - 0.05 * y, -0.1 + 0 * x], axis=2).astype(np.float32)
    made = np.clip(truth + cast, 0, 1)
    joined = match_colours(np.where(hole[..., None], 0, truth).astype(np.float32), made, hole)
    before, after = np.abs(made - truth)[hole], np.abs(joined - truth)[hole]
    assert after.max() < 0.25 * before.max()
    seam = hole ^ disc(128, 28)  # the two pixels inside the edge
    assert np.abs(joined - truth)[seam].mean() < 0.01


def test_matching_does_not_spread_grain_into_the_fill() -> None:
    rng = np.random.default_rng(1)
    hole = disc(100, 25)
    known = (0.5 + rng.normal(0, 0.05, (100, 100, 3))).astype(np.float32)
    made = np.full((100, 100, 3), 0.5, np.float32)
    assert match_colours(known, made, hole)[hole].std() < 0.01


def test_grain_is_the_pictures_own_and_seeded(photograph: FloatArray) -> None:
    rng = np.random.default_rng(0)
    smooth = np.full((128, 128, 3), 0.5, np.float32)
    assert grain_level(smooth) == 0
    level = grain_level((smooth + rng.normal(0, 0.03, smooth.shape)).astype(np.float32))
    assert level == pytest.approx(0.03, rel=0.2)
    core = disc(128, 40)
    one, again, other = (add_grain(smooth, core, level, seed) for seed in (5, 5, 6))
    np.testing.assert_array_equal(one, again)
    assert (one != other).any()
    assert one[core].std() == pytest.approx(level, rel=0.1)
    np.testing.assert_array_equal(one[~core], smooth[~core])


@pytest.mark.parametrize("feather", [0.0, 1.0, 6.0])
def test_a_soft_edge_lies_inside_the_mask(photograph: FloatArray, feather: float) -> None:
    mask = np.zeros(photograph.shape[:2], bool)
    mask[20:60, 30:80] = True
    filled = np.zeros_like(photograph)
    made = composite(photograph, filled, mask, feather)
    np.testing.assert_array_equal(made[~mask], photograph[~mask])
    assert (made[40, 55] == 0).all()
    edge = made[20, 55] / photograph[20, 55]
    np.testing.assert_allclose(edge, 1 - 1 / (feather + 1), atol=0.02)
