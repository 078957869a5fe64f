"""Missing corners are found; mounts, letterboxes and soft skies are not."""

from __future__ import annotations

import numpy as np
import pytest

from restoration_studio.damage.borders import confidence


def corner(shape, size=45):
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    return rows + columns + 3 * np.sin(rows / 3) < size


@pytest.mark.parametrize("tone", [0.04, 0.96])
def test_a_missing_corner_is_found(ground, tone):
    missing = corner(ground.shape[:2])
    pixels = ground + np.float32(0.2 if tone < 0.5 else 0.0)
    pixels[missing] = tone + np.random.default_rng(2).normal(0, 0.006, (int(missing.sum()), 1))
    found = confidence(pixels) >= 0.5
    assert found[missing].mean() > 0.9
    assert not found[~missing].any()


def test_a_white_mount_is_left_alone(ground):
    pixels = ground.copy()
    pixels[:14] = pixels[-14:] = 1.0
    assert not (confidence(pixels) >= 0.5).any()


def test_an_area_inside_is_no_border(ground):
    pixels = ground.copy()
    pixels[50:80, 50:80] = 0.96
    assert not (confidence(pixels) >= 0.5).any()


@pytest.mark.parametrize("frame", [0, 2])
def test_a_torn_bite_in_a_side_is_found_behind_a_thin_frame_too(ground, frame):
    rows, columns = np.mgrid[: ground.shape[0], : ground.shape[1]]
    missing = np.hypot(rows - 90, columns - frame + 2) < 20 + 2 * np.sin(rows / 2)
    missing[:, :frame] = False
    pixels = np.clip(ground - 0.15, 0, 1).astype(np.float32)
    pixels[missing] = 0.87 + np.random.default_rng(2).normal(0, 0.01, (int(missing.sum()), 1))
    pixels[:, :frame] = 0.3
    found = confidence(pixels) >= 0.5
    assert found[missing].mean() > 0.9
    assert not found[~missing].any()


def test_a_light_that_fades_into_the_picture_is_no_torn_side(ground):
    rows, columns = np.mgrid[: ground.shape[0], : ground.shape[1]]
    fading = np.clip(0.95 - np.hypot(rows - 90, columns) / 60, 0, 1)
    pixels = np.maximum(ground - 0.3, fading[..., None]).astype(np.float32)
    assert not (confidence(pixels) >= 0.5).any()
