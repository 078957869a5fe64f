"""What a training run is: everything that decides its result, in one record that travels with its checkpoints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from restoration_studio.training.errors import (
    ConfigurationOfAnother,
    NoConfigurationObject,
    UnreadableConfiguration,
    WrongTrainingSetting,
)


def rising(pair: tuple[float, float]) -> tuple[float, float]:
    """A range as it is; for pydantic, which reports the ValueError.

    Raises:
        ValueError: its ends are the wrong way round.
    """
    if pair[0] > pair[1]:
        raise ValueError(f"the first of {pair[0]:g} and {pair[1]:g} must be the smaller one")
    return pair


Count = Annotated[int, Field(ge=1)]
Widths = Annotated[tuple[Count, ...], Field(min_length=1)]  # channels of each level of a network
_Positive = Annotated[float, Field(gt=0)]
_Zoom = Annotated[tuple[_Positive, _Positive], AfterValidator(rising)]
_Share = Annotated[float, Field(ge=0, lt=1)]


def first_fault(error: ValidationError) -> tuple[str, str]:
    """Where the first wrong value stands, and what is wrong with it."""
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"]) or "the configuration"
    return place, first["msg"].removeprefix("Value error, ")


class TrainingConfig(BaseModel):
    """A run of ``python -m restoration_studio.training``. ``options`` are the experiment's own, checked by it."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    experiment: str
    data: tuple[str, ...] = Field(min_length=1, description="Folders of pictures, or of a data set's own layout.")
    split: str = Field(default="train", description="Which part of a data set that comes in parts.")
    limit: int | None = Field(default=None, ge=1, description="Only the first so many pictures.")
    crop: tuple[Count, Count] = Field(default=(128, 128), description="Height and width of a sample in pixels.")
    zoom: _Zoom = Field(default=(1.0, 1.5), description="A sample shows this many times its pixels.")
    flip: bool = True
    steps: int = Field(default=1000, ge=1)
    batch: int = Field(default=16, ge=1, description="Samples of a step, on each process.")
    learning_rate: float = Field(default=2e-4, gt=0)
    warmup: int = Field(default=100, ge=0, description="Steps over which the learning rate rises.")
    decay: float = Field(default=0.3, ge=0, le=1, description="Share of the steps, at the end, over which it falls.")
    weight_decay: float = Field(default=0.0, ge=0)
    betas: tuple[_Share, _Share] = (0.9, 0.999)
    clip: float = Field(default=1.0, gt=0, description="Largest norm of a step's gradient.")
    average: float = Field(default=0.999, ge=0, lt=1, description="Of the weights that are shipped, per step.")
    precision: Literal["float32", "bfloat16", "float16"] = "float32"
    device: Literal["auto", "cpu"] = "auto"
    seed: int = Field(default=0, ge=0)
    workers: int = Field(default=0, ge=0, description="Processes that prepare samples; 0 prepares them in place.")
    checkpoint_minutes: float = Field(default=5.0, ge=0)
    log_steps: int = Field(default=50, ge=1)
    sheet_steps: int = Field(default=1000, ge=1)
    start: str | None = Field(default=None, description="Run whose averaged weights this one begins with.")
    options: dict[str, Any] = Field(default_factory=dict)

    @classmethod
    def load(cls, path: Path | None, **changes: Any) -> TrainingConfig:
        """Read a JSON file and lay ``changes`` that are not None over it.

        Raises:
            UsageError: the file cannot be read, or a value does not fit.
        """
        values: dict[str, Any] = {}
        if path is not None:
            try:
                values = json.loads(path.read_text(encoding="utf-8"))
            except (OSError, ValueError) as error:
                raise UnreadableConfiguration(path=path, reason=str(error)) from error
            if not isinstance(values, dict):
                raise NoConfigurationObject(path=path)
        changes = {name: value for name, value in changes.items() if value is not None}
        stated, wanted = values.get("experiment"), changes.get("experiment")
        if None not in (stated, wanted) and stated != wanted:
            raise ConfigurationOfAnother(path=path, stated=str(stated), wanted=str(wanted))
        values |= changes
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            setting, reason = first_fault(error)
            raise WrongTrainingSetting(setting=setting, reason=reason) from error

    def learning_rate_at(self, step: int) -> float:
        """Linear rise, a plateau, and a linear fall to a fiftieth."""
        rise = min(1.0, (step + 1) / (self.warmup + 1))
        start = self.steps * (1 - self.decay)
        fall = 1.0 if step < start or not self.decay else 1 - 0.98 * (step - start) / max(1.0, self.steps - start)
        return self.learning_rate * rise * fall
