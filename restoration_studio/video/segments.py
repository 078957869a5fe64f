"""Makes the segments of a film that are not there yet: read, restored and written at the same time."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from restoration_studio.errors import InputError, UsageError
from restoration_studio.image.picture import Picture
from restoration_studio.video.analysis import VideoAnalysis
from restoration_studio.video.encode import Encoding
from restoration_studio.video.frame_colour import pixels_to_values
from restoration_studio.video.mux import Piece
from restoration_studio.video.prefetch import Ahead, Behind, SideBySide
from restoration_studio.video.segment_writer import Order, SegmentWriter
from restoration_studio.video.stream import FrameStream
from restoration_studio.video.work_folder import WorkFolder

_QUEUE_BYTES = 256e6
_BATCH_MOST = 16


class Restorer(Protocol):
    """What is done to frames."""

    @property
    def key(self) -> Any:
        """Everything that the result depends on beside film and encoding, as JSON takes it."""

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

    def begin(self, plan: VideoAnalysis) -> None:
        """Called once before the first frame."""

    def restore(self, frames: list[Picture], first: int, shot: int) -> list[Picture]:
        """Restore consecutive frames of one shot, the first of which has the number ``first``; see ``at_once``."""


# stage ("look", "restore", "check"), frames done, frames in all (0 where not known)
Report = Callable[[str, int, int], None]


def _restored(
    restorer: Restorer, frames: list[Picture], first: int, shot: int, segment: int, ends: bool, deep: bool
) -> list[Order]:
    """What the writer is told of some frames of a segment, its end included where they are the last."""
    orders = []
    for number, made in enumerate(restorer.restore(frames, first, shot), first):
        shown = made.pixels if made.alpha is None else np.dstack([made.pixels, made.alpha])
        orders.append(Order(segment, pixels_to_values(shown, deep), number))
    return [*orders, Order(segment)] if ends else orders


def restore_segments(
    path: Path,
    source: FrameStream,
    encoding: Encoding,
    work: WorkFolder,
    restorer: Restorer,
    report: Report,
) -> tuple[list[Piece], array[float], array[float], int]:
    """Make the segments that are not there yet; gives all of them, their frames' brightness and how far it jumps,
    and how many frames were there.

    Args:
        path: of the video itself, for what is said of it.
        source: the frames that are to be restored.
    """
    plan = source.analysis
    segments = plan.segments(float(encoding.rate))
    kept = [work.finished(index, stop - first) for index, (first, stop) in enumerate(segments)]
    todo = [index for index, piece in enumerate(kept) if piece is None]
    resumed = plan.frames - sum(segments[index][1] - segments[index][0] for index in todo)
    frame_bytes = 12 * np.prod(encoding.size)
    room = int(max(2, min(16, _QUEUE_BYTES / frame_bytes)))
    batch = int(max(1, min(restorer.batch, _BATCH_MOST, room)))
    done = resumed
    report("restore", done, plan.frames)
    writer = SegmentWriter(plan, encoding, work, segments)
    deep = encoding.deep or source.deep
    # Runs of segments that follow each other are read in one go.
    for _, places in groupby(enumerate(todo), key=lambda item: item[1] - item[0]):
        run = [index for _, index in places]
        frames = source.read(segments[run[0]][0], segments[run[-1]][1])
        with (
            Ahead(frames, 2 * batch) as reader,
            writer,
            Behind(writer.take, max(room, batch)) as out,
            SideBySide[list[Order]](restorer.at_once) as jobs,
        ):
            bounds = {segments[index][1]: index for index in run}
            shots = set(plan.cuts)
            waiting: list[Picture] = []
            index, number = run[0], segments[run[0]][0] - 1
            for number, picture in enumerate(reader, segments[run[0]][0]):
                waiting.append(picture)
                ends = number + 1
                if len(waiting) < batch and ends not in bounds and ends not in shots:
                    continue
                first = ends - len(waiting)
                shot = source.shot_of(first)
                jobs.begin(partial(_restored, restorer, waiting, first, shot, index, ends in bounds, deep))
                waiting = []
                index += ends in bounds
                report("restore", done, plan.frames)
                for orders in jobs.made(all_of_them=ends == segments[run[-1]][1]):
                    for order in orders:
                        out.put(order)
                        done += order.values is not None
                    report("restore", done, plan.frames)
            if number + 1 != segments[run[-1]][1]:
                raise InputError(f"{path} gave fewer frames than before; it may have changed, so run again.")
    pieces, lumas, jumps = [], array("f"), array("f")
    for index, (first, stop) in enumerate(segments):
        there = work.finished(index, stop - first)
        if there is None:
            raise UsageError(f"a finished segment has gone from {work.folder}; leave that folder alone and run again.")
        pieces.append(there[0])
        lumas.extend(there[1]["luma"])
        jumps.extend(there[1]["jumps"])
    return pieces, lumas, jumps, resumed
