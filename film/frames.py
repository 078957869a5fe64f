"""The frames that are to be restored: read, steadied, freed of stray chroma, at the wanted rate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from errors import InputError
from film.flicker import steadied
from film.plan import FilmPlan
from film.rate import Between, Timeline, needed, shown_frames
from media.film import FilmInfo
from media.film_colour import FULL, decided_colour, frame_to_pixels
from media.film_read import read_frames
from media.picture import Picture

_BEFORE = 3  # frames that deinterlacing is given ahead of the first one wanted


@dataclass(frozen=True, slots=True)
class FrameSource:
    """The frames that are to be restored, by their numbers in the result."""

    info: FilmInfo
    plan: FilmPlan
    deflicker: float
    timeline: Timeline | None
    between: Between | None

    def read(self, first: int, stop: int) -> Iterator[Picture]:
        if self.timeline is None or self.between is None:
            return _frames(self.info, self.plan, first, stop, self.deflicker)
        span = needed(self.timeline, first, stop, self.plan.frames)
        own = _frames(self.info, self.plan, *span, self.deflicker)
        return shown_frames(own, self.timeline, first, stop, self.between)

    def shot_of(self, number: int) -> int:
        """The number of the shot in the film itself."""
        return self.plan.shot_of(number if self.timeline is None else self.timeline.origin[number])


def _frames(info: FilmInfo, plan: FilmPlan, first: int, stop: int, deflicker: float) -> Iterator[Picture]:
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
                pixels = steadied(pixels, plan.curves[number], deflicker, colour.range == FULL)
            picture = Picture(
                pixels=pixels,
                bit_depth=8 if info.bit_depth == 8 else 16,
                grey=plan.grey,
            )
            yield _without_chroma(picture) if plan.grey else picture
        number += 1
        if number >= stop:
            return


def _without_chroma(picture: Picture) -> Picture:
    """A frame of a grey film without the stray chroma its codec gave it."""
    luma = picture.pixels @ np.array([0.299, 0.587, 0.114], np.float32)
    return picture.with_(pixels=np.repeat(luma[:, :, None], 3, axis=2))
