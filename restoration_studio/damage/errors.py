"""What can be wrong with a search for damage."""

from __future__ import annotations

from typing import ClassVar

from restoration_studio.errors import RecipeError, UsageError


class UnknownDamageKind(UsageError):
    """Damage of an unknown kind is looked for, or of none.

    Attributes:
        kind: empty where none is named.
    """

    code: ClassVar[str] = "unknown_damage_kind"
    sentence: ClassVar[str] = "{mistake}; the kinds are all, {listed}."

    kind: str
    known: tuple[str, ...]

    @property
    def mistake(self) -> str:
        return f"the kind of damage '{self.kind}' is unknown" if self.kind else "no kind of damage is named"

    @property
    def listed(self) -> str:
        return ", ".join(self.known)


class DamageThresholdOutOfRange(UsageError):
    """The confidence asked for is none."""

    code: ClassVar[str] = "damage_threshold_out_of_range"
    sentence: ClassVar[str] = "the threshold for damage must be above 0 and at most 1, not {threshold}."

    threshold: float


class NotAnRGBArray(UsageError):
    """Damage is looked for in an array that has no form of a picture."""

    code: ClassVar[str] = "not_an_rgb_array"
    sentence: ClassVar[str] = (
        "damage is looked for in an RGB picture of floats from 0 to 1, not in an array of {dtype} with shape {shape}; "
        "read the picture with restoration_studio.image.read."
    )

    dtype: str
    shape: tuple[int, ...]


class NotADamageFinder(RecipeError):
    """A network gives something else than the chance of each pixel to be damaged."""

    code: ClassVar[str] = "not_a_damage_finder"
    sentence: ClassVar[str] = "the model '{model}' is no damage finder; give a file exported from a training of one."

    model: str
