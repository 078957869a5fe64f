"""Dirt repaired along a video: every frame beside its neighbours, never across a cut."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from restoration_studio.image.picture import Picture
from restoration_studio.video.dirt import LUMA, Grey, Neighbours, find_dirt, repair
from restoration_studio.video.motion import FindFlow, FlowPair, dis_flow


@dataclass(slots=True)
class DirtRepair:
    """What is wanted, and what was done since.

    Attributes:
        strength: 0 to 1, how much of a repair is laid over a frame.
        sensitivity: 0 to 1, see ``video.dirt.find_dirt``.
        find: finds motion.
        frames, touched: how many were looked at, and in how many something was repaired.
        share: of all pixels looked at, what was repaired.
    """

    strength: float
    sensitivity: float
    find: FindFlow = field(default=dis_flow)
    frames: int = 0
    touched: int = 0
    share: float = 0.0

    def repair_frame(self, pixels: list[NDArray[np.float32]], own: Grey, seen: Neighbours) -> NDArray[np.float32]:
        """The frame in the middle of three, (height, width, 3) from 0 to 1, without its dirt."""
        dirt = find_dirt(seen, self.sensitivity)
        self.share = (self.share * self.frames + float(dirt.mean())) / (self.frames + 1)
        self.frames += 1
        if not dirt.any():
            return pixels[1]
        self.touched += 1
        return repair(pixels[1], pixels[0], pixels[2], seen, dirt, self.strength)


def repair_frames(
    frames: Iterator[Picture], low: int, first: int, stop: int, shot_of: Callable[[int], int], work: DirtRepair
) -> Iterator[Picture]:
    """The frames ``first`` to ``stop`` without dirt; the first and last of a shot stay as they are.

    Args:
        frames: from number ``low`` on, one before ``first`` where there is one and one after the last as well.
        shot_of: the shot of a frame's number.
    """
    held: list[tuple[int, Picture, Grey]] = []
    pairs: dict[int, FlowPair] = {}

    def repaired(place: int) -> Picture:
        number, picture, own = held[place]
        if not 0 < place < len(held) - 1:
            return picture
        (before, earlier, past), (after, later, coming) = held[place - 1], held[place + 1]
        if not shot_of(before) == shot_of(number) == shot_of(after):
            return picture
        for one, a, b in ((before, past, own), (number, own, coming)):
            if one not in pairs:
                pairs[one] = FlowPair.between(a, b, work.find)
        seen = Neighbours(past, own, coming, pairs[before], pairs[number])
        pixels = work.repair_frame([earlier.pixels, picture.pixels, later.pixels], own, seen)
        return picture if pixels is picture.pixels else picture.with_(pixels=pixels)

    for number, picture in enumerate(frames, low):
        held.append((number, picture, np.asarray(picture.pixels @ LUMA * np.float32(255), np.float32)))
        if number - 1 >= first:
            yield repaired(len(held) - 2)
        if len(held) > 2:
            pairs.pop(held.pop(0)[0], None)
    if held and first <= held[-1][0] < stop:
        yield repaired(len(held) - 1)
