"""Where to work: small windows round the holes, so that a large picture with small scratches is quick.

Holes near each other share a window. A long thin hole (a scratch from edge to edge) is cut along a grid and
filled piece by piece, each piece seeing the ones before as known. A thick hole keeps one window, however large:
cut up, its middle would be filled with nothing known around it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from restoration_studio.inpainting.base import Mask

_THICK = 0.5  # of the grid's cell: a hole whose inside is farther than this from its edge is not cut


@dataclass(frozen=True, slots=True)
class Window:
    """A part of the picture to look at, and the holes in it to fill.

    Attributes:
        rows, columns: of the picture.
        core: (rows, columns) bool, the pixels to be filled with this window.
    """

    rows: slice
    columns: slice
    core: Mask

    @property
    def box(self) -> tuple[slice, slice]:
        return self.rows, self.columns


def find_windows(hole: Mask, *, core: int, surroundings: int) -> list[Window]:
    """Windows that fill every pixel of ``hole`` once.

    Args:
        hole: (height, width) bool, True = to be filled.
        core: side of the grid that holes are grouped by and long ones cut along, in pixels.
        surroundings: pixels of surroundings on each side; thick holes get as much as they are thick.
    """
    import cv2

    count, labels, stats, _ = cv2.connectedComponentsWithStats(hole.astype(np.uint8), connectivity=8)
    groups: dict[tuple[int, int], list[int]] = defaultdict(list)
    found: list[Window] = []
    long: list[int] = []
    for label in range(1, count):
        left, top, width, height, _ = (int(value) for value in stats[label])
        if max(width, height) <= core:
            groups[(top + height // 2) // core, (left + width // 2) // core].append(label)
        else:
            long.append(label)
    group_of = np.zeros(count, np.int32)
    for number, members in enumerate(groups.values(), 1):
        group_of[members] = number
        boxes = stats[members]
        top, left = int(boxes[:, 1].min()), int(boxes[:, 0].min())
        bottom, right = int((boxes[:, 1] + boxes[:, 3]).max()), int((boxes[:, 0] + boxes[:, 2]).max())
        rows, columns = _around(top, bottom, left, right, surroundings, hole.shape)
        found.append(Window(rows, columns, group_of[labels[rows, columns]] == number))
    for label in long:
        left, top, width, height, _ = (int(value) for value in stats[label])
        whole = labels[top : top + height, left : left + width] == label
        thickness = _thickness(whole)
        if thickness > _THICK * core:
            rows, columns = _around(top, top + height, left, left + width, max(surroundings, thickness), hole.shape)
            found.append(Window(rows, columns, labels[rows, columns] == label))
        else:
            found += _pieces(whole, top, left, core, surroundings, hole.shape)
    return found


def _pieces(whole: Mask, top: int, left: int, core: int, surroundings: int, shape: tuple[int, ...]) -> list[Window]:
    """A long hole cut along the picture's grid."""
    height, width = whole.shape
    found = []
    for cell_top in range(top // core * core, top + height, core):
        for cell_left in range(left // core * core, left + width, core):
            rows = slice(max(cell_top - top, 0), min(cell_top + core - top, height))
            columns = slice(max(cell_left - left, 0), min(cell_left + core - left, width))
            part = whole[rows, columns]
            used_rows, used_columns = np.flatnonzero(part.any(axis=1)), np.flatnonzero(part.any(axis=0))
            if not used_rows.size:
                continue
            first, last = rows.start + int(used_rows[0]), rows.start + int(used_rows[-1]) + 1
            begin, end = columns.start + int(used_columns[0]), columns.start + int(used_columns[-1]) + 1
            box = _around(top + first, top + last, left + begin, left + end, surroundings, shape)
            inside = np.zeros((box[0].stop - box[0].start, box[1].stop - box[1].start), bool)
            at = (top + first - box[0].start, left + begin - box[1].start)
            inside[at[0] : at[0] + last - first, at[1] : at[1] + end - begin] = whole[first:last, begin:end]
            found.append(Window(*box, inside))
    return found


def _thickness(hole: Mask) -> int:
    """Twice the distance from the hole's inmost pixel to its edge, which the picture's border is too."""
    import cv2

    framed = np.pad(hole, 1).astype(np.uint8)
    return int(2 * cv2.distanceTransform(framed, cv2.DIST_L2, 5).max())


def _around(
    top: int, bottom: int, left: int, right: int, surroundings: int, shape: tuple[int, ...]
) -> tuple[slice, slice]:
    """The box with ``surroundings`` pixels more on each side, as far as the picture of ``shape`` goes."""
    return (
        slice(max(0, top - surroundings), min(shape[0], bottom + surroundings)),
        slice(max(0, left - surroundings), min(shape[1], right + surroundings)),
    )
