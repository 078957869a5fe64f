"""The noise of one channel of a picture, from the blocks of it that show little else.

A plane is fitted to each small block; what the plane leaves over is noise, and texture where there is
any. Blocks are grouped by brightness, since grain and photon noise depend on it, and in each group the
flattest blocks give that brightness' noise: the lower envelope of Liu, Szeliski, Kang, Zitnick and
Freeman, "Automatic estimation and removal of noise from a single image", IEEE TPAMI 2008, with square
blocks for their segments.

Estimators that look at the finest detail only (Immerkaer 1996; the wavelet median of Donoho and
Johnstone 1994; the patch covariance of Chen, Zhu and Heng, ICCV 2015) are as good on white noise, but
scanned grain, camera noise, JPEG and enlargement leave none of it there: they read a quarter of the
noise of real cameras and nothing of noise that was enlarged. Whole blocks keep it.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from restoration_studio.measure.checks import Pixels, check_pixels

_BLOCK = 8  # pixels; larger blocks find too few flat places, smaller ones lose coarse grain
_STEP = 5  # pixels from block to block, odd so that blocks meet every phase of JPEG's 8-pixel grid
_MAX_BLOCKS = 24_000  # enough for a steady estimate; more pixels only move the blocks apart
_GROUPS = 8  # of brightness
_GROUP_BLOCKS = 40  # the fewest blocks worth a group of their own
_ENVELOPE = 0.06  # the quantile of the block variances taken as the flattest blocks of a group
_GROUP_QUANTILE = 0.4  # of the groups' values: some groups may hold texture only, or a flat border only
_CLIPPED_LOW, _CLIPPED_HIGH = 1 / 255, 254 / 255


class ChannelNoise(NamedTuple):
    """``sigma`` in 8-bit grey levels; ``reliable`` is False where nearly all blocks were clipped."""

    sigma: float
    reliable: bool


def channel_noise(channel: NDArray[Any]) -> ChannelNoise:
    """Noise of a (height, width) float channel, 0 to 1. The same picture always gives the same figure."""
    size = min(_BLOCK, *channel.shape)
    if size < 3:
        return ChannelNoise(0.0, False)
    variance, brightness, reliable = _block_variances(channel, size)
    groups = max(1, min(_GROUPS, len(variance) // _GROUP_BLOCKS))
    order = np.argsort(brightness, kind="stable")
    floors = [np.quantile(variance[group], _ENVELOPE) for group in np.array_split(order, groups)]
    floor = float(np.quantile(floors, _GROUP_QUANTILE)) / _flattest_of(size * size - 3)
    return ChannelNoise(255 * math.sqrt(max(0.0, floor)), reliable)


def estimate_noise(pixels: Pixels) -> float:
    """Standard deviation of the noise in one picture, in 8-bit grey levels (0 to 255).

    The lower envelope of the variance of small blocks over their brightness, after Liu, Szeliski, Kang,
    Zitnick and Freeman, "Automatic estimation and removal of noise from a single image", IEEE TPAMI 2008:
    see the head of this file. For colour it is the root mean square over the channels, so that noise of
    sigma 10 added to each channel gives 10. 0 for a constant picture and for one under 3 x 3 pixels.

    Raises:
        ValueError: the shape is not that of a picture.
    """
    check_pixels(pixels)
    if pixels.ndim == 2 or _channels_equal(pixels):
        return channel_noise(pixels if pixels.ndim == 2 else pixels[..., 0]).sigma
    estimates = [channel_noise(pixels[..., index]) for index in range(3)]
    # A channel clipped nearly everywhere, as blue in a deep yellow cast, says nothing of the noise.
    telling = [estimate for estimate in estimates if estimate.reliable] or estimates
    return math.sqrt(sum(estimate.sigma**2 for estimate in telling) / len(telling))


def _channels_equal(pixels: Pixels) -> bool:
    first = pixels[..., 0]
    return np.array_equal(first, pixels[..., 1]) and np.array_equal(first, pixels[..., 2])


def _block_variances(channel: NDArray[Any], size: int) -> tuple[NDArray[Any], NDArray[Any], bool]:
    """Variance about the fitted plane and mean of each block, without the clipped ones if others remain."""
    height, width = (side - size + 1 for side in channel.shape)
    step = max(_STEP, math.isqrt(height * width // _MAX_BLOCKS) | 1) if size == _BLOCK else 1
    windows = np.lib.stride_tricks.sliding_window_view(channel, (size, size))[::step, ::step]
    blocks = windows.reshape(-1, size * size).astype(np.float64)
    clipped = np.mean((blocks <= _CLIPPED_LOW) | (blocks >= _CLIPPED_HIGH), axis=1)

    # Clipping takes noise away, so clipped blocks would read as clean.
    wanted = max(_GROUP_BLOCKS, len(blocks) // 50)
    usable = np.ones(len(blocks), bool)
    reliable = False
    for allowed in (0.02, 0.15):
        if np.count_nonzero(clipped <= allowed) >= wanted:
            usable, reliable = clipped <= allowed, True
            break
    blocks = blocks[usable]

    rows, columns = np.mgrid[:size, :size]
    plane, _ = np.linalg.qr(np.stack([np.ones(size * size), rows.ravel(), columns.ravel()], axis=1))
    brightness = blocks.mean(axis=1)
    blocks -= brightness[:, None]  # before squaring: a bright constant block must give 0, not rounding
    residual = blocks - (blocks @ plane) @ plane.T
    return np.square(residual).sum(axis=1) / (size * size - 3), brightness, reliable


def _flattest_of(freedom: int) -> float:
    """How far under the true variance the flattest blocks of pure noise lie, as a ratio.

    The quantile at 0.2 of a chi-square distribution over its degrees of freedom (Wilson and Hilferty's
    approximation): photographs are part texture, so the lowest 0.06 of all blocks is about the lowest
    0.2 of the flat ones. Found on Kodak's pictures with known noise.
    """
    spread = 2 / (9 * freedom)
    return float((1 - spread - 0.8416 * math.sqrt(spread)) ** 3)
