"""One step of a recipe on one picture: the stage, its size, its strength and region, grey kept grey."""

from __future__ import annotations

from errors import RestorationError
from media.picture import Picture
from pipeline.blend import blended, kept_grey
from pipeline.recipe import Step
from stages.base import Work


def run_step(picture: Picture, step: Step, work: Work, upright_size: tuple[int, int]) -> Picture:
    """What ``step`` makes of ``picture``; ``upright_size`` is (height, width) that regions count in.

    Raises:
        RestorationError: the stage cannot do its work, or made another size than it said.
    """
    return _finished(picture, step.runs.run(picture, step.settings, work), step, upright_size)


def run_step_on_frames(frames: list[Picture], step: Step, work: Work, upright_size: tuple[int, int]) -> list[Picture]:
    """``run_step`` for consecutive frames of a film."""
    made = step.runs.run_frames(frames, step.settings, work)
    return [_finished(before, after, step, upright_size) for before, after in zip(frames, made, strict=True)]


def _finished(picture: Picture, made: Picture, step: Step, upright_size: tuple[int, int]) -> Picture:
    stage = step.runs
    expected = stage.output_size(step.settings, picture.height, picture.width)
    if (made.height, made.width) != expected:
        raise RestorationError(
            f"the stage {stage.name} made {made.width}x{made.height} pixels, not {expected[1]}x{expected[0]}."
        )
    made = blended(picture, made, step.settings, upright_size)
    return kept_grey(made) if picture.grey and stage.keeps_grey else made
