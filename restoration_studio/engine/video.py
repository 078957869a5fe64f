"""Restores a video with a recipe: the bridge between recipes and the room ``video``."""

from __future__ import annotations

import time
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from restoration_studio.engine.errors import (
    NotEnoughMemory,
    NothingToRestore,
    VideoInterrupted,
    VideoTargetIsFolder,
)
from restoration_studio.engine.prepare import PreparedRun, prepare
from restoration_studio.engine.recipe import Recipe
from restoration_studio.engine.record import write_record
from restoration_studio.engine.video_frames import FrameRestorer
from restoration_studio.engine.video_result import VideoRunResult
from restoration_studio.errors import Cancelled
from restoration_studio.files import claim_output, sha256_of_file
from restoration_studio.files_errors import OutputIsInput
from restoration_studio.progress import CancelToken, ProgressCallback, ProgressTracker
from restoration_studio.stages.describe import controls
from restoration_studio.video.analysis import Part, resolve_part
from restoration_studio.video.encode import EncodingOptions, container_of
from restoration_studio.video.probe import VideoInfo, probe_video
from restoration_studio.video.run import run_video
from restoration_studio.video.steps import VIDEO_STEPS

if TYPE_CHECKING:
    from restoration_studio.engine.engine import Engine

_SHARES = {"look": 0.03, "restore": 0.94, "check": 0.03}
_TITLES = {"look": "Looking through", "restore": "Restoring", "check": "Checking"}


def with_video_defaults(recipe: Recipe, given: Collection[str] = ()) -> Recipe:
    """The recipe with the settings that its stages take for videos, but for those whose keywords were ``given``."""
    changes: dict[str, Any] = {}
    for stage in (step.runs for step in recipe.stages):
        changes |= {c.keyword: stage.for_videos[c.field] for c in controls(stage) if c.field in stage.for_videos}
    changes = {keyword: value for keyword, value in changes.items() if keyword not in given}
    return recipe.changed(**changes) if changes else recipe


def with_step_defaults(recipe: Recipe) -> Recipe:
    """The recipe with the steps that its stages ask for in a video, such as steady colours, unless it names them."""
    stages = [step.runs for step in recipe.stages]
    changes: dict[str, Any] = {}
    for step in VIDEO_STEPS:
        settings = step.settings_for(stages) if getattr(recipe.video, step.name) is None else None
        if settings is not None:
            changes |= {control.keyword: getattr(settings, control.field) for control in controls(step)}
    return recipe.changed(**changes) if changes else recipe


def prepare_video(engine: Engine, recipe: Recipe, info: VideoInfo) -> PreparedRun:
    """Check a recipe against a video; nothing is fetched or loaded.

    Raises:
        UsageError: the result would be too large, or a setting does not fit the video.
        InputError: a region or another place lies outside its frames.
    """
    depth = 8 if info.bit_depth == 8 else 16
    run = prepare(recipe, *info.upright_size, depth, models=engine.models, video=True)
    for step, settings in recipe.video.items():
        step.check(settings, info)
    return run


def restore_video(
    engine: Engine,
    source: Path,
    target: Path,
    recipe: Recipe,
    *,
    part: Part,
    options: EncodingOptions,
    progress: ProgressCallback | None = None,
    cancel: CancelToken | None = None,
    record: bool = True,
) -> VideoRunResult:
    """Restore a video into another; see ``RestorationPipeline.restore_video``.

    Raises:
        OutputClaimed: another run is making the same file.
        VideoInterrupted: stopped by ``cancel``; finished segments are kept.
        RestorationError: see ``errors``.
    """
    started = time.perf_counter()
    cancel = cancel or CancelToken()
    recipe = with_step_defaults(recipe)
    if not recipe.stages and not recipe.video.items():
        raise NothingToRestore()
    container_of(target)
    if target.is_dir():
        raise VideoTargetIsFolder(path=target)
    if target.exists() and source.exists() and target.samefile(source):
        raise OutputIsInput(path=target)
    info = probe_video(source)
    part = resolve_part(info, part)
    phases = _Phases(source.name, progress, cancel, expected_frames(info, part))
    try:
        with claim_output(target, overwrite=True, source=source):  # other settings have another work folder
            restorer = FrameRestorer(prepare_video(engine, recipe, info).fetch(phases.task), info, cancel)
            digest = sha256_of_file(source)
            video = run_video(info, digest, target, part, options, restorer, phases, restorer.steps)
            result = VideoRunResult(
                asked=recipe,
                info=info,
                part=part,
                options=options,
                target=target,
                target_sha256=sha256_of_file(target),
                target_bytes=target.stat().st_size,
                video=video,
                stages=restorer.stage_results(),
                steps=restorer.step_results(),
                device=restorer.device,
                precision=restorer.precision,
                noise=dict(restorer.levels),
                seconds=round(time.perf_counter() - started, 3),
            )
            if record:
                write_record(result.to_record(), target)
            return result
    except Cancelled as error:
        raise VideoInterrupted(frames=phases.done, total=phases.total) from error
    except MemoryError as error:
        raise NotEnoughMemory(what="film") from error


def expected_frames(info: VideoInfo, part: Part) -> int:
    """A guess at how many frames there will be, 0 where there is nothing to guess from."""
    rate = float(info.frame_rate or 0)
    count = float(info.frames_promised or (info.duration or 0) * rate)
    if part.start is not None or part.end is not None:
        stop = min(value for value in (part.end, info.duration, float("inf")) if value is not None)
        count = (stop - (part.start or 0.0)) * rate if stop < float("inf") else 0
    if part.max_frames:
        count = min(count, part.max_frames) if count else part.max_frames
    return max(0, round(count))


class _Phases:
    """The progress of a video's restoration: a task for each phase of ``run_video``, counted in frames.

    Attributes:
        task: the whole.
        done, total: frames that are restored, and how many there are in all; 0 before that is known.

    Args:
        name: of the file.
        expected: how many frames there may be, 0 where there is nothing to guess from.
    """

    def __init__(self, name: str, callback: ProgressCallback | None, cancel: CancelToken, expected: int) -> None:
        self.task = ProgressTracker(callback, cancel).task(name, total=len(_SHARES), unit="stage")
        self.task.expect(sum(_SHARES.values()))
        self._expected = expected
        self._phase, self._running = "", self.task
        self.done = self.total = 0

    def __call__(self, phase: str, done: int, total: int) -> None:
        """``done`` of ``total`` frames have passed a phase.

        Raises:
            Cancelled: the person has stopped the work.
        """
        self.task.check()
        frames = total or max(self._expected, done) or None
        if phase != self._phase:
            if self._phase:
                self._running.end()
            self._phase = phase
            index = list(_SHARES).index(phase)
            self._running = self.task.task(
                _TITLES[phase],
                total=frames,
                unit="frame",
                weight=_SHARES[phase],
                index=index,
                count=len(_SHARES),
                completed=done,
                tells_pace=phase != "look",  # looking through takes no time beside most recipes, and much beside some
            )
        if phase == "restore":
            self.done, self.total = done, total
        self._running.update(done, frames)
