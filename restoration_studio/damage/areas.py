"""Connected areas whiter or blacker than what is round them, with what tells lost paint from picture content."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from restoration_studio.damage.plane import luma
from restoration_studio.image.picture import FloatArray

_TONES = (0.98, 0.95, 0.92, 0.88, 0.84, 0.8, 0.74, 0.68, 0.6)  # of white, and as far from black
_BELOW = (0.52, 0.44)  # further thresholds, at which no area is looked for
_LATER = 2  # thresholds on which an area's growth is taken over
_SMALLEST = 25  # pixels
_FEWEST = 9  # pixels inside the rim that tone and flatness are taken from
_BEYOND = 7  # pixels: the window the far side of the rim is looked for in
_EDGE = 4  # pixels: an area so close to the picture's edge reaches it, since scans have thin frames


_Pieces = tuple[NDArray[np.int32], NDArray[np.int32]]  # labels (height, width), and OpenCV's statistics of each


@dataclass(frozen=True, slots=True)
class Area:
    """One connected area of a picture.

    Attributes:
        window: its bounding box, a little enlarged.
        mask: the area in the window, bool.
        pixels: their number.
        step: difference across the rim, 0 to 1, that nine tenths of the rim exceed.
        deviation: standard deviation of the grey value inside.
        chroma: mean of largest minus smallest channel inside, less the picture's own usual tint.
        tone: mean grey value inside, as a distance from the other end (1 = white or black).
        growth: logarithm of how much larger it is two thresholds further; near 0 for an area that is stable, as
            torn paper is and a bright part of the picture seldom (maximally stable extremal regions; Matas et al.,
            BMVC 2002).
        touched: pixels of the picture's edge it comes close to, for top, bottom, left and right.
    """

    window: tuple[slice, slice]
    mask: NDArray[np.bool_]
    pixels: int
    step: float
    deviation: float
    chroma: float
    tone: float
    growth: float
    touched: tuple[int, int, int, int]


def find_areas(pixels: FloatArray, largest: float) -> Iterator[Area]:
    """Bright and dark areas at several thresholds, up to ``largest`` (a share of the picture)."""
    import cv2

    grey = luma(pixels)
    chroma = pixels.max(axis=2) - pixels.min(axis=2)
    chroma = np.minimum(chroma, np.abs(chroma - np.median(chroma)))  # a sepia print's paper has the print's tint
    window = np.ones((_BEYOND, _BEYOND), np.uint8)
    for level in (grey, 1 - grey):
        beyond = cv2.erode(level, window)
        pieces = [_label_pieces(level, tone) for tone in (*_TONES, *_BELOW)]
        for index in range(len(_TONES)):
            yield from _areas_at(level, beyond, chroma, pieces[index], pieces[index + _LATER], largest * grey.size)


def _label_pieces(level: FloatArray, tone: float) -> _Pieces:
    import cv2

    _, labels, stats, _ = cv2.connectedComponentsWithStats((level >= tone).astype(np.uint8), connectivity=4)
    return np.asarray(labels, np.int32), np.asarray(stats, np.int32)


def _areas_at(
    level: FloatArray, beyond: FloatArray, chroma: FloatArray, pieces: _Pieces, later: _Pieces, largest: float
) -> Iterator[Area]:
    import cv2

    height, width = level.shape
    labels, stats = pieces
    sizes = stats[:, cv2.CC_STAT_AREA]
    for index in np.flatnonzero((sizes >= _SMALLEST) & (sizes <= largest)):
        if index == 0:
            continue
        left, top, wide, high, size = (int(value) for value in stats[index])
        window = np.s_[max(0, top - 2) : top + high + 2, max(0, left - 2) : left + wide + 2]
        mask = labels[window] == index
        inside = cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=1).astype(bool)
        rim = mask & ~inside
        if not rim.any():
            continue  # the whole picture
        core = inside if np.count_nonzero(inside) >= _FEWEST else mask
        values = level[window][core]
        row, column = np.argwhere(mask)[0]
        grown = int(later[1][later[0][window][row, column], cv2.CC_STAT_AREA])
        yield Area(
            window=window,
            mask=mask,
            pixels=size,
            step=float(np.percentile((level[window] - beyond[window])[rim], 10)),
            deviation=float(values.std()),
            chroma=float(chroma[window][core].mean()),
            tone=float(values.mean()),
            growth=math.log(grown / size),
            touched=_edges_touched(mask, (top, left, high, wide), (height, width)),
        )


def _edges_touched(
    mask: NDArray[np.bool_], box: tuple[int, int, int, int], shape: tuple[int, int]
) -> tuple[int, int, int, int]:
    top, left, high, wide = box
    above, before = max(0, top - 2), max(0, left - 2)  # where the window begins
    rows, columns = _EDGE - above, _EDGE - before
    below, behind = shape[0] - _EDGE - above, shape[1] - _EDGE - before
    return (
        int(mask[:rows].any(axis=0).sum()) if top < _EDGE else 0,
        int(mask[below:].any(axis=0).sum()) if top + high > shape[0] - _EDGE else 0,
        int(mask[:, :columns].any(axis=1).sum()) if left < _EDGE else 0,
        int(mask[:, behind:].any(axis=1).sum()) if left + wide > shape[1] - _EDGE else 0,
    )
