"""What a run needs, found out before it works: checks, models, device, precision and cost, in one place.

A picture, a batch, a film, a preview of the mask and a dry run all begin here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from restoration_studio.context import StageContext
from restoration_studio.engine.errors import VideoStepOnPicture
from restoration_studio.engine.estimate import Estimate, check_sizes, estimate, stage_costs
from restoration_studio.engine.recipe import Recipe, Step
from restoration_studio.progress import Task
from restoration_studio.stages.base import Cost

if TYPE_CHECKING:
    from restoration_studio.models import ModelManager


@dataclass(frozen=True, slots=True)
class PreparedRun:
    """A recipe that has been checked against a picture's size and this machine.

    Attributes:
        recipe: as asked for.
        size: (height, width) of the picture as it comes in.
        bit_depth: of the picture.
        costs: for each step its cost and the (height, width) it makes of the picture.
        models: names of all networks the recipe needs, each once, in running order.
        hashes: SHA-256 of each model's file by name; empty before ``fetch``.
    """

    recipe: Recipe
    size: tuple[int, int]
    bit_depth: int
    costs: tuple[tuple[Cost, tuple[int, int]], ...]
    models: tuple[str, ...]
    manager: ModelManager
    hashes: dict[str, str] = field(default_factory=dict)

    @property
    def output_size(self) -> tuple[int, int]:
        """(height, width) of the result."""
        return self.costs[-1][1] if self.costs else self.size

    @property
    def needs_networks(self) -> bool:
        return bool(self.models)

    @property
    def device(self) -> str:
        """Where networks run; "cpu" where there are none.

        Raises:
            UsageError: the device that was asked for is not there.
        """
        return self.manager.device if self.models else "cpu"

    @property
    def precision(self) -> str:
        """The number format networks run in; "float32" where there are none."""
        return self.manager.precision(self.recipe.precision, self.bit_depth) if self.models else "float32"

    def estimate(self) -> Estimate:
        """What the run will take, going by earlier runs on this machine; nothing is loaded."""
        return estimate(self.recipe, *self.size, self.manager.config)

    def fetch(self, task: Task) -> PreparedRun:
        """Make sure all weights are on this machine, so that what is missing is found before the first stage works.

        Each file is hashed once for all stages.

        Raises:
            WeightsError: a model cannot be had.
        """
        if not self.models:
            return self
        _ = self.device  # raises where it is not here, before anything is downloaded
        with fetching(task) as report:
            return replace(self, hashes={name: self.manager.fetch(name, report) for name in self.models})

    def context(self, **fields: Any) -> StageContext:
        """What a stage of this run is handed; ``fields`` are further ones of ``StageContext``."""
        return StageContext(models=self.manager, precision=self.precision, seed=self.recipe.seed, **fields)

    def hashes_of(self, step: Step) -> list[str]:
        """SHA-256 of the models that one step uses."""
        return [self.hashes[name] for name in step.runs.models(step.settings)]


class DownloadReporter:
    """What downloads within a task tell their bytes to; what is fetched is no part of the task's work."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._download: Task | None = None

    def __call__(self, done: int, total: int | None, what: str) -> None:
        self._task.check()
        if self._download is None:
            self._download = self._task.task(what, unit="byte", weight=0)
        self._download.update(done, total or None, description=what)

    def end(self) -> None:
        """Nothing more is fetched for now."""
        if self._download is not None:
            self._download.end()
            self._download = None


@contextmanager
def fetching(task: Task) -> Iterator[DownloadReporter]:
    """Downloads within ``task`` tell their bytes to what this gives."""
    report = DownloadReporter(task)
    try:
        yield report
    finally:
        report.end()


def model_names(recipe: Recipe, *, video: bool = False) -> tuple[str, ...]:
    """The models a recipe needs, each once, in running order; with ``video`` those of its steps for films too.

    Every stage is asked, so that one whose model cannot be meant is refused before any work.
    """
    names = [name for step in recipe.stages for name in step.runs.models(step.settings)]
    if video:
        names += [name for step, settings in recipe.video.items() for name in step.models(settings)]
    return tuple(dict.fromkeys(names))


def prepare(
    recipe: Recipe, height: int, width: int, bit_depth: int = 8, *, models: ModelManager, video: bool = False
) -> PreparedRun:
    """Check a recipe against a picture's size and find out what running it takes. Nothing is fetched or loaded.

    Args:
        height, width: of the picture, in pixels.
        bit_depth: of the picture: 8, 16 or 32.
        models: gives networks; its configuration says what this machine allows.
        video: the picture is a frame, and the recipe's steps for films count too.

    Raises:
        UsageError: the result would be too large, or a step is for films only.
        InputError: a region or another place lies outside the picture.
    """
    steps = recipe.video.items()
    if steps and not video:
        raise VideoStepOnPicture(step=steps[0][0].title)
    costs = stage_costs(recipe, height, width, models.config)
    check_sizes(recipe, height, width, models.config)
    for step in recipe.stages:
        if step.settings.region is not None:
            step.settings.region.weights(height, width)  # one that does not fit is refused now, not after the work
        step.runs.check(step.settings, height, width)
    names = model_names(recipe, video=video)
    return PreparedRun(
        recipe=recipe,
        size=(height, width),
        bit_depth=bit_depth,
        costs=tuple(costs),
        models=names,
        manager=models,
    )
