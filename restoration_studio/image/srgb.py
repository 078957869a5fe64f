"""The sRGB transfer curve, IEC 61966-2-1, and luminance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)  # of linear red, green and blue, ITU-R BT.709


def decode(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """sRGB-encoded to linear (IEC 61966-2-1)."""
    values = np.asarray(pixels, np.float32)
    # One array for all steps: fresh memory for each would cost more than the powers.
    result = np.maximum(values, np.float32(0.04045), out=np.empty_like(values))
    result += np.float32(0.055)
    result /= np.float32(1.055)
    np.power(result, np.float32(2.4), out=result)
    return np.divide(values, np.float32(12.92), out=result, where=values <= np.float32(0.04045))


def encode(linear: NDArray[np.float32]) -> NDArray[np.float32]:
    """Linear to sRGB-encoded, clipped to 0 to 1."""
    clipped = np.asarray(np.clip(np.asarray(linear, np.float32), np.float32(0), np.float32(1)))
    result = np.maximum(clipped, np.float32(0.0031308), out=np.empty_like(clipped))
    np.power(result, np.float32(1 / 2.4), out=result)
    result *= np.float32(1.055)
    result -= np.float32(0.055)
    return np.multiply(clipped, np.float32(12.92), out=result, where=clipped <= np.float32(0.0031308))
