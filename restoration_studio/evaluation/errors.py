"""What can go wrong when methods are compared."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from restoration_studio.errors import InputError, UsageError


class LimitOutOfRange(UsageError):
    """A study is to have no pictures."""

    code: ClassVar[str] = "limit_out_of_range"
    sentence: ClassVar[str] = "limit takes a whole number from 1 on."

    limit: int


class StudyNumbersOutOfRange(UsageError):
    """A study is to have no pictures, to show none, or has a negative seed."""

    code: ClassVar[str] = "study_numbers_out_of_range"
    sentence: ClassVar[str] = "limit takes a whole number from 1 on, as shown, and seed one from 0 on."

    limit: int
    shown: int
    seed: int


class UnknownHoleKind(UsageError):
    """There is no kind of seeded masks of that name."""

    code: ClassVar[str] = "unknown_hole_kind"
    sentence: ClassVar[str] = "the kind of masks '{kind}' is unknown; the kinds are {listed}."

    kind: str
    choices: tuple[str, ...]

    @property
    def listed(self) -> str:
        return ", ".join(self.choices)


class FolderWithoutPictures(InputError):
    """A folder of a study holds no picture."""

    code: ClassVar[str] = "folder_without_pictures"
    sentence: ClassVar[str] = "there is no picture in the folder {folder}; give another."

    folder: Path


class NothingToCompare(InputError):
    """A mask of a study marks all of a picture, or nothing."""

    code: ClassVar[str] = "nothing_to_compare"
    sentence: ClassVar[str] = "the mask {path} is {state}, which leaves nothing to compare."

    path: Path
    full: bool

    @property
    def state(self) -> str:
        return "full" if self.full else "empty"


class TooSmallToCompare(InputError):
    """A picture of a study is smaller than what is measured on it."""

    code: ClassVar[str] = "too_small_to_compare"
    sentence: ClassVar[str] = (
        "{path} is too small to compare fillings on: {width}x{height} pixels, of at least {least} on each side; take "
        "it out of the folder."
    )

    path: Path
    width: int
    height: int
    least: int


class NoColoursToCompare(InputError):
    """A picture of a study of colourisers has no colours."""

    code: ClassVar[str] = "no_colours_to_compare"
    sentence: ClassVar[str] = (
        "{path} is black and white, which leaves no colours to compare; take it out of the folder."
    )

    path: Path


class NetworkWithoutWeights(UsageError):
    """The method network is named without weights, or weights without the method."""

    code: ClassVar[str] = "network_without_weights"
    sentence: ClassVar[str] = "the method network and networks go together; give both or none."


class MethodTwice(UsageError):
    """Two methods of a study would have one name in its table."""

    code: ClassVar[str] = "method_twice"
    sentence: ClassVar[str] = "two methods would be called '{label}'; give each once, and files of different names."

    label: str


class PlotsUnavailable(UsageError):
    """Matplotlib is not installed."""

    code: ClassVar[str] = "plots_unavailable"
    sentence: ClassVar[str] = "plots need matplotlib; install it with pip install matplotlib."
