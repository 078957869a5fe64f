"""Where one shot ends and the next begins.

Consecutive frames are compared as small pictures, freed of their mean and contrast, so that the flicker of old film
is no cut. A frame begins a shot when it is unlike the one before it both in itself and beside its neighbours, as in
PySceneDetect's adaptive detector: a fast pan is unlike all along, a cut once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_SIDES = (64, 48)  # width and height of the small pictures
_UNLIKE, _TIMES_NEIGHBOURS, _WINDOW = 0.35, 2.5, 4
_SHORTEST = 3  # frames; flashes and a splice's jumping frames are no shots
_NOTHING_TO_SEE = 6.0  # grey levels of contrast under which a frame is as good as black


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A frame at a glance: its small luminance and chroma, the mean and the largest stray of chroma.

    All count from 16 (black) to 235 (white), whatever the video's own range.
    """

    small: NDArray[np.float32]
    colours: NDArray[np.float32]
    mean: float
    chroma: float

    @classmethod
    def of(cls, frame: Any) -> Thumbnail:
        """``frame`` is an ``av.VideoFrame``."""
        from av.video.reformatter import Interpolation

        width, height = _SIDES
        small = frame.reformat(
            width=width,
            height=height,
            format="yuv444p16le",
            dst_color_range=1,
            interpolation=int(Interpolation.AREA),
            threads=1,
        )
        # (3, height, width), with digits after the point: whole levels would flicker more than most videos do
        planes = np.ascontiguousarray(small.to_ndarray().transpose(2, 0, 1), np.float32) / np.float32(256)
        colours = planes[1:] - 128.0
        return cls(planes[0], colours, float(planes[0].mean()), float(np.abs(colours).max()))


def dissimilarity(before: Thumbnail, after: Thumbnail) -> float:
    """How unlike two frames are: 0 for the same picture, however bright; about 1 when they have nothing in common."""
    contrasts = [float(thumbnail.small.std()) for thumbnail in (before, after)]
    if max(contrasts) < _NOTHING_TO_SEE:
        shape = 0.0
    elif min(contrasts) < _NOTHING_TO_SEE / 2:
        shape = 1.0  # from black, or to it
    else:
        a, b = ((thumbnail.small - thumbnail.mean).ravel() for thumbnail in (before, after))
        shape = 1.0 - float(a @ b) / float(np.linalg.norm(a) * np.linalg.norm(b))
    colour = float(np.abs(before.colours - after.colours).mean()) / 32.0
    return max(0.0, shape) + min(1.0, colour)


def find_cuts(values: Sequence[float]) -> list[int]:
    """Numbers of the frames that begin a shot, 0 among them.

    Args:
        values: for each frame its ``dissimilarity`` to the one before; that of the first does not count.
    """
    cuts = [0]
    for number in range(1, len(values)):
        value = values[number]
        if value < _UNLIKE or number - cuts[-1] < _SHORTEST:
            continue
        around = [
            *values[max(1, number - _WINDOW) : number],
            *values[number + 1 : number + 1 + _WINDOW],
        ]
        if not around or value >= _TIMES_NEIGHBOURS * (sum(around) / len(around)):
            cuts.append(number)
    return cuts
