"""Another frame rate: which moments are shown, and between which frames they lie.

The video begins and ends when it did, so the sound needs no change. No moment lies between two shots: there the
last frame of the first is held.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, lcm

from restoration_studio.image.picture import Picture
from restoration_studio.video.analysis import VideoAnalysis
from restoration_studio.video.errors import FrameRateOutOfRange, FrameRateUnknown, FrameRateUnreachable

_SAME = 0.02  # of the way to the next frame that nobody sees
_HIGHEST = 240

Interpolate = Callable[[Picture, Picture, float], Picture]


@dataclass(frozen=True, slots=True)
class Timeline:
    """What is shown: for each frame the one of the video it comes from, and how far it is to the next (0: not at all).

    Attributes:
        analysis: the video's as the result has it: timestamps in units of ``time_base``, cuts in its own numbers.
    """

    time_base: Fraction
    rate: Fraction
    analysis: VideoAnalysis
    origin: array[int]
    share: array[float]


def parse_rate(text: str, own: Fraction | None) -> Fraction:
    """``24``, ``23.976``, ``30000/1001`` or ``2x`` as frames a second; ``own`` is the video's.

    Raises:
        UsageError: it is none of these.
    """
    try:
        if text.endswith("x"):
            rate = Fraction(text[:-1]) * (own or Fraction(25))
        else:
            rate = Fraction(text)
            near = Fraction(round(rate * 1001 / 1000) * 1000, 1001)  # 23.976 means 24000/1001
            rate = near if rate.denominator != 1 and abs(near - rate) < Fraction(1, 500) else rate
    except (ValueError, ZeroDivisionError) as error:
        raise FrameRateUnknown(text=text) from error
    if not 1 <= rate <= _HIGHEST:
        raise FrameRateOutOfRange(rate=float(rate), lowest=1, highest=_HIGHEST)
    return rate.limit_denominator(1001)


def make_timeline(analysis: VideoAnalysis, base: Fraction, rate: Fraction) -> Timeline:
    """The moments of a video, whose timestamps count ``base`` seconds, at another rate."""
    ticks = lcm(base.denominator, rate.numerator)
    if ticks >= 2**31:
        raise FrameRateUnreachable(rate=float(rate))
    unit = Fraction(1, ticks)
    scale, step = int(base / unit), int(1 / rate / unit)
    begin, end = analysis.pts[0] * scale, (analysis.pts[-1] + analysis.last_duration) * scale
    count = max(1, ceil(Fraction(end - begin, step) - Fraction(1, 1000)))
    shown = VideoAnalysis(array("q"), 1, [0], array("f"), grey=analysis.grey, interlaced=analysis.interlaced,
                     complete=analysis.complete, truncated=analysis.truncated, damaged=analysis.damaged)  # fmt: skip
    origin, share = array("q"), array("f")
    cuts, number = set(analysis.cuts), 0
    for place in range(count):
        time = begin + place * step
        while number + 1 < analysis.frames and analysis.pts[number + 1] * scale <= time:
            number += 1
        first, part = number, 0.0
        if number + 1 < analysis.frames:
            here, after = analysis.pts[number] * scale, analysis.pts[number + 1] * scale
            part = (time - here) / (after - here)
            if part > 1 - _SAME:
                first, part = number + 1, 0.0
            elif part < _SAME or number + 1 in cuts:
                part = 0.0
        if origin and analysis.shot_of(first) != analysis.shot_of(origin[-1]):
            shown.cuts.append(place)
        shown.pts.append(time)
        shown.luma.append(analysis.luma[first])
        origin.append(first)
        share.append(part)
    shown.last_duration = end - shown.pts[-1]
    return Timeline(unit, rate, shown, origin, share)


def resample_frames(
    frames: Iterator[Picture], timeline: Timeline, first: int, stop: int, interpolate: Interpolate
) -> Iterator[Picture]:
    """The frames of those numbers of a timeline.

    Args:
        frames: the video's own, from ``timeline.origin[first]`` on, as many as ``source_range`` says.
        interpolate: makes the frame that lies at a share of the way between two.
    """
    number = timeline.origin[first]
    here, after = next(frames), next(frames, None)
    for place in range(first, stop):
        while number < timeline.origin[place]:
            assert after is not None, "the film has fewer frames than its timeline"
            here, after = after, next(frames, None)
            number += 1
        share = timeline.share[place]
        if share > 0:
            assert after is not None, "nothing lies between a film's last frame and the next"
            yield interpolate(here, after, share)
        else:
            yield here


def source_range(timeline: Timeline, first: int, stop: int, frames: int) -> tuple[int, int]:
    """First frame of the video, and the one after the last, that the frames ``first`` to ``stop`` are made of."""
    return timeline.origin[first], min(frames, timeline.origin[stop - 1] + 2)
