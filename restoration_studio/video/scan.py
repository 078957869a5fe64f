"""The look through a video before it is restored: every frame once, small."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping

import numpy as np

from restoration_studio.image.picture import FloatArray, Picture
from restoration_studio.video.analysis import FrameAnalyzer, Part, VideoAnalysis
from restoration_studio.video.decode import DecodeProblems, VideoFrame, read_frames
from restoration_studio.video.errors import PartWithoutFrames, VideoWithoutFrames
from restoration_studio.video.flicker_score import Jumps
from restoration_studio.video.frame_colour import frame_to_pixels, resolve_colour
from restoration_studio.video.probe import VideoInfo
from restoration_studio.video.shots import Thumbnail, dissimilarity, find_cuts

_NOISE_EVERY, _NOISE_SIDES = 48, (480, 640)  # frames; pixels of the middle, as measuring is slow
_GREY = 3  # levels of 255 that the chroma of a grey video may stray, as its codec makes it


def analyze_video(
    info: VideoInfo,
    part: Part,
    noise_of: Callable[[Picture], float] | None = None,
    analyzers: Mapping[str, FrameAnalyzer] | None = None,
    on_frame: Callable[[int], None] = lambda number: None,
) -> VideoAnalysis:
    """Look through the wanted part of a video.

    Args:
        noise_of: measures the noise of a picture, where that is wanted.
        analyzers: look at the frames for the steps of these names.
        on_frame: called with the number of frames seen; may raise to stop.

    Raises:
        InputError: it holds no frame, or changes its size.
        UsageError: the part holds no frame.
    """
    problems, summary = DecodeProblems(), _Summary(info, noise_of, dict(analyzers or {}))
    analysis = VideoAnalysis(array("q"), 1, [0], array("f"))
    base = float(info.time_base)
    from_pts = None if not part.start else int((part.start + info.start) / base)
    stopped = False
    for item in read_frames(info, from_pts=from_pts, problems=problems):
        time = item.pts * base - info.start
        if part.start and time < part.start - base / 2:
            continue
        if (part.end is not None and time >= part.end - base / 2) or analysis.frames == part.max_frames:
            stopped = True
            break
        analysis.pts.append(item.pts)
        analysis.last_duration = item.duration
        analysis.interlaced += bool(item.frame.interlaced_frame)
        summary.add(item)
        on_frame(analysis.frames)
    if not analysis.pts:
        if part.start or part.end is not None:
            raise PartWithoutFrames(path=info.path)
        raise VideoWithoutFrames(path=info.path)
    analysis.luma, analysis.jumps = summary.luma, summary.jumps.values
    analysis.noise = summary.noise
    analysis.grey = summary.grey
    analysis.cuts = find_cuts(summary.unlike)
    analysis.findings = {name: analyzer.finish(analysis.cuts) for name, analyzer in summary.analyzers.items()}
    analysis.searchable = problems.retimed == 0
    analysis.damaged = problems.damaged
    analysis.complete = not stopped
    missing = info.frames_promised - analysis.frames - problems.damaged
    if analysis.complete and analysis.frames == info.frames_promised:
        analysis.last_duration = info.end_after(analysis.pts[-1], analysis.last_duration) - analysis.pts[-1]
    analysis.truncated = part.whole and not stopped and (bool(problems.broke_off) or missing > 2)
    return analysis


class _Summary:
    """What is kept of each frame: a few numbers, so that memory hardly grows with the video."""

    def __init__(
        self, info: VideoInfo, noise_of: Callable[[Picture], float] | None, analyzers: dict[str, FrameAnalyzer]
    ) -> None:
        self.luma = array("f")
        self.unlike = array("f")
        self.jumps = Jumps()
        self.noise: dict[int, float] = {}
        self.grey = True
        self._colour, self._noise_of = resolve_colour(info), noise_of
        self.analyzers = analyzers
        self._last: Thumbnail | None = None
        self._measured = -_NOISE_EVERY

    def add(self, item: VideoFrame) -> None:
        number = len(self.luma)
        thumbnail = Thumbnail.of(item.frame)
        self.luma.append(round(thumbnail.mean, 3))
        self.jumps.add(thumbnail.small)
        self.unlike.append(0.0 if self._last is None else round(dissimilarity(self._last, thumbnail), 4))
        self.grey = self.grey and thumbnail.chroma <= _GREY
        self._last = thumbnail
        for analyzer in self.analyzers.values():
            analyzer.add(thumbnail.small, self.unlike[-1])
        due = number - self._measured >= _NOISE_EVERY or (self.unlike[-1] > 0.3 and number - self._measured > 4)
        if self._noise_of is not None and due:
            pixels = _middle(frame_to_pixels(item.frame, self._colour, 0))
            self.noise[number] = round(self._noise_of(Picture(pixels=pixels)), 3)
            self._measured = number


def _middle(pixels: FloatArray) -> FloatArray:
    top, left = (max(0, (side - most) // 2) for side, most in zip(pixels.shape[:2], _NOISE_SIDES, strict=True))
    return np.ascontiguousarray(pixels[top : top + _NOISE_SIDES[0], left : left + _NOISE_SIDES[1]])
