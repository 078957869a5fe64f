"""What is done to films alone, in the order it is done: these steps look at several frames at once, or make new ones.

They describe themselves as stages do, so that flags, keywords, sliders and records are made from the same table.
A recipe keeps them apart from its stages, since a picture has none of them.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from restoration_studio.stages.base import setting

RIFE, RAFT = "rife", "raft-things"


class VideoStepSettings(BaseModel):
    """The settings of one step."""

    model_config = ConfigDict(extra="forbid", frozen=True)


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


class DirtSettings(VideoStepSettings):
    strength: float = setting(
        1.0,
        "How much of the repair of dirt, dust and hairs on single frames is laid over the film.",
        title="Strength",
        keyword="dirt",
        step=0.05,
        ge=0.0,
        le=1.0,
    )
    sensitivity: float = setting(
        0.6,
        "1 finds fainter dirt, and takes a little more of what moves for it.",
        title="Sensitivity",
        step=0.05,
        ge=0.0,
        le=1.0,
    )
    motion: Literal["dis", "raft"] = setting(
        "dis",
        "dis finds motion fast; raft is a network that follows fast motion better and takes seconds a frame without "
        "a graphics card.",
        title="Motion",
        advanced=True,
    )


class FrameRateSettings(VideoStepSettings):
    rate: str = setting(
        "",
        "Another frame rate: 24, 30000/1001 or 2x; RIFE makes the frames between, the sound stays as it is.",
        title="Frames a second",
        keyword="frame_rate",
        choices=("24", "25", "30", "50", "60", "2x"),
        max_length=40,
    )


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


class VideoStep:
    """One step: for people and programs what a stage is, but for how it runs (see ``film``)."""

    def __init__(
        self, name: str, title: str, summary: str, settings: type[VideoStepSettings], main: str = "strength"
    ) -> None:
        self.name, self.title, self.summary, self.flag = name, title, summary, name
        self.Settings: type[Any] = settings
        self.main = main  # the setting that switches it on, and off with 0 or nothing
        self.always_said = name == "steady_colour"  # a recipe names it when it is off too: it is on where of use

    def wanted(self, settings: VideoStepSettings) -> bool:
        """Whether the step does anything with these settings."""
        return bool(getattr(settings, self.main))

    def models(self, settings: VideoStepSettings) -> tuple[str, ...]:
        """The catalogue names of the networks it takes."""
        if isinstance(settings, FrameRateSettings):
            return (RIFE,)
        return (RAFT,) if isinstance(settings, DirtSettings) and settings.motion == "raft" else ()


class VideoSteps(BaseModel):
    """The steps of a recipe by name; None where one is not part of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    deflicker: DeflickerSettings | None = None
    dirt: DirtSettings | None = None
    frame_rate: FrameRateSettings | None = None
    steady_colour: SteadyColourSettings | None = None

    def items(self) -> list[tuple[VideoStep, Any]]:
        """Every step that does something, with its settings, in running order."""
        pairs = [(step, getattr(self, step.name)) for step in VIDEO_STEPS]
        return [(step, settings) for step, settings in pairs if settings is not None and step.wanted(settings)]


VIDEO_STEPS: tuple[VideoStep, ...] = (
    VideoStep(
        "deflicker", "Steady brightness", "Takes the brightness flicker of old films away, shot by shot.",
        DeflickerSettings,
    ),
    VideoStep(
        "dirt", "Dirt", "Repairs dirt, dust and hairs that lie on a single frame from the frames beside it.",
        DirtSettings,
    ),
    VideoStep(
        "frame_rate", "Frame rate", "Makes the frames between with RIFE; cuts are never blended.",
        FrameRateSettings, "rate",
    ),
    VideoStep(
        "steady_colour", "Steady colours", "Holds the colours that a film is given steady within each shot.",
        SteadyColourSettings,
    ),
)  # fmt: skip
