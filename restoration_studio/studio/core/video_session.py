"""What the page remembers of a visitor's film: the upload, what was ordered, the running job, results."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from restoration_studio.engine.recipe import Recipe
from restoration_studio.files import output_error
from restoration_studio.studio.core.jobs import DONE, Job
from restoration_studio.studio.core.video_overview import LoadedVideo, look_at
from restoration_studio.studio.core.video_store import Workspace
from restoration_studio.studio.error_wording import files_named
from restoration_studio.video.encode import EncodingOptions, choose_encoding
from restoration_studio.video.frame_rate import parse_rate
from restoration_studio.video.probe import VIDEO_SUFFIXES, VideoInfo

_CRF_STEPS = {"smaller file": {"h264": 23.0, "h265": 25.0, "vp9": 32.0, "av1": 32.0},
              "finer": {"h264": 14.0, "h265": 16.0, "vp9": 18.0, "av1": 18.0}}  # fmt: skip
QUALITIES = ("smaller file", "usual", "finer")


@dataclass(frozen=True, slots=True)
class VideoRequest:
    """What was asked for; ``codec`` as ``RestorationPipeline.restore_video`` takes it."""

    recipe: Recipe
    suffix: str
    codec: str = "auto"
    quality: str = "usual"
    part: tuple[float, float] | None = None  # seconds; None for all of it
    ignore_alpha: bool = False

    @property
    def nothing(self) -> bool:
        """Nothing would be restored."""
        return not self.recipe.stages and not self.recipe.video.items()

    def options(self, info: VideoInfo) -> EncodingOptions:
        crf = _CRF_STEPS.get(self.quality, {}).get(self.settled_codec(info))
        return EncodingOptions(self.codec, crf, None, self.ignore_alpha)

    def settled_codec(self, info: VideoInfo) -> str:
        plain = EncodingOptions(self.codec, ignore_alpha=self.ignore_alpha)
        return choose_encoding(info, plain, Path(f"film{self.suffix}"), info.upright_size).codec

    def keywords(self, info: VideoInfo) -> dict[str, Any]:
        """For ``RestorationPipeline.restore_video``, but for the part."""
        options = self.options(info)
        return {"codec": options.codec, "crf": options.crf, "ignore_alpha": self.ignore_alpha}

    def span(self, video: LoadedVideo) -> float:
        """Seconds of film."""
        return self.part[1] - self.part[0] if self.part else video.length

    def frames(self, video: LoadedVideo) -> tuple[int, int]:
        """About how many frames are restored, and how many the result has."""
        result_rate, other = video.frame_rate, self.recipe.video.frame_rate
        if other is not None and other.rate:
            result_rate = float(parse_rate(other.rate, video.info.frame_rate))
        return max(1, round(self.span(video) * video.frame_rate)), max(1, round(self.span(video) * result_rate))


@dataclass(frozen=True, slots=True)
class Preview:
    """A few seconds from the middle, before and after."""

    request: VideoRequest
    seconds: float
    before: Path
    after: Path
    stats: dict[str, Any]


@dataclass(frozen=True, slots=True)
class RestoredVideo:
    """A restored film; ``poster`` and ``sheet`` are JPEG files."""

    request: VideoRequest
    path: Path
    stats: dict[str, Any]
    poster: bytes
    sheet: bytes


@dataclass(eq=False)
class VideoVisit:
    """All of a visitor's film work.

    Attributes:
        begun: what the last run was asked for, kept while it can be gone on with.
        runs: how many runs were begun anew; each has a folder of its own, so that a result stays until the next is
            there.
        settings: how the page's controls stood last, as another page makes the browser forget them.
        uploads: how many films were opened, for the name of the upload field: a new one lets go of the old file.
    """

    space: Workspace = field(default_factory=Workspace)
    video: LoadedVideo | None = None
    job: Job | None = None
    begun: VideoRequest | None = None
    runs: int = 0
    progress: Any = None  # of the run that can be gone on with
    preview: Preview | None = None
    result: RestoredVideo | None = None
    settings: VideoRequest | None = None
    problem: str = ""
    uploads: int = 0

    def collect(self) -> None:
        """Take a finished job's result or its reason for failing."""
        job = self.job
        if job is None or job.active:
            return
        self.job, self.problem = None, job.message
        if job.state == DONE and isinstance(job.result, Preview):
            self.preview = job.result
        elif job.state == DONE:
            if self.result is not None:
                self.space.discard(self.result.path.parent.name)
            self.result, self.begun, self.progress = job.result, None, None
        elif self.begun is not None and job.progress is not None and job.progress.task.unit == "frame":
            self.progress = job.progress

    @property
    def run_name(self) -> str:
        """The folder of the last run, within ``space``."""
        return f"run-{self.runs}"

    def forget_run(self) -> None:
        """Let go of a run that could be gone on with, and what it has on disk."""
        if self.begun is not None:
            self.space.discard(self.run_name)
        self.begun = self.progress = None


def open_video_file(visit: VideoVisit, name: str, stream: IO[bytes]) -> None:
    """Keep an uploaded film on disk and look at it; the visit then works on it alone.

    Raises:
        InputError: it is no film that can be read.
        OutputError: it cannot be kept.
    """
    suffix = Path(name).suffix.lower()
    path = visit.space.fresh("upload") / f"film{suffix if suffix in VIDEO_SUFFIXES else '.film'}"
    visit.forget_run()
    visit.space.discard("preview")
    if visit.result is not None:
        visit.space.discard(visit.result.path.parent.name)
    visit.video = visit.preview = visit.result = visit.settings = None
    with files_named({path: Path(name).name}):
        try:
            with open(path, "wb") as target:
                shutil.copyfileobj(stream, target, 1 << 20)
        except OSError as error:
            raise output_error(path, error) from error
        visit.video = look_at(Path(name).name, path)
