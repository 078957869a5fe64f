"""Whether a photograph is black and white, however its print or scan has coloured it.

A toned print (sepia, yellowed, blue) has one colour for each lightness; a colour photograph has several. So colour is
taken as a curve over lightness and a slow drift over the picture, and what neither explains is looked at, smoothed
over patches, since JPEG scatters colour at random and real colour lies in areas.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

# CIE Lab units. Toned and JPEG-coded variants of Kodak24 and of old photographs stay below 2.8, colour
# photographs begin at 4.4, and with their saturation halved at 2.3 (one in twenty is below 4.3).
THRESHOLD = 3.0
_SIDE = 256  # pixels the picture is looked at with
_CURVE_PARTS = 150  # the curve's resolution over the sorted pixels
_PATCH = 32  # patches on the longer side


class Greyness(NamedTuple):
    """``grey`` and the figure it was decided by: colour that no toning explains, in units of CIE Lab."""

    grey: bool
    unexplained: float


def greyness(pixels: NDArray[np.float32]) -> Greyness:
    """Look at a picture of (height, width, 3) sRGB values from 0 to 1."""
    import cv2

    height, width = pixels.shape[:2]
    factor = min(1.0, _SIDE / max(height, width))
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(np.asarray(small, np.float32), cv2.COLOR_RGB2LAB)
    lightness, colour = lab[..., 0].ravel(), lab[..., 1:].reshape(-1, 2)
    drift: Any = np.zeros_like(colour)
    slow = _slow_terms(size[1], size[0], lightness)
    for _ in range(2):
        curve = _colour_of_lightness(lightness, colour - drift)
        drift = _robust_fit(slow, colour - curve)
    rest = (colour - drift - curve).reshape(*lab.shape[:2], 2).astype(np.float32)
    areas = cv2.GaussianBlur(rest, (0, 0), max(size) / _PATCH)
    unexplained = float(np.percentile(np.linalg.norm(areas, axis=2), 95))
    return Greyness(unexplained < THRESHOLD, unexplained)


def _colour_of_lightness(lightness: NDArray[Any], colour: NDArray[Any]) -> NDArray[Any]:
    """The running median of a and b over pixels sorted by lightness, for each pixel."""
    from scipy.ndimage import median_filter

    order = np.argsort(lightness, kind="stable")
    back = np.argsort(order, kind="stable")
    window = max(3, len(order) // _CURVE_PARTS) | 1
    return np.stack([median_filter(colour[order, k], window, mode="nearest")[back] for k in (0, 1)], axis=1)


def _slow_terms(height: int, width: int, lightness: NDArray[Any]) -> NDArray[Any]:
    """Polynomials of the place, fading towards black and white, which age does not tint."""
    places = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    y, x = (axis.ravel() for axis in places)
    middle = np.clip(lightness / 100 * (1 - lightness / 100) * 4, 0, 1)
    return np.stack([x, y, x * x, y * y, x * y], axis=1) * middle[:, None]


def _robust_fit(terms: NDArray[Any], wanted: NDArray[Any]) -> NDArray[Any]:
    """Least squares in which what lies far off counts little."""
    weight: NDArray[Any] = np.ones((len(terms), 1))
    for _ in range(3):
        fitted = terms @ np.linalg.lstsq(terms * weight, wanted * weight, rcond=None)[0]
        weight = 1 / np.sqrt(1 + (np.linalg.norm(wanted - fitted, axis=1, keepdims=True) / 2) ** 2)
    return np.asarray(fitted)
