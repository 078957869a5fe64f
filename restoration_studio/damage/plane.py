"""What the finders share: pictures of any size in pieces, luma, local levels, confidence from a score."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from restoration_studio.damage.errors import NotAnRGBArray
from restoration_studio.image.luma import BT601
from restoration_studio.image.picture import FloatArray
from restoration_studio.lazy import numpy as np

_SMALLEST = 16  # pixels a side; thinner pictures are padded by their own edge
_BLOCK = 1536  # pixels a side; larger pictures go block by block
_WHOLE = 1_000_000  # pixels; kinds that need the whole picture look at a larger one reduced to this


def as_pixels(pixels: FloatArray) -> FloatArray:
    """``pixels`` as (height, width, 3) float32; a grey (height, width) picture gets three equal channels.

    Raises:
        NotAnRGBArray: the array has no such form.
    """
    array = np.asarray(pixels)
    if array.ndim == 2:
        array = np.repeat(array[:, :, None], 3, axis=2)
    if array.ndim != 3 or array.shape[2] != 3 or 0 in array.shape or array.dtype.kind != "f":
        raise NotAnRGBArray(dtype=str(array.dtype), shape=array.shape)
    array = array.astype(np.float32, copy=False)
    return array


def luma(pixels: FloatArray) -> FloatArray:
    """(height, width) float32, 0 to 1: the encoded grey value."""
    grey: FloatArray = np.clip(pixels @ np.array(BT601, np.float32), 0, 1).astype(np.float32)
    return grey


def run_padded(finder: Callable[[FloatArray], FloatArray], pixels: FloatArray) -> FloatArray:
    """Run ``finder`` on a picture that is at least ``_SMALLEST`` pixels a side."""
    height, width = pixels.shape[:2]
    missing = [(0, max(0, _SMALLEST - side)) for side in (height, width)]
    if missing != [(0, 0), (0, 0)]:
        pixels = np.pad(pixels, (*missing, (0, 0)), mode="edge")
    return finder(pixels)[:height, :width]


def run_in_blocks(
    finder: Callable[[FloatArray], FloatArray],
    pixels: FloatArray,
    halo: int,
    check_cancelled: Callable[[], None],
    *,
    block: int = _BLOCK,
    grid: int = 1,
) -> FloatArray:
    """Run ``finder`` on blocks of at most ``block`` pixels a side, which see ``halo`` pixels more, to bound memory.

    All begin at multiples of ``grid``, of which ``block`` and ``halo`` must be multiples.
    """
    height, width = pixels.shape[:2]
    found = np.empty((height, width), np.float32)
    rows, columns = _cut_axis(height, block, grid), _cut_axis(width, block, grid)
    for top, bottom in rows:
        for left, right in columns:
            check_cancelled()
            above, before = max(0, top - halo), max(0, left - halo)
            part = pixels[above : bottom + halo, before : right + halo]
            confidence = run_padded(finder, part)
            found[top:bottom, left:right] = confidence[top - above : bottom - above, left - before : right - before]
    return found


def _cut_axis(side: int, block: int, grid: int) -> list[tuple[int, int]]:
    count = max(1, -(-side // block))
    cells = -(-side // grid)
    inner = [index * cells // count * grid for index in range(1, count)]
    return list(pairwise((0, *inner, side)))


def run_reduced(finder: Callable[[FloatArray], FloatArray], pixels: FloatArray) -> FloatArray:
    """Run ``finder`` on the whole picture, reduced to about a megapixel when it is larger."""
    import cv2

    height, width = pixels.shape[:2]
    share = (_WHOLE / (height * width)) ** 0.5
    if share >= 1:
        return run_padded(finder, pixels)
    size = (max(1, round(width * share)), max(1, round(height * share)))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    found = run_padded(finder, np.clip(small, 0, 1))
    large: FloatArray = cv2.resize(found, (width, height), interpolation=cv2.INTER_LINEAR)
    return large


def box_mean(plane: FloatArray, radius: int) -> FloatArray:
    """Mean over a square of ``2 * radius + 1`` pixels a side."""
    import cv2

    mean: FloatArray = cv2.blur(plane, (2 * radius + 1, 2 * radius + 1), borderType=cv2.BORDER_REFLECT_101)
    return mean


def logistic(score: FloatArray, middle: float, width: float) -> FloatArray:
    """Confidence from a score: 0.5 at ``middle``, 0.73 at ``middle + width``."""
    confidence: FloatArray = (1 / (1 + np.exp(np.clip((middle - score) / width, -30, 30)))).astype(np.float32)
    return confidence
