"""What a step is: something done to a video alone, that looks at several frames at once or makes new ones.

Steps describe themselves as stages do, so that flags, keywords, sliders and records are made from the same table, and
act by one method from a stream of frames to another. A recipe keeps them apart from its stages, since a picture has
none of them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

from restoration_studio.context import StageContext
from restoration_studio.stages.base import Stage, StageSettings
from restoration_studio.video.stream import FrameStream, GreyFrames, StepStream

if TYPE_CHECKING:
    from restoration_studio.video.analysis import FrameAnalyzer
    from restoration_studio.video.probe import VideoInfo


class VideoStepSettings(BaseModel):
    """The settings of one step."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


@dataclass(frozen=True, slots=True)
class RunningStage:
    """A stage of the recipe with its settings, and the context of this run that its record is made from."""

    stage: Stage[Any]
    settings: StageSettings
    context: StageContext


@dataclass(slots=True)
class StepContext(StageContext):
    """What a run hands to a step beside its frames and settings: as a stage is given, and the stages that follow."""

    stages: Sequence[RunningStage] = ()


S = TypeVar("S", bound=VideoStepSettings)


class VideoStep(ABC, Generic[S]):
    """One step. Instances keep no state: what a run needs to remember is in the stream that ``apply`` makes."""

    name: ClassVar[str]  # in recipes: "frame_rate"
    title: ClassVar[str]  # for people: "Frame rate"
    summary: ClassVar[str]  # one sentence
    flag: ClassVar[str]  # on the command line: --dirt, --dirt-...
    Settings: ClassVar[type[Any]]  # a VideoStepSettings
    main: ClassVar[str] = "strength"  # the setting that switches it on, and off with 0 or nothing
    other_flags: ClassVar[Mapping[str, str]] = {}  # by a setting, a second name of its flag: {"rate": "--fps"}
    always_recorded: ClassVar[bool] = False  # a recipe names it when it is off too: it is on by itself where of use
    before_grey: ClassVar[bool] = False  # it takes frames of a grey video with the stray chroma of their codec

    def is_active(self, settings: S) -> bool:
        """Whether the step does anything with these settings."""
        return bool(getattr(settings, self.main))

    def models(self, settings: S) -> tuple[str, ...]:
        """The catalogue names of the networks a run with ``settings`` loads."""
        return ()

    def settings_for(self, stages: Sequence[Stage[Any]]) -> S | None:
        """The settings it takes with a recipe of these stages that does not name it; None to leave it out."""
        return None

    def check(self, settings: S, info: VideoInfo) -> None:
        """Refuse, before any work, settings that do not fit a video.

        Raises:
            UsageError: they do not.
        """
        return None

    def analyzer(self, settings: S) -> FrameAnalyzer | None:
        """What looks at every frame, small, before the first is restored; its findings are kept under the step's
        name in ``VideoAnalysis.findings``."""
        return None

    @abstractmethod
    def apply(self, frames: FrameStream, settings: S, context: StepContext) -> StepStream | None:
        """The step's stream of frames, made from that of the step before it; None where there is nothing to do."""


@dataclass(slots=True)
class ActiveStep:
    """A step of a recipe in a run.

    Attributes:
        stream: what it makes, from ``begin`` on.
    """

    step: VideoStep[Any]
    settings: Any
    context: StepContext
    stream: StepStream | None = field(default=None, init=False)

    def begin(self, frames: FrameStream) -> FrameStream:
        """The frames as the step makes them."""
        self.stream = self.step.apply(frames, self.settings, self.context)
        return frames if self.stream is None else self.stream

    def prepare(self, number: int, stage: Stage[Any], context: StageContext) -> None:
        """See ``StepStream.prepare``."""
        if self.stream is not None:
            self.stream.prepare(number, stage, context)

    def notes(self) -> list[str]:
        """Sentences for the record and the person, once the run is over."""
        return [*self.context.notes, *(self.stream.notes() if self.stream is not None else ())]


def analyzers(steps: Sequence[ActiveStep]) -> Mapping[str, FrameAnalyzer]:
    """What the steps want to look at the frames with, by the steps' names."""
    wanted = {active.step.name: active.step.analyzer(active.settings) for active in steps}
    return {name: analyzer for name, analyzer in wanted.items() if analyzer is not None}


def apply_steps(frames: FrameStream, steps: Sequence[ActiveStep]) -> FrameStream:
    """The frames as all steps make them, in running order; a grey video's without stray chroma."""
    for active in steps:
        if active.step.before_grey:
            frames = active.begin(frames)
    if frames.analysis.grey:
        frames = GreyFrames(frames)
    for active in steps:
        if not active.step.before_grey:
            frames = active.begin(frames)
    return frames
