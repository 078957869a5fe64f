"""Dry runs for the terminal and for ``--json``."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from restoration_studio.cli.wording import WORDS, worded
from restoration_studio.engine.dry_run import DryRun, PlannedFile, PlannedModel
from restoration_studio.engine.recipe import Recipe
from restoration_studio.errors import as_data
from restoration_studio.text import format_bytes, format_seconds

_NAMED = 20  # files that are shown one by one


def plan_as_json(plan: DryRun) -> dict[str, Any]:
    """The plan as JSON takes it."""
    return {
        "recipe": plan.recipe.dump(),
        "files": [_file_as_json(file) for file in plan.files],
        "models": [asdict(model) for model in plan.models],
        "seconds": plan.seconds,
        "memory_bytes": plan.memory_bytes,
        "measured": plan.measured,
    }


def _file_as_json(file: PlannedFile) -> dict[str, Any]:
    data = {name: getattr(file, name) for name in ("input", "output", "size", "becomes", "finished")}
    if file.problem is None:
        return data | {"problem": ""}
    return data | {"problem": worded(file.problem), "error": as_data(file.problem, WORDS)}


def plan_lines(plan: DryRun) -> list[str]:
    """The stages, the models, the files and what they take, each in a line."""
    lines = [*step_lines(plan.recipe), *map(_model_line, plan.models)]
    waiting = [file for file in plan.files if not file.finished and file.problem is None]
    for file in waiting[:_NAMED]:
        size, becomes = ("x".join(map(str, sides or ())) for sides in (file.size, file.becomes))
        lines.append(f"{file.input} ({size}) -> {file.output} ({becomes})")
    if len(waiting) > _NAMED:
        lines.append(f"and {len(waiting) - _NAMED} more")
    for file in plan.files:
        if file.problem is not None:
            sentence = worded(file.problem)
            lines.append("would fail: " + ("" if file.input in sentence else f"{file.input}: ") + sentence)
    finished = sum(file.finished for file in plan.files)
    if finished:
        lines.append(f"{finished} finished before, would be skipped")
    return [*lines, taken_line(plan.seconds, plan.memory_bytes, plan.measured)]


def _model_line(model: PlannedModel) -> str:
    missing = "this file does not exist" if model.own else "not here yet, would be fetched"
    return f"model {model.name} ({model.licence}): {'here' if model.installed else missing}"


def step_lines(recipe: Recipe) -> list[str]:
    """The stages with their settings, each in a line; before them what is done to films alone."""
    steps = [(step.title, settings.model_dump(mode="json")) for step, settings in recipe.video.items()]
    steps += [(step.runs.title, step.model_dump()) for step in recipe.stages]
    lines = []
    for number, (title, values) in enumerate(steps, 1):
        settings = ", ".join(f"{name} {value}" for name, value in values.items() if name != "stage")
        lines.append(f"{number}. {title}: {settings}")
    return lines


def taken_line(seconds: float, memory_bytes: float, measured: bool) -> str:
    """What the work will take."""
    basis = "going by earlier runs on this machine" if measured else "a first guess"
    return f"about {format_seconds(seconds)} ({basis}) and {format_bytes(memory_bytes)} of memory; nothing was run"
