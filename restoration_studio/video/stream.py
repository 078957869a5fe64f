"""The frames that are to be restored, as a stream that can be read from any place; each step makes one of another."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from restoration_studio.image.luma import BT601
from restoration_studio.image.picture import Picture
from restoration_studio.video.errors import VideoChanged

if TYPE_CHECKING:
    from restoration_studio.context import StageContext
    from restoration_studio.stages.base import Stage
    from restoration_studio.video.analysis import VideoAnalysis
    from restoration_studio.video.probe import VideoInfo

_BEFORE = 3  # frames that deinterlacing is given ahead of the first one wanted


class FrameStream(ABC):
    """Consecutive frames, numbered from 0.

    Attributes:
        analysis: of the frames as they are numbered here: their timestamps, and the cuts between them.
        time_base: seconds of one unit of ``analysis.pts``.
        rate: frames a second.
        deep: frames differ by less than a level of 8 bits, which the encoder is to dither instead of round.
    """

    analysis: VideoAnalysis
    time_base: Fraction
    rate: Fraction
    deep: bool = False

    @abstractmethod
    def read(self, first: int, stop: int) -> Iterator[Picture]:
        """The frames ``first`` to ``stop`` (not itself); the same ones from wherever reading begins."""

    @abstractmethod
    def shot_of(self, number: int) -> int:
        """The number, in the video itself, of the shot that a frame belongs to."""


class StepStream(FrameStream):
    """What a step makes of the frames of ``source``; like it in all that a subclass does not change."""

    def __init__(self, source: FrameStream) -> None:
        self.source = source
        self.analysis, self.time_base, self.rate = source.analysis, source.time_base, source.rate
        self.deep = source.deep

    def read(self, first: int, stop: int) -> Iterator[Picture]:
        return self.source.read(first, stop)

    def shot_of(self, number: int) -> int:
        return self.source.shot_of(number)

    def prepare(self, number: int, stage: Stage[Any], context: StageContext) -> None:
        """Put what was found for a frame into the context of the stage that is about to run on it."""
        return None

    def notes(self) -> list[str]:
        """Sentences for the record and the person on what was done so far."""
        return []


@dataclass(slots=True)
class DecodedFrames(FrameStream):
    """The frames as they are decoded, upright.

    Attributes:
        alpha: they bring their transparency.
    """

    info: VideoInfo
    analysis: VideoAnalysis
    time_base: Fraction
    rate: Fraction
    alpha: bool = False

    def shot_of(self, number: int) -> int:
        return self.analysis.shot_of(number)

    def read(self, first: int, stop: int) -> Iterator[Picture]:
        """See ``FrameStream.read``.

        Raises:
            InputError: the file is another one than it was when it was looked through.
        """
        from restoration_studio.video.decode import read_frames
        from restoration_studio.video.frame_colour import frame_to_alpha, frame_to_pixels, resolve_colour

        info, analysis = self.info, self.analysis
        colour = resolve_colour(info)
        if analysis.searchable:
            number = max(0, first - _BEFORE)
            pts = analysis.pts[number]
            items = read_frames(info, from_pts=pts if number or pts != 0 else None, deinterlace=analysis.interlaced > 0)
        else:
            number, items = 0, read_frames(info, deinterlace=analysis.interlaced > 0)
        for item in items:
            if analysis.searchable and item.pts < analysis.pts[number]:
                continue
            if analysis.searchable and item.pts != analysis.pts[number]:
                raise VideoChanged(path=info.path, found="timestamps")
            if number >= first:
                yield Picture(
                    pixels=frame_to_pixels(item.frame, colour, info.rotation),
                    bit_depth=8 if info.bit_depth == 8 else 16,
                    grey=analysis.grey,
                    alpha=frame_to_alpha(item.frame, info.rotation) if self.alpha else None,
                )
            number += 1
            if number >= stop:
                return


class GreyFrames(StepStream):
    """The frames of a grey video without the stray chroma that its codec gave them."""

    def read(self, first: int, stop: int) -> Iterator[Picture]:
        import numpy as np

        for picture in self.source.read(first, stop):
            luma = picture.pixels @ np.array(BT601, np.float32)
            yield picture.with_(pixels=np.repeat(luma[:, :, None], 3, axis=2))
