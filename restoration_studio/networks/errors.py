"""What can be wrong when a network is built from its weights."""

from __future__ import annotations

from typing import ClassVar

from restoration_studio.errors import UnavailableError, WeightsError


class ArchitectureUnknown(WeightsError):
    """Weights fit no architecture that spandrel knows."""

    code: ClassVar[str] = "architecture_unknown"
    sentence: ClassVar[str] = "the weights in {name} belong to no architecture spandrel knows; use another file."

    name: str


class WeightsIncomplete(WeightsError):
    """Weights look like those of an architecture, but some are missing or have other shapes."""

    code: ClassVar[str] = "weights_incomplete"
    sentence: ClassVar[str] = (
        "the weights in {name} are not whole: they do not fit the architecture they look like; use another copy of "
        "the file."
    )

    name: str


class NotPictureToPicture(WeightsError):
    """A network does not make a colour picture of a colour picture."""

    code: ClassVar[str] = "not_picture_to_picture"
    sentence: ClassVar[str] = (
        "the network in {name} does not make a colour picture of a colour picture; use another file."
    )

    name: str


class WeightsOfAnother(WeightsError):
    """Weights are not those of the architecture they are said to be of."""

    code: ClassVar[str] = "weights_of_another"
    sentence: ClassVar[str] = "the weights are not those of {architecture}; fetch them again."

    architecture: str


class ExtraArchitecturesMissing(UnavailableError):
    """The package that holds an architecture is not installed."""

    code: ClassVar[str] = "extra_architectures_missing"
    sentence: ClassVar[str] = "{architecture} needs the package {package}; install it with: pip install {package}"

    architecture: str
    package: str = "spandrel_extra_arches"
