"""Writes restored frames into segments, as the last of the three threads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from restoration_studio.video.analysis import VideoAnalysis
from restoration_studio.video.encode import Encoding, SegmentEncoder, mean_luma
from restoration_studio.video.flicker_score import Jumps
from restoration_studio.video.shots import Thumbnail
from restoration_studio.video.work_folder import WorkFolder


@dataclass(frozen=True, slots=True)
class SegmentItem:
    """To the writer: one frame, or the end of a segment."""

    segment: int
    values: NDArray[Any] | None = None
    number: int = 0


class SegmentWriter:
    """Writes frames into segments, in a thread of its own."""

    def __init__(
        self, analysis: VideoAnalysis, encoding: Encoding, work: WorkFolder, segments: Sequence[tuple[int, int]]
    ) -> None:
        self._analysis, self._encoding, self._work, self._segments = analysis, encoding, work, segments
        self._open: SegmentEncoder | None = None
        self._luma: list[float] = []
        self._jumps = Jumps()

    def __enter__(self) -> SegmentWriter:
        return self

    def __exit__(self, *_: object) -> None:
        if self._open is not None:
            self._open.abandon()
            self._open, self._luma, self._jumps = None, [], Jumps()

    def take(self, item: SegmentItem) -> None:
        first, stop = self._segments[item.segment]
        if self._open is None:
            self._open = SegmentEncoder(self._work.unfinished_path(item.segment), self._encoding, stop - first)
        if item.values is not None:
            frame = self._open.add(item.values, self._analysis.pts[item.number])
            self._luma.append(round(mean_luma(frame), 3))
            self._jumps.add(Thumbnail.of(frame).small)
            return
        self._open.close()
        self._work.commit(item.segment, self._open.order, {"luma": self._luma, "jumps": self._jumps.values.tolist()})
        self._open, self._luma, self._jumps = None, [], Jumps()
