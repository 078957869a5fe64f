"""The work on a visitor's film, for the queue: a preview before and after, and the whole film."""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from restoration_studio.engine.video import expected_frames
from restoration_studio.image.picture import Picture
from restoration_studio.pipeline import RestorationPipeline
from restoration_studio.progress import CancelToken, Progress, ProgressCallback, ProgressTracker
from restoration_studio.studio.core.jobs import GaveWay, JobQueue
from restoration_studio.studio.core.notes import page_notes
from restoration_studio.studio.core.video_overview import LoadedVideo
from restoration_studio.studio.core.video_session import Preview, RestoredVideo, VideoRequest
from restoration_studio.studio.core.video_stills import as_jpeg, contact_sheet, poster, stills
from restoration_studio.studio.error_wording import files_named
from restoration_studio.text import format_seconds
from restoration_studio.video.analysis import Part, resolve_part
from restoration_studio.video.encode import EncodingOptions
from restoration_studio.video.probe import VideoInfo
from restoration_studio.video.run import run_video

if TYPE_CHECKING:
    from restoration_studio.video.analysis import VideoAnalysis

_TURN_SECONDS = 20.0  # long work that others wait for goes on at least so long, as beginning again takes a little
PLAYED = (".webm", ".mp4")  # files that browsers show


@dataclass(frozen=True, slots=True)
class JobEnvironment:
    """What the work needs of the server: pipeline, queue, and whether the visitor has left."""

    pipeline: RestorationPipeline
    queue: JobQueue
    ended: threading.Event


