"""Irregular holes by seed: strokes, scratches and patches that cover a wanted share of a picture.

The buckets of hole-to-image ratio are those of Liu et al., "Image inpainting for irregular holes using
partial convolutions", ECCV 2018: 0.01 to 0.1, 0.1 to 0.2, up to 0.5 to 0.6.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

BUCKETS = ((0.01, 0.1), (0.1, 0.2), (0.2, 0.3), (0.3, 0.4), (0.4, 0.5), (0.5, 0.6))
KINDS = ("thick", "medium", "thin", "scratches", "patches")

# Width of a stroke as a share of the picture's shorter side, and its length as a share of the longer one.
_STROKES = {
    "thick": ((0.08, 0.18), (0.1, 0.6)),
    "medium": ((0.03, 0.08), (0.1, 0.8)),
    "thin": ((0.01, 0.03), (0.2, 1.0)),
    "scratches": ((0.004, 0.012), (0.4, 1.4)),
}
_ATTEMPTS = 2000


def known_kind(kind: str) -> str:
    """The kind of holes as it is; also for pydantic, which tells the ValueError.

    Raises:
        ValueError: it is neither one of `KINDS` nor "mixed".
    """
    if kind != "mixed" and kind not in KINDS:
        raise ValueError(f"the kind of holes '{kind}' is unknown; the kinds are mixed, {', '.join(KINDS)}.")
    return kind


def irregular_hole(
    rng: Generator, height: int, width: int, *, low: float, high: float, kind: str = "mixed"
) -> NDArray[np.bool_]:
    """A mask of holes that cover between ``low`` and ``high`` of the picture.

    Args:
        low, high: hole-to-image ratio, 0 to 1.
        kind: one of `KINDS`, or "mixed", which draws the kind of every stroke anew.

    Returns:
        (height, width) bool, True = hole.

    Raises:
        ValueError: the kind is unknown, or no such mask exists at this size.
    """
    known_kind(kind)
    import cv2

    area = height * width
    wanted = rng.uniform(low, high) * area
    mask, covered = np.zeros((height, width), np.uint8), 0
    for attempt in range(_ATTEMPTS):
        shrink = 0.97 ** (attempt // 10)  # what does not fit any more is tried smaller
        drawn = mask.copy()
        _draw(drawn, rng, rng.choice(KINDS) if kind == "mixed" else kind, shrink)
        count = cv2.countNonZero(drawn)
        if count <= high * area:
            mask, covered = drawn, count
        if covered >= max(wanted, low * area, 1):
            return mask.astype(bool)
    if low * area <= covered and covered:
        return mask.astype(bool)
    raise ValueError(f"no holes of {low:.0%} to {high:.0%} could be drawn on {width}x{height} pixels.")


def central_hole(height: int, width: int, *, share: float = 0.5) -> NDArray[np.bool_]:
    """A rectangle in the middle whose sides are ``share`` (0 to 1) of the picture's, after Pathak et al. 2016."""
    mask = np.zeros((height, width), bool)
    rows, columns = max(1, round(height * share)), max(1, round(width * share))
    top, left = (height - rows) // 2, (width - columns) // 2
    mask[top : top + rows, left : left + columns] = True
    return mask


def small_holes(rng: Generator, height: int, width: int, *, count: int = 40, size: float = 0.04) -> NDArray[np.bool_]:
    """Many small blotches as flaking paint leaves them, of at most ``size`` shorter sides in radius."""
    import cv2

    mask = np.zeros((height, width), np.uint8)
    for _ in range(count):
        radius = max(1.0, size * min(height, width) * rng.uniform(0.3, 1))
        cv2.fillPoly(mask, [_blotch(rng, height, width, radius)], 1)
    return mask.astype(bool)


def _draw(mask: NDArray[np.uint8], rng: Generator, kind: str, shrink: float) -> None:
    """One more stroke, or one more patch, into ``mask``."""
    import cv2

    height, width = mask.shape
    if kind == "patches":
        radius = max(1.0, rng.uniform(0.03, 0.2) * shrink * min(height, width))
        cv2.fillPoly(mask, [_blotch(rng, height, width, radius)], 1)
        return
    widths, lengths = _STROKES[kind]
    thickness = max(1, round(rng.uniform(*widths) * shrink * min(height, width)))
    reach = rng.uniform(*lengths) * shrink * max(height, width)
    bends = 1 if kind == "scratches" else int(rng.integers(2, 8))
    turn = 0.05 if kind == "scratches" else 0.9
    angle = rng.uniform(0, 2 * math.pi)
    if kind == "scratches" and rng.random() < 0.6:
        angle = math.pi / 2 + rng.normal(0, 0.06)  # film is scratched along its way
    point = np.array([rng.uniform(0, width), rng.uniform(0, height)])
    if kind == "scratches":
        point -= 0.5 * reach * np.array([math.cos(angle), math.sin(angle)])
    points = [point]
    for _ in range(bends):
        point = point + reach / bends * np.array([math.cos(angle), math.sin(angle)])
        points.append(point)
        angle += rng.normal(0, turn)
    track = np.asarray(np.rint(points), np.int32)
    cv2.polylines(mask, [track], False, 1, thickness)
    if kind in ("thick", "medium"):
        for x, y in track.tolist():
            cv2.circle(mask, (x, y), thickness // 2, 1, -1)


def _blotch(rng: Generator, height: int, width: int, radius: float) -> NDArray[np.int32]:
    """The outline of an irregular patch somewhere in the picture."""
    turns = np.sort(rng.uniform(0, 2 * math.pi, 14))
    radii = radius * rng.uniform(0.5, 1.1, 14)
    stretch = rng.uniform(0.6, 1.6)
    outline = np.stack([np.cos(turns) * radii * stretch, np.sin(turns) * radii / stretch], axis=1)
    centre = np.array([rng.uniform(0, width), rng.uniform(0, height)])
    return np.asarray(np.rint(outline + centre), np.int32)
