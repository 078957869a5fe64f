"""Scratches and faint lines: thin ridges on an even ground, judged along the whole line instead of pixel by pixel.

A scratch of one standard deviation a pixel is lost in the noise of each pixel and plain along 200 of them. Every
pixel's difference to its neighbourhood left and right (above and below) is measured in units of the local noise
and texture, clipped so that no single pixel can speak for a line, and summed along all straight lines of 16 to
256 pixels (``damage.beamlets``). A line counts by the weaker of its two sides: an edge of the picture differs from
one side only, a scratch from both by about the same.
"""

from __future__ import annotations

import numpy as np

from restoration_studio.damage.beamlets import best_lines
from restoration_studio.damage.plane import box_mean, logistic, luma
from restoration_studio.image.picture import FloatArray

_SCALES = ((1, 1, 1.0), (1, 3, 0.95), (2, 3, 0.9), (4, 3, 0.85))  # reduction, width of the ridge there, weight
_FIRST = 4  # lines from 16 pixels
_LONGEST = 256  # pixels of the picture
_NOISE_RADIUS = 16
_FLOOR = 0.006  # noise is never taken to be less: one and a half of 255 grey levels
_CLIP = 3.0  # standard deviations a single pixel may count
_FAR = 5  # pixels beyond either side that the grounds are compared over
_SAME = 0.5  # the grounds may differ by this share of the weaker side's difference
_EVEN = 0.6  # the weaker side must have this share of the stronger one's difference
_AROUND = 32  # pixels: a scratch is alone, and what runs among its like is hatching, hair or cloth
_USUAL = 2.0  # standard deviations: what every line is divided by
_BY_CHANCE = 3.0  # standard deviations that the best line through a pixel of plain noise has
_CROWD = 2.0  # for each deviation that lines around have more than that
_MIDDLE, _WIDTH = 7.6, 0.6  # score with confidence 0.5, and its spread


def confidence(pixels: FloatArray) -> FloatArray:
    """(height, width) float32, 0 to 1, from pixels (height, width, 3) float32, 0 to 1."""
    import cv2

    grey = luma(pixels)
    height, width = grey.shape
    best = np.zeros((height, width), np.float32)
    for reduction, ridge, weight in _SCALES:
        if min(height, width) < 16 * reduction:
            continue
        size = (-(-width // reduction), -(-height // reduction))
        plane = grey if reduction == 1 else cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
        score = np.maximum(_upright(plane, ridge, reduction), _upright(plane.T.copy(), ridge, reduction).T)
        crowd = np.maximum(box_mean(score, _AROUND) - np.float32(_BY_CHANCE), 0)
        score *= np.float32(weight) / (np.float32(_CROWD) * crowd + np.float32(_USUAL))
        if reduction > 1:
            score = cv2.resize(score, (width, height), interpolation=cv2.INTER_LINEAR)
            reach = 2 * reduction + ridge + 1
            finer = cv2.dilate(best, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
            score[finer > score] = 0  # a thin line is seen at every width: the one it fits best counts
        np.maximum(best, score, out=best)
    return logistic(best, _MIDDLE, _WIDTH)


def _upright(plane: FloatArray, ridge: int, reduction: int) -> FloatArray:
    """The best score of a line within 45 degrees of upright through each pixel."""
    left, right, beyond = _sides(plane, ridge)
    levels = int(np.log2(_LONGEST // reduction))
    levels = max(_FIRST, min(levels, int(np.ceil(np.log2(plane.shape[0])))))
    return np.maximum(best_lines((left, right, beyond), levels, _FIRST, _score), 0)


def _sides(plane: FloatArray, ridge: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """How far each pixel stands out from its left and its right, and how far these differ a little further away.

    All in local standard deviations, clipped.
    """
    import cv2

    core = cv2.blur(plane, (ridge, 1), borderType=cv2.BORDER_REPLICATE) if ridge > 1 else plane
    reach = ridge // 2 + 2  # one pixel lies between
    side = cv2.blur(plane, (2, 1), borderType=cv2.BORDER_REPLICATE)  # of this pixel and the one to its left
    wide = np.pad(side, ((0, 0), (reach, reach + 1)), mode="edge")
    width = plane.shape[1]
    first = core - wide[:, :width]
    after = 2 * reach + 1  # as far from the core as the pair before it
    second = core - wide[:, after : after + width]
    noise = 0.625 * (box_mean(np.abs(first), _NOISE_RADIUS) + box_mean(np.abs(second), _NOISE_RADIUS))
    noise = np.maximum(noise, _FLOOR)
    mean = cv2.blur(plane, (_FAR, 1), borderType=cv2.BORDER_REPLICATE)
    reach += _FAR // 2 + 1
    wide = np.pad(mean, ((0, 0), (reach, reach)), mode="edge")
    beyond = wide[:, 2 * reach :] - wide[:, :width]
    parts = [np.clip(part / noise, -_CLIP, _CLIP) for part in (first, second, beyond)]
    return parts[0], parts[1], parts[2]


def _score(level: int, sums: tuple[FloatArray, ...]) -> tuple[FloatArray, FloatArray]:
    """Standard deviations by which the line's weaker side stands out, for bright and dark lines."""
    first, second, beyond = sums
    weaker = np.minimum(np.abs(first), np.abs(second))
    stronger = np.maximum(np.abs(first), np.abs(second))
    support = weaker * np.float32(2.0 ** (-level / 2))
    support[(first > 0) != (second > 0)] = 0
    even = (weaker > _EVEN * stronger) & (np.abs(beyond) < _SAME * weaker)
    return np.where(even, support, 0), support
