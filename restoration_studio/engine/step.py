"""One step of a recipe on one picture: the stage, its size, its opacity and region, grey kept grey."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from restoration_studio.context import StageContext
from restoration_studio.engine.blend import blended, kept_grey
from restoration_studio.engine.colour_contract import held
from restoration_studio.engine.recipe import Step
from restoration_studio.errors import RestorationError
from restoration_studio.image.picture import Picture


class InputHistory:
    """What stages may look back at while a recipe runs on a picture: it as it came, and as it was last before its
    size was changed. Each is kept only for a stage that looks at it: a large picture's memory is needed.
    """

    def __init__(self, steps: Iterable[Step], picture: Picture) -> None:
        steps = list(steps)
        self._came_as = (picture.height, picture.width)
        self._original = picture if any(step.runs.needs_original for step in steps) else None
        self._unenlarged = picture if any(step.runs.needs_unenlarged for step in steps) else None

    def give(self, context: StageContext) -> StageContext:
        """``context`` with both, for the next step."""
        context.came_as = self._came_as
        context.original, context.unenlarged = self._original, self._unenlarged
        return context

    def passed(self, picture: Picture) -> None:
        """To be called with what each step made."""
        if self._unenlarged is not None and picture.pixels.shape == self._unenlarged.pixels.shape:
            self._unenlarged = picture


def said(step: Step, context: StageContext, seconds: float) -> dict[str, Any]:
    """What is kept of one stage's run in the stats and the record."""
    return {
        "stage": step.stage,
        "title": step.runs.title,
        "settings": step.model_dump(),
        "pinned": dict(context.pinned),
        "seconds": round(seconds, 3),
        "cached": False,
        "notes": list(dict.fromkeys(context.notes)),
        "figures": dict(context.figures),
        "models": model_records(context),
    }


def model_records(context: StageContext) -> list[dict[str, Any]]:
    """What is kept of the networks that were used."""
    return [
        {"name": m.name, "sha256": m.sha256, "source": m.source, "scale": m.scale, "bytes": m.size_bytes}
        for m in context.used
    ]


def run_step(picture: Picture, step: Step, context: StageContext, upright_size: tuple[int, int]) -> Picture:
    """What ``step`` makes of ``picture``; ``upright_size`` is (height, width) that regions count in.

    Raises:
        RestorationError: the stage cannot do its work, or made another size than it said.
    """
    return _finished(picture, step.runs.run(picture, step.settings, context), step, context, upright_size)


def run_step_on_frames(
    frames: list[Picture], step: Step, contexts: Sequence[StageContext], upright_size: tuple[int, int]
) -> list[Picture]:
    """``run_step`` for consecutive frames of a video, with a context for each."""
    results = step.runs.run_frames(frames, step.settings, contexts)
    return [
        _finished(before, after, step, context, upright_size)
        for before, after, context in zip(frames, results, contexts, strict=True)
    ]


def _finished(
    picture: Picture, made: Picture, step: Step, context: StageContext, upright_size: tuple[int, int]
) -> Picture:
    stage = step.runs
    expected = stage.output_size(step.settings, picture.height, picture.width)
    if (made.height, made.width) != expected:
        raise RestorationError(
            f"the stage {stage.name} made {made.width}x{made.height} pixels, not {expected[1]}x{expected[0]}."
        )
    if stage.keeps_colours(step.settings):
        made = held(picture, made, context)
    made = blended(picture, made, step.settings, upright_size)
    return kept_grey(made) if picture.grey and stage.keeps_grey else made
