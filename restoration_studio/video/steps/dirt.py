"""Dirt: repairs what lies on a single frame from the frames beside it (see ``video.dirt``)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Literal

from restoration_studio.image.picture import Picture
from restoration_studio.stages.base import setting
from restoration_studio.video.steps.base import StepContext, VideoStep, VideoStepSettings
from restoration_studio.video.stream import FrameStream, StepStream

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from restoration_studio.video.dirt_repair import DirtRepair
    from restoration_studio.video.motion import FindFlow

RAFT = "raft-things"


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


class Dirt(VideoStep[DirtSettings]):
    name = "dirt"
    title = "Dirt"
    summary = "Repairs dirt, dust and hairs that lie on a single frame from the frames beside it."
    flag = "dirt"
    Settings: ClassVar = DirtSettings

    def models(self, settings: DirtSettings) -> tuple[str, ...]:
        return (RAFT,) if settings.motion == "raft" else ()

    def apply(self, frames: FrameStream, settings: DirtSettings, context: StepContext) -> StepStream:
        from restoration_studio.video.dirt_repair import DirtRepair

        work = DirtRepair(settings.strength, settings.sensitivity)
        if settings.motion == "raft":
            work.find = _raft(context)
        return _Cleaned(frames, work)


class _Cleaned(StepStream):
    def __init__(self, source: FrameStream, work: DirtRepair) -> None:
        super().__init__(source)
        self._work = work

    def read(self, first: int, stop: int) -> Iterator[Picture]:
        from restoration_studio.video.dirt_repair import repair_frames

        low, high = max(0, first - 1), min(self.analysis.frames, stop + 1)
        return repair_frames(self.source.read(low, high), low, first, stop, self.shot_of, self._work)

    def notes(self) -> list[str]:
        work = self._work
        if not work.frames:
            return []
        return [f"dirt was repaired in {work.touched} of {work.frames} frames, {work.share:.3%} of their pixels."]


def _raft(context: StepContext) -> FindFlow:
    """Motion as the network RAFT finds it."""

    def find(frame: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
        from restoration_studio.networks.raft import estimate_flow

        context.check_cancelled()
        loaded = context.model(RAFT)
        return estimate_flow(loaded.network, loaded.device, frame, other)

    return find
