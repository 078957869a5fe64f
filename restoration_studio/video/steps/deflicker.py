"""Deflicker: takes the flicker of an old film's brightness away, shot by shot (see ``video.flicker``)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from restoration_studio.image.picture import Picture
from restoration_studio.stages.base import setting
from restoration_studio.video.steps.base import StepContext, VideoStep, VideoStepSettings
from restoration_studio.video.stream import FrameStream, StepStream

if TYPE_CHECKING:
    from restoration_studio.video.flicker import FlickerMeter


class DeflickerSettings(VideoStepSettings):
    strength: float = setting(
        1.0,
        "How much of an old film's flicker is taken away.",
        title="Strength",
        keyword="deflicker",
        step=0.05,
        ge=0.0,
        le=1.0,
    )
    local: bool = setting(
        True,
        "Also steady parts of the frame that flicker by themselves.",
        title="Parts by themselves",
        advanced=True,
    )


class Deflicker(VideoStep[DeflickerSettings]):
    name = "deflicker"
    title = "Steady brightness"
    summary = "Takes the brightness flicker of old films away, shot by shot."
    flag = "deflicker"
    before_grey = True
    Settings: ClassVar = DeflickerSettings

    def analyzer(self, settings: DeflickerSettings) -> FlickerMeter:
        from restoration_studio.video.flicker import FlickerMeter

        return FlickerMeter()

    def apply(self, frames: FrameStream, settings: DeflickerSettings, context: StepContext) -> StepStream:
        return _Steadied(frames, settings)


class _Steadied(StepStream):
    def __init__(self, source: FrameStream, settings: DeflickerSettings) -> None:
        super().__init__(source)
        self._settings = settings
        # Brightness is steadied by less than a level of 8 bits: FFmpeg's dithering keeps that, rounding would not.
        self.deep = True

    def read(self, first: int, stop: int) -> Iterator[Picture]:
        from restoration_studio.video.flicker import apply_curve

        found = self.analysis.findings[Deflicker.name]
        for number, picture in enumerate(self.source.read(first, stop), first):
            places = found["places"][number] if self._settings.local else None
            curve, strength = found["curves"][number], self._settings.strength
            yield picture.with_(pixels=apply_curve(picture.pixels, curve, strength, False, places))
