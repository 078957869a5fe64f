"""What a restoration will take, before it runs: time from this machine's own past, memory from sizes."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from restoration_studio.config import Config
from restoration_studio.engine.errors import ResultTooLarge
from restoration_studio.engine.recipe import Recipe, Step
from restoration_studio.errors import OutputError
from restoration_studio.files import atomic_file
from restoration_studio.stages.base import Cost
from restoration_studio.weights.catalogue import ALTERNATIVES
from restoration_studio.weights.store import resolve_alias

# Billions of multiply-adds a second, for a machine that has not run anything yet: a common desktop core
# in float32, and a middling GPU in half precision.
_GUESS_PER_CORE, _GUESS_GPU = 25.0, 8_000.0
_FASTEST = 1e9  # a rate above this is no measurement
_TORCH_BYTES, _PLAIN_BYTES = 600e6, 120e6  # what the interpreter holds with its libraries loaded


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run will take.

    Attributes:
        seconds: of computing, loading and fetching not counted.
        memory_bytes: the most the process will hold.
        size: (height, width) of the result.
        models: weights it needs, in the order of the stages.
        measured: whether the time stands on earlier runs on this machine or is a first guess.
    """

    seconds: float
    memory_bytes: float
    size: tuple[int, int]
    models: tuple[str, ...]
    measured: bool


def stage_costs(
    recipe: Recipe, height: int, width: int, config: Config | None = None
) -> list[tuple[Cost, tuple[int, int]]]:
    """For each step its cost and the size (height, width) it makes of the picture.

    With ``config`` a model that stands for several is the one that this machine has.
    """
    costs = []
    for step in recipe.stages:
        cost = step.runs.cost(step.settings if config is None else _settled(step, config), height, width)
        height, width = step.runs.output_size(step.settings, height, width)
        costs.append((cost, (height, width)))
    return costs


def estimate(recipe: Recipe, height: int, width: int, config: Config) -> Estimate:
    """What ``recipe`` will take for a picture of that size on this machine."""
    costs = stage_costs(recipe, height, width, config)
    models = tuple(dict.fromkeys(name for step in recipe.stages for name in step.runs.models(step.settings)))
    rates = _rates(config)
    seconds, measured = 0.0, True
    for step, (cost, _) in zip(recipe.stages, costs, strict=True):
        rate = rates.get(step.stage)
        measured = measured and rate is not None
        seconds += cost.giga_multiply_adds / (rate or _guess(config))
    sizes = [(height, width), *(size for _, size in costs)]
    held = (
        max(
            (12 * (a[0] * a[1] + b[0] * b[1]) + cost.memory_bytes)
            for a, b, (cost, _) in zip(sizes, sizes[1:], costs, strict=False)
        )
        if costs
        else 12 * height * width
    )
    held += _TORCH_BYTES if models else _PLAIN_BYTES
    return Estimate(seconds, held, sizes[-1], models, measured and bool(costs))


def _settled(step: Step, config: Config) -> Any:
    """The settings of a step with the model that its own stands for here."""
    several = [name for name in step.runs.models(step.settings) if name in ALTERNATIVES]
    return step.settings.model_copy(update={"model": resolve_alias(several[0], config)}) if several else step.settings


def check_sizes(recipe: Recipe, height: int, width: int, config: Config) -> None:
    """Refuse a recipe that would make more of a picture than the machine's limit allows.

    Raises:
        UsageError: the sentence names the size and the limit.
    """
    limit = config.max_output_megapixels
    for _, (made_height, made_width) in stage_costs(recipe, height, width):
        if made_height * made_width / 1e6 > limit:
            raise ResultTooLarge(width=made_width, height=made_height, limit=limit)


def learn(stage: str, cost: Cost, seconds: float, config: Config) -> None:
    """Remember how fast this machine ran a stage; the newest run counts a third."""
    if cost.giga_multiply_adds < 5 or seconds <= 0:
        return  # too short to say anything
    rates = _rates(config)
    rate = cost.giga_multiply_adds / seconds
    rates[stage] = rate if stage not in rates else rates[stage] + (rate - rates[stage]) / 3
    try:
        with atomic_file(_file(config)) as temporary:
            temporary.write_text(json.dumps(rates), encoding="utf-8")
    except OutputError:
        return  # estimates then stay guesses; a cache folder that cannot be written must not stop a restoration


def _guess(config: Config) -> float:
    return _GUESS_GPU if config.device.startswith("cuda") else _GUESS_PER_CORE * (os.cpu_count() or 1)


def _file(config: Config) -> Path:
    return config.cache_dir / f"speed-{config.device.replace(':', '')}-{config.precision}.json"


def _rates(config: Config) -> dict[str, float]:
    try:
        data: Any = json.loads(_file(config).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):  # ValueError: no UTF-8, no JSON
        return {}
    known = data.items() if isinstance(data, dict) else ()
    return {str(k): float(v) for k, v in known if isinstance(v, int | float) and 0 < v < _FASTEST}
