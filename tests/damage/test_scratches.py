"""Scratches are found along the line, and edges and hatching are not."""

from __future__ import annotations

import numpy as np
import pytest

from restoration_studio.damage.scratches import confidence


def three(grey):
    return np.repeat(grey[:, :, None], 3, axis=2).astype(np.float32)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_scratch_of_one_deviation_a_pixel_is_found(sign):
    grey = 0.5 + np.random.default_rng(4).normal(0, 0.03, (400, 300))
    grey[:, 150] += sign * 0.05  # under two deviations, lost in any single pixel
    found = confidence(three(grey)) >= 0.5
    assert found[:, 150].mean() > 0.8
    found[:, 145:156] = False
    assert found.mean() < 0.002


def test_a_slanted_scratch_of_three_pixels_is_found(ground):
    import cv2

    layer = np.zeros(ground.shape[:2], np.float32)
    cv2.line(layer, (30, 10), (110, 190), 1.0, 3)
    found = confidence((ground + 0.12 * layer[..., None]).astype(np.float32)) >= 0.5
    grown = cv2.dilate(found.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0  # masks are grown before they are filled
    assert grown[layer > 0].mean() > 0.9
    near = cv2.dilate(layer, np.ones((9, 9), np.uint8)) > 0
    assert found[~near].mean() < 0.002


def test_an_edge_is_no_scratch(ground):
    pixels = ground.copy()
    pixels[:, 120:] += 0.25
    assert (confidence(pixels) >= 0.5).mean() < 0.001


def test_a_field_of_parallel_lines_is_no_scratch(ground):
    pixels = ground.copy()
    pixels[:, ::6] += 0.2
    assert (confidence(pixels) >= 0.5).mean() < 0.01


def test_noise_has_no_scratches():
    grey = 0.5 + np.random.default_rng(6).normal(0, 0.05, (256, 256))
    assert (confidence(three(grey)) >= 0.5).mean() < 0.001
