"""Cracks, dark and bright, and other thin bent lines: top-hats at several widths along short straight pieces.

The top-hat keeps what is narrower than its element; an opening by line segments at many angles keeps of that what
is long (Giakoumis, Nikolaidis, Pitas, "Digital image processing techniques for the detection and removal of cracks
in digitized paintings", IEEE Trans. Image Processing 2006). What is left counts in units of the usual top-hat nearby,
and as one piece where it is connected: by the mean of its log ratio, more for a long piece, less for a thick one.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from restoration_studio.damage.plane import box_mean, logistic, luma
from restoration_studio.image.picture import FloatArray

_SIDES = (5, 9)  # pixels: what is narrower is a line
_LENGTH = 11  # pixels of the straight pieces
_ANGLES = 12
_RADIUS = 32
_FLOOR = 0.006  # the ground is never taken to be more even: one and a half of 255 grey levels
_LEAST = 0.02  # no line is fainter
_WEAK = 2.0  # times the usual top-hat, from which a pixel may belong to a line
_BY_LENGTH = 0.3  # added for each e-fold of the piece's extent, to a hundred pixels
_SHORT = 20.0  # pixels of extent where nothing is added
_BY_THICKNESS = 0.3  # taken away for each e-fold over four pixels
_EDGE = 5  # pixels: a line that keeps so close to the picture's edge is the scan's, no crack
_MOSTLY = 0.8  # of its pixels
_MIDDLE, _WIDTH = 2.2, 0.12


def confidence(pixels: FloatArray) -> FloatArray:
    """(height, width) float32, 0 to 1, from pixels (height, width, 3) float32, 0 to 1."""
    import cv2

    grey = luma(pixels)
    lines = [_segment(_LENGTH, math.pi * step / _ANGLES) for step in range(_ANGLES)]
    best = np.full(grey.shape, -9, np.float32)
    for side in _SIDES:
        element = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
        for operation in (cv2.MORPH_TOPHAT, cv2.MORPH_BLACKHAT):
            mark = cv2.morphologyEx(grey, operation, element)
            long = np.zeros_like(mark)
            for line in lines:
                np.maximum(long, cv2.morphologyEx(mark, cv2.MORPH_OPEN, line), out=long)
            ratio = np.log(np.clip(long / (box_mean(mark, _RADIUS) + np.float32(_FLOOR)), 0.01, 16))
            np.maximum(best, _score(ratio, long), out=best)
    return logistic(best, _MIDDLE, _WIDTH)


def _score(ratio: FloatArray, long: FloatArray) -> FloatArray:
    """For each pixel the score of its line; below every line's where there is none."""
    import cv2

    weak = np.float32(np.log(_WEAK))
    stands_out = (ratio > weak) & (long > _LEAST)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(stands_out.astype(np.uint8), connectivity=8)
    area: NDArray[np.float64] = stats[:, cv2.CC_STAT_AREA].astype(np.float64)
    extent = np.hypot(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT])
    score = np.bincount(labels.ravel(), ratio.ravel(), count) / np.maximum(area, 1)
    score += _BY_LENGTH * np.log(np.clip(extent / _SHORT, 0.25, 5))
    score -= _BY_THICKNESS * np.log(np.maximum(area / extent / 4, 1))
    score[_along_edge(labels, area) > _MOSTLY] = -3
    found: FloatArray = np.where(stands_out, score.astype(np.float32)[labels], np.minimum(ratio, weak) - 3)
    return found


def _along_edge(labels: NDArray[np.int32], area: NDArray[np.float64]) -> NDArray[np.float64]:
    """For each piece the share of its pixels within ``_EDGE`` pixels of the picture's edge."""
    inner = labels[_EDGE:-_EDGE, _EDGE:-_EDGE]
    inside = np.bincount(inner.ravel(), minlength=len(area))
    share: NDArray[np.float64] = 1 - inside / np.maximum(area, 1)
    return share


def _segment(length: int, angle: float) -> NDArray[np.uint8]:
    """A line through the middle of a square of ``length`` pixels a side."""
    import cv2

    drawn = np.zeros((length, length), np.uint8)
    middle = length // 2
    x, y = round(middle * math.cos(angle)), round(middle * math.sin(angle))
    cv2.line(drawn, (middle - x, middle - y), (middle + x, middle + y), 1)
    return drawn
