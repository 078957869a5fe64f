"""Fills that belong: colours brought in line at the seam, grain like the picture's, a soft edge inside the mask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from restoration_studio.inpainting.base import Mask
from restoration_studio.lazy import numpy as np

if TYPE_CHECKING:
    from restoration_studio.image.picture import FloatArray

_SWEEPS = 24  # of relaxation at every size of the pyramid
_SMALLEST = 4  # pixels on the shorter side at which the pyramid ends
_RING = 7  # pixels: differences of colour are averaged over squares of this side, so that grain does not count
# Below this many grey levels of 255 noise cannot be seen; above, what is measured is texture rather than grain.
_LEAST_GRAIN, _MOST_GRAIN = 1.0, 25.0


def match_colours(known: FloatArray, filled: FloatArray, hole: Mask) -> FloatArray:
    """A network's fill with its colours brought in line with the surroundings, without a ring.

    The difference between picture and network along the hole's edge is continued into the hole as a membrane
    and added: the fill keeps its gradients, the seam vanishes. Pérez, Gangnet, Blake: "Poisson image editing",
    SIGGRAPH 2003, with the membrane of Farbman et al., "Coordinates for instant image cloning", 2009.

    Args:
        known: (h, w, 3) float32, right outside the holes.
        filled: (h, w, 3) float32, what the network made of the whole window.
        hole: (h, w) bool, True = to be filled.

    Returns:
        (h, w, 3) float32, 0 to 1, right inside the holes.
    """
    import cv2

    if hole.all() or not hole.any():
        return filled
    valid = (~hole).astype(np.float32)
    size = (_RING, _RING)
    weight = cv2.boxFilter(valid, -1, size, normalize=False, borderType=cv2.BORDER_CONSTANT)
    # Colours of far-off pixels are of no interest; those at the edge are averaged over known pixels only.
    total = cv2.boxFilter(
        (known - filled) * valid[..., None], -1, size, normalize=False, borderType=cv2.BORDER_CONSTANT
    )
    difference = np.where(hole[..., None], np.float32(0), total / np.maximum(weight, 1)[..., None])
    joined: FloatArray = np.clip(filled + fill_membrane(difference, hole), 0, 1)
    return joined


def fill_membrane(values: FloatArray, hole: Mask) -> FloatArray:
    """``values`` with its holes filled by the smoothest surface (Laplace's equation) held at their edges.

    Relaxation on a pyramid from coarse to fine (cascadic multigrid). The picture's border is free.

    Args:
        values: (h, w, c) float32.
        hole: (h, w) bool; not all of it True.
    """
    import cv2

    if not hole.any():
        return values
    height, width = hole.shape
    inside = hole[..., None]
    if min(height, width) > _SMALLEST:
        half = ((width + 1) // 2, (height + 1) // 2)
        valid = (~hole).astype(np.float32)
        share = cv2.resize(valid, half, interpolation=cv2.INTER_AREA)
        coarse = cv2.resize(values * valid[..., None], half, interpolation=cv2.INTER_AREA)
        coarse = coarse.reshape(*share.shape, -1)  # OpenCV drops a single channel's axis
        coarse = np.where(share[..., None] > 0, coarse / np.maximum(share, 1e-6)[..., None], np.float32(0))
        start = cv2.resize(fill_membrane(coarse, share == 0), (width, height), interpolation=cv2.INTER_LINEAR)
    else:
        start = np.broadcast_to(values[~hole].mean(axis=0), values.shape)
    surface = np.where(inside, start.reshape(values.shape), values).astype(np.float32)
    kernel = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], np.float32) / 4
    for _ in range(_SWEEPS):
        mean = cv2.filter2D(surface, -1, kernel, borderType=cv2.BORDER_REPLICATE).reshape(values.shape)
        np.copyto(surface, mean, where=inside)
    return surface


def grain_level(pixels: FloatArray) -> float:
    """The grain of a picture that fills should have too, in units of 1 (0 where it cannot be seen)."""
    from restoration_studio.measure.noise import estimate_noise

    level = estimate_noise(pixels)
    return min(level, _MOST_GRAIN) / 255 if level >= _LEAST_GRAIN else 0.0


def add_grain(filled: FloatArray, core: Mask, level: float, seed: int) -> FloatArray:
    """``filled`` with Gaussian grain of deviation ``level`` inside ``core``, the same in all channels."""
    noise = np.random.default_rng(seed).normal(0, level, np.count_nonzero(core)).astype(np.float32)
    grained = filled.copy()
    grained[core] = np.clip(grained[core] + noise[:, None], 0, 1)
    return grained


def composite(pixels: FloatArray, filled: FloatArray, mask: Mask, feather: float) -> FloatArray:
    """The fill inside the mask, with a soft edge that lies inside it; outside, ``pixels`` to the bit.

    Args:
        feather: width of the soft edge in pixels, 0 for none.
    """
    import cv2

    result = pixels.copy()
    if feather <= 0:
        result[mask] = filled[mask]
        return result
    depth = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 5)[mask]
    weight = np.minimum(depth / np.float32(feather + 1), 1)[:, None]
    result[mask] = pixels[mask] + weight * (filled[mask] - pixels[mask])
    return result
