"""One step of a recipe on one picture: the stage, its size, its opacity and region, grey kept grey."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from restoration_studio.context import StageContext
from restoration_studio.engine.blend import blend_with_input, make_grey
from restoration_studio.engine.colour_contract import hold_colours
from restoration_studio.engine.errors import WrongOutputSize
from restoration_studio.engine.recipe import Step
from restoration_studio.image.picture import Picture


class InputHistory:
    """What stages may look back at while a recipe runs on a picture: it as it came, and as it was last before its
    size was changed. Each is kept only for a stage that looks at it: a large picture's memory is needed.
    """

    def __init__(self, steps: Iterable[Step], picture: Picture) -> None:
        steps = list(steps)
        self._input_size = (picture.height, picture.width)
        self._original = picture if any(step.runs.needs_original for step in steps) else None
        self._unenlarged = picture if any(step.runs.needs_unenlarged for step in steps) else None

    def fill_in(self, context: StageContext) -> StageContext:
        """``context`` with both, for the next step."""
        context.input_size = self._input_size
        context.original, context.unenlarged = self._original, self._unenlarged
        return context

    def advance(self, picture: Picture) -> None:
        """To be called with what each step made."""
        if self._unenlarged is not None and picture.pixels.shape == self._unenlarged.pixels.shape:
            self._unenlarged = picture


def run_step(
    picture: Picture, step: Step, context: StageContext, upright_size: tuple[int, int], *, keep_colours: bool = True
) -> Picture:
    """Run one step of a recipe on a picture.

    Args:
        upright_size: (height, width) of the picture as it came in, which regions count in.
        keep_colours: hold a stage that is not made to change colours to that.

    Raises:
        RestorationError: the stage cannot do its work, or made another size than it said.
    """
    changed = step.runs.run(picture, step.settings, context)
    return _finish(picture, changed, step, context, upright_size, keep_colours)


def run_step_on_frames(
    frames: list[Picture],
    step: Step,
    contexts: Sequence[StageContext],
    upright_size: tuple[int, int],
    *,
    keep_colours: bool = True,
) -> list[Picture]:
    """``run_step`` for consecutive frames of a video, with a context for each."""
    results = step.runs.run_frames(frames, step.settings, contexts)
    return [
        _finish(before, after, step, context, upright_size, keep_colours)
        for before, after, context in zip(frames, results, contexts, strict=True)
    ]


def _finish(
    picture: Picture,
    changed: Picture,
    step: Step,
    context: StageContext,
    upright_size: tuple[int, int],
    keep_colours: bool,
) -> Picture:
    """What the engine does to every stage's result: size, colours, opacity and region, grey kept grey."""
    stage = step.runs
    expected = stage.output_size(step.settings, picture.height, picture.width)
    if (changed.height, changed.width) != expected:
        raise WrongOutputSize(
            stage=stage.name,
            width=changed.width,
            height=changed.height,
            expected_width=expected[1],
            expected_height=expected[0],
        )
    if keep_colours and stage.keeps_colours(step.settings):
        changed = hold_colours(picture, changed, context)
    changed = blend_with_input(picture, changed, step.settings, upright_size)
    return make_grey(changed) if picture.grey and stage.keeps_grey else changed
