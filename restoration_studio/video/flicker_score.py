"""How much a video flickers: how far its brightness jumps to and fro from frame to frame, whatever moves in it."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_TILE = 4  # pixels of the small frame that are taken together
_DARK = 18.0  # luma up to which nothing is seen, let alone flickers: black bars


class Jumps:
    """A number for each frame, -1 for the first and last, from small frames given in turn; holds three of them."""

    def __init__(self) -> None:
        self.values = array("f")
        self._tiles: list[NDArray[np.float32]] = []

    def add(self, small: NDArray[np.float32]) -> None:
        """The next frame's small luminance, (48, 64), 0 to 255."""
        rows, columns = small.shape
        tiles = small.reshape(rows // _TILE, _TILE, columns // _TILE, _TILE).mean((1, 3))
        self._tiles = [*self._tiles[-2:], tiles]
        self.values.append(-1.0)
        if len(self._tiles) == 3:
            self.values[-2] = round(_jump(*self._tiles), 4)


def _jump(before: NDArray[np.float32], own: NDArray[np.float32], after: NDArray[np.float32]) -> float:
    """How far a frame lies from the middle of its neighbours: the median of its tiles, so that what moves in less
    than half of it does not count."""
    lit = own > _DARK
    return abs(float(np.median((own - (before + after) / 2)[lit]))) if lit.any() else 0.0


def flicker_score(jumps: Sequence[float], cuts: Sequence[int]) -> float:
    """The mean of ``Jumps`` over a video, in levels of 255, without the frames at its shots' ends.

    Steady changes, such as fades, hardly count; what jumps to and fro does.

    Args:
        cuts: numbers of the frames that begin a shot, 0 among them.
    """
    within: list[NDArray[np.float64]] = []
    for first, stop in zip(cuts, [*cuts[1:], len(jumps)], strict=True):
        within.append(np.asarray(jumps[first + 1 : stop - 1], np.float64))
    every = np.concatenate(within) if within else np.zeros(0)
    every = every[every >= 0]
    return float(every.mean()) if every.size else 0.0
