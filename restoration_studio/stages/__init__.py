"""The stages in running order. A new stage is one new file and one line in ``STAGES``."""

from __future__ import annotations

import difflib
from typing import Any

from restoration_studio.errors import RecipeError
from restoration_studio.stages.base import Stage
from restoration_studio.stages.colorize import Colorize
from restoration_studio.stages.denoise import Denoise
from restoration_studio.stages.detail import Detail
from restoration_studio.stages.faces import Faces
from restoration_studio.stages.grain import GrainStage
from restoration_studio.stages.inpaint import Inpaint
from restoration_studio.stages.super_resolution import SuperResolution

STAGES: tuple[Stage[Any], ...] = (
    Inpaint(),
    Denoise(),
    SuperResolution(),
    Faces(),
    Colorize(),
    Detail(),
    GrainStage(),
)


def get_stage(name: str) -> Stage[Any]:
    """The stage a recipe calls ``name``.

    Raises:
        RecipeError: there is none; the message lists those there are.
    """
    for stage in STAGES:
        if stage.name == name:
            return stage
    names = [stage.name for stage in STAGES]
    close = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean '{close[0]}'" if close else f"the stages are {', '.join(names)}"
    raise RecipeError(f"stage '{name}' is unknown; {hint}?" if close else f"stage '{name}' is unknown; {hint}.")
