"""Colours laid over a luminance that stays exactly as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from restoration_studio.image.srgb import LUMINANCE, decode, encode
from restoration_studio.strips import STRIP_PIXELS

if TYPE_CHECKING:
    from restoration_studio.context import StageContext
    from restoration_studio.image.picture import FloatArray
    from restoration_studio.stages.hint_spread import Spread


def apply_colours(
    pixels: FloatArray, colours: NDArray[np.float32], saturation: float, spread: Spread | None, context: StageContext
) -> FloatArray:
    """Each pixel's luminance with the colours there, by strips."""
    import cv2

    colours = colours * np.float32(saturation)
    height, width = pixels.shape[:2]
    rows = max(1, STRIP_PIXELS // width)
    result = np.empty_like(pixels)
    starts = range(0, height, rows)
    for index, start in enumerate(starts):
        stop = min(start + rows, height)
        part = cv2.warpAffine(
            colours,
            _enlarging(colours.shape, (height, width), start),
            (width, stop - start),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        luminance = decode(pixels[start:stop]) @ LUMINANCE
        if spread is not None:
            part = spread.over(part, luminance, start, saturation)
        result[start:stop] = colour_at_luminance(luminance, part)
        context.on_strip(index + 1, len(starts))
    return result


def _enlarging(shape: tuple[int, ...], size: tuple[int, int], first_row: int) -> NDArray[Any]:
    """The map from the result's pixels, counted from ``first_row``, to the small array's; centres meet centres."""
    down, across = shape[0] / size[0], shape[1] / size[1]
    return np.array([[across, 0, 0.5 * across - 0.5], [0, down, (first_row + 0.5) * down - 0.5]], np.float64)


def colour_at_luminance(luminance: NDArray[np.float32], colours: NDArray[np.float32]) -> FloatArray:
    """sRGB of exactly the given luminance, with the colour as near to the wanted one as the screen can show.

    Args:
        luminance: (height, width), linear, 0 to 1.
        colours: (height, width, 2), a and b of CIE Lab.

    Returns:
        (height, width, 3) float32, sRGB-encoded, 0 to 1.
    """
    cube = np.where(luminance > 216 / 24389, np.cbrt(luminance), luminance * (24389 / 27 / 116) + 16 / 116)
    xyz: list[NDArray[Any]] = [
        _uncubed(cube + colours[..., 0] / 500) * 0.95047,
        luminance,
        _uncubed(cube - colours[..., 1] / 200) * 1.08883,
    ]
    to_rgb = np.array([[3.2404542, -1.5371385, -0.4985314], [-0.969266, 1.8760108, 0.041556],
                       [0.0556434, -0.2040259, 1.0572252]], np.float32)  # fmt: skip
    rgb = np.stack(xyz, axis=-1).astype(np.float32) @ to_rgb.T
    grey = luminance[..., None]
    away = rgb - rgb @ LUMINANCE[:, None]  # of luminance 0, so that any share of it leaves the luminance alone
    room = np.where(away > 0, (1 - grey) / np.maximum(away, 1e-6), grey / np.maximum(-away, 1e-6))
    share = np.clip(room.min(axis=2, keepdims=True), 0, 1)
    return encode(np.asarray(grey + share * away, np.float32))


def _uncubed(cube: NDArray[Any]) -> NDArray[Any]:
    return np.where(cube > 6 / 29, cube**3, (cube - 16 / 116) * (27 * 116 / 24389))
