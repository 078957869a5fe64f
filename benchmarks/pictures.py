"""Photographs to measure on that are always there: crops of those scikit-image ships."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

# name in skimage.data, top and left of the crop: a face with cloth, fur, and a table with print on it
_CROPS = (("astronaut", 0, 100), ("chelsea", 0, 60), ("coffee", 40, 160))


def crops(height: int, width: int) -> dict[str, NDArray[np.uint8]]:
    """Three photographs of ``height`` times ``width`` pixels (at most 300 by 390), uint8 RGB, by name."""
    import skimage.data

    found: dict[str, NDArray[np.uint8]] = {}
    for name, top, left in _CROPS:
        whole: NDArray[Any] = getattr(skimage.data, name)()
        found[name] = np.ascontiguousarray(whole[top : top + height, left : left + width])
        assert found[name].shape == (height, width, 3), f"{name} is too small for a crop of {width}x{height}"
    return found
