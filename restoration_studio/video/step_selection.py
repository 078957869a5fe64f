"""The steps of a recipe: which of ``VIDEO_STEPS`` it has, with their settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, create_model

from restoration_studio.video.steps import VIDEO_STEPS
from restoration_studio.video.steps.base import VideoStep


class _Selection(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    def items(self) -> list[tuple[VideoStep[Any], Any]]:
        """Every step that does something, with its settings, in running order."""
        pairs = [(step, getattr(self, step.name)) for step in VIDEO_STEPS]
        return [(step, settings) for step, settings in pairs if settings is not None and step.is_active(settings)]


if TYPE_CHECKING:

    class VideoSteps(_Selection):
        """The steps of a recipe by name; None where one is not part of it."""

        def __getattr__(self, name: str) -> Any: ...

else:
    VideoSteps = create_model(
        "VideoSteps",
        __base__=_Selection,
        __module__=__name__,
        __doc__="The steps of a recipe by name; None where one is not part of it.",
        **{step.name: (step.Settings | None, None) for step in VIDEO_STEPS},
    )
