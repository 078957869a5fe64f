"""Steady colour: holds colours that a stage guesses frame by frame steady in a shot (see ``video.steady_colour``)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from restoration_studio.context import StageContext
from restoration_studio.image.picture import Picture
from restoration_studio.stages.base import Stage, setting
from restoration_studio.video.steps.base import RunningStage, StepContext, VideoStep, VideoStepSettings
from restoration_studio.video.stream import FrameStream, StepStream


class SteadyColourSettings(VideoStepSettings):
    strength: float = setting(
        1.0,
        "How steady colours that were given to a film are held within a shot; 0 leaves every frame its own.",
        title="Strength",
        keyword="steady_colour",
        step=0.05,
        ge=0.0,
        le=1.0,
    )


class SteadyColour(VideoStep[SteadyColourSettings]):
    name = "steady_colour"
    title = "Steady colours"
    summary = "Holds the colours that a film is given steady within each shot."
    flag = "steady_colour"
    always_recorded = True
    Settings: ClassVar = SteadyColourSettings

    def settings_for(self, stages: Sequence[Stage[Any]]) -> SteadyColourSettings | None:
        return SteadyColourSettings() if any(stage.guesses_colours for stage in stages) else None

    def apply(self, frames: FrameStream, settings: SteadyColourSettings, context: StepContext) -> StepStream | None:
        guessing = next((running for running in context.stages if running.stage.guesses_colours), None)
        return None if guessing is None else _Followed(frames, settings.strength, guessing)


class _Followed(StepStream):
    """The frames as they are; their colours are ready before each."""

    def __init__(self, source: FrameStream, strength: float, guessing: RunningStage) -> None:
        from restoration_studio.video.steady_colour import SteadyColours

        super().__init__(source)
        stage, chosen, context = guessing.stage, guessing.settings, guessing.context
        self._colours = SteadyColours(strength, lambda picture: stage.guess_colours(picture, chosen, context))

    def read(self, first: int, stop: int) -> Iterator[Picture]:
        from restoration_studio.video.steady_colour import REACH

        # The frames round about are looked at as well, as far as their shots reach.
        low, high = first, stop
        while low > max(0, first - REACH) and self.shot_of(low - 1) == self.shot_of(first):
            low -= 1
        while high < min(self.analysis.frames, stop + REACH) and self.shot_of(high) == self.shot_of(stop - 1):
            high += 1
        return self._colours.follow(self.source.read(low, high), low, first, stop, self.shot_of)

    def prepare(self, number: int, stage: Stage[Any], context: StageContext) -> None:
        if stage.guesses_colours:
            context.colours = self._colours.ready.pop(number, None)
