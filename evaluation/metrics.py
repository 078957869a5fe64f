"""Figures for pictures: how near a result is to the truth, how sharp it is, and how noisy.

Every function takes float arrays in the range 0 to 1, (height, width) or (height, width, 3).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from utils import BT601

Pixels = NDArray[Any]

_LUMA = np.array(BT601)
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


def sharpness(pixels: Pixels) -> float:
    """Variance of the Laplacian of the luminance, in squared 8-bit grey levels; 0 under 3 x 3 pixels.

    A blurred photograph gives tens, a crisp one hundreds to thousands. Noise counts as sharpness, and
    pictures of different sizes cannot be compared. The focus measure LAPV of Pech-Pacheco et al.,
    "Diatom autofocusing in brightfield microscopy: a comparative study", ICPR 2000.

    Raises:
        ValueError: the shape is not that of a picture.
    """
    _check_picture(pixels)
    if min(pixels.shape[:2]) < 3:
        return 0.0
    grey = 255.0 * (pixels @ _LUMA.astype(np.float32) if pixels.ndim == 3 else np.asarray(pixels, np.float32))
    laplacian = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * grey[1:-1, 1:-1]
    return float(laplacian.var(dtype=np.float64))


def estimate_noise(pixels: Pixels) -> float:
    """Standard deviation of the noise in one picture, in 8-bit grey levels (0 to 255).

    The lower envelope of the variance of small blocks over their brightness, after Liu, Szeliski, Kang,
    Zitnick and Freeman, "Automatic estimation and removal of noise from a single image", IEEE TPAMI 2008:
    see `evaluation.noise`. For colour it is the root mean square over the channels, so that noise of
    sigma 10 added to each channel gives 10. 0 for a constant picture and for one under 3 x 3 pixels.

    Raises:
        ValueError: the shape is not that of a picture.
    """
    from evaluation.noise import channel_noise

    _check_picture(pixels)
    if pixels.ndim == 2 or _channels_equal(pixels):
        return channel_noise(pixels if pixels.ndim == 2 else pixels[..., 0]).sigma
    estimates = [channel_noise(pixels[..., index]) for index in range(3)]
    # A channel clipped nearly everywhere, as blue in a deep yellow cast, says nothing of the noise.
    telling = [estimate for estimate in estimates if estimate.reliable] or estimates
    return math.sqrt(sum(estimate.sigma**2 for estimate in telling) / len(telling))


def _channels_equal(pixels: Pixels) -> bool:
    first = pixels[..., 0]
    return np.array_equal(first, pixels[..., 1]) and np.array_equal(first, pixels[..., 2])


def _check_picture(pixels: Pixels) -> None:
    if pixels.ndim not in (2, 3) or (pixels.ndim == 3 and pixels.shape[2] != 3) or 0 in pixels.shape:
        raise ValueError(f"a picture must be (height, width) or (height, width, 3), not {pixels.shape}.")
    if not np.issubdtype(pixels.dtype, np.floating):
        raise ValueError(f"a picture must hold floats in the range 0 to 1, not {pixels.dtype}.")


def _check_pair(a: Pixels, b: Pixels) -> None:
    _check_picture(a)
    _check_picture(b)
    if a.shape != b.shape:
        raise ValueError(f"the two pictures must have one shape, they are {_size(a)} and {_size(b)}.")


def _size(pixels: Pixels) -> str:
    height, width, *rest = pixels.shape
    return f"{width} x {height} pixels with {rest[0]} channels" if rest else f"{width} x {height} grey pixels"
