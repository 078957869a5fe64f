"""Dust, hair and spots: small marks, bright or dark, that stand out from everything near them.

A mark is what the median of its neighbourhood does not know. It counts by how far it stands out in units of what
the picture itself does nearby (the mean of the same difference), so that a busy ground has no marks: leaves, cloth
and close lettering are the picture's own. Pixels that stand out and touch make one mark and are judged together, by
the mean of their log ratio, since the noise of single pixels averages away.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from restoration_studio.damage.plane import box_mean, logistic, luma
from restoration_studio.image.picture import FloatArray


@dataclass(frozen=True, slots=True)
class _Size:
    """One size of mark: the median's side, the radii the ground is measured over, and when a mark is sure."""

    median: int
    radii: tuple[int, ...]
    largest: int  # pixels of a mark
    by_area: float  # added to the score for each e-fold of its area, up to a hundred pixels
    middle: float  # score with confidence 0.5
    width: float


_SIZES = (
    _Size(median=5, radii=(8,), largest=400, by_area=0.0, middle=1.66, width=0.1),
    _Size(median=17, radii=(16, 32), largest=4000, by_area=0.2, middle=2.6, width=0.1),
)
_WEAK = 2.0  # times the ground's own differences, from which a pixel may belong to a mark
_FLOOR = 0.006  # the ground is never taken to be more even: one and a half of 255 grey levels
_LEAST = 0.02  # and no mark is fainter
_MOST = 16.0


def confidence(pixels: FloatArray) -> FloatArray:
    """(height, width) float32, 0 to 1, from pixels (height, width, 3) float32, 0 to 1."""
    grey = luma(pixels)
    best = np.zeros(grey.shape, np.float32)
    for size in _SIZES:
        difference = grey - _median(grey, size.median)
        grounds = [box_mean(np.abs(difference), radius) + _FLOOR for radius in size.radii]
        for mark in (difference, -difference):
            np.maximum(best, logistic(_score(mark, grounds, size), size.middle, size.width), out=best)
    return best


def _median(grey: FloatArray, side: int) -> FloatArray:
    import cv2

    if side <= 5:
        return np.asarray(cv2.medianBlur(grey, side), np.float32)
    coarse = cv2.medianBlur(np.rint(grey * 255).astype(np.uint8), side)  # OpenCV's large medians are of 8 bits
    median: FloatArray = coarse.astype(np.float32) / np.float32(255)
    return median


def _score(mark: FloatArray, grounds: list[FloatArray], size: _Size) -> FloatArray:
    """For each pixel the score of its mark; below every mark's where there is none."""
    import cv2

    ratio = np.zeros_like(mark)
    for ground in grounds:
        ratio += np.log(np.clip(mark / ground, 0.01, _MOST))
    ratio /= len(grounds)
    weak = np.float32(np.log(_WEAK))
    stands_out = (ratio > weak) & (mark > _LEAST)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(stands_out.astype(np.uint8), connectivity=8)
    area: NDArray[np.float64] = stats[:, cv2.CC_STAT_AREA].astype(np.float64)
    score = np.bincount(labels.ravel(), ratio.ravel(), count) / np.maximum(area, 1)
    score += size.by_area * np.log(np.minimum(area, 100))
    score[area > size.largest] = -3
    below = np.minimum(ratio, weak) - 3
    found: FloatArray = np.where(stands_out, score.astype(np.float32)[labels], below)
    return found
