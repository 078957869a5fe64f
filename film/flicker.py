"""Flicker: how much a film's brightness jumps from frame to frame within its shots."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def flicker_score(luma: Sequence[float], cuts: Sequence[int]) -> float:
    """How far a frame's mean brightness lies from the middle of its neighbours', on average, in levels of 255.

    Fades and moving shadows change brightness steadily and hardly count; what jumps to and fro does. Frames at
    a cut are left out.

    Args:
        luma: mean brightness of each frame, 0 to 255.
        cuts: numbers of the frames that begin a shot, 0 among them.
    """
    jumps: list[np.ndarray] = []
    for first, stop in zip(cuts, [*cuts[1:], len(luma)], strict=True):
        shot = np.asarray(luma[first:stop], np.float64)
        if len(shot) >= 3:
            jumps.append(np.abs(shot[1:-1] - (shot[:-2] + shot[2:]) / 2))
    return float(np.concatenate(jumps).mean()) if jumps else 0.0