class FinishedSegments:
    """Finished segments of a run: how many, their frames and bytes. Each file is looked at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[Path, tuple[int, int]] = {}

    def look(self) -> tuple[int, int, int]:
        """Segments, frames, bytes."""
        for facts in self._folder.glob(".*.film-parts/[0-9]*.json"):
            segment = facts.with_suffix(".mkv")
            if facts not in self._known and segment.is_file():  # the facts are there a moment before the segment
                content = json.loads(facts.read_text(encoding="utf-8"))
                self._known[facts] = (len(content["order"]), int(content["bytes"]))
        frames, size = (sum(values) for values in zip(*self._known.values(), strict=True)) if self._known else (0, 0)
        return len(self._known), frames, size

    def expected_bytes(self, total: int) -> float | None:
        """What ``total`` frames will take at the pace so far, None before there is anything to go by."""
        _, frames, size = self.look()
        return size / frames * total if frames else None


def whole_video(
    video: LoadedVideo, request: VideoRequest, folder: Path, around: JobEnvironment
) -> Callable[[ProgressCallback, CancelToken], RestoredVideo]:
    """The work of restoring a video into ``folder``; the same request in the same folder goes on where it stopped."""
    target = folder / f"{_stem(video.name)}_restored{request.suffix}"
    start, end = request.part or (None, None)

    def run(progress: ProgressCallback, cancel: CancelToken) -> RestoredVideo:
        with _work(video, target, around):
            turns = _Turns(progress, cancel, around.queue, FinishedSegments(folder))
            stats = around.pipeline.restore_video(
                video.path, target, request.recipe, start=start, end=end, record=False, cancel=cancel, progress=turns,
                **request.keywords(video.info),
            )  # fmt: skip
            stats = _for_the_visitor(stats, video, target)
            frames = stills(target)
            sheet = contact_sheet(frames, target.name, facts_of(stats))
            return RestoredVideo(request, target, stats, as_jpeg(poster(frames).pixels), as_jpeg(sheet))

    return run


def preview_of(
    video: LoadedVideo, request: VideoRequest, seconds: float, folder: Path, around: JobEnvironment
) -> Callable[[ProgressCallback, CancelToken], Preview]:
    """The work of restoring some seconds from the middle, and of cutting the same from the film as it is."""
    suffix = next(suffix for suffix in (*PLAYED, ".mkv") if suffix in video.suffixes or suffix == ".mkv")
    if video.path.suffix != ".webm" and ".mp4" in video.suffixes:
        suffix = ".mp4"
    before, after = folder / f"before{suffix}", folder / f"after{suffix}"
    shown = replace(request, suffix=suffix, codec="vp9" if suffix == ".webm" else "h264", part=None)

    def run(progress: ProgressCallback, cancel: CancelToken) -> Preview:
        with _work(video, after, around):
            turns = _Turns(progress, cancel, around.queue, None)
            options = shown.options(video.info)
            cut_out(video.info, before, Part(preview=seconds), options, turns, cancel)
            stats = around.pipeline.restore_video(
                video.path, after, shown.recipe, preview=seconds, record=False, cancel=cancel, progress=turns,
                **shown.keywords(video.info),
            )  # fmt: skip
            return Preview(request, seconds, before, after, _for_the_visitor(stats, video, after))

    return run


class _AsItIs:
    """A ``video.run.Restorer`` that hands frames on, for the half of a comparison that is not restored."""

    key, batch, at_once, noise_of = "as it is", 1, 1, None

    def output_size(self, height: int, width: int) -> tuple[int, int]:
        return height, width

    def begin(self, analysis: VideoAnalysis) -> None:
        pass

    def restore(self, frames: list[Picture], first: int, shot: int) -> list[Picture]:
        return frames


def cut_out(
    info: VideoInfo, target: Path, part: Part, options: EncodingOptions, progress: ProgressCallback, cancel: CancelToken
) -> None:
    """Write a part of a film, its pictures encoded anew and not otherwise changed, so that a browser plays it.

    Raises:
        RestorationError: see ``video.run.run_video``; ``Cancelled`` when stopped.
    """
    part = resolve_part(info, part)
    total = expected_frames(info, part)
    task = ProgressTracker(progress, cancel).task("Cutting out the part", unit="frame")

    def report(phase: str, done: int, among: int) -> None:
        task.update(done, among or max(total, done) or None)

    run_video(info, "cut out", target, part, options, _AsItIs(), report)


class _Turns:
    """Passes progress on; lets short work go first, and gives way to long work after a finished segment."""

    def __init__(
        self, progress: ProgressCallback, cancel: CancelToken, queue: JobQueue, segments: FinishedSegments | None
    ) -> None:
        self._progress, self._cancel, self._queue, self._segments = progress, cancel, queue, segments
        self._began = time.monotonic()
        self._had = segments.look()[0] if segments else 0

    def __call__(self, progress: Progress) -> None:
        self._progress(progress)
        if self._queue.waits(long=False):
            waiting = replace(progress.task, description="Letting a picture go first", unit="")
            self._progress(replace(progress, tasks=(waiting,)))
            self._queue.give_way(self._cancel)
            self._progress(progress)
        if self._segments is None or time.monotonic() - self._began < _TURN_SECONDS:
            return
        if self._queue.waits(long=True) and self._segments.look()[0] > self._had:
            raise GaveWay


@contextmanager
def _work(video: LoadedVideo, target: Path, around: JobEnvironment) -> Iterator[None]:
    """Errors in the visitor's words; what was still written for a visitor who has left goes."""
    try:
        with files_named({video.path: video.name, target: target.name}):
            yield
    finally:
        if around.ended.is_set():
            shutil.rmtree(target.parent, ignore_errors=True)


def _for_the_visitor(stats: Mapping[str, Any], video: LoadedVideo, target: Path) -> dict[str, Any]:
    """What was done, without the server's folders."""
    return {
        **stats,
        "input": {**stats["input"], "file": video.name},
        "output": {**stats["output"], "file": target.name},
        "notes": page_notes(stats["notes"], {video.path: video.name, target: target.name}),
    }


def facts_of(stats: Mapping[str, Any]) -> str:
    """One line about a restored film."""
    output, video = stats["output"], stats["film"]
    return f"{output['width']}x{output['height']} · {video['frames']} frames · {format_seconds(video['duration'])}"


def _stem(name: str) -> str:
    """A file's name without its ending, short enough to have more added."""
    return Path(name).stem.encode()[:120].decode(errors="ignore") or "film"
