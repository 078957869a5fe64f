"""Restores a video: looks through it, restores it segment by segment, puts it together, checks it.

What restores a frame is handed in (``Restorer``): this room knows nothing of stages and recipes.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from restoration_studio.files import output_error
from restoration_studio.video.analysis import Part, VideoAnalysis
from restoration_studio.video.check import check_video
from restoration_studio.video.encode import Encoding, EncodingOptions, choose_encoding
from restoration_studio.video.flicker_score import flicker_score
from restoration_studio.video.mux import Cut, mux_video, tracks_to_copy
from restoration_studio.video.probe import VideoInfo
from restoration_studio.video.scan import analyze_video
from restoration_studio.video.segments import Report, Restorer, restore_segments
from restoration_studio.video.steps.base import ActiveStep, analyzers, apply_steps
from restoration_studio.video.stream import DecodedFrames
from restoration_studio.video.work_folder import key_of, open_work


@dataclass(slots=True)
class VideoResult:
    """What was done: for the stats and the record."""

    analysis: VideoAnalysis  # of the frames as they are shown, other rate or not
    encoding: Encoding
    check: dict[str, Any]
    segments: int
    resumed_frames: int
    source_sha256: str
    flicker: tuple[float, float]  # before and after, see ``video.flicker_score``
    seconds: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def run_video(
    info: VideoInfo,
    source_sha256: str,
    target: Path,
    part: Part,
    options: EncodingOptions,
    restorer: Restorer,
    report: Report,
    steps: Sequence[ActiveStep] = (),
) -> VideoResult:
    """Restore ``info.path`` into ``target``, which appears only when it is whole and checked.

    A run that ends early, however it ends, leaves its finished segments; the same call goes on from them.

    Args:
        part: settled, see ``video.analysis.resolve_part``.
        report: called as the work goes on; may raise to stop.
        steps: what is done to frames before the restorer has them; their settings are part of ``restorer.key``.

    Raises:
        RestorationError: see ``errors``.
    """
    encoding = choose_encoding(info, options, target, restorer.output_size(*info.upright_size))
    copied, left_out = tracks_to_copy(info, encoding.container)
    key = key_of([source_sha256, _facts(encoding), part, restorer.key, _versions()])
    clock: dict[str, float] = {}
    with open_work(target, key) as (work, notes):
        started = time.perf_counter()
        analysis = work.load_analysis()
        if analysis is None:
            analysis = analyze_video(
                info, part, restorer.noise_of, analyzers(steps), lambda number: report("look", number, 0)
            )
            analysis.save(work.analysis_path)
        clock["look"] = time.perf_counter() - started
        started = time.perf_counter()
        restorer.begin(analysis)
        frames = apply_steps(DecodedFrames(info, analysis, encoding.time_base, encoding.rate, encoding.alpha), steps)
        shown = frames.analysis
        encoding = replace(encoding, time_base=frames.time_base, rate=frames.rate)
        encoded, lumas, jumps, resumed = restore_segments(info.path, frames, encoding, work, restorer, report)
        clock["restore"] = time.perf_counter() - started
        started = time.perf_counter()
        cut = _cut(info, analysis, part)
        # Made in the work folder, so that a run killed here leaves nothing beside the result either.
        temporary = work.folder / f"film{target.suffix}"
        tracks = mux_video(info, encoding, encoded, shown.pts, shown.last_duration, cut, copied, temporary)
        chapters = _chapters_within(info, cut)
        shift = shown.pts[0] if cut.to_zero else 0
        lasts = float((shown.pts[-1] + shown.last_duration - shown.pts[0]) * encoding.time_base)
        check = check_video(
            temporary, encoding, shown.pts, shift, lasts, lumas, tracks, chapters,
            lambda number: report("check", number, shown.frames),
        )  # fmt: skip
        try:
            os.replace(temporary, target)
        except OSError as error:
            raise output_error(target, error) from error
        clock["check"] = time.perf_counter() - started
        work.remove()
    notes += [*encoding.notes, *left_out, *_notes(info, analysis)]
    flicker = flicker_score(analysis.jumps, analysis.cuts), flicker_score(jumps, shown.cuts)
    return VideoResult(shown, encoding, check, len(encoded), resumed, source_sha256, flicker, clock, notes)


def _facts(encoding: Encoding) -> dict[str, Any]:
    return {name: str(getattr(encoding, name)) for name in Encoding.__slots__ if name != "notes"}


def _versions() -> dict[str, Any]:
    import av

    return {"av": av.__version__, **{name: list(number) for name, number in av.library_versions.items()}}


def _cut(info: VideoInfo, analysis: VideoAnalysis, part: Part) -> Cut:
    base = float(info.time_base)
    stop = (analysis.pts[-1] + analysis.last_duration) * base
    # What sounds before the first frame, as encoders put it there, belongs to a video from its beginning.
    start = analysis.pts[0] * base if part.start else float("-inf")
    whole = part.whole or (not part.start and analysis.complete and part.end is None)
    return Cut(start, stop, whole, bool(part.start))


def _chapters_within(info: VideoInfo, cut: Cut) -> int:
    if cut.whole:
        return info.chapters
    from restoration_studio.video.probe import open_video

    with open_video(info.path) as container:
        chapters: list[Any] = list(container.chapters())
    spans = [(c["start"] * c["time_base"], c["end"] * c["time_base"]) for c in chapters]
    return sum(not (end <= cut.start or start >= cut.stop) for start, end in spans)


def _notes(info: VideoInfo, analysis: VideoAnalysis) -> list[str]:
    notes = []
    if analysis.interlaced:
        notes.append(f"{analysis.interlaced} interlaced frames were deinterlaced with bwdif, one whole frame for each.")
    if analysis.truncated:
        promised = f" of {info.frames_promised}" if info.frames_promised else ""
        notes.append(
            f"the film breaks off early: it holds {analysis.frames}{promised} frames, and these were restored."
        )
    if analysis.damaged:
        notes.append(f"{analysis.damaged} damaged packets could not be decoded; their frames are missing.")
    if not analysis.searchable:
        notes.append("some frames had no timestamp or one out of order; they follow the frame before them.")
    if info.rotation:
        notes.append("the frames were turned upright; the result needs no tag to be shown so.")
    return notes


def encoding_record(options: EncodingOptions, encoding: Encoding) -> dict[str, Any]:
    """What the record says of how the video was written."""
    return {
        "codec": encoding.codec,
        "encoder": encoding.encoder,
        "container": encoding.container,
        "pixel_format": encoding.pixel_format,
        "options": dict(encoding.options),
        "ignore_alpha": options.ignore_alpha,
    }
