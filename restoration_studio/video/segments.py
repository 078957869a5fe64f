"""Makes the segments of a video that are not there yet: read, restored and written at the same time."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from restoration_studio.image.picture import Picture
from restoration_studio.video.analysis import VideoAnalysis
from restoration_studio.video.encode import Encoding
from restoration_studio.video.errors import SegmentGone, VideoChanged
from restoration_studio.video.frame_colour import pixels_to_values
from restoration_studio.video.mux import EncodedSegment
from restoration_studio.video.prefetch import BackgroundConsumer, OrderedPool, Prefetcher
from restoration_studio.video.segment_writer import SegmentItem, SegmentWriter
from restoration_studio.video.stream import FrameStream
from restoration_studio.video.work_folder import WorkFolder

_QUEUE_BYTES = 256e6
_BATCH_MOST = 16


class Restorer(Protocol):
    """What is done to frames."""

    @property
    def key(self) -> Any:
        """Everything that the result depends on beside video and encoding, as JSON takes it."""

    @property
    def batch(self) -> int:
        """How many frames it likes to have at once."""

    @property
    def at_once(self) -> int:
        """How many threads may call ``restore`` at the same time."""

    @property
    def noise_of(self) -> Callable[[Picture], float] | None:
        """Measures noise, where it wants to know that of each shot."""

    def output_size(self, height: int, width: int) -> tuple[int, int]:
        """(height, width) it makes of a frame."""

    def begin(self, analysis: VideoAnalysis) -> None:
        """Called once before the first frame."""

    def restore(self, frames: list[Picture], first: int, shot: int) -> list[Picture]:
        """Restore consecutive frames of one shot, the first of which has the number ``first``; see ``at_once``."""


# stage ("look", "restore", "check"), frames done, frames in all (0 where not known)
Report = Callable[[str, int, int], None]


def _restore_batch(
    restorer: Restorer, frames: list[Picture], first: int, shot: int, segment: int, ends: bool, deep: bool
) -> list[SegmentItem]:
    """What the writer is told of some frames of a segment, its end included where they are the last."""
    items = []
    for number, restored in enumerate(restorer.restore(frames, first, shot), first):
        shown = restored.pixels if restored.alpha is None else np.dstack([restored.pixels, restored.alpha])
        items.append(SegmentItem(segment, pixels_to_values(shown, deep), number))
    return [*items, SegmentItem(segment)] if ends else items


def restore_segments(
    path: Path,
    source: FrameStream,
    encoding: Encoding,
    work: WorkFolder,
    restorer: Restorer,
    report: Report,
) -> tuple[list[EncodedSegment], array[float], array[float], int]:
    """Make the segments that are not there yet; gives all of them, their frames' brightness and how far it jumps,
    and how many frames were there.

    Args:
        path: of the video itself, for what is said of it.
        source: the frames that are to be restored.
    """
    analysis = source.analysis
    segments = analysis.segments(float(encoding.rate))
    kept = [work.find_segment(index, stop - first) for index, (first, stop) in enumerate(segments)]
    todo = [index for index, segment in enumerate(kept) if segment is None]
    resumed = analysis.frames - sum(segments[index][1] - segments[index][0] for index in todo)
    frame_bytes = 12 * np.prod(encoding.size)
    room = int(max(2, min(16, _QUEUE_BYTES / frame_bytes)))
    batch = int(max(1, min(restorer.batch, _BATCH_MOST, room)))
    done = resumed
    report("restore", done, analysis.frames)
    writer = SegmentWriter(analysis, encoding, work, segments)
    deep = encoding.deep or source.deep
    # Runs of segments that follow each other are read in one go.
    for _, places in groupby(enumerate(todo), key=lambda item: item[1] - item[0]):
        run = [index for _, index in places]
        frames = source.read(segments[run[0]][0], segments[run[-1]][1])
        with (
            Prefetcher(frames, 2 * batch) as reader,
            writer,
            BackgroundConsumer(writer.take, max(room, batch)) as out,
            OrderedPool[list[SegmentItem]](restorer.at_once) as jobs,
        ):
            bounds = {segments[index][1]: index for index in run}
            shots = set(analysis.cuts)
            waiting: list[Picture] = []
            index, number = run[0], segments[run[0]][0] - 1
            for number, picture in enumerate(reader, segments[run[0]][0]):
                waiting.append(picture)
                ends = number + 1
                if len(waiting) < batch and ends not in bounds and ends not in shots:
                    continue
                first = ends - len(waiting)
                shot = source.shot_of(first)
                jobs.submit(partial(_restore_batch, restorer, waiting, first, shot, index, ends in bounds, deep))
                waiting = []
                index += ends in bounds
                report("restore", done, analysis.frames)
                for items in jobs.results(wait_for_all=ends == segments[run[-1]][1]):
                    for item in items:
                        out.put(item)
                        done += item.values is not None
                    report("restore", done, analysis.frames)
            if number + 1 != segments[run[-1]][1]:
                raise VideoChanged(path=path, found="frames")
    encoded, lumas, jumps = [], array("f"), array("f")
    for index, (first, stop) in enumerate(segments):
        found = work.find_segment(index, stop - first)
        if found is None:
            raise SegmentGone(folder=work.folder)
        encoded.append(found[0])
        lumas.extend(found[1]["luma"])
        jumps.extend(found[1]["jumps"])
    return encoded, lumas, jumps, resumed
