"""Colours that a network gives to a video, held steady within each shot: guesses follow what moves and are averaged.

The network guesses each frame by itself, and another frame of the same thing often gets another colour. Here the two
colour planes of the frames near by are moved to where things are now, weighted by nearness in time and by how well the
luminance there agrees, and averaged. The luminance has no part in it and stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from restoration_studio.image.luma import BT601
from restoration_studio.image.picture import Picture
from restoration_studio.video.motion import dis_flow, warp

REACH, _SPREAD = 4, 2.5  # frames before and after, and the deviation of their weights
_SIDE = 256  # pixels of the small luminance that motion is found in
_ALIKE = 12.0  # levels that a place's luminance may differ before it counts as another thing
_LUMA = np.array(BT601, np.float32)


@dataclass(frozen=True, slots=True)
class _Guessed:
    number: int
    picture: Picture
    luma: NDArray[np.float32]  # (_SIDE, _SIDE), 0 to 255
    colours: NDArray[np.float32] | None


@dataclass(slots=True)
class SteadyColours:
    """What is wanted, and the colours of the frames that are on their way.

    Attributes:
        strength: 0 to 1, how much of the average is taken.
        guess: the network's colours of a frame, (side, side, 2) in units of CIE Lab, or None where it gets none.
        ready: by a frame's number, the colours it is to have.
    """

    strength: float
    guess: Callable[[Picture], NDArray[np.float32] | None]
    ready: dict[int, NDArray[np.float32]] = field(default_factory=dict)

    def follow(
        self, frames: Iterator[Picture], low: int, first: int, stop: int, shot_of: Callable[[int], int]
    ) -> Iterator[Picture]:
        """The frames ``first`` to ``stop`` as they are, their colours put into ``ready`` before each.

        Args:
            frames: from number ``low`` on, ``REACH`` before ``first`` and after the last where the shots reach there.
            shot_of: the shot of a frame's number.
        """
        held: list[_Guessed] = []
        due = first
        for number, picture in enumerate(frames, low):
            held.append(_Guessed(number, picture, _small(picture), self.guess(picture)))
            while due < stop and due + REACH <= number:
                yield self._steady(held, due, shot_of)
                due += 1
                held = [item for item in held if item.number >= due - REACH]
        while held and due <= min(stop - 1, held[-1].number):
            yield self._steady(held, due, shot_of)
            due += 1

    def _steady(self, held: list[_Guessed], number: int, shot_of: Callable[[int], int]) -> Picture:
        own = next(item for item in held if item.number == number)
        if own.colours is not None:
            near = [
                item
                for item in held
                if item.colours is not None
                and abs(item.number - number) <= REACH
                and shot_of(item.number) == shot_of(number)
            ]
            self.ready[number] = own.colours + np.float32(self.strength) * (average_colours(own, near) - own.colours)
        return own.picture


def average_colours(own: _Guessed, near: list[_Guessed]) -> NDArray[np.float32]:
    """The colours of the frames ``near``, ``own`` among them, warped to where things are in ``own``."""
    import cv2

    assert own.colours is not None
    side = own.colours.shape[0]
    total, weights = np.zeros_like(own.colours), np.zeros((side, side), np.float32)
    for other in near:
        assert other.colours is not None
        nearness = np.exp(-0.5 * ((other.number - own.number) / _SPREAD) ** 2)
        if other.number == own.number:
            total += nearness * own.colours
            weights += nearness
            continue
        flow = dis_flow(own.luma, other.luma)
        unlike = warp(other.luma, flow) - own.luma
        alike = cv2.resize(np.exp(-((unlike / _ALIKE) ** 2)), (side, side))
        flow = np.asarray(cv2.resize(flow, (side, side)) * np.float32(side / _SIDE), np.float32)
        weight = np.asarray(nearness * alike, np.float32)
        total += weight[..., None] * warp(other.colours, flow)
        weights += weight
    return np.asarray(total / weights[..., None], np.float32)


def _small(picture: Picture) -> NDArray[np.float32]:
    import cv2

    luma = picture.pixels @ _LUMA * np.float32(255)
    return np.asarray(cv2.resize(luma, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA), np.float32)
