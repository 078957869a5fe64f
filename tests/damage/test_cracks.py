"""Bent thin lines are found, blobs and the scan's own edge are not."""

from __future__ import annotations

import numpy as np
import pytest

from restoration_studio.damage.cracks import confidence


def bent(shape):
    import cv2

    x = np.linspace(40, 200, 60)
    points = np.stack([x, 100 + 30 * np.sin(x / 25)], axis=1)
    layer = np.zeros(shape, np.uint8)
    cv2.polylines(layer, [np.rint(points).astype(np.int32)], False, 1, 2)
    return layer > 0


@pytest.mark.parametrize("change", [-0.2, 0.2])
def test_a_bent_crack_is_found(ground, change):
    import cv2

    crack = bent(ground.shape[:2])
    pixels = ground.copy()
    pixels[crack] += change
    found = confidence(pixels) >= 0.5
    assert found[crack].mean() > 0.8
    near = cv2.dilate(crack.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    assert found[~near].mean() < 0.001


def test_a_speck_is_no_crack(ground):
    pixels = ground.copy()
    pixels[90:95, 100:105] = 0.05
    assert not (confidence(pixels) >= 0.5).any()


def test_the_black_line_round_a_scan_is_no_crack(ground):
    pixels = ground.copy()
    pixels[0] = pixels[-1] = 0
    pixels[:, 0] = 0
    assert (confidence(pixels) >= 0.5).mean() < 0.001
