"""The colour contract: no stage but those made for it changes a picture's colours.

Seen from far off (``measure.colour_drift``) a stage's result stays within a mean CIEDE2000 of 1 of what it was
given. Networks drift; where one has, its result is brought back by a low-frequency match in linear light. A drift
nobody sees is left alone, to the bit, and between that and the limit the correction sets in smoothly, so that the
frames of a film do not jump. Pixels that a stage left alone (all round a face) are left alone here too.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from restoration_studio.context import StageContext
from restoration_studio.image.parallel import map_in_order
from restoration_studio.image.picture import FloatArray, Picture
from restoration_studio.image.resize import enlarge_rows
from restoration_studio.measure.colour_drift import (
    LowPassPair,
    apply_factors,
    drift,
    factors,
    low_pass_pair,
    replace_after,
)

LIMIT = 1.0  # mean CIEDE2000
UNSEEN = 0.5  # below it nothing is done
_ROUNDS = 8  # most are within the limit after one; white, black and strong texture take more
_STRIP_PIXELS = 64_000
_ALONE = 0.5  # a place where a larger share of the pixels is as it was counts as left alone


def hold_colours(before: Picture, after: Picture, context: StageContext) -> Picture:
    """``after`` with the colours of ``before``, as seen from far off; itself, to the bit, where they are the same.

    Says in ``context.figures`` how far colours had drifted ("colour_drift") and, where something was done, how far they
    are off now ("colour_drift_corrected"): for the frames of a film the largest of all.

    Args:
        before: what the stage was given.
        after: what it made, of any size; its array may be used for the result.
    """
    if after.pixels is before.pixels:
        context.measure("colour_drift", 0.0)
        return after
    low = low_pass_pair(before.pixels, after.pixels)
    found = drift(low)
    context.measure("colour_drift", found)
    if found <= UNSEEN:
        return after
    share, reach = _share(found), _reach(before.pixels, after.pixels, low)
    now = found
    for _ in range(_ROUNDS):
        after = after.with_(pixels=_brought_back(before.pixels, after.pixels, low, share, reach, context))
        low = replace_after(low, after.pixels)
        now = drift(low)
        if now < LIMIT:
            break
    context.measure("colour_drift_corrected", now)
    if now >= LIMIT:
        context.note(
            f"the colours drifted by {found:.1f} (mean CIEDE2000) and could be brought back to {now:.1f} only."
        )
    else:
        context.note(f"the colours had drifted by {found:.1f} (mean CIEDE2000) and were brought back to {now:.1f}.")
    return after


def _share(found: float) -> float:
    """How much of the match is applied: none at `UNSEEN`, all from `LIMIT` on."""
    part = min(1.0, (found - UNSEEN) / (LIMIT - UNSEEN))
    return part * part * (3 - 2 * part)


def _reach(before: FloatArray, after: FloatArray, low: LowPassPair) -> FloatArray | None:
    """How much is matched at each place, (h, w), 0 to 1, where the stage has left places alone; None: everywhere."""
    import cv2

    if before.shape != after.shape:
        return None
    height, width = low.before.shape[:2]
    changed = np.empty(before.shape[:2], np.float32)
    for start, stop in _strips(before.shape):
        changed[start:stop] = (before[start:stop] != after[start:stop]).any(axis=2)
    small = cv2.resize(changed, (width, height), interpolation=cv2.INTER_AREA)
    worked_on = (small > 1 - _ALONE).astype(np.float32)
    if worked_on.all():
        return None
    sigma = max(1.0, min(height, width) / 64)
    inner = cv2.erode(worked_on, np.ones((3, 3), np.uint8), iterations=round(2 * sigma))
    soft = cv2.GaussianBlur(inner, (0, 0), sigma)
    return np.asarray(np.where(worked_on > 0, soft, 0), np.float32)


def _brought_back(
    before: FloatArray,
    after: FloatArray,
    low: LowPassPair,
    share: float,
    reach: FloatArray | None,
    context: StageContext,
) -> FloatArray:
    """``after`` times the factors that bring it to ``before``, strip by strip, in its own memory where that can be."""
    by = 1 + np.float32(share) * (factors(low) - 1)
    if reach is not None:
        by = 1 + reach[..., None] * (by - 1)
    by = np.asarray(by, np.float32)
    own = after.flags.writeable and not np.shares_memory(before, after)
    result = after if own else after.copy()
    size = (after.shape[0], after.shape[1])

    def strip(rows: tuple[int, int]) -> tuple[slice, FloatArray]:
        part = slice(*rows)
        corrected = apply_factors(after[part], enlarge_rows(by, *rows, size))
        return part, corrected if reach is None else _where_changed(before[part], after[part], corrected)

    for part, made in map_in_order(strip, _strips(after.shape)):
        context.check_cancelled()
        result[part] = made
    return result


def _where_changed(before: FloatArray, after: FloatArray, corrected: FloatArray) -> FloatArray:
    changed: NDArray[np.bool_] = (before != after).any(axis=2, keepdims=True)
    return np.where(changed, corrected, after)


def _strips(shape: tuple[int, ...]) -> list[tuple[int, int]]:
    rows = max(1, _STRIP_PIXELS // shape[1])
    return [(start, min(start + rows, shape[0])) for start in range(0, shape[0], rows)]
