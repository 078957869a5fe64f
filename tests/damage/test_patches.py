"""Flat white and black areas with a steep rim are found; soft, coloured and textured ones are not."""

from __future__ import annotations

import numpy as np
import pytest

from restoration_studio.damage.patches import confidence


def disc(shape, radius=22):
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    return np.hypot(rows - 100, columns - 120) < radius


@pytest.mark.parametrize("tone", [0.05, 0.95])
def test_lost_paint_is_found(ground, tone):
    inside = disc(ground.shape[:2])
    pixels = ground.copy()
    pixels[inside] = tone + np.random.default_rng(2).normal(0, 0.008, (int(inside.sum()), 1))
    found = confidence(pixels) >= 0.5
    assert found[inside].mean() > 0.95
    assert found[~inside].mean() < 0.002


def test_a_soft_light_is_no_patch(ground):
    rows, columns = np.mgrid[:200, :240]
    glow = 0.6 * np.exp(-((rows - 100) ** 2 + (columns - 120) ** 2) / 2 / 25**2)
    pixels = np.clip(ground + glow[..., None], 0, 1).astype(np.float32)
    assert (confidence(pixels) >= 0.5).mean() < 0.002


def test_a_coloured_area_is_no_patch(ground):
    pixels = ground.copy()
    pixels[disc(ground.shape[:2])] = (0.98, 0.9, 0.55)
    assert not (confidence(pixels) >= 0.5).any()


def test_a_textured_area_is_no_patch(ground):
    inside = disc(ground.shape[:2])
    pixels = ground.copy()
    pixels[inside] = 0.85 + np.random.default_rng(2).uniform(-0.15, 0.15, (int(inside.sum()), 1))
    assert (confidence(pixels) >= 0.5).mean() < 0.002
