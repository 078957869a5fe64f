"""Figures for pictures: how near a result is to the truth.

Every function takes float arrays in the range 0 to 1, (height, width) or (height, width, 3).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from restoration_studio.measure.checks import check_pixels

Pixels = NDArray[Any]

_SSIM_WINDOW = 11  # pixels: a gaussian of sigma 1.5 cut at 3.5 sigma, as in the paper


def mse(a: Pixels, b: Pixels) -> float:
    """Mean squared error of two pictures of one shape, over all pixels and channels (0 to 1).

    Raises:
        ValueError: the shapes differ, or are not those of a picture.
    """
    _check_pair(a, b)
    return float(np.mean(np.square(np.asarray(a, np.float64) - np.asarray(b, np.float64))))


def psnr(a: Pixels, b: Pixels) -> float:
    """Peak signal-to-noise ratio in decibels, with 1.0 as the peak; infinite for equal pictures.

    Raises:
        ValueError: the shapes differ, or are not those of a picture.
    """
    error = mse(a, b)
    return math.inf if error == 0 else -10 * math.log10(error)


def ssim(a: Pixels, b: Pixels) -> float:
    """Structural similarity, 1 for equal pictures; the mean over the channels.

    After Wang, Bovik, Sheikh and Simoncelli, "Image quality assessment: from error visibility to
    structural similarity", IEEE TIP 2004: gaussian weights of sigma 1.5, population covariance.

    Raises:
        ValueError: the shapes differ, are not those of a picture, or a side is under 11 pixels.
    """
    from skimage.metrics import structural_similarity

    _check_pair(a, b)
    if min(a.shape[:2]) < _SSIM_WINDOW:
        raise ValueError(f"SSIM needs at least {_SSIM_WINDOW} pixels on each side, the pictures are {_size(a)}.")
    value = structural_similarity(
        np.asarray(a, np.float64),
        np.asarray(b, np.float64),
        data_range=1.0,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        channel_axis=2 if a.ndim == 3 else None,
    )
    return float(value)


def _check_pair(a: Pixels, b: Pixels) -> None:
    check_pixels(a)
    check_pixels(b)
    if a.shape != b.shape:
        raise ValueError(f"the two pictures must have one shape, they are {_size(a)} and {_size(b)}.")


def _size(pixels: Pixels) -> str:
    height, width, *rest = pixels.shape
    return f"{width} x {height} pixels with {rest[0]} channels" if rest else f"{width} x {height} grey pixels"
