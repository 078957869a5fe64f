"""What became of a run: the picture and, as typed data, all that is said of how it was made."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from restoration_studio.engine.recipe import Recipe, Step
from restoration_studio.image.picture import Picture

if TYPE_CHECKING:
    from restoration_studio.context import StageContext

_MEASURED_SIDE = 1024  # pixels; figures of large pictures are taken in their middle

ModelRecord = dict[str, Any]


@dataclass(frozen=True, slots=True)
class StageResult:
    """What one stage of a run did.

    Attributes:
        step: the stage and its settings as asked for.
        seconds: it took.
        cached: its result was there from an earlier run.
        pinned: what settings left to "auto" became.
        notes: sentences for the person.
        figures: what was measured of the work.
        models: the networks that were used: name, sha256, source, scale and bytes of each.
    """

    step: Step
    seconds: float
    cached: bool = False
    pinned: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    figures: dict[str, Any] = field(default_factory=dict)
    models: tuple[ModelRecord, ...] = ()

    @classmethod
    def of(cls, step: Step, context: StageContext, seconds: float) -> StageResult:
        """What a stage left in the context it was given."""
        return cls(
            step=step,
            seconds=round(seconds, 3),
            pinned=dict(context.pinned),
            notes=tuple(dict.fromkeys(context.notes)),
            figures=dict(context.figures),
            models=tuple(model_records(context)),
        )

    def from_cache(self) -> StageResult:
        """The same result, met again in a later run."""
        return replace(self, cached=True, seconds=0.0)

    def to_record(self) -> dict[str, Any]:
        """As the record and the stats hold it."""
        return {
            "stage": self.step.stage,
            "title": self.step.runs.title,
            "settings": self.step.model_dump(),
            "pinned": dict(self.pinned),
            "seconds": self.seconds,
            "cached": self.cached,
            "notes": list(self.notes),
            "figures": dict(self.figures),
            "models": [dict(model) for model in self.models],
        }


def model_records(context: StageContext) -> list[ModelRecord]:
    """What is kept of the networks that were used."""
    return [
        {"name": m.name, "sha256": m.sha256, "source": m.source, "scale": m.scale, "bytes": m.size_bytes}
        for m in context.used
    ]


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """What the record says of a picture, and of the file it is in.

    Attributes:
        file: where it is, as it was named; empty for a picture in memory.
        sha256: of the file's bytes.
    """

    width: int
    height: int
    bit_depth: int
    grey: bool
    alpha: bool
    format: str | None
    file: str = ""
    sha256: str = ""

    @classmethod
    def of(cls, picture: Picture) -> PictureFacts:
        return cls(
            picture.width, picture.height, picture.bit_depth, picture.grey, picture.alpha is not None, picture.format
        )

    def to_record(self) -> dict[str, Any]:
        """As the record and the stats hold it; without a file nothing is said of one."""
        data: dict[str, Any] = {
            "width": self.width,
            "height": self.height,
            "bit_depth": self.bit_depth,
            "grey": self.grey,
            "alpha": self.alpha,
            "format": self.format,
        }
        return data | ({"file": self.file, "sha256": self.sha256} if self.file else {})


@dataclass(frozen=True, slots=True)
class RunResult:
    """A restored picture and how it came about.

    Attributes:
        picture: the result.
        asked: the recipe as it was asked for.
        recipe: as JSON takes it, with what "auto" became pinned where that depends on the machine.
        source, target: facts of the input and of the result.
        stages: what each stage did, in running order.
        notes: sentences for the person, the reader's first.
        device, precision: where and in what number format networks ran.
        metrics: sharpness and noise of input and result, both at the input's size.
        seconds: the whole run took.
    """

    picture: Picture
    asked: Recipe
    recipe: dict[str, Any]
    source: PictureFacts
    target: PictureFacts
    stages: tuple[StageResult, ...]
    notes: tuple[str, ...]
    device: str
    precision: str
    metrics: dict[str, dict[str, float]]
    seconds: float

    def to_record(self) -> dict[str, Any]:
        """All but the picture, as plain data; ``engine.record`` adds versions and writes it."""
        return {
            "recipe": self.recipe,
            "asked": self.asked.dump(),
            "input": self.source.to_record(),
            "stages": [stage.to_record() for stage in self.stages],
            "notes": list(self.notes),
            "device": self.device,
            "precision": self.precision,
            "output": self.target.to_record(),
            "metrics": self.metrics,
            "seconds": self.seconds,
        }


def measure_figures(picture: Picture, size: tuple[int, int]) -> dict[str, float]:
    """Sharpness and noise at ``size`` (height, width), so that before and after can be compared.

    Large pictures are measured in their middle.
    """
    from restoration_studio.image.resize import resize
    from restoration_studio.measure.noise import estimate_noise
    from restoration_studio.measure.sharpness import sharpness

    sides = tuple(min(side, _MEASURED_SIDE) for side in size)
    ratio = picture.height / size[0], picture.width / size[1]
    top, left = ((size[axis] - sides[axis]) // 2 * ratio[axis] for axis in (0, 1))
    bottom, right = top + sides[0] * ratio[0], left + sides[1] * ratio[1]
    part = picture.pixels[int(top) : math.ceil(bottom), int(left) : math.ceil(right)]
    middle = part if part.shape[:2] == sides else resize(part, (sides[0], sides[1]))
    return {"sharpness": round(sharpness(middle), 2), "noise": round(estimate_noise(middle), 2)}
