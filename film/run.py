"""Restores a film: looks through it, restores it segment by segment, puts it together, checks it.

What restores a frame is handed in (``Restorer``): this room knows nothing of stages and recipes.
"""

from __future__ import annotations

import os
import time
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import groupby
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from errors import InputError, UsageError
from film.frames import FrameSource
from film.overlap import Ahead, Behind
from film.plan import FilmPlan, Part, make_plan
from film.rate import Between, make_timeline
from film.segment_writer import Order, SegmentWriter
from film.work_folder import WorkFolder, key_of, open_work
from media.film import FilmInfo
from media.film_check import check_film
from media.film_colour import pixels_to_values
from media.film_encode import Encoding, FilmOptions, choose_encoding
from media.film_mux import Cut, Piece, copied_indices, put_together
from media.picture import Picture
from utils import output_error

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
    def noise_of(self) -> Callable[[Picture], float] | None:
        """Measures noise, where it wants to know that of each shot."""

    def output_size(self, height: int, width: int) -> tuple[int, int]:
        """(height, width) it makes of a frame."""

    def begin(self, plan: FilmPlan) -> None:
        """Called once before the first frame."""

    def restore(self, frames: list[Picture], first: int, shot: int) -> list[Picture]:
        """Restore consecutive frames of one shot, the first of which has the number ``first``."""


# stage ("look", "restore", "check"), frames done, frames in all (0 where not known)
Report = Callable[[str, int, int], None]


@dataclass(slots=True)
class FilmResult:
    """What was done: for the stats and the record."""

    plan: FilmPlan  # of the frames as they are shown, other rate or not
    encoding: Encoding
    check: dict[str, Any]
    segments: int
    resumed_frames: int
    source_sha256: str
    luma_after: array[float]
    seconds: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def run_film(
    info: FilmInfo,
    source_sha256: str,
    target: Path,
    part: Part,
    options: FilmOptions,
    restorer: Restorer,
    report: Report,
    deflicker: float = 0.0,
    rate: Fraction | None = None,
    between: Between | None = None,
) -> FilmResult:
    """Restore ``info.path`` into ``target``, which appears only when it is whole and checked.

    A run that ends early, however it ends, leaves its finished segments; the same call goes on from them.

    Args:
        part: settled, see ``film.plan.settle_part``.
        report: called as the work goes on; may raise to stop.
        deflicker: how much of its flicker is taken from the film before anything else, 0 to 1.
        rate: frames a second of the result, where they are to be others than the film's.
        between: makes the frame between two others; needed with ``rate``.

    Raises:
        UsageError: ``deflicker`` is out of its range.
        RestorationError: see ``errors``.
    """
    if not 0 <= deflicker <= 1:
        raise UsageError(f"deflicker takes a number from 0 to 1, not {deflicker:g}.")
    encoding = choose_encoding(info, options, target, restorer.output_size(*info.upright_size))
    if rate is not None and between is None:
        raise UsageError("another frame rate needs something that makes frames between frames.")
    copied, left_out = copied_indices(info, encoding.container)
    key = key_of([source_sha256, _facts(encoding), part, restorer.key, deflicker, str(rate), _versions()])
    clock: dict[str, float] = {}
    with open_work(target, key) as (work, notes):
        started = time.perf_counter()
        plan = work.plan()
        if plan is None:
            plan = make_plan(info, part, restorer.noise_of, deflicker > 0, lambda number: report("look", number, 0))
            plan.save(work.plan_path)
        clock["look"] = time.perf_counter() - started
        started = time.perf_counter()
        restorer.begin(plan)
        timeline = None if rate is None else make_timeline(plan, info.time_base, rate)
        shown = plan
        if timeline is not None:
            shown = timeline.shown
            encoding = replace(encoding, time_base=timeline.time_base, rate=timeline.rate)
        frames = FrameSource(info, plan, deflicker, timeline, between)
        pieces, lumas, resumed = _restore(frames, shown, encoding, work, restorer, report)
        clock["restore"] = time.perf_counter() - started
        started = time.perf_counter()
        cut = _cut(info, plan, part)
        # Made in the work folder, so that a run killed here leaves nothing beside the result either.
        temporary = work.folder / f"film{target.suffix}"
        tracks = put_together(info, encoding, pieces, shown.pts, shown.last_duration, cut, copied, temporary)
        chapters = _chapters_within(info, cut)
        shift = shown.pts[0] if cut.to_zero else 0
        lasts = float((shown.pts[-1] + shown.last_duration - shown.pts[0]) * encoding.time_base)
        check = check_film(
            temporary, encoding, shown.pts, shift, lasts, lumas, tracks, chapters,
            lambda number: report("check", number, shown.frames),
        )  # fmt: skip
        try:
            os.replace(temporary, target)
        except OSError as error:
            raise output_error(target, error) from error
        clock["check"] = time.perf_counter() - started
        work.remove()
    notes += [*encoding.notes, *left_out, *_said(info, plan)]
    return FilmResult(shown, encoding, check, len(pieces), resumed, source_sha256, lumas, clock, notes)


