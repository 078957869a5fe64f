"""Where a picture is damaged: a confidence from 0 to 1 for each kind of damage, and the mask over a threshold.

Every kind is calibrated so that 0.5 is its sensible threshold. ``ALL`` are the kinds that belong together;
"simple" is the plain recipe of threshold and morphology, kept for comparison. A network that finds damage is
one more finder, given by the caller who loaded it: ``confidence(pixels, ("learned",), extra={"learned": it})``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from restoration_studio.damage.errors import DamageThresholdOutOfRange, UnknownDamageKind
from restoration_studio.damage.plane import as_pixels, run_in_blocks, run_reduced
from restoration_studio.image.picture import FloatArray
from restoration_studio.lazy import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Finder = Callable[[FloatArray], FloatArray]  # (H, W, 3) float32, 0 to 1, to confidence (H, W) float32, 0 to 1


@dataclass(frozen=True, slots=True)
class _Kind:
    """How a kind is run: on blocks that see ``halo`` pixels past their edge, or whole at reduced size."""

    module: str
    halo: int = 0
    whole: bool = False


_KINDS = {
    "scratches": _Kind("restoration_studio.damage.scratches", halo=160),
    "cracks": _Kind("restoration_studio.damage.cracks", halo=96),
    "patches": _Kind("restoration_studio.damage.patches", whole=True),
    "spots": _Kind("restoration_studio.damage.spots", halo=96),
    "borders": _Kind("restoration_studio.damage.borders", whole=True),
    "simple": _Kind("restoration_studio.damage.simple", halo=32),
}
KINDS = tuple(_KINDS)
_LEAST_SIDE = 5  # pixels
ALL = tuple(kind for kind in KINDS if kind != "simple")


def _nothing(*_: object) -> None:
    """Progress nobody asked for."""


def confidences(
    pixels: FloatArray,
    kinds: Sequence[str] = ALL,
    *,
    extra: Mapping[str, Finder] | None = None,
    check_cancelled: Callable[[], None] = _nothing,
    progress: Callable[[int, int, str], None] = _nothing,
) -> dict[str, FloatArray]:
    """How sure it is that each pixel is damaged, for each kind by itself.

    Args:
        pixels: (height, width, 3) float32 RGB, sRGB-encoded, 0 to 1; grey pictures as (height, width) too.
        kinds: names from ``KINDS`` or of ``extra``; "all" stands for ``ALL``.
        extra: further finders by name, for example a trained network under "learned".
        check_cancelled: called between the pieces; raises ``Cancelled`` when the person has stopped the work.
        progress: called with kinds done, kinds in all and the one to come.

    Returns:
        For each kind (height, width) float32, 0 to 1; 0.5 is the sensible threshold. Nothing is found in pictures
        of fewer than 5 pixels a side, which have no surroundings to tell damage from.

    Raises:
        UnknownDamageKind: a kind is unknown or none is named.
    """
    extra = extra or {}
    names = _names(kinds, extra)
    pixels = as_pixels(pixels)
    if min(pixels.shape[:2]) < _LEAST_SIDE:
        return {name: np.zeros(pixels.shape[:2], np.float32) for name in names}
    found: dict[str, FloatArray] = {}
    for done, name in enumerate(names):
        progress(done, len(names), name)
        check_cancelled()
        found[name] = np.clip(_run(name, pixels, extra, check_cancelled), 0, 1)
    progress(len(names), len(names), "damage found")
    return found


def confidence(
    pixels: FloatArray,
    kinds: Sequence[str] = ALL,
    *,
    extra: Mapping[str, Finder] | None = None,
    check_cancelled: Callable[[], None] = _nothing,
    progress: Callable[[int, int, str], None] = _nothing,
) -> FloatArray:
    """How sure it is that each pixel is damaged in any of ``kinds``: the largest of ``confidences``.

    Returns:
        (height, width) float32, 0 to 1.
    """
    found = confidences(pixels, kinds, extra=extra, check_cancelled=check_cancelled, progress=progress)
    largest: FloatArray = np.maximum.reduce(list(found.values()))
    return largest


def find(
    pixels: FloatArray,
    kinds: Sequence[str] = ALL,
    threshold: float = 0.5,
    *,
    extra: Mapping[str, Finder] | None = None,
    check_cancelled: Callable[[], None] = _nothing,
    progress: Callable[[int, int, str], None] = _nothing,
) -> NDArray[np.bool_]:
    """The mask of damage: True = damaged, to be filled.

    Args:
        threshold: above 0 and up to 1; lower finds more.

    Returns:
        (height, width) bool.
    """
    if not 0 < threshold <= 1:
        raise DamageThresholdOutOfRange(threshold=threshold)
    largest = confidence(pixels, kinds, extra=extra, check_cancelled=check_cancelled, progress=progress)
    mask: NDArray[np.bool_] = largest >= threshold
    return mask


def _names(kinds: Sequence[str], extra: Mapping[str, Finder]) -> tuple[str, ...]:
    asked = (kinds,) if isinstance(kinds, str) else tuple(kinds)
    names = tuple(dict.fromkeys(name for kind in asked for name in (ALL if kind == "all" else (kind,))))
    known = (*KINDS, *extra)
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        raise UnknownDamageKind(kind=unknown[0] if unknown else "", known=known)
    return names


def _run(name: str, pixels: FloatArray, extra: Mapping[str, Finder], check_cancelled: Callable[[], None]) -> FloatArray:
    if name in extra:
        return extra[name](pixels)
    kind = _KINDS[name]
    finder: Finder = import_module(kind.module).confidence
    if kind.whole:
        return run_reduced(finder, pixels)
    return run_in_blocks(finder, pixels, kind.halo, check_cancelled)
