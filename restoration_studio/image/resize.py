"""Resizing without ringing out of range: Lanczos with three lobes, antialiased when made smaller."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from restoration_studio.image.picture import FloatArray

Box = tuple[float, float, float, float]


def resize(array: NDArray[Any], size: tuple[int, int], box: Box | None = None) -> FloatArray:
    """Resize with Lanczos-3 (Duchon 1979), the kernel widened when the picture gets smaller.

    Args:
        array: (height, width) or (height, width, channels), values 0 to 1.
        size: the new (height, width) in pixels, each at least 1.
        box: the part to resize as (left, top, right, bottom) in pixels and fractions of them, the whole when
            not given. The kernel still sees the pixels around it.

    Returns:
        float32 array of the new size and the same number of channels, clipped to 0 to 1.

    Raises:
        ValueError: the array has another shape or the size is below 1.
    """
    height, width = size
    if array.ndim not in (2, 3) or height < 1 or width < 1:
        raise ValueError(f"cannot resize an array of shape {array.shape} to {size}")
    if box is None and array.shape[:2] == (height, width):
        same: FloatArray = np.clip(array, 0, 1).astype(np.float32, copy=False)
        return same
    if array.ndim == 2:
        return _resize_plane(array, height, width, box)
    result = np.empty((height, width, array.shape[2]), np.float32)
    for channel in range(array.shape[2]):
        result[..., channel] = _resize_plane(array[..., channel], height, width, box)
    return result


def _resize_plane(plane: NDArray[Any], height: int, width: int, box: Box | None) -> FloatArray:
    image = Image.fromarray(np.ascontiguousarray(plane, np.float32))  # mode "F"
    resized: FloatArray = np.asarray(image.resize((width, height), Image.Resampling.LANCZOS, box))
    return np.clip(resized, 0, 1)


def enlarge_rows(small: NDArray[np.float32], start: int, stop: int, size: tuple[int, int]) -> NDArray[np.float32]:
    """Rows ``start`` to ``stop`` of a smooth map (h, w, channels) brought to ``size`` (height, width) without steps:
    bilinear."""
    import cv2

    y, down = _places(np.arange(start, stop), small.shape[0], size[0])
    below = np.minimum(y + 1, small.shape[0] - 1)
    rows = small[y] + (small[below] - small[y]) * down[:, None, None]
    resized = cv2.resize(rows, (size[1], stop - start), interpolation=cv2.INTER_LINEAR)
    return np.asarray(resized, np.float32).reshape(stop - start, size[1], small.shape[2])


def _places(index: NDArray[np.int64], small: int, large: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Where pixels of the large side lie on the small one: whole part and fraction."""
    place = np.clip((index + 0.5) * small / large - 0.5, 0, small - 1)
    whole = place.astype(np.int64)
    return whole, (place - whole).astype(np.float32)
