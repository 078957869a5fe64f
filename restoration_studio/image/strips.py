"""From samples to pixels and back, a few rows at a time, so that no second full-size copy is ever needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from restoration_studio.image.picture import FloatArray, Picture

Rows = Callable[[int, int], NDArray[Any]]
"""Gives rows ``start`` to ``stop`` as (rows, width, channels) samples; 1 to 4 channels, alpha last when 2 or 4."""

STRIP_SAMPLES = 1 << 20
_FLIPS = {  # EXIF orientation: are the stored rows, the stored columns, in reverse once turned?
    2: (False, True),
    3: (True, True),
    4: (True, False),
    6: (True, False),
    7: (True, True),
    8: (False, True),
}
CHANNELS = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
SAMPLE_TYPES: dict[int, np.dtype[Any]] = {8: np.dtype("u1"), 16: np.dtype("u2"), 32: np.dtype("f4")}


def strip_bounds(height: int, width: int) -> Iterator[tuple[int, int]]:
    """Row ranges of about a million pixels that cover the height in order."""
    step = max(1, STRIP_SAMPLES // max(1, width))
    for start in range(0, height, step):
        yield start, min(height, start + step)


def array_rows(array: NDArray[Any]) -> Rows:
    """Read rows from an array of shape (height, width) or (height, width, channels)."""
    whole = array[:, :, None] if array.ndim == 2 else array
    return lambda start, stop: whole[start:stop]


def upright_view(array: NDArray[Any], orientation: int) -> NDArray[Any]:
    """A view of the upright picture ``array`` that is laid out as the stored, turned picture (EXIF 1 to 8).

    Writing stored rows into the view puts every pixel in its upright place.
    """
    if orientation >= 5:
        array = array.swapaxes(0, 1)
    flip_rows, flip_columns = _FLIPS.get(orientation, (False, False))
    return array[:: -1 if flip_rows else 1, :: -1 if flip_columns else 1]


def to_pixels(
    rows: Rows, height: int, width: int, channels: int, *, maximum: float, orientation: int = 1
) -> tuple[FloatArray, FloatArray | None, bool]:
    """Convert stored samples to upright pixels.

    Args:
        rows: the stored samples.
        height, width: the stored size, before turning.
        channels: 1 to 4.
        maximum: the sample value that stands for 1.0.
        orientation: EXIF orientation of the stored samples, 1 to 8.

    Returns:
        Pixels (H, W, 3) float32 clipped to 0 to 1, alpha (H, W) or None, and whether the three channels
        are equal everywhere.
    """
    size = (width, height) if orientation >= 5 else (height, width)
    pixels = np.empty((*size, 3), np.float32)
    alpha = np.empty(size, np.float32) if channels in (2, 4) else None
    pixel_view = upright_view(pixels, orientation)
    alpha_view = None if alpha is None else upright_view(alpha, orientation)
    grey = True
    for start, stop in strip_bounds(height, width):
        strip = rows(start, stop)
        if channels >= 3:
            grey = grey and bool(
                np.array_equal(strip[..., 0], strip[..., 1]) and np.array_equal(strip[..., 1], strip[..., 2])
            )
            colour = strip[..., :3]
        else:
            colour = strip[..., :1]
        target = pixel_view[start:stop]
        np.divide(colour, np.float32(maximum), out=target, dtype=np.float32, casting="unsafe")
        if strip.dtype.kind == "f":
            np.clip(target, 0, 1, out=target)
        if alpha_view is not None:
            target = alpha_view[start:stop]
            np.divide(strip[..., -1], np.float32(maximum), out=target, dtype=np.float32, casting="unsafe")
            if strip.dtype.kind == "f":
                np.clip(target, 0, 1, out=target)
    return pixels, alpha, grey


def output_channels(picture: Picture) -> str:
    """ "L", "LA", "RGB" or "RGBA": how the picture is written. Grey stays single-channel if it came so."""
    colour = "L" if picture.grey and picture.channels in ("L", "LA") else "RGB"
    return colour if picture.alpha is None else colour + "A"


def to_samples(values: FloatArray, depth: int) -> NDArray[Any]:
    """Round values of 0 to 1 to 8- or 16-bit samples, or give them as float32 (depth 32), clipped to the range.

    Raises:
        ValueError: a value is not a number.
    """
    if np.isnan(values.min(initial=0)):
        raise ValueError("the picture holds values that are not numbers (NaN)")
    if depth == 32:
        return np.clip(values, 0, 1).astype(np.float32, copy=False)
    scaled = values * np.float32(2**depth - 1)
    np.rint(scaled, out=scaled)
    np.clip(scaled, 0, 2**depth - 1, out=scaled)
    return scaled.astype(SAMPLE_TYPES[depth])


def picture_strips(
    picture: Picture,
    depth: int,
    channels: str,
    *,
    background: float | None = None,
    curves: Callable[[FloatArray], FloatArray] | None = None,
) -> Iterator[NDArray[Any]]:
    """The picture's samples from the top down, as (rows, width, channels) of uint8, uint16 or float32.

    Args:
        picture: the picture to read.
        depth: 8, 16 or 32 bits a sample.
        channels: "L", "LA", "RGB" or "RGBA".
        background: with a value, alpha is flattened over that grey and is not among the channels.
        curves: a change of tone applied to the colour values first, such as another profile's curve.
    """
    for start, stop in strip_bounds(picture.height, picture.width):
        colour = picture.pixels[start:stop, :, :1] if channels[0] == "L" else picture.pixels[start:stop]
        if curves is not None:
            colour = curves(colour)
        alpha = None if picture.alpha is None else picture.alpha[start:stop, :, None]
        if alpha is not None and background is not None:
            colour = colour * alpha + np.float32(background) * (1 - alpha)
        parts = [to_samples(colour, depth)]
        if channels[-1] == "A":
            if alpha is None:
                alpha = np.ones((*colour.shape[:2], 1), np.float32)
            parts.append(to_samples(alpha, depth))
        yield parts[0] if len(parts) == 1 else np.concatenate(parts, axis=2)
