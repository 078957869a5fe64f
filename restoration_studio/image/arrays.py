"""Arrays of callers in and out.

An array is RGB (height, width, 3), RGBA (height, width, 4), grey (height, width) or (height, width, 1), or
grey with alpha (height, width, 2), of uint8, uint16, or floats from 0 to 1. Floats come back as float32.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from restoration_studio.image.errors import ArrayEmpty, ArrayOutOfRange, ArrayShapeUnknown, ArrayTypeUnknown
from restoration_studio.image.picture import Picture
from restoration_studio.image.strips import (
    CHANNELS,
    SAMPLE_TYPES,
    array_rows,
    output_channels,
    picture_strips,
    strip_bounds,
    to_pixels,
)

_DEPTHS = {"u1": 8, "u2": 16, "f2": 32, "f4": 32, "f8": 32}


def picture_from_array(array: NDArray[Any]) -> Picture:
    """Make a picture of an array; the array itself is neither kept nor changed.

    Raises:
        InputError: the shape or type is none of those above, the array is empty, or floats leave 0 to 1.
    """
    array = np.asarray(array)
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in CHANNELS):
        raise ArrayShapeUnknown(shape=array.shape)
    depth = _DEPTHS.get(array.dtype.str[1:])
    if depth is None:
        raise ArrayTypeUnknown(dtype=str(array.dtype))
    height, width = array.shape[:2]
    if not height or not width:
        raise ArrayEmpty(shape=array.shape)
    if depth == 32:
        _check_range(array)
    channels = CHANNELS[1 if array.ndim == 2 else array.shape[2]]
    maximum = 1.0 if depth == 32 else float(2**depth - 1)
    pixels, alpha, grey = to_pixels(array_rows(array), height, width, len(channels), maximum=maximum)
    return Picture(
        pixels=pixels, alpha=alpha, bit_depth=depth, grey=grey, channels=channels, grey_axis=array.shape[2:] == (1,)
    )


def _check_range(array: NDArray[Any]) -> None:
    for start, stop in strip_bounds(*array.shape[:2]):
        low, high = float(array[start:stop].min()), float(array[start:stop].max())
        if not (low >= 0 and high <= 1):  # also true for NaN
            raise ArrayOutOfRange(low=low, high=high)


def picture_to_array(picture: Picture) -> NDArray[Any]:
    """The picture as an array of its own bit depth: uint8, uint16 or float32.

    Grey stays (height, width), or (height, width, 1) where it came so, unless the picture has gained colour.

    Raises:
        ValueError: the pixels are not all numbers.
    """
    channels = output_channels(picture)
    result = np.empty((picture.height, picture.width, len(channels)), SAMPLE_TYPES[picture.bit_depth])
    start = 0
    for strip in picture_strips(picture, picture.bit_depth, channels):
        result[start : start + len(strip)] = strip
        start += len(strip)
    return result[..., 0] if channels == "L" and not picture.grey_axis else result
