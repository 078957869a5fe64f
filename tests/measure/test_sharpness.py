"""Sharpness of pictures whose figure is known."""

from __future__ import annotations

import numpy as np
import pytest
import skimage.data
from scipy.ndimage import gaussian_filter

from restoration_studio.measure.sharpness import sharpness


def test_sharpness_of_a_checkerboard_is_known_and_blur_lowers_it() -> None:
    coffee = skimage.data.coffee().astype(np.float32) / 255
    board = (np.indices((10, 10)).sum(axis=0) % 2).astype(np.float32) / 255
    assert sharpness(board) == pytest.approx(16.0, rel=1e-4)  # the Laplacian alternates between 4 and -4
    assert sharpness(np.ones((1, 1, 3), np.float32)) == 0
    assert sharpness(coffee) > 3 * sharpness(gaussian_filter(coffee, (1, 1, 0)))


def test_other_arrays_are_refused() -> None:
    with pytest.raises(ValueError, match="must be"):
        sharpness(np.zeros((0, 4), np.float32))
