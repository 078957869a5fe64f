"""Sums along all straight lines of a picture at once, and what the best line through each pixel scores.

Lines of 2**k pixels are put together from two of half the length, so all slopes within 45 degrees of upright
cost N log N: the approximate discrete Radon transform of Götz and Druck (Pattern Recognition 1996) and Brady
(SIAM J. Computing 1998), kept at every length, as Ofir et al. do for faint edges ("On detection of faint edges
in noisy images", IEEE TPAMI 2020).

Arrays at length 2**k have the shape (slopes 2**k, strips, columns): the line of slope ``s`` begins at the
strip's top row in that column and ends ``s`` columns further right in its bottom row.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from restoration_studio.image.picture import FloatArray

# from the sums at length 2**level to the score of each line, and to how far it may carry the score of a longer one
Score = Callable[[int, tuple[FloatArray, ...]], tuple[FloatArray, FloatArray]]
_SUPPORT = 3.0  # a line's score holds for a part of it up to so many times the part's own: none runs on past its end


def best_lines(planes: tuple[FloatArray, ...], levels: int, first: int, score: Score) -> FloatArray:
    """The best score of any line within 45 degrees of upright through each pixel.

    Args:
        planes: responses to be summed, each (height, width) float32.
        levels: the longest lines have 2**levels pixels.
        first: the shortest have 2**first.
        score: makes scores of the sums at a level, the larger, the surer, and the same before any veto.

    Returns:
        (height, width) float32.
    """
    height, width = planes[0].shape
    length = 1 << levels
    best = np.full((height, width), -np.inf, np.float32)
    for mirrored in (False, True):
        for shift in (0, length // 2):  # strips a second time, half a strip lower: no line is cut in both
            rows = -(-(height + shift) // length) * length
            below = rows - height - shift
            stack = []
            for plane in planes:
                turned = plane[:, ::-1] if mirrored else plane
                stack.append(np.pad(turned, ((shift, below), (0, length))))
            found = _best_to_one_side(tuple(stack), levels, first, score)[shift : shift + height, :width]
            np.maximum(best, found[:, ::-1] if mirrored else found, out=best)
    return best


def _best_to_one_side(planes: tuple[FloatArray, ...], levels: int, first: int, score: Score) -> FloatArray:
    sums = tuple(plane[None] for plane in planes)
    scores: dict[int, tuple[FloatArray, FloatArray]] = {}
    for level in range(levels + 1):
        if level >= first:
            scores[level] = score(level, sums)
        if level < levels:
            sums = tuple(_double_lengths(part) for part in sums)
    best = scores[levels][0]
    for level in range(levels - 1, -1, -1):
        best = _hand_down(best)
        if level >= first:
            own, support = scores.pop(level)
            if level > first:  # the shortest pieces are too noisy to be asked
                np.minimum(best, np.float32(_SUPPORT) * support, out=best)
            np.maximum(best, own, out=best)
    longer: FloatArray = best[0]
    return longer


def _double_lengths(sums: FloatArray) -> FloatArray:
    """Sums of twice the length: (2 * slopes, strips / 2, columns)."""
    slopes, strips, width = sums.shape
    longer = np.empty((2 * slopes, strips // 2, width), np.float32)
    upper, lower = sums[:, 0::2], sums[:, 1::2]
    for slope in range(slopes):
        for odd in (0, 1):
            shift = slope + odd
            target = longer[2 * slope + odd]
            target[:] = upper[slope]
            target[:, : width - shift] += lower[slope, :, shift:]
    return longer


def _hand_down(best: FloatArray) -> FloatArray:
    """Hand scores down to the two halves of each line: (slopes / 2, 2 * strips, columns)."""
    slopes, strips, width = best.shape
    halves: NDArray[np.float32] = np.full((slopes // 2, 2 * strips, width), -np.inf, np.float32)
    for slope in range(slopes // 2):
        np.maximum(best[2 * slope], best[2 * slope + 1], out=halves[slope, 0::2])
        for odd in (0, 1):
            shift = slope + odd
            target = halves[slope, 1::2, shift:]
            np.maximum(target, best[2 * slope + odd, :, : width - shift], out=target)
    return halves
