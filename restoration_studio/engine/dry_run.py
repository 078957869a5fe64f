"""Dry runs: what would be done to which files, with which models, and what it takes. Nothing is run."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from restoration_studio.config import Config
from restoration_studio.engine.batch import Plan, find_finished
from restoration_studio.engine.estimate import Estimate, check_sizes
from restoration_studio.engine.recipe import Recipe
from restoration_studio.errors import InputError, RestorationError
from restoration_studio.models import is_model_path
from restoration_studio.text import format_bytes, format_seconds

if TYPE_CHECKING:
    from restoration_studio.pipeline import RestorationPipeline

_NAMED = 20  # files that are shown one by one


@dataclass(slots=True)
class _File:
    """One file of the plan; ``problem`` says why it cannot be restored, ``finished`` that it has been."""

    input: str
    output: str
    size: tuple[int, int] | None = None  # width, height
    becomes: tuple[int, int] | None = None
    finished: bool = False
    problem: str = ""


@dataclass(frozen=True, slots=True)
class DryRun:
    """The plan of a run.

    Attributes:
        answer: as JSON takes it.
        lines: for a person.
        exit_code: 0, or 1 when some files cannot be restored.
    """

    answer: dict[str, Any]
    lines: list[str]
    exit_code: int


def dry_run(pipeline: RestorationPipeline, planned: Plan, recipe: Recipe, *, folder: bool, again: bool) -> DryRun:
    """What would run and what it takes; nothing is loaded, fetched or written.

    Args:
        folder: the plan is of a folder, where one bad file stops no other.
        again: finished results would be made again.

    Raises:
        RestorationError: the only picture cannot be restored.
    """
    finished = find_finished(planned, recipe) if folder and not again else set()
    files = [
        _File(str(path), "", problem=f"the folder {path} cannot be read: {why}.") for path, why in planned.unreadable
    ]
    costs: list[Estimate] = []
    for source, target in planned.pairs:
        file = _File(str(source), str(target), finished=source in finished)
        files.append(file)
        if file.finished:
            continue
        try:
            cost, file.size = _cost(pipeline, source, recipe)
            costs.append(cost)
            file.becomes = (cost.size[1], cost.size[0])
        except RestorationError as error:
            if not folder:
                raise
            file.problem = str(error)
    models = _models(recipe, pipeline.config)
    seconds = sum(cost.seconds for cost in costs)
    memory = max((cost.memory_bytes for cost in costs), default=0.0)
    measured = bool(costs) and all(cost.measured for cost in costs)
    answer: dict[str, Any] = {"recipe": recipe.dump(), "files": [asdict(file) for file in files], "models": models}
    answer |= {"seconds": seconds, "memory_bytes": memory, "measured": measured}
    lines = [*_lines(recipe, files, models), taken_line(seconds, memory, measured)]
    return DryRun(answer, lines, int(any(file.problem for file in files)))


def taken_line(seconds: float, memory_bytes: float, measured: bool) -> str:
    """What the work will take, for a person."""
    how = "going by earlier runs on this machine" if measured else "a first guess"
    return f"about {format_seconds(seconds)} ({how}) and {format_bytes(memory_bytes)} of memory; nothing was run"


def _cost(pipeline: RestorationPipeline, source: Path, recipe: Recipe) -> tuple[Estimate, tuple[int, int]]:
    """What a picture will take, and its width and height."""
    from restoration_studio.image.size import read_size

    height, width = read_size(source)
    limit = pipeline.config.max_input_megapixels
    if height * width > limit * 1e6:
        raise InputError(
            f"{source} is {width} x {height} pixels, more than the limit of {limit:g} megapixels; raise "
            "max_input_megapixels in the configuration if you trust it."
        )
    check_sizes(recipe, height, width, pipeline.config)
    return pipeline.estimate(height, width, recipe), (width, height)


def _models(recipe: Recipe, config: Config) -> list[dict[str, Any]]:
    """The models of a recipe, with their licences, and whether they are on this machine."""
    from restoration_studio.weights.catalogue import get
    from restoration_studio.weights.store import chosen, present

    models: list[dict[str, Any]] = []
    for name in dict.fromkeys(name for step in recipe.stages for name in step.runs.models(step.settings)):
        if is_model_path(name):
            models.append({"name": name, "licence": "unknown", "installed": Path(name).is_file(), "own": True})
            continue
        name = chosen(name, config)
        entry = get(name)
        there = any(True for _ in present(entry, config))
        models.append({"name": name, "licence": entry.licence, "installed": there, "own": False})
    return models


def step_lines(recipe: Recipe) -> list[str]:
    """The stages with their settings, each in a line; before them what is done to films alone."""
    steps = [(step.title, settings.model_dump(mode="json")) for step, settings in recipe.film.items()]
    steps += [(step.runs.title, step.model_dump()) for step in recipe.stages]
    lines = []
    for number, (title, values) in enumerate(steps, 1):
        said = ", ".join(f"{name} {value}" for name, value in values.items() if name != "stage")
        lines.append(f"{number}. {title}: {said}")
    return lines


def _lines(recipe: Recipe, files: list[_File], models: list[dict[str, Any]]) -> list[str]:
    """The stages, the models and the files, each in a line."""
    lines = step_lines(recipe)
    for model in models:
        missing = "this file does not exist" if model["own"] else "not here yet, would be fetched"
        lines.append(f"model {model['name']} ({model['licence']}): {'here' if model['installed'] else missing}")
    todo = [file for file in files if not file.finished and not file.problem]
    for file in todo[:_NAMED]:
        size, becomes = ("x".join(map(str, sides or ())) for sides in (file.size, file.becomes))
        lines.append(f"{file.input} ({size}) -> {file.output} ({becomes})")
    if len(todo) > _NAMED:
        lines.append(f"and {len(todo) - _NAMED} more")
    for file in files:
        if file.problem:
            lines.append("would fail: " + ("" if file.input in file.problem else f"{file.input}: ") + file.problem)
    done = sum(file.finished for file in files)
    return [*lines, f"{done} finished before, would be skipped"] if done else lines
