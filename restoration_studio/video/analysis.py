"""What the look through a video found: timestamps, shots, brightness, noise; the same at every run.

What later depends on many frames (where shots and segments end, how strong the noise of a shot is) is decided
once and kept, so that a run that was killed goes on as if nothing had happened.
"""

from __future__ import annotations

import json
import zipfile
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from restoration_studio.files import atomic_file
from restoration_studio.video.decode import scan_duration
from restoration_studio.video.errors import MaxFramesTooSmall, PartEmpty, PreviewOfPart, PreviewTooShort, StartAfterEnd
from restoration_studio.video.probe import VideoInfo

ANALYSIS_FORMAT = 3
SEGMENT_SECONDS, _SEGMENT_LEAST, _SEGMENT_MOST = 4.0, 24, 150  # and frames


@dataclass(frozen=True, slots=True)
class Part:
    """What of a video is wanted: seconds from its beginning, and the most frames; None where nothing is said."""

    start: float | None = None
    end: float | None = None
    max_frames: int | None = None
    preview: float | None = None

    @property
    def whole(self) -> bool:
        return self.start is None and self.end is None and self.max_frames is None


Findings = dict[str, NDArray[np.float32]]


class FrameAnalyzer(Protocol):
    """Looks at every frame, small, before the first is restored."""

    def add(self, small: NDArray[np.float32], unlike: float) -> None:
        """The next frame: its small luminance, (48, 64), 0 to 255, and its unlikeness to the one before."""

    def finish(self, cuts: Sequence[int]) -> Findings:
        """What was found, once all frames were added; ``cuts`` are the numbers of the frames that begin a shot."""


@dataclass(slots=True)
class VideoAnalysis:
    """What the look through found.

    Attributes:
        pts: timestamp of every wanted frame, in units of the video's time base.
        last_duration: of the last frame, in the same units.
        cuts: numbers of the frames that begin a shot; the first is 0.
        luma: mean brightness of every frame, 0 to 255.
        noise: by the number of the frame it was measured in, in grey levels of 255.
        grey: no frame has colour.
        interlaced: frames flagged as interlaced.
        searchable: timestamps are those of the file, so that a frame can be found by its own.
        complete: nothing after the last frame was left out.
        truncated: the file promises more frames than it holds.
        jumps: how far each frame's brightness lies from its neighbours' (see ``video.flicker_score``).
        findings: what the ``FrameAnalyzer`` of each step found, by the step's name.
    """

    pts: array[int]
    last_duration: int
    cuts: list[int]
    luma: array[float]
    noise: dict[int, float] = field(default_factory=dict)
    grey: bool = False
    interlaced: int = 0
    searchable: bool = True
    complete: bool = True
    truncated: bool = False
    damaged: int = 0
    jumps: array[float] = field(default_factory=lambda: array("f"))
    findings: dict[str, Findings] = field(default_factory=dict, compare=False)
    format: int = ANALYSIS_FORMAT

    @property
    def frames(self) -> int:
        return len(self.pts)

    def shot_of(self, frame: int) -> int:
        """The number of the shot that a frame belongs to."""
        return int(np.searchsorted(self.cuts, frame, side="right")) - 1

    def shot_span(self, shot: int) -> tuple[int, int]:
        """First frame of a shot, and the one after its last."""
        return self.cuts[shot], self.cuts[shot + 1] if shot + 1 < len(self.cuts) else self.frames

    def shot_noise(self, shot: int) -> float | None:
        """The median of the noise measured in a shot, or None where none was."""
        first, stop = self.shot_span(shot)
        values = [value for number, value in self.noise.items() if first <= number < stop]
        return median(values) if values else None

    def segments(self, frame_rate: float) -> list[tuple[int, int]]:
        """First frame, and the one after the last, of each segment that is finished on its own.

        A segment ends with a shot where that leaves it a second or more, and in any case after some seconds.
        """
        most = int(min(_SEGMENT_MOST, max(_SEGMENT_LEAST, SEGMENT_SECONDS * frame_rate)))
        least = min(_SEGMENT_LEAST, most)
        ends: list[int] = []
        begin = 0
        for cut in [*self.cuts[1:], self.frames]:
            while cut - begin > most:
                begin += most
                ends.append(begin)
            if cut - begin >= least or cut == self.frames:
                begin = cut
                ends.append(begin)
        ends = [end for place, end in enumerate(ends) if place == 0 or end > ends[place - 1]]
        return list(zip([0, *ends[:-1]], ends, strict=True))

    def save(self, path: Path) -> None:
        """Write the analysis as NumPy's archive of arrays.

        Raises:
            OutputError: it cannot be written.
        """
        plain = {name: getattr(self, name) for name in _PLAIN}
        findings: dict[str, Any] = {
            f"{step}.{name}": values for step, found in self.findings.items() for name, values in found.items()
        }
        with atomic_file(path) as temporary:
            np.savez_compressed(
                temporary, plain=np.array(json.dumps(plain)), pts=np.asarray(self.pts, np.int64),
                luma=np.asarray(self.luma, np.float32), jumps=np.asarray(self.jumps, np.float32), **findings,
            )  # fmt: skip

    @classmethod
    def load(cls, path: Path) -> VideoAnalysis | None:
        """The analysis in a file, or None when there is none that can be read."""
        try:
            with np.load(path, allow_pickle=False) as data:
                plain: Any = json.loads(str(data["plain"]))
                plain["noise"] = {int(number): float(value) for number, value in plain["noise"].items()}
                pts, luma = array("q", data["pts"].tobytes()), array("f", data["luma"].tobytes())
                jumps = array("f", data["jumps"].tobytes())
                analysis = cls(pts=pts, luma=luma, jumps=jumps, **plain)
                for key in data.files:
                    step, dot, name = key.partition(".")
                    if dot:
                        analysis.findings.setdefault(step, {})[name] = np.asarray(data[key], np.float32)
        except (OSError, ValueError, TypeError, KeyError, AttributeError, zipfile.BadZipFile):
            return None
        return analysis if analysis.format == ANALYSIS_FORMAT and analysis.pts else None


_PLAIN = (
    "last_duration",
    "cuts",
    "noise",
    "grey",
    "interlaced",
    "searchable",
    "complete",
    "truncated",
    "damaged",
    "format",
)


def resolve_part(info: VideoInfo, part: Part) -> Part:
    """A part whose preview has become a start and an end.

    Raises:
        UsageError: the numbers contradict each other or lie outside the video.
    """
    if part.preview is not None:
        if part.start is not None or part.end is not None:
            raise PreviewOfPart()
        if not part.preview > 0:
            raise PreviewTooShort(seconds=part.preview)
        length = info.duration or scan_duration(info.path, info.index)
        start = max(0.0, (length - part.preview) / 2)
        return Part(start, start + part.preview, part.max_frames)
    start, end = part.start or 0.0, part.end
    if start < 0 or (end is not None and not end > start):
        raise PartEmpty(start=start, end=start if end is None else end)
    if part.max_frames is not None and part.max_frames < 1:
        raise MaxFramesTooSmall(max_frames=part.max_frames)
    if info.duration is not None and start >= info.duration:
        raise StartAfterEnd(start=start, duration=info.duration)
    return part
