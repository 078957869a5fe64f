"""Work through a large picture in horizontal strips, so that intermediate arrays stay small."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from restoration_studio.lazy import numpy as np

if TYPE_CHECKING:
    from restoration_studio.context import StageContext
    from restoration_studio.image.picture import FloatArray

STRIP_PIXELS = 4_000_000


def run_in_strips(
    change: Callable[[FloatArray], FloatArray],
    pixels: FloatArray,
    margin: int,
    context: StageContext,
    strip_pixels: int = STRIP_PIXELS,
) -> FloatArray:
    """``change`` applied to the whole of ``pixels``, strip by strip.

    Args:
        change: (h, w, 3) to (h, w, 3) float32; what it makes of a pixel depends on pixels at most
            ``margin`` rows away, so the result is that of one call on the whole.
        pixels: (height, width, 3) float32.
        margin: rows of surroundings each strip is given above and below.
        context: told of progress, asked whether to stop.
        strip_pixels: about how many pixels a strip has; fewer where ``change`` is slow, so that it stops soon.
    """
    height, width = pixels.shape[:2]
    rows = max(strip_pixels // width, 4 * margin, 1)
    result = np.empty_like(pixels)
    starts = range(0, height, rows)
    context.on_strip(0, len(starts))
    for index, start in enumerate(starts):
        stop = min(start + rows, height)
        top, bottom = max(0, start - margin), min(height, stop + margin)
        result[start:stop] = change(pixels[top:bottom])[start - top : stop - top]
        context.on_strip(index + 1, len(starts))
    return result
