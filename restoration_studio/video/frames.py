"""The frames that are to be restored: read, steadied, freed of stray chroma, at the wanted rate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from restoration_studio.errors import InputError
from restoration_studio.image.luma import BT601
from restoration_studio.image.picture import Picture
from restoration_studio.video.analysis import VideoAnalysis
from restoration_studio.video.decode import read_frames
from restoration_studio.video.dirt_repair import DirtRepair, cleaned
from restoration_studio.video.flicker import steadied
from restoration_studio.video.frame_colour import decided_colour, frame_to_alpha, frame_to_pixels
from restoration_studio.video.frame_rate import Between, Timeline, needed, shown_frames
from restoration_studio.video.probe import VideoInfo
from restoration_studio.video.steady_colour import REACH, SteadyColours

_BEFORE = 3  # frames that deinterlacing is given ahead of the first one wanted


@dataclass(slots=True)
class FrameSteps:
    """What is done to the frames of a film before its recipe's stages; nothing where nothing is said.

    Attributes:
        deflicker: how much of the film's flicker is taken away, 0 to 1.
        local: parts of the frame are steadied by themselves too.
        dirt: finds and repairs what lies on single frames.
        rate: frames a second of the result, where they are to be others than the film's.
        between: makes the frame between two others; needed with ``rate``.
        colours: holds colours that are guessed steady.
        alpha: frames bring their transparency.
    """

    deflicker: float = 0.0
    local: bool = True
    dirt: DirtRepair | None = None
    rate: Fraction | None = None
    between: Between | None = None
    colours: SteadyColours | None = None
    alpha: bool = False


@dataclass(frozen=True, slots=True)
class FrameSource:
    """The frames that are to be restored, by their numbers in the result."""

    info: VideoInfo
    plan: VideoAnalysis
    steps: FrameSteps
    timeline: Timeline | None

    def read(self, first: int, stop: int) -> Iterator[Picture]:
        colours = self.steps.colours
        if colours is None:
            return self._shown(first, stop)
        # The frames round about are looked at as well, as far as their shots reach.
        count = self.plan.frames if self.timeline is None else len(self.timeline.origin)
        low, high = first, stop
        while low > max(0, first - REACH) and self.shot_of(low - 1) == self.shot_of(first):
            low -= 1
        while high < min(count, stop + REACH) and self.shot_of(high) == self.shot_of(stop - 1):
            high += 1
        return colours.follow(self._shown(low, high), low, first, stop, self.shot_of)

    def shot_of(self, number: int) -> int:
        """The number of the shot in the film itself."""
        return self.plan.shot_of(number if self.timeline is None else self.timeline.origin[number])

    def _shown(self, first: int, stop: int) -> Iterator[Picture]:
        if self.timeline is None or self.steps.between is None:
            return self._clean(first, stop)
        span = needed(self.timeline, first, stop, self.plan.frames)
        return shown_frames(self._clean(*span), self.timeline, first, stop, self.steps.between)

    def _clean(self, first: int, stop: int) -> Iterator[Picture]:
        if self.steps.dirt is None:
            return _frames(self.info, self.plan, first, stop, self.steps)
        low, high = max(0, first - 1), min(self.plan.frames, stop + 1)
        frames = _frames(self.info, self.plan, low, high, self.steps)
        return cleaned(frames, low, first, stop, self.plan.shot_of, self.steps.dirt)


def _frames(info: VideoInfo, plan: VideoAnalysis, first: int, stop: int, steps: FrameSteps) -> Iterator[Picture]:
    """The frames of those numbers as upright pictures."""
    colour = decided_colour(info)
    if plan.searchable:
        begin = max(0, first - _BEFORE)
        number, from_pts = begin, plan.pts[begin]
        items = read_frames(
            info, from_pts=from_pts if begin or from_pts != 0 else None, deinterlace=plan.interlaced > 0
        )
    else:
        number, items = 0, read_frames(info, deinterlace=plan.interlaced > 0)
    for item in items:
        if plan.searchable and item.pts < plan.pts[number]:
            continue
        if plan.searchable and item.pts != plan.pts[number]:
            raise InputError(f"{info.path} has other timestamps than before; it may have changed, so run again.")
        if number >= first:
            pixels = frame_to_pixels(item.frame, colour, info.rotation)
            if len(plan.curves):
                places = plan.places[number] if steps.local else None
                pixels = steadied(pixels, plan.curves[number], steps.deflicker, False, places)
            picture = Picture(
                pixels=pixels,
                bit_depth=8 if info.bit_depth == 8 else 16,
                grey=plan.grey,
                alpha=frame_to_alpha(item.frame, info.rotation) if steps.alpha else None,
            )
            yield _without_chroma(picture) if plan.grey else picture
        number += 1
        if number >= stop:
            return


def _without_chroma(picture: Picture) -> Picture:
    """A frame of a grey film without the stray chroma its codec gave it."""
    luma = picture.pixels @ np.array(BT601, np.float32)
    return picture.with_(pixels=np.repeat(luma[:, :, None], 3, axis=2))