def _facts(encoding: Encoding) -> dict[str, Any]:
    return {name: str(getattr(encoding, name)) for name in Encoding.__slots__ if name != "notes"}


def _versions() -> dict[str, Any]:
    import av

    return {"av": av.__version__, **{name: list(number) for name, number in av.library_versions.items()}}


def _cut(info: FilmInfo, plan: FilmPlan, part: Part) -> Cut:
    base = float(info.time_base)
    stop = (plan.pts[-1] + plan.last_duration) * base
    # What sounds before the first frame, as encoders put it there, belongs to a film from its beginning.
    start = plan.pts[0] * base if part.start else float("-inf")
    whole = part.whole or (not part.start and plan.complete and part.end is None)
    return Cut(start, stop, whole, bool(part.start))


def _chapters_within(info: FilmInfo, cut: Cut) -> int:
    if cut.whole:
        return info.chapters
    from media.film import open_film

    with open_film(info.path) as container:
        chapters: list[Any] = list(container.chapters())
    spans = [(c["start"] * c["time_base"], c["end"] * c["time_base"]) for c in chapters]
    return sum(not (end <= cut.start or start >= cut.stop) for start, end in spans)


def _said(info: FilmInfo, plan: FilmPlan) -> list[str]:
    notes = []
    if plan.interlaced:
        notes.append(f"{plan.interlaced} interlaced frames were deinterlaced with bwdif, one whole frame for each.")
    if plan.truncated:
        promised = f" of {info.frames_promised}" if info.frames_promised else ""
        notes.append(f"the film breaks off early: it holds {plan.frames}{promised} frames, and these were restored.")
    if plan.damaged:
        notes.append(f"{plan.damaged} damaged packets could not be decoded; their frames are missing.")
    if not plan.searchable:
        notes.append("some frames had no timestamp or one out of order; they follow the frame before them.")
    if info.rotation:
        notes.append("the frames were turned upright; the result needs no tag to be shown so.")
    return notes


def _restore(
    source: FrameSource,
    plan: FilmPlan,
    encoding: Encoding,
    work: WorkFolder,
    restorer: Restorer,
    report: Report,
) -> tuple[list[Piece], array[float], int]:
    """Make the segments that are not there yet; gives all of them, the frames' brightness and how many were there."""
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
    # Runs of segments that follow each other are read in one go.
    for _, places in groupby(enumerate(todo), key=lambda item: item[1] - item[0]):
        run = [index for _, index in places]
        frames = source.read(segments[run[0]][0], segments[run[-1]][1])
        with Ahead(frames, 2 * batch) as reader, writer, Behind(writer.take, max(room, batch)) as out:
            bounds = {segments[index][1]: index for index in run}
            shots = set(plan.cuts)
            waiting: list[Picture] = []
            index, number = run[0], segments[run[0]][0] - 1
            for number, picture in enumerate(reader, segments[run[0]][0]):
                waiting.append(picture)
                ends = number + 1
                if len(waiting) < batch and ends not in bounds and ends not in shots:
                    continue
                report("restore", done, plan.frames)
                first = ends - len(waiting)
                made = restorer.restore(waiting, first, source.shot_of(first))
                for place, result in enumerate(made, first):
                    out.put(Order(index, pixels_to_values(result.pixels, encoding.deep), place))
                done += len(waiting)
                waiting = []
                if ends in bounds:
                    out.put(Order(index))
                    index += 1
                report("restore", done, plan.frames)
            if number + 1 != segments[run[-1]][1]:
                raise InputError(
                    f"{source.info.path} gave fewer frames than before; it may have changed, so run again."
                )
    pieces, lumas = [], array("f")
    for index, (first, stop) in enumerate(segments):
        there = work.finished(index, stop - first)
        if there is None:
            raise UsageError(f"a finished segment has gone from {work.folder}; leave that folder alone and run again.")
        pieces.append(there[0])
        lumas.extend(there[1]["luma"])
    return pieces, lumas, resumed


def options_said(options: FilmOptions, encoding: Encoding) -> dict[str, Any]:
    """What the record says of how the film was written."""
    return {
        "codec": encoding.codec,
        "encoder": encoding.encoder,
        "container": encoding.container,
        "pixel_format": encoding.pixel_format,
        "options": dict(encoding.options),
        "ignore_alpha": options.ignore_alpha,
    }
