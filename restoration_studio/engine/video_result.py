"""What became of a video's run: as typed data, all that is said of how it was made."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from restoration_studio.engine.recipe import Recipe
from restoration_studio.engine.result import ModelRecord, StageResult
from restoration_studio.video.analysis import Part
from restoration_studio.video.encode import EncodingOptions
from restoration_studio.video.probe import VideoInfo
from restoration_studio.video.run import VideoResult, encoding_record


@dataclass(frozen=True, slots=True)
class StepResult:
    """What one step that only videos have did.

    Attributes:
        name, title: of the step.
        settings: as JSON takes them.
        notes: sentences for the person.
        models: the networks that were used: name, sha256, source, scale and bytes of each.
    """

    name: str
    title: str
    settings: dict[str, Any]
    notes: tuple[str, ...]
    models: tuple[ModelRecord, ...]

    def to_record(self) -> dict[str, Any]:
        """As the record and the stats hold it."""
        return {
            "step": self.name,
            "title": self.title,
            "settings": self.settings,
            "notes": list(self.notes),
            "models": [dict(model) for model in self.models],
        }


@dataclass(frozen=True, slots=True)
class VideoRunResult:
    """A restored video and how it came about.

    Attributes:
        asked: the recipe as it was asked for, with what its stages add for videos.
        info, part, options: the video, which part of it was restored, and how the result was to be encoded.
        target: the result; ``target_sha256`` and ``target_bytes`` are of it.
        video: what ``video.run.run_video`` did.
        stages, steps: what each stage and each step that only videos have did, in running order.
        device, precision: where and in what number format networks ran.
        noise: by the number of a shot, the noise that its frames were freed of, in grey levels of 255.
        seconds: the whole run took.
    """

    asked: Recipe
    info: VideoInfo
    part: Part
    options: EncodingOptions
    target: Path
    target_sha256: str
    target_bytes: int
    video: VideoResult
    stages: tuple[StageResult, ...]
    steps: tuple[StepResult, ...]
    device: str
    precision: str
    noise: dict[int, float]
    seconds: float

    @property
    def recipe(self) -> dict[str, Any]:
        """As JSON takes it, with what "auto" became pinned where that depends on the machine."""
        ran = self.asked.dump()
        for index, stage in enumerate(self.stages):
            ran["stages"][index] |= stage.pinned
        if any(stage.models for stage in self.stages):
            ran["precision"] = self.precision
        return ran

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for the person, those of reading and writing first."""
        parts: tuple[StepResult | StageResult, ...] = (*self.steps, *self.stages)
        return (*self.video.notes, *dict.fromkeys(note for part in parts for note in part.notes))

    @property
    def duration(self) -> float:
        """Seconds that the result lasts."""
        analysis = self.video.analysis
        ticks = analysis.pts[-1] + analysis.last_duration - analysis.pts[0]
        return float(ticks * self.video.encoding.time_base)

    @property
    def frames_per_second(self) -> float | None:
        """Frames that were restored in a second; None where all were from an earlier run."""
        restored, spent = self.video.analysis.frames - self.video.resumed_frames, self.video.seconds["restore"]
        return round(restored / spent, 3) if restored and spent else None

    def to_record(self) -> dict[str, Any]:
        """As plain data; ``engine.record`` adds versions and writes it."""
        return {
            "recipe": self.recipe,
            "asked": self.asked.dump(),
            "input": self._input(),
            "output": self._output(),
            "stages": [stage.to_record() for stage in self.stages],
            "notes": list(self.notes),
            "device": self.device,
            "precision": self.precision,
            "metrics": {"flicker": {name: round(value, 3) for name, value in self._flicker().items()}},
            "film": self._film(),
            "seconds": self.seconds,
        }

    def _input(self) -> dict[str, Any]:
        info = self.info
        height, width = info.upright_size
        return {
            "file": str(info.path), "sha256": self.video.source_sha256, "width": width, "height": height,
            "bit_depth": info.bit_depth, "grey": self.video.analysis.grey, "alpha": info.alpha,
            "format": info.container, "codec": info.codec, "frame_rate": float(info.frame_rate or 0),
            "time_base": str(info.time_base), "rotation": info.rotation, "colour": asdict(info.colour),
            "tracks": [asdict(track) for track in info.tracks],
        }  # fmt: skip

    def _output(self) -> dict[str, Any]:
        encoding = self.video.encoding
        return {
            "file": str(self.target), "sha256": self.target_sha256, "width": encoding.size[1],
            "height": encoding.size[0], "bit_depth": 10 if encoding.deep else 8, "alpha": encoding.alpha,
            "format": encoding.container, "bytes": self.target_bytes,
        }  # fmt: skip

    def _flicker(self) -> dict[str, float]:
        return dict(zip(("before", "after"), self.video.flicker, strict=True))

    def _film(self) -> dict[str, Any]:
        """What only films have; the key of the record is of its first format."""
        video, analysis = self.video, self.video.analysis
        return {
            "frames": analysis.frames,
            "duration": round(self.duration, 4),
            "part": asdict(self.part),
            "steps": [step.to_record() for step in self.steps],
            "shots": len(analysis.cuts),
            "frame_rate": str(video.encoding.rate),
            "noise": {str(shot): level for shot, level in self.noise.items()},
            "segments": video.segments,
            "resumed_frames": video.resumed_frames,
            "frames_per_second": self.frames_per_second,
            "seconds": {name: round(value, 3) for name, value in video.seconds.items()},
            "encoding": encoding_record(self.options, video.encoding),
            "check": video.check,
        }
