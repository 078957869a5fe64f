"""Runs a recipe on the frames of a film: what is measured in a picture is measured once for a shot."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from evaluation.metrics import estimate_noise
from film.plan import FilmPlan
from film.rate import Between
from media.film import FilmInfo
from media.picture import Picture
from pipeline.estimate import check_sizes, stage_costs
from pipeline.progress import CancelToken
from pipeline.recipe import Recipe, Step
from pipeline.record import versions
from pipeline.step import run_step_on_frames
from stages.base import Stage, Work
from stages.denoise import NOTHING_TO_DO_BELOW, STRONGEST

if TYPE_CHECKING:
    from restoration_pipeline import RestorationPipeline

# A processor is busy with one frame of some size; a graphics card wants more at once.
_PIXELS_AT_ONCE, _PIXELS_AT_ONCE_GPU, _MOST_AT_ONCE = 160_000, 4_000_000, 16


# Networks that draw each frame from all they are given.
_SEES_MANY, _PIXELS_OF_MANY = ("basicvsr-reds4",), 2_000_000
INTERPOLATION = "rife"
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
        info: FilmInfo,
        cancel: CancelToken,
        fetching: Callable[[int, int | None, str], None],
    ) -> None:
        self.recipe, self._cancel, self._fetching = recipe, cancel, fetching
        self._size = info.upright_size
        check_sizes(recipe, *self._size, pipeline.config)
        for step in recipe.stages:
            if step.settings.region is not None:
                step.settings.region.weights(*self._size)
        self._models = pipeline.models
        names = list(dict.fromkeys(name for step in recipe.stages for name in step.runs.models(step.settings)))
        depth = 8 if info.bit_depth == 8 else 16
        self.precision = pipeline.models.precision(recipe.precision, depth) if names else "float32"
        self.device = pipeline.models.device if names else "cpu"
        self._hashes = {name: pipeline.models.fetch(name, fetching) for name in names}
        self._shots: dict[int, list[tuple[int, Step]]] = {}
        self._plan: FilmPlan | None = None
        self._works = [self._work() for _ in recipe.stages]
        self.seconds = [0.0] * len(recipe.stages)
        self.levels: dict[int, float] = {}

    def _work(self) -> Work:
        return Work(
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
    def noise_of(self) -> Callable[[Picture], float] | None:
        measured = any(_is_measured(step) for step in self.recipe.stages)
        return (lambda picture: estimate_noise(picture.pixels)) if measured else None

    def output_size(self, height: int, width: int) -> tuple[int, int]:
        costs = stage_costs(self.recipe, height, width)
        return costs[-1][1] if costs else (height, width)

    def begin(self, plan: FilmPlan) -> None:
        self._plan = plan

    def restore(self, frames: list[Picture], first: int, shot: int) -> list[Picture]:
        originals = frames
        for index, step in self._steps(shot):
            self._cancel.check()
            started, work = time.perf_counter(), self._works[index]
            if type(step.runs).run_frames is not Stage.run_frames:
                frames = run_step_on_frames(frames, step, work, self._size)
            else:
                made = []
                for number, (frame, original) in enumerate(zip(frames, originals, strict=True), first):
                    # Grain and the like are another in every frame, and the same whenever the frame is made.
                    work.seed = (self.recipe.seed + number) % 2**63
                    work.original = original if step.runs.needs_original else None
                    made += run_step_on_frames([frame], step, work, self._size)
                frames = made
            del work.notes[_NOTES:]  # what is said of every frame is said of some
            self.seconds[index] += time.perf_counter() - started
        return frames

    def between(self) -> Between:
        """Makes the frame between two others with RIFE, whose weights become part of the key.

        Raises:
            WeightsError: they are not here.
        """
        self._hashes[INTERPOLATION] = self._models.fetch(INTERPOLATION, self._fetching)

        def made(before: Picture, after: Picture, share: float) -> Picture:
            self._cancel.check()
            network = self._models.get(INTERPOLATION)
            together = np.concatenate((before.pixels, after.pixels), axis=2)
            return before.with_(pixels=np.ascontiguousarray(network(together, share)))

        return made

    def _steps(self, shot: int) -> list[tuple[int, Step]]:
        """The steps for a shot, with their places in the recipe."""
        if shot not in self._shots:
            self._shots = {shot: []}  # shots come one after the other; one is remembered
            for index, step in enumerate(self.recipe.stages):
                fitted = self._fitted(step, shot) if _is_measured(step) else step
                if fitted is not None:
                    self._shots[shot].append((index, fitted))
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
            {
                "stage": step.stage,
                "title": step.runs.title,
                "settings": step.model_dump(),
                "pinned": dict(work.pinned),
                "seconds": round(seconds, 3),
                "cached": False,
                "notes": list(dict.fromkeys(work.notes)),
                "models": [
                    {"name": m.name, "sha256": m.sha256, "source": m.source, "scale": m.scale, "bytes": m.size_bytes}
                    for m in work.used
                ],
            }
            for step, work, seconds in zip(self.recipe.stages, self._works, self.seconds, strict=True)
        ]


def _is_measured(step: Step) -> bool:
    return step.stage == "denoise" and getattr(step.settings, "level", None) == "auto"
