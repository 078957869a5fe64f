"""The drift of a picture's colours at low resolution, and the factors that bring them back.

Two pictures are brought to one small size, blurred by a Gaussian of 1/32 of their shorter side in linear light, and
compared in CIEDE2000 (Sharma, Wu, Dalal: "The CIEDE2000 color-difference formula", Color Research & Application 30,
2005). Noise and fine texture are averaged as encoded values first: noise lies evenly round those, so that taking it
out, or sharpening texture, is no change of colour.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from restoration_studio.image.picture import FloatArray
from restoration_studio.image.srgb import decode, encode

BLUR = 1 / 32  # deviation of the blur, of the shorter side
_SIDE = 256  # pixels on the shorter side that the pictures are compared at
_MOST = 1_000_000  # pixels of a very long one
_FINE = BLUR / 4  # the part of the blur that is taken of encoded values
_DARK = 0.01  # linear light that is added before dividing, so that black has a factor too
_FURTHEST = 4.0  # no factor is larger, or smaller than one over it
_SMALL = 0.05  # factors as near to 1 as this need no powers


class LowPassPair(NamedTuple):
    """Two pictures of one small size, (h, w, 3) linear light, blurred."""

    before: FloatArray
    after: FloatArray


def low_pass_pair(before: FloatArray, after: FloatArray, *, blur: float = BLUR) -> LowPassPair:
    """Two states of a picture, reduced to one size and blurred.

    Args:
        before: (height, width, 3) float32, sRGB-encoded, 0 to 1.
        after: the same picture, of the same or another size.
        blur: deviation of the Gaussian, of the shorter side.
    """
    height, width = min((before.shape[:2], after.shape[:2]), key=lambda shape: shape[0] * shape[1])
    factor = min(1.0, _SIDE / min(height, width), math.sqrt(_MOST / (height * width)))
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return LowPassPair(_low(before, size, blur), _low(after, size, blur))


def replace_after(low: LowPassPair, after: FloatArray, *, blur: float = BLUR) -> LowPassPair:
    """``low`` with another state of the picture after, of the size it had; the one before is kept as it is."""
    height, width = low.before.shape[:2]
    return LowPassPair(low.before, _low(after, (width, height), blur))


def _low(pixels: FloatArray, size: tuple[int, int], blur: float) -> FloatArray:
    import cv2

    small = pixels if pixels.shape[1::-1] == size else cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    sigma, fine = blur * min(size), _FINE * min(size)
    small = cv2.GaussianBlur(np.asarray(small, np.float32), (0, 0), max(fine, 0.1))
    linear = decode(np.clip(small, 0, 1))
    return np.asarray(cv2.GaussianBlur(linear, (0, 0), max(math.sqrt(sigma**2 - fine**2), 0.1)), np.float32)


def drift(low: LowPassPair) -> float:
    """Mean CIEDE2000 between the two; below 1 the eye sees no difference, even side by side."""
    from skimage.color import deltaE_ciede2000, rgb2lab

    difference: Callable[..., Any] = deltaE_ciede2000  # which has no types
    step = max(1, round(min(low.before.shape[:2]) * BLUR / 2))  # so smooth a picture has no more to say
    seen = [rgb2lab(encode(part[step // 2 :: step, step // 2 :: step])) for part in low]
    return float(np.mean(difference(*seen)))


def factors(low: LowPassPair) -> FloatArray:
    """What linear light of the picture after, with `_DARK` added, is to be multiplied by at each place, (h, w, 3)."""
    found = (low.before + _DARK) / (low.after + _DARK)
    return np.clip(found, 1 / _FURTHEST, _FURTHEST).astype(np.float32)


def apply_factors(pixels: FloatArray, by: NDArray[np.float32]) -> FloatArray:
    """Encoded pixels with their linear light multiplied by factors of `factors`' kind, both (h, w, 3)."""
    change = by - np.float32(1)
    if max(change.max(initial=0), -change.min(initial=0)) <= _SMALL:
        return _apply_small_change(pixels, change)
    result: FloatArray = encode((decode(pixels) + np.float32(_DARK)) * by - np.float32(_DARK))
    return result


def _apply_small_change(pixels: FloatArray, change: NDArray[np.float32]) -> FloatArray:
    """`apply_factors` by 1 + change as a Taylor series of the second order, a fourth of the work: every frame of a film
    needs it. What is left out is at most 0.0006, where the curve's straight beginning ends, and 0.00002 on average."""
    import cv2

    first, second = _derivatives()
    levels = cv2.convertScaleAbs(np.ascontiguousarray(pixels), alpha=255)
    result = np.asarray(cv2.LUT(levels, second), np.float32)
    result *= change
    result += cv2.LUT(levels, first)
    result *= change
    result += pixels
    return np.clip(result, np.float32(0), np.float32(1), out=result)


@cache
def _derivatives() -> tuple[FloatArray, FloatArray]:
    """The first derivative of the encoded value by the factor, and half the second, for 256 encoded values."""
    light = decode(np.linspace(0, 1, 256, dtype=np.float32)[None]).astype(np.float64)
    power = np.maximum(light, 0.0031308) ** (1 / 2.4)
    steep = np.where(light <= 0.0031308, 12.92, 1.055 / 2.4 * power / np.maximum(light, 0.0031308))
    bent = np.where(light <= 0.0031308, 0.0, -1.4 / 2.4 * steep / np.maximum(light, 0.0031308))
    moved = light + _DARK
    return (steep * moved).astype(np.float32), (bent * moved**2 / 2).astype(np.float32)
