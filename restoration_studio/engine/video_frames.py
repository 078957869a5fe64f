"""Runs a recipe on the frames of a film: what is measured in a picture is measured once for a shot."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from restoration_studio.context import StageContext
from restoration_studio.engine.estimate import check_sizes, stage_costs
from restoration_studio.engine.recipe import Recipe, Step
from restoration_studio.engine.record import versions
from restoration_studio.engine.step import InputHistory, model_records, run_step_on_frames, said
from restoration_studio.image.picture import Picture
from restoration_studio.measure.noise import estimate_noise
from restoration_studio.progress import CancelToken
from restoration_studio.stages.base import Stage
from restoration_studio.stages.colorize import guessed_colours
from restoration_studio.stages.denoise import NOTHING_TO_DO_BELOW, STRONGEST
from restoration_studio.video.analysis import VideoAnalysis
from restoration_studio.video.dirt_repair import DirtRepair
from restoration_studio.video.frame_rate import parse_rate
from restoration_studio.video.frames import FrameSteps
from restoration_studio.video.probe import VideoInfo
from restoration_studio.video.steady_colour import SteadyColours
from restoration_studio.video.steps import RAFT, RIFE

if TYPE_CHECKING:
    from restoration_studio.pipeline import RestorationPipeline

# A processor is busy with one frame, and slower with several (x4plus by a tenth); a graphics card wants more at once.
_PIXELS_AT_ONCE, _PIXELS_AT_ONCE_GPU, _MOST_AT_ONCE = 5_000, 4_000_000, 16
# Two batches, each with half of the cores: neither waits for what the other does outside its network, nor do the
# cores of one for each other while x264 has some of them. Not where a batch takes much memory.
_BATCHES_AT_ONCE, _LARGEST_OF_TWO, _MEMORY_OF_TWO = 2, 9_000_000, 1e9  # pixels of the result, bytes of one batch

# Networks that draw each frame from all they are given.
_SEES_MANY, _PIXELS_OF_MANY = ("basicvsr-reds4",), 2_000_000
_NOTES = 5  # of each stage


class FrameRestorer:
    """A ``film.run.Restorer`` made of a recipe.

    Args:
        recipe: as asked; noise levels left to "auto" become one level for each shot.
        fetching: called while weights are fetched.

    Raises:
        RestorationError: a model is missing, a region does not fit or the result would be too large.
    """

    def __init__(
        self,
        pipeline: RestorationPipeline,
        recipe: Recipe,
        info: VideoInfo,
        cancel: CancelToken,
        fetching: Callable[[int, int | None, str], None],
    ) -> None:
        self.recipe, self._cancel, self._fetching = recipe, cancel, fetching
        self._size = info.upright_size
        check_sizes(recipe, *self._size, pipeline.config)
        for step in recipe.stages:
            if step.settings.region is not None:
                step.settings.region.weights(*self._size)
            step.runs.check(step.settings, *self._size)
        self._models = pipeline.models
        names = [name for step in recipe.stages for name in step.runs.models(step.settings)]
        names += [name for film_step, settings in recipe.film.items() for name in film_step.models(settings)]
        names = list(dict.fromkeys(names))
        depth = 8 if info.bit_depth == 8 else 16
        self.precision = pipeline.models.precision(recipe.precision, depth) if names else "float32"
        self.device = pipeline.models.device if names else "cpu"
        self._hashes = {name: pipeline.models.fetch(name, fetching) for name in names}
        self._shots: dict[int, list[tuple[int, Step]]] = {}
        self._plan: VideoAnalysis | None = None
        self._works = [self._work() for _ in recipe.stages]
        self.seconds = [0.0] * len(recipe.stages)
        self._lock, self._thread = threading.Lock(), threading.local()
        self.levels: dict[int, float] = {}
        self._film_works = {step.name: self._work() for step, _ in recipe.film.items()}
        self.frame_steps = self._frame_steps(info)

    def _work(self) -> StageContext:
        return StageContext(
            models=self._models,
            precision=self.precision,
            seed=self.recipe.seed,
            check_cancelled=self._cancel.check,
        )

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
        measured = any(_is_measured(step) for step in self.recipe.stages)
        return (lambda picture: estimate_noise(picture.pixels)) if measured else None

    def output_size(self, height: int, width: int) -> tuple[int, int]:
        costs = stage_costs(self.recipe, height, width)
        return costs[-1][1] if costs else (height, width)

    def begin(self, plan: VideoAnalysis) -> None:
        self._plan = plan

    def restore(self, frames: list[Picture], first: int, shot: int) -> list[Picture]:
        self._take_share()
        looking_back = [InputHistory(self.recipe.stages, frame) for frame in frames]
        for index, step in self._steps(shot):
            self._cancel.check()
            started, context = time.perf_counter(), self._work()
            if type(step.runs).run_frames is not Stage.run_frames:
                frames = run_step_on_frames(frames, step, context, self._size)
            else:
                made = []
                for number, (frame, back) in enumerate(zip(frames, looking_back, strict=True), first):
                    # Grain and the like are another in every frame, and the same whenever the frame is made.
                    context.seed = (self.recipe.seed + number) % 2**63
                    if step.stage == "colorize" and self.frame_steps.colours is not None:
                        context.colours = self.frame_steps.colours.ready.pop(number, None)
                    made += run_step_on_frames([frame], step, back.give(context), self._size)
                frames = made
            for frame, back in zip(frames, looking_back, strict=True):
                back.passed(frame)
            with self._lock:
                self._works[index].add(context)
                del self._works[index].notes[_NOTES:]  # what is said of every frame is said of some
                self.seconds[index] += (time.perf_counter() - started) / self.at_once
        return frames

    def _take_share(self) -> None:
        """Leave the other threads that restore frames their cores, from the first time this thread is here."""
        if not self._hashes or self.at_once == 1 or hasattr(self._thread, "share"):
            return
        from restoration_studio.networks.precision import share_threads

        self._thread.share = share_threads(self.at_once)

    def _frame_steps(self, info: VideoInfo) -> FrameSteps:
        """What is done to frames before the stages have them."""
        made, film = FrameSteps(), self.recipe.film
        wanted = {step.name for step, _ in film.items()}
        if film.deflicker is not None and "deflicker" in wanted:
            made.deflicker, made.local = film.deflicker.strength, film.deflicker.local
        if film.dirt is not None and "dirt" in wanted:
            made.dirt = DirtRepair(film.dirt.strength, film.dirt.sensitivity)
            if film.dirt.motion == "raft":
                made.dirt.find = self._raft
        if film.frame_rate is not None and "frame_rate" in wanted:
            made.rate, made.between = parse_rate(film.frame_rate.rate, info.frame_rate), self._between
        colorize = next((at for at, step in enumerate(self.recipe.stages) if step.stage == "colorize"), None)
        if film.steady_colour is not None and "steady_colour" in wanted and colorize is not None:
            settings: Any = self.recipe.stages[colorize].settings
            context = self._works[colorize]
            made.colours = SteadyColours(
                film.steady_colour.strength, lambda picture: guessed_colours(picture, settings, context)
            )
        return made

    def _between(self, before: Picture, after: Picture, share: float) -> Picture:
        """The frame between two others, made by RIFE."""
        self._cancel.check()
        network = self._film_works["frame_rate"].model(RIFE)
        together = np.concatenate((before.pixels, after.pixels), axis=2)
        made = before.with_(pixels=np.ascontiguousarray(network(together, share)))
        if before.alpha is None or after.alpha is None:
            return made
        return made.with_(alpha=before.alpha + np.float32(share) * (after.alpha - before.alpha))

    def _raft(self, here: NDArray[np.float32], there: NDArray[np.float32]) -> NDArray[np.float32]:
        from restoration_studio.networks.raft import flow_between

        self._cancel.check()
        loaded = self._film_works["dirt"].model(RAFT)
        return flow_between(loaded.network, loaded.device, here, there)

    def _steps(self, shot: int) -> list[tuple[int, Step]]:
        """The steps for a shot, with their places in the recipe."""
        with self._lock:
            if shot not in self._shots:
                # Shots come one after the other; the threads are in two of them at most.
                self._shots = dict(list(self._shots.items())[1 - _BATCHES_AT_ONCE :])
                fitted = [self._fitted(step, shot) if _is_measured(step) else step for step in self.recipe.stages]
                self._shots[shot] = [(index, step) for index, step in enumerate(fitted) if step is not None]
            return self._shots[shot]

    def _fitted(self, step: Step, shot: int) -> Step | None:
        """The step with the level that its shot needs, or None where there is too little noise to see."""
        assert self._plan is not None, "begin() comes first"
        level = self._plan.shot_noise(shot)
        if level is None:  # a shot too short to have been measured
            near = sorted(self._plan.noise, key=lambda number: abs(number - self._plan.cuts[shot]))  # type: ignore[union-attr]
            level = self._plan.noise[near[0]] if near else 0.0
        self.levels[shot] = round(level, 2)
        if level < NOTHING_TO_DO_BELOW:
            return None
        settings = step.settings.model_copy(update={"level": min(level, STRONGEST)})
        return Step(stage=step.stage, settings=settings)

    def said(self) -> list[dict[str, Any]]:
        """What is kept of each stage in the stats and the record."""
        return [
            said(step, context, seconds)
            for step, context, seconds in zip(self.recipe.stages, self._works, self.seconds, strict=True)
        ]

    def steps_said(self) -> list[dict[str, Any]]:
        """What is kept of each step that only films have."""
        dirt = self.frame_steps.dirt
        if dirt is not None and dirt.frames:
            self._film_works["dirt"].notes[:] = [
                f"dirt was repaired in {dirt.touched} of {dirt.frames} frames, {dirt.share:.3%} of their pixels."
            ]
        return [
            {
                "step": step.name,
                "title": step.title,
                "settings": settings.model_dump(mode="json"),
                "notes": list(self._film_works[step.name].notes),
                "models": model_records(self._film_works[step.name]),
            }
            for step, settings in self.recipe.film.items()
        ]


def _is_measured(step: Step) -> bool:
    return step.stage == "denoise" and getattr(step.settings, "level", None) == "auto"
