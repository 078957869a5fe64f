"""Dry runs: what would be done to which files, with which models, and what it takes. Nothing is run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from restoration_studio.config import Config
from restoration_studio.engine.batch import Plan, find_finished
from restoration_studio.engine.errors import FolderUnreadable
from restoration_studio.engine.estimate import Estimate
from restoration_studio.engine.recipe import Recipe
from restoration_studio.errors import RestorationError
from restoration_studio.image.errors import PictureTooLarge
from restoration_studio.models import is_model_path

if TYPE_CHECKING:
    from restoration_studio.engine.engine import Engine


@dataclass(slots=True)
class PlannedFile:
    """One file of a dry run.

    Attributes:
        input, output: the picture, and the file its result would go to; "" where there is none.
        size, becomes: width and height before and after; None where that is not known.
        finished: it has been restored before.
        problem: why it cannot be restored.
    """

    input: str
    output: str
    size: tuple[int, int] | None = None
    becomes: tuple[int, int] | None = None
    finished: bool = False
    problem: RestorationError | None = None


@dataclass(frozen=True, slots=True)
class PlannedModel:
    """A model that would run; ``own`` when it is a person's own file."""

    name: str
    licence: str
    installed: bool
    own: bool


@dataclass(frozen=True, slots=True)
class DryRun:
    """What would be done.

    Attributes:
        seconds, memory_bytes: a guess of what it takes.
        measured: whether the guess is from earlier runs on this machine.
    """

    recipe: Recipe
    files: list[PlannedFile]
    models: list[PlannedModel]
    seconds: float
    memory_bytes: float
    measured: bool

    @property
    def exit_code(self) -> int:
        """0, or 1 when some files cannot be restored."""
        return int(any(file.problem is not None for file in self.files))


def dry_run(engine: Engine, planned: Plan, recipe: Recipe, *, folder: bool, again: bool) -> DryRun:
    """What would run and what it takes; nothing is loaded, fetched or written.

    Args:
        folder: the plan is of a folder, where one bad file stops no other.
        again: finished results would be made again.

    Raises:
        RestorationError: the only picture cannot be restored.
    """
    finished = find_finished(planned, recipe) if folder and not again else set()
    files = [
        PlannedFile(str(path), "", problem=FolderUnreadable(path=path, reason=why)) for path, why in planned.unreadable
    ]
    costs: list[Estimate] = []
    for source, target in planned.pairs:
        file = PlannedFile(str(source), str(target), finished=source in finished)
        files.append(file)
        if file.finished:
            continue
        try:
            cost, file.size = _cost(engine, source, recipe)
            costs.append(cost)
            file.becomes = (cost.size[1], cost.size[0])
        except RestorationError as error:
            if not folder:
                raise
            file.problem = error
    return DryRun(
        recipe=recipe,
        files=files,
        models=_models(recipe, engine.config),
        seconds=sum(cost.seconds for cost in costs),
        memory_bytes=max((cost.memory_bytes for cost in costs), default=0.0),
        measured=bool(costs) and all(cost.measured for cost in costs),
    )


def _cost(engine: Engine, source: Path, recipe: Recipe) -> tuple[Estimate, tuple[int, int]]:
    """What a picture will take, and its width and height."""
    from restoration_studio.image.size import read_size

    height, width = read_size(source)
    limit = engine.config.max_input_megapixels
    if height * width > limit * 1e6:
        raise PictureTooLarge(path=source, width=width, height=height, limit=limit)
    return engine.prepare(recipe, height, width).estimate(), (width, height)


def _models(recipe: Recipe, config: Config) -> list[PlannedModel]:
    """The models of a recipe, with their licences, and whether they are on this machine."""
    from restoration_studio.weights.catalogue import get
    from restoration_studio.weights.store import present, resolve_alias

    models: list[PlannedModel] = []
    for name in dict.fromkeys(name for step in recipe.stages for name in step.runs.models(step.settings)):
        if is_model_path(name):
            models.append(PlannedModel(name, "unknown", installed=Path(name).is_file(), own=True))
            continue
        name = resolve_alias(name, config)
        entry = get(name)
        installed = any(True for _ in present(entry, config))
        models.append(PlannedModel(name, entry.licence, installed=installed, own=False))
    return models
