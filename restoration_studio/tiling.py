"""Run a network over a picture tile by tile: bounded memory, any output scale, no seams.

Neighbouring tiles overlap. Across the middle half of each overlap the two results are blended with linear
weights that add up to one; the outer quarters, where a network lacks context, are thrown away. The weights
are separable, so they need one number per row and per column and no map of the picture's size.

A network's fixed scale is brought to the wanted one tile by tile with Lanczos-3, whose filter looks past the
kept part into the tile's margin: the result is that of resizing the whole, without holding the whole.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from restoration_studio.lazy import numpy as np
from restoration_studio.memory import is_out_of_memory, release_memory
from restoration_studio.tiling_errors import TilesDoNotFit

if TYPE_CHECKING:
    from restoration_studio.image.picture import FloatArray

SMALLEST_TILE = 32


@dataclass(frozen=True, slots=True)
class Span:
    """One tile along one axis: input pixels ``start`` to ``stop``, and the output pixels it takes part in."""

    start: int
    stop: int
    out_start: int
    out_stop: int
    weights: FloatArray  # (out_stop - out_start,), the tile's share of each output pixel


def split_axis(length: int, out_length: int, tile: int, overlap: int) -> list[Span]:
    """Cut an axis of ``length`` input pixels into tiles of at most ``tile``, equal in size.

    ``out_length`` is the axis after scaling. At every output pixel the weights of all tiles add up to one.
    A ``tile`` of 0 means the whole axis.
    """
    if tile <= 0 or tile >= length:
        return [Span(0, length, 0, out_length, np.ones(out_length, np.float32))]
    count = max(2, math.ceil((length - overlap) / (tile - overlap)))
    tile = min(tile, math.ceil((length + (count - 1) * overlap) / count))  # no more overlap than was asked for
    starts = [round(i * (length - tile) / (count - 1)) for i in range(count)]
    centres = (np.arange(out_length, dtype=np.float64) + 0.5) * (length / out_length)
    shares = np.ones((count, out_length))
    for i in range(count - 1):  # the ramp between tile i and tile i + 1
        low, high = starts[i + 1], starts[i] + tile
        quarter = (high - low) / 4
        ramp = np.clip((centres - low - quarter) / max(high - low - 2 * quarter, 1e-6), 0.0, 1.0)
        shares[i] *= 1.0 - ramp
        shares[i + 1] *= ramp
    shares /= shares.sum(axis=0)
    spans = []
    for start, share in zip(starts, shares, strict=True):
        used = np.flatnonzero(share)
        if not used.size:
            continue  # the result is so small that this tile has no pixel of it
        first, last = int(used[0]), int(used[-1]) + 1
        spans.append(Span(start, start + tile, first, last, share[first:last].astype(np.float32)))
    return spans


def run_tiled(
    network: Callable[[FloatArray], FloatArray],
    pixels: FloatArray,
    *,
    scale: int,
    out_size: tuple[int, int],
    tile: int,
    overlap: int,
    on_tile: Callable[[int, int], None],
) -> FloatArray:
    """Send ``pixels`` through ``network`` in tiles and put the results together.

    Args:
        network: (h, w, 3) float32 to (h * scale, w * scale, 3) float32, values 0 to 1.
        pixels: (height, width, 3) float32, or 3 * count channels where the network takes as many.
        scale: what the network multiplies sizes by.
        out_size: height and width of the result, of any ratio to the input's.
        tile: side of a tile in input pixels, 0 for the whole picture at once.
        overlap: pixels that neighbouring tiles share.
        on_tile: called with (tiles done, tiles in all) before the first and after every tile; may raise to stop.

    Returns:
        (out_height, out_width, 3) float32, or as many channels as were given.
    """
    height, width = pixels.shape[:2]
    rows = split_axis(height, out_size[0], tile, overlap)
    columns = split_axis(width, out_size[1], tile, overlap)
    total = len(rows) * len(columns)
    result = np.zeros((*out_size, pixels.shape[2]) if total > 1 else (0, 0, 0), np.float32)
    on_tile(0, total)
    for index, (row, column) in enumerate((r, c) for r in rows for c in columns):
        output = network(pixels[row.start : row.stop, column.start : column.stop])
        part = _resize_kept_part(output, row, column, scale, (height / out_size[0], width / out_size[1]))
        if total > 1:
            part = part * row.weights[:, None, None]
            part *= column.weights[None, :, None]
            result[row.out_start : row.out_stop, column.out_start : column.out_stop] += part
        else:
            result = part.copy() if np.may_share_memory(part, pixels) else part
        on_tile(index + 1, total)
    return result


def _resize_kept_part(
    output: FloatArray, row: Span, column: Span, scale: int, ratio: tuple[float, float]
) -> FloatArray:
    """The part of a tile's result that counts, at the wanted size.

    ``ratio`` is input pixels per output pixel, vertically and horizontally.
    """
    from restoration_studio.image.resize import resize

    size = (row.out_stop - row.out_start, column.out_stop - column.out_start)
    top, bottom = ((edge * ratio[0] - row.start) * scale for edge in (row.out_start, row.out_stop))
    left, right = ((edge * ratio[1] - column.start) * scale for edge in (column.out_start, column.out_stop))
    if abs(ratio[0] * scale - 1) < 1e-9 and abs(ratio[1] * scale - 1) < 1e-9:
        return output[round(top) : round(bottom), round(left) : round(right)]
    # Rounding may leave an edge a hair outside the tile; resize() takes only boxes inside.
    box = (max(left, 0.0), max(top, 0.0), min(right, output.shape[1]), min(bottom, output.shape[0]))
    return resize(output, size, box=box)


def with_smaller_tiles(
    attempt: Callable[[int], FloatArray], tile: int, longest_side: int, say: Callable[[str], None]
) -> tuple[FloatArray, int]:
    """Call ``attempt(tile)``, halving the tile each time memory runs out, and say so.

    Returns:
        the result and the tile that fitted.

    Raises:
        TilesDoNotFit: even the smallest tile does not fit.
    """
    while True:
        try:
            return attempt(tile), tile
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
            failed, tile = tile, max(SMALLEST_TILE, (min(tile, longest_side) if tile else longest_side) // 2)
            if failed and failed <= SMALLEST_TILE:
                raise TilesDoNotFit(tile=failed) from error
        release_memory()  # outside the handler, so that the failed attempt's tensors are gone
        say(f"memory ran out with tiles of {failed or longest_side} pixels; went on with {tile}.")
