"""Runs a recipe on the frames of a video: what is measured in a picture is measured once for a shot."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import Any

from restoration_studio.context import StageContext
from restoration_studio.engine.estimate import stage_costs
from restoration_studio.engine.prepare import PreparedRun
from restoration_studio.engine.recipe import Step
from restoration_studio.engine.record import versions
from restoration_studio.engine.result import StageResult, model_records
from restoration_studio.engine.step import InputHistory, run_step_on_frames
from restoration_studio.engine.video_result import StepResult
from restoration_studio.image.picture import Picture
from restoration_studio.measure.noise import estimate_noise
from restoration_studio.progress import CancelToken
from restoration_studio.video.analysis import VideoAnalysis
from restoration_studio.video.probe import VideoInfo
from restoration_studio.video.steps.base import ActiveStep, RunningStage, StepContext

# A processor is busy with one frame, and slower with several (x4plus by a tenth); a graphics card wants more at once.
_PIXELS_AT_ONCE, _PIXELS_AT_ONCE_GPU, _MOST_AT_ONCE = 5_000, 4_000_000, 16
# Two batches, each with half of the cores: neither waits for what the other does outside its network, nor do the
# cores of one for each other while x264 has some of them. Not where a batch takes much memory.
_BATCHES_AT_ONCE, _LARGEST_OF_TWO, _MEMORY_OF_TWO = 2, 9_000_000, 1e9  # pixels of the result, bytes of one batch

# Networks that draw each frame from all they are given.
_SEES_MANY, _PIXELS_OF_MANY = ("basicvsr-reds4",), 2_000_000
_NOTES = 5  # of each stage


class FrameRestorer:
    """A ``video.segments.Restorer`` made of a recipe.

    Attributes:
        steps: those of the recipe that only videos have, for ``video.run.run_video``.
        seconds: that each stage has taken.
        levels: by the number of a shot, the noise that its frames are freed of, in grey levels of 255.

    Args:
        run: the recipe for this video, its weights fetched; noise levels left to "auto" become one level for each shot.
        info: of the video.
    """

    def __init__(self, run: PreparedRun, info: VideoInfo, cancel: CancelToken) -> None:
        self.recipe, self._cancel = run.recipe, cancel
        self._size = info.upright_size
        self.precision, self.device = run.precision, run.device
        self._hashes = run.hashes
        self._shots: dict[int, list[tuple[int, Step]]] = {}
        self._analysis: VideoAnalysis | None = None
        self._shared: dict[str, Any] = {
            "models": run.manager,
            "precision": run.precision,
            "seed": run.recipe.seed,
            "check_cancelled": cancel.check,
        }
        self._stages = [
            RunningStage(step.runs, step.settings, StageContext(**self._shared)) for step in run.recipe.stages
        ]
        self.steps = [
            ActiveStep(video_step, settings, StepContext(**self._shared, stages=self._stages))
            for video_step, settings in run.recipe.video.items()
        ]
        self.seconds = [0.0] * len(run.recipe.stages)
        self._lock, self._thread = threading.Lock(), threading.local()
        self.levels: dict[int, float] = {}

    @property
    def key(self) -> Any:
        return [self.recipe.dump(), self._hashes, self.device, self.precision, versions()]

    @property
    def batch(self) -> int:
        if not self._hashes:
            return 1
        if any(name in _SEES_MANY for name in self._hashes):
            return max(2, min(_MOST_AT_ONCE, _PIXELS_OF_MANY // (self._size[0] * self._size[1])))
        room = _PIXELS_AT_ONCE if self.device == "cpu" else _PIXELS_AT_ONCE_GPU
        return max(1, min(_MOST_AT_ONCE, room // (self._size[0] * self._size[1])))

    @property
    def at_once(self) -> int:
        costs = stage_costs(self.recipe, *self._size)
        height, width = costs[-1][1] if costs else self._size
        large = height * width > _LARGEST_OF_TWO or any(cost.memory_bytes > _MEMORY_OF_TWO for cost, _ in costs)
        many = any(name in _SEES_MANY for name in self._hashes)
        alone = self.device != "cpu" or (os.cpu_count() or 1) < 2 or large or many
        return 1 if alone else _BATCHES_AT_ONCE

    @property
    def noise_of(self) -> Callable[[Picture], float] | None:
        measured = any(step.runs.measures_noise(step.settings) for step in self.recipe.stages)
        return (lambda picture: estimate_noise(picture.pixels)) if measured else None

    def output_size(self, height: int, width: int) -> tuple[int, int]:
        costs = stage_costs(self.recipe, height, width)
        return costs[-1][1] if costs else (height, width)

    def begin(self, analysis: VideoAnalysis) -> None:
        self._analysis = analysis

    def restore(self, frames: list[Picture], first: int, shot: int) -> list[Picture]:
        self._take_share()
        histories = [InputHistory(self.recipe.stages, frame) for frame in frames]
        for index, step in self._steps(shot):
            self._cancel.check()
            started = time.perf_counter()
            contexts = [self._frame_context(step, number, history) for number, history in enumerate(histories, first)]
            frames = run_step_on_frames(frames, step, contexts, self._size, keep_colours=self.recipe.keep_colours)
            for frame, history in zip(frames, histories, strict=True):
                history.advance(frame)
            with self._lock:
                whole = self._stages[index].context
                for context in contexts:
                    whole.merge(context)
                    del whole.notes[_NOTES:]  # what is said of every frame is said of some
                self.seconds[index] += (time.perf_counter() - started) / self.at_once
        return frames

    def _frame_context(self, step: Step, number: int, history: InputHistory) -> StageContext:
        """What a stage is given beside the frame of that number, as it is beside a picture."""
        context = history.fill_in(StageContext(**self._shared))
        # Grain and the like are another in every frame, and the same whenever the frame is made.
        context.seed = (self.recipe.seed + number) % 2**63
        for active in self.steps:
            active.prepare(number, step.runs, context)
        return context

    def _take_share(self) -> None:
        """Leave the other threads that restore frames their cores, from the first time this thread is here."""
        if not self._hashes or self.at_once == 1 or hasattr(self._thread, "share"):
            return
        from restoration_studio.networks.precision import share_threads

        self._thread.share = share_threads(self.at_once)

    def _steps(self, shot: int) -> list[tuple[int, Step]]:
        """The steps for a shot, with their places in the recipe."""
        with self._lock:
            if shot not in self._shots:
                # Shots come one after the other; the threads are in two of them at most.
                self._shots = dict(list(self._shots.items())[1 - _BATCHES_AT_ONCE :])
                fitted = [
                    self._fitted(step, shot) if step.runs.measures_noise(step.settings) else step
                    for step in self.recipe.stages
                ]
                self._shots[shot] = [(index, step) for index, step in enumerate(fitted) if step is not None]
            return self._shots[shot]

    def _fitted(self, step: Step, shot: int) -> Step | None:
        """The step with the level that its shot needs, or None where there is too little noise to see."""
        assert self._analysis is not None, "begin() comes first"
        level = self._analysis.shot_noise(shot)
        if level is None:  # a shot too short to have been measured
            near = sorted(self._analysis.noise, key=lambda number: abs(number - self._analysis.cuts[shot]))  # type: ignore[union-attr]
            level = self._analysis.noise[near[0]] if near else 0.0
        self.levels[shot] = round(level, 2)
        settings = step.runs.with_noise(step.settings, level)
        return None if settings is None else Step(stage=step.stage, settings=settings)

    def stage_results(self) -> tuple[StageResult, ...]:
        """What each stage did to all frames."""
        return tuple(
            StageResult.of(step, stage.context, seconds)
            for step, stage, seconds in zip(self.recipe.stages, self._stages, self.seconds, strict=True)
        )

    def step_results(self) -> tuple[StepResult, ...]:
        """What each step did that only videos have."""
        return tuple(
            StepResult(
                name=active.step.name,
                title=active.step.title,
                settings=active.settings.model_dump(mode="json"),
                notes=tuple(active.notes()),
                models=tuple(model_records(active.context)),
            )
            for active in self.steps
        )
