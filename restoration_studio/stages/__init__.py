"""The stages in running order. A new stage is one new file and one line in ``STAGES``."""

from __future__ import annotations

from typing import Any

from restoration_studio.stages.base import Stage
from restoration_studio.stages.colorize import Colorize
from restoration_studio.stages.denoise import Denoise
from restoration_studio.stages.detail import Detail
from restoration_studio.stages.errors import UnknownStage
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
        UnknownStage: there is none.
    """
    for stage in STAGES:
        if stage.name == name:
            return stage
    raise UnknownStage(stage=name, known=tuple(stage.name for stage in STAGES))
