"""Frame rate: makes the frames between with RIFE (see ``video.frame_rate``)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from restoration_studio.image.picture import Picture
from restoration_studio.stages.base import setting
from restoration_studio.video.steps.base import StepContext, VideoStep, VideoStepSettings
from restoration_studio.video.stream import FrameStream, StepStream

if TYPE_CHECKING:
    from fractions import Fraction

    from restoration_studio.video.frame_rate import Interpolate
    from restoration_studio.video.probe import VideoInfo

RIFE = "rife"


class FrameRateSettings(VideoStepSettings):
    rate: str = setting(
        "",
        "Another frame rate: 24, 30000/1001 or 2x; RIFE makes the frames between, the sound stays as it is.",
        title="Frames a second",
        keyword="frame_rate",
        choices=("24", "25", "30", "50", "60", "2x"),
        max_length=40,
    )


class FrameRate(VideoStep[FrameRateSettings]):
    name = "frame_rate"
    title = "Frame rate"
    summary = "Makes the frames between with RIFE; cuts are never blended."
    flag = "frame_rate"
    main = "rate"
    other_flags: ClassVar = {"rate": "--fps"}
    Settings: ClassVar = FrameRateSettings

    def models(self, settings: FrameRateSettings) -> tuple[str, ...]:
        return (RIFE,)

    def check(self, settings: FrameRateSettings, info: VideoInfo) -> None:
        from restoration_studio.video.frame_rate import parse_rate

        parse_rate(settings.rate, info.frame_rate)

    def apply(self, frames: FrameStream, settings: FrameRateSettings, context: StepContext) -> StepStream:
        from restoration_studio.video.frame_rate import parse_rate

        return _Resampled(frames, parse_rate(settings.rate, frames.rate), _rife(context))


class _Resampled(StepStream):
    """The frames at another rate, numbered anew."""

    def __init__(self, source: FrameStream, rate: Fraction, interpolate: Interpolate) -> None:
        from restoration_studio.video.frame_rate import make_timeline

        super().__init__(source)
        self._timeline, self._between = make_timeline(source.analysis, source.time_base, rate), interpolate
        self.analysis = self._timeline.analysis
        self.time_base, self.rate = self._timeline.time_base, self._timeline.rate

    def read(self, first: int, stop: int) -> Iterator[Picture]:
        from restoration_studio.video.frame_rate import resample_frames, source_range

        span = source_range(self._timeline, first, stop, self.source.analysis.frames)
        return resample_frames(self.source.read(*span), self._timeline, first, stop, self._between)

    def shot_of(self, number: int) -> int:
        return self.source.shot_of(self._timeline.origin[number])


def _rife(context: StepContext) -> Interpolate:
    """Makes the frame between two others."""
    import numpy as np

    def interpolate(before: Picture, after: Picture, share: float) -> Picture:
        context.check_cancelled()
        network = context.model(RIFE)
        both = np.concatenate((before.pixels, after.pixels), axis=2)
        middle = before.with_(pixels=np.ascontiguousarray(network(both, share)))
        if before.alpha is None or after.alpha is None:
            return middle
        return middle.with_(alpha=before.alpha + np.float32(share) * (after.alpha - before.alpha))

    return interpolate
