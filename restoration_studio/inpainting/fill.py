"""Fills the holes of a picture, window by window, with any method."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from restoration_studio.inpainting.base import FillOptions, Mask, Method
from restoration_studio.inpainting.blend import add_grain, grain_level, match_colours
from restoration_studio.inpainting.errors import MaskCoversPicture
from restoration_studio.inpainting.windows import find_windows

if TYPE_CHECKING:
    from restoration_studio.context import StageContext
    from restoration_studio.image.picture import FloatArray


def fill(
    pixels: FloatArray, hole: Mask, method: Method, options: FillOptions, context: StageContext, *, grain: float = 0.0
) -> FloatArray:
    """The picture with its holes filled; outside them every pixel stays as it is, to the bit.

    Args:
        pixels: (height, width, 3) float32, 0 to 1.
        hole: (height, width) bool, True = to be filled.
        grain: share of the picture's own grain that the fill is given, 0 to 1.

    Raises:
        MaskCoversPicture: the holes leave nothing of the picture, and the method needs surroundings.
        RestorationError: the method cannot do its work.
    """
    if hole.all() and method.needs_surroundings:
        raise MaskCoversPicture(method=method.title)
    level = grain * grain_level(pixels) if grain else 0.0
    result = pixels.copy()
    result[hole] = 0  # no method shall see what was there
    todo = hole.copy()
    parts = find_windows(hole, core=method.core, surroundings=method.surroundings)
    context.on_tile(0, len(parts))
    for index, window in enumerate(parts):
        part, open_ = result[window.box], todo[window.box]
        seed = _seed(context.seed, index)
        filled = method.fill(np.ascontiguousarray(part), open_, options, context, seed)
        if method.match_colours:
            filled = match_colours(part, filled, open_)
        if level:
            filled = add_grain(filled, window.core, level, seed)
        part[window.core] = filled[window.core]
        open_[window.core] = False
        context.on_tile(index + 1, len(parts))
    return result


def _seed(seed: int, index: int) -> int:
    """A seed of its own for every window, so that no pattern repeats."""
    return int(np.random.SeedSequence([seed, index]).generate_state(1, np.uint32)[0])
