"""Several outcomes to choose from: one recipe with other methods of filling, and other seeds, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from restoration_studio.engine.errors import OutcomeCountOutOfRange, OutcomesOfNothing, TooFewOutcomes
from restoration_studio.engine.recipe import Recipe, Step
from restoration_studio.files import atomic_file
from restoration_studio.inpainting.methods import METHODS, get_method
from restoration_studio.progress import Task

if TYPE_CHECKING:
    from restoration_studio.config import Config
    from restoration_studio.engine.engine import Engine

MOST = 16
_RADII = (1.0, 2.0, 4.0, 8.0)  # times the recipe's own, for methods that have nothing else to vary


@dataclass(frozen=True, slots=True)
class Variant:
    """One outcome to be made: its recipe and what sets it apart, for people."""

    recipe: Recipe
    label: str


def variants(
    recipe: Recipe, count: int, *, methods: Sequence[str] | str = (), config: Config | None = None
) -> list[Variant]:
    """``count`` recipes that fill the same holes differently: each method once, then again with other seeds.

    Args:
        recipe: has an inpainting stage.
        methods: names to take turns, or a text with commas between them; when not given the recipe's own, alone
            where it draws by seed, else followed by those whose weights are on this machine.

    Raises:
        UsageError: the recipe does not fill anything, the count is out of range, or the methods do not give that
            many different outcomes.
    """
    if not 1 <= count <= MOST:
        raise OutcomeCountOutOfRange(most=MOST, count=count)
    step = next((step for step in recipe.stages if step.runs.fills), None)
    if step is None:
        raise OutcomesOfNothing()
    settings: Any = step.settings
    given = methods.split(",") if isinstance(methods, str) else methods
    names = list(dict.fromkeys(name.strip() for name in given if name.strip())) or _usual(settings, config)
    outcomes: list[Variant] = []
    for turn in range(count):
        for name in names:
            variant = _variant(recipe, step, name, turn, own=name == settings.method)
            if variant is not None and len(outcomes) < count:
                outcomes.append(variant)
    if len(outcomes) < count:
        raise TooFewOutcomes(methods=tuple(names), possible=len(outcomes), count=count)
    return outcomes


def _usual(settings: Any, config: Config | None) -> list[str]:
    own = get_method(settings.method)
    if own.seeded:
        return [own.name]
    others = [name for name, method in METHODS.items() if name != own.name and method.is_here(config)]
    return [own.name, *others]


def _variant(recipe: Recipe, step: Step, name: str, turn: int, *, own: bool) -> Variant | None:
    """The outcome of one method at its ``turn``, or None where it has no other to give."""
    method = get_method(name)
    settings: Any = step.settings
    changes: dict[str, Any] = {"method": method.name}
    if not own:
        changes["model"] = ""  # another method's weights
    label, seed = method.title, recipe.seed
    if turn and method.seeded:
        seed = recipe.seed + turn
    elif turn and method.uses_radius and turn < len(_RADII) and settings.radius * _RADII[turn] <= 50:
        changes["radius"] = settings.radius * _RADII[turn]
        label += f", radius {changes['radius']:g}"
    elif turn:
        return None
    if method.seeded:
        label += f", seed {seed}"
    filled = Step(stage=step.stage, settings=type(settings).model_validate(dict(settings) | changes))
    stages = tuple(filled if one is step else one for one in recipe.stages)
    return Variant(recipe.model_copy(update={"stages": stages, "seed": seed}), label)


def outcome_paths(target: Path, count: int) -> tuple[list[Path], Path]:
    """Where the outcomes and their contact sheet go: ``photo_1.png``, ``photo_2.png``, … and ``photo_outcomes.png``."""
    files = [target.with_name(f"{target.stem}_{number}{target.suffix}") for number in range(1, count + 1)]
    return files, target.with_name(f"{target.stem}_outcomes.png")


def write_outcomes(
    engine: Engine, source: Path, target: Path, outcomes: Sequence[Variant], *, task: Task
) -> tuple[list[dict[str, Any]], Path]:
    """Write every outcome with its record, and the contact sheet; gives the stats of each and the sheet's path.

    Raises:
        RestorationError: one cannot be made; those before it stay.
    """
    from PIL import Image

    from restoration_studio.image.contact_sheet import make_contact_sheet
    from restoration_studio.image.read import read_picture

    files, sheet = outcome_paths(target, len(outcomes))
    stats = []
    task.begin(len(outcomes))
    for number, (variant, path) in enumerate(zip(outcomes, files, strict=True)):
        stages = len(variant.recipe.stages)
        with task.task(variant.label, total=stages, unit="stage", index=number, count=len(outcomes)) as one:
            # Of each result its record alone is kept: the picture's memory is needed for the next.
            record = engine.restore_file(source, path, variant.recipe, task=one).to_record()
        stats.append(record | {"label": variant.label})
    limit = engine.config.max_input_megapixels
    pictures = [read_picture(source, max_megapixels=limit).pixels]
    pictures += [read_picture(path, max_megapixels=engine.config.max_output_megapixels).pixels for path in files]
    labels = ["as it came", *(f"{number}. {variant.label}" for number, variant in enumerate(outcomes, 1))]
    page = make_contact_sheet(pictures, labels, cell=700)
    with atomic_file(sheet) as temporary:
        Image.fromarray(page).save(temporary)
    return stats, sheet
