"""Spreads the colour of hints over what they lie on: by luminance, up to its edges.

A hint's reach is told by the luminance it takes to get there (geodesic distance, as in Yatziv, Sapiro: "Fast image
and video colorization using chrominance blending", IEEE TIP 15, 2006): near is the hint's, far is not. What lies
between is solved for by the least squares of Levin, Lischinski, Weiss: "Colorization using optimization", SIGGRAPH
2004: neighbours of like luminance have like colour. All of it happens on a small copy; the guided filter (He, Sun:
"Fast guided filter", 2015) carries the result to the picture's own edges.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from restoration_studio.image.resize import enlarge_rows
from restoration_studio.stages.hints import Hint

_SIDE = 320  # longer side of the copy that hints are spread on
_NEAR, _FAR = 9.0, 21.0  # steps of CIE L* along the way: within a thing, and in another, at a reach of 1
_ACROSS = 5.0  # the same for crossing the whole picture where it is flat
_SHADING = 4.0  # step of L* from pixel to pixel that may still be shading
_UNLIKE = 0.25  # what a difference of L* from the hint's own counts as beside the steps on the way
_EDGE = 2.5  # step of L* between neighbours that Levin's weight takes for an edge
_LEAST = 1e-4
_DISC = 0.004  # radius of a hint itself, of the longer side
_GUIDE_RADIUS, _GUIDE_NOISE = 3, 2.0  # of the guided filter, pixels of the copy and L*
_DARKEST = 8.0  # L* below which a hint's colour says too little of its hue and saturation


@dataclass(frozen=True, slots=True)
class Spread:
    """Hints spread over a picture.

    Attributes:
        slopes, offsets: (h, w, 3) at the small copy's size: times L*/100 and added, how much the hints count, 0 to 1,
            and the colours they bring, a and b divided by L* + 16, weighted by that.
        size: (height, width) of the picture.
        lowest, highest: (3,), what these three may be.
    """

    slopes: NDArray[np.float32]
    offsets: NDArray[np.float32]
    size: tuple[int, int]
    lowest: NDArray[np.float32]
    highest: NDArray[np.float32]

    def over(
        self, colours: NDArray[np.float32], luminance: NDArray[np.float32], start: int, saturation: float = 1.0
    ) -> NDArray[np.float32]:
        """a and b of rows that begin at ``start``, (rows, width, 2), with the hints' colours on top.

        Args:
            colours: (rows, width, 2), what there is beneath.
            luminance: (rows, width), linear, 0 to 1.
            saturation: what the hints' own colours are multiplied by.
        """
        lightness = lightness_of(luminance)
        stop = start + luminance.shape[0]
        result = enlarge_rows(self.slopes, start, stop, self.size) * (lightness / 100)[..., None]
        result += enlarge_rows(self.offsets, start, stop, self.size)
        np.clip(result, self.lowest, self.highest, out=result)
        share = np.minimum(result[..., :1], 1)
        own = result[..., 1:] * (np.float32(saturation) * (lightness + 16))[..., None]
        return np.asarray((1 - share) * colours + own, np.float32)


def lightness_of(luminance: NDArray[np.float32]) -> NDArray[np.float32]:
    """CIE L*, 0 to 100, of linear luminance."""
    cube = np.where(luminance > 216 / 24389, np.cbrt(luminance), luminance * (24389 / 27 / 116) + 16 / 116)
    return np.asarray(116 * cube - 16, np.float32)


def spread_hints(
    luminance: NDArray[np.float32], hints: Sequence[Hint], size: tuple[int, int], reach: float = 1.0
) -> Spread:
    """Spread hints over a picture.

    Args:
        luminance: (h, w), linear, 0 to 1, of a small copy of `small_size`.
        hints: at least one, in per cent (`stages.hints.relative_hints`).
        size: (height, width) of the picture itself.
        reach: how large a step of luminance a hint's colour crosses; 1 suits most things.
    """
    import cv2

    lightness = lightness_of(luminance)
    flat = lightness
    for _ in range(2):  # texture goes, edges stay
        flat = cv2.bilateralFilter(flat, 7, 8.0, 2.0)
    chroma = np.array([_chromaticity(hint.colour or (0, 0, 0)) for hint in hints], np.float32)
    counts = np.array([hint.colour is not None for hint in hints], np.float32)
    distance = _distances(flat, [hint.place(1, 1) for hint in hints]) / max(reach, 1e-3)
    nearest = distance.min(axis=0)
    # Where several hints reach, each counts by how near it is; one that does not reach there hardly at all.
    weight = np.maximum(1 - distance / _FAR, 1e-3) ** 2 / (0.5 + distance) ** 3
    weight /= weight.sum(axis=0)
    weighted = np.tensordot(weight, np.column_stack([counts, chroma * counts[:, None]]), axes=(0, 0))
    share = _solve_share(flat, nearest)
    wanted = np.asarray(share[..., None] * weighted, np.float32)
    slopes, offsets = _fit_guided_filter(lightness / np.float32(100), wanted)
    lowest, highest = (np.array([edge, *values], np.float32) for edge, values in (
        (0, np.minimum(chroma.min(axis=0), 0)), (1, np.maximum(chroma.max(axis=0), 0)))
    )  # fmt: skip
    return Spread(slopes, offsets, size, lowest, highest)


def small_size(height: int, width: int) -> tuple[int, int]:
    """(height, width) of the copy that hints are spread on."""
    factor = min(1.0, _SIDE / max(height, width))
    return max(1, round(height * factor)), max(1, round(width * factor))


def _chromaticity(colour: tuple[int, int, int]) -> tuple[float, float]:
    """a and b of CIE Lab divided by L* + 16, which is the same for a colour in light and in shade."""
    import cv2

    pixel = np.array([[colour]], np.float32) / np.float32(255)
    light, a, b = (float(value) for value in cv2.cvtColor(pixel, cv2.COLOR_RGB2LAB)[0, 0])
    return a / (max(light, _DARKEST) + 16), b / (max(light, _DARKEST) + 16)


def _distances(lightness: NDArray[np.float32], places: Sequence[tuple[float, float]]) -> NDArray[np.float32]:
    """From each hint to each pixel: the steps of L* on the best way, (hints, h, w)."""
    from skimage.graph import MCP_Geometric

    height, width = lightness.shape
    down, right = np.gradient(lightness) if min(height, width) > 1 else (np.zeros_like(lightness),) * 2
    steps = np.hypot(down, right)
    costs = np.square(steps) / (steps + _SHADING) + _ACROSS / max(height, width)  # shading counts for little
    reach = _DISC * max(height, width)
    y, x = np.mgrid[:height, :width]
    found = []
    for across, along in places:
        column, row = min(int(across * width), width - 1), min(int(along * height), height - 1)
        near = np.hypot(x - column, y - row) <= max(reach, 0.5)
        way, _ = MCP_Geometric(costs).find_costs(np.argwhere(near))
        own = float(np.median(lightness[near]))
        found.append(way + _UNLIKE * np.abs(lightness - own))
    return np.asarray(found, np.float32)


def _solve_share(lightness: NDArray[np.float32], distance: NDArray[np.float32]) -> NDArray[np.float32]:
    """How much the hints count, 0 to 1: 1 near them, 0 far away, between as Levin's least squares have it."""
    from scipy.sparse import coo_matrix, diags
    from scipy.sparse.linalg import splu

    known = (distance <= max(_NEAR, float(distance.min()))) | (distance >= _FAR)
    share = (distance < _FAR).astype(np.float64)
    if known.all():
        return share.astype(np.float32)
    height, width = lightness.shape
    index = np.arange(height * width).reshape(height, width)
    rows, columns, weights = [], [], []
    for dy, dx in ((0, 1), (1, 0), (1, 1), (1, -1)):
        first = (slice(0, height - dy), slice(max(0, -dx), width - max(0, dx)))
        second = (slice(dy, height), slice(max(0, dx), width - max(0, -dx)))
        step = lightness[first] - lightness[second]
        weight = np.exp(-np.square(step, dtype=np.float64) / (2 * _EDGE**2)) + _LEAST
        rows += [index[first].ravel(), index[second].ravel()]
        columns += [index[second].ravel(), index[first].ravel()]
        weights += [weight.ravel()] * 2
    entries: Any = (np.concatenate(weights), (np.concatenate(rows), np.concatenate(columns)))
    near: Any = coo_matrix(entries, shape=(index.size, index.size)).tocsr()
    laplacian = diags(np.asarray(near.sum(axis=1)).ravel()) - near
    free = np.flatnonzero(~known.ravel())
    given = np.flatnonzero(known.ravel())
    right = -(laplacian[free][:, given] @ share.ravel()[given])
    solver = splu(laplacian[free][:, free].tocsc(), permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True})
    share.ravel()[free] = solver.solve(right)
    return np.clip(share, 0, 1).astype(np.float32)


def _fit_guided_filter(
    guide: NDArray[np.float32], wanted: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Slopes and offsets with which the guide gives what is wanted, in every small window, (h, w, channels) each."""
    import cv2

    side = (2 * _GUIDE_RADIUS + 1,) * 2

    def mean(array: NDArray[np.float32]) -> Any:
        return cv2.blur(array, side, borderType=cv2.BORDER_REFLECT)

    middle = mean(guide)
    spread = np.maximum(mean(guide * guide) - middle * middle, 0) + (_GUIDE_NOISE / 100) ** 2
    means = mean(wanted)
    slopes = (mean(wanted * guide[..., None]) - means * middle[..., None]) / spread[..., None]
    offsets = means - slopes * middle[..., None]
    return np.asarray(mean(slopes), np.float32), np.asarray(mean(offsets), np.float32)
