"""The look through a film before it is restored: every frame once, small."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping

import numpy as np

from restoration_studio.errors import InputError, UsageError
from restoration_studio.image.picture import FloatArray, Picture
from restoration_studio.video.analysis import FrameAnalyzer, Part, VideoAnalysis
from restoration_studio.video.decode import Reading, VideoFrame, read_frames
from restoration_studio.video.flicker_score import Jumps
from restoration_studio.video.frame_colour import decided_colour, frame_to_pixels
from restoration_studio.video.probe import VideoInfo
from restoration_studio.video.shots import Glimpse, find_cuts, unlikeness

_NOISE_EVERY, _NOISE_SIDES = 48, (480, 640)  # frames; pixels of the middle, as measuring is slow
_GREY = 3  # levels of 255 that the chroma of a grey film may stray, as its codec makes it


def make_plan(
    info: VideoInfo,
    part: Part,
    noise_of: Callable[[Picture], float] | None = None,
    analyzers: Mapping[str, FrameAnalyzer] | None = None,
    on_frame: Callable[[int], None] = lambda number: None,
) -> VideoAnalysis:
    """Look through the wanted part of a film.

    Args:
        noise_of: measures the noise of a picture, where that is wanted.
        analyzers: look at the frames for the steps of these names.
        on_frame: called with the number of frames seen; may raise to stop.

    Raises:
        InputError: it holds no frame, or changes its size.
        UsageError: the part holds no frame.
    """
    reading, glimpses = Reading(), _Glimpses(info, noise_of, dict(analyzers or {}))
    plan = VideoAnalysis(array("q"), 1, [0], array("f"))
    base = float(info.time_base)
    from_pts = None if not part.start else int((part.start + info.start) / base)
    stopped = False
    for item in read_frames(info, from_pts=from_pts, reading=reading):
        time = item.pts * base - info.start
        if part.start and time < part.start - base / 2:
            continue
        if (part.end is not None and time >= part.end - base / 2) or plan.frames == part.max_frames:
            stopped = True
            break
        plan.pts.append(item.pts)
        plan.last_duration = item.duration
        plan.interlaced += bool(item.frame.interlaced_frame)
        glimpses.add(item)
        on_frame(plan.frames)
    if not plan.pts:
        if part.start or part.end is not None:
            raise UsageError(f"there is no frame of {info.path} between --start and --end.")
        raise InputError(f"{info.path} holds no frame that can be decoded; it may be damaged or cut short.")
    plan.luma, plan.jumps = glimpses.luma, glimpses.jumps.values
    plan.noise = glimpses.noise
    plan.grey = glimpses.grey
    plan.cuts = find_cuts(glimpses.unlike)
    plan.findings = {name: analyzer.finish(plan.cuts) for name, analyzer in glimpses.analyzers.items()}
    plan.searchable = reading.retimed == 0
    plan.damaged = reading.damaged
    plan.complete = not stopped
    missing = info.frames_promised - plan.frames - reading.damaged
    if plan.complete and plan.frames == info.frames_promised:
        plan.last_duration = info.end_after(plan.pts[-1], plan.last_duration) - plan.pts[-1]
    plan.truncated = part.whole and not stopped and (bool(reading.broke_off) or missing > 2)
    return plan


class _Glimpses:
    """What is kept of each frame: a few numbers, so that memory hardly grows with the film."""

    def __init__(
        self, info: VideoInfo, noise_of: Callable[[Picture], float] | None, analyzers: dict[str, FrameAnalyzer]
    ) -> None:
        self.luma = array("f")
        self.unlike = array("f")
        self.jumps = Jumps()
        self.noise: dict[int, float] = {}
        self.grey = True
        self._info, self._colour, self._noise_of = info, decided_colour(info), noise_of
        self.analyzers = analyzers
        self._last: Glimpse | None = None
        self._measured = -_NOISE_EVERY

    def add(self, item: VideoFrame) -> None:
        number = len(self.luma)
        glimpse = Glimpse.of(item.frame)
        self.luma.append(round(glimpse.mean, 3))
        self.jumps.add(glimpse.small)
        self.unlike.append(0.0 if self._last is None else round(unlikeness(self._last, glimpse), 4))
        self.grey = self.grey and glimpse.chroma <= _GREY
        self._last = glimpse
        for analyzer in self.analyzers.values():
            analyzer.add(glimpse.small, self.unlike[-1])
        due = number - self._measured >= _NOISE_EVERY or (self.unlike[-1] > 0.3 and number - self._measured > 4)
        if self._noise_of is not None and due:
            pixels = _middle(frame_to_pixels(item.frame, self._colour, 0))
            self.noise[number] = round(self._noise_of(Picture(pixels=pixels)), 3)
            self._measured = number


def _middle(pixels: FloatArray) -> FloatArray:
    top, left = (max(0, (side - most) // 2) for side, most in zip(pixels.shape[:2], _NOISE_SIDES, strict=True))
    return np.ascontiguousarray(pixels[top : top + _NOISE_SIDES[0], left : left + _NOISE_SIDES[1]])
