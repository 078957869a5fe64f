"""What can be wrong when a model is asked for or run."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from restoration_studio.errors import UsageError, WeightsError


class DeviceMissing(UsageError):
    """The device that was asked for is not on this machine."""

    code: ClassVar[str] = "device_missing"
    sentence: ClassVar[str] = "device '{device}' is not on this machine; use the device 'cpu' or 'auto'."

    device: str


class ModelFileMissing(WeightsError):
    """A model is named by the path of a file that does not exist."""

    code: ClassVar[str] = "model_file_missing"
    sentence: ClassVar[str] = "the model file {name} does not exist; give the path of a file with weights."

    name: str


class OtherConditions(WeightsError):
    """A network takes something else beside the picture than it was given.

    Attributes:
        takes, given: names of conditions; of what was given its kinds, "map" or "number".
    """

    code: ClassVar[str] = "other_conditions"
    sentence: ClassVar[str] = "the network {name} {purpose}; use another model."

    name: str
    takes: tuple[str, ...]
    given: tuple[str, ...]

    @property
    def purpose(self) -> str:
        if self.takes == ("hole",) and not self.given:
            return "fills holes and does nothing else"
        return "is made for other work than this: it takes something else beside a picture"


class NetworkFailed(WeightsError):
    """A network cannot work on a picture, for its size or its contents."""

    code: ClassVar[str] = "network_failed"
    sentence: ClassVar[str] = "the network {name} cannot work on {width}x{height} pixels ({reason}); use another model."

    name: str
    width: int
    height: int
    reason: str


class ResultNotFinite(WeightsError):
    """A network gave values that are no numbers."""

    code: ClassVar[str] = "result_not_finite"
    sentence: ClassVar[str] = (
        "the network {name} gave values that are no numbers in {precision}; use the precision 'float32'."
    )

    name: str
    precision: str


class OpenCVCannotRead(WeightsError):
    """The installed version of OpenCV cannot read a model."""

    code: ClassVar[str] = "opencv_cannot_read"
    sentence: ClassVar[str] = (
        "OpenCV {version} cannot read {path}; install the version of opencv-python in constraints.txt."
    )

    version: str
    path: Path
