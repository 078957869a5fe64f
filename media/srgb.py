"""The sRGB transfer curve, IEC 61966-2-1, and luminance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)  # of linear red, green and blue, ITU-R BT.709


def decode(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """sRGB-encoded to linear (IEC 61966-2-1)."""
    clipped = np.maximum(pixels, np.float32(0.04045))
    return np.where(pixels <= 0.04045, pixels / np.float32(12.92), ((clipped + 0.055) / 1.055) ** 2.4).astype(
        np.float32
    )


def encode(linear: NDArray[np.float32]) -> NDArray[np.float32]:
    """Linear to sRGB-encoded, clipped to 0 to 1."""
    clipped = np.clip(linear, 0, 1)
    high = 1.055 * np.maximum(clipped, 0.0031308) ** (1 / 2.4) - 0.055
    return np.where(clipped <= 0.0031308, clipped * 12.92, high).astype(np.float32)
