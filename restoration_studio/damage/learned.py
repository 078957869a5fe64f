"""Damage found by a network that has seen it laid over clean pictures: `networks/damage_unet.py`, trained here.

A network rates lines, specks and stains by what they look like, where the other kinds measure one thing each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from restoration_studio.damage.errors import NotADamageFinder
from restoration_studio.damage.find import Finder
from restoration_studio.damage.plane import run_in_blocks
from restoration_studio.image.picture import FloatArray
from restoration_studio.lazy import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from restoration_studio.models import LoadedModel

NAME = "learned"  # of the kind
MODEL = "damage-unet"
AREAS = "patches"  # the kind whose areas the network may agree with
_HALO, _BLOCK = 128, 1024  # pixels; the network hardly sees further
_GRID = 64  # pixels a side of the network's deepest squares
_SENSIBLE = 0.65  # chance that becomes a confidence of 0.5, at which 0.4 percent of clean photographs is masked

_THICK, _AREA = 11, 0.25  # pixels across, and how sure at least everywhere, of a thick area
_RIM = 3  # pixels around a thick area
_TINY = 4  # pixels in all, of a tiny mark
_DOUBTED, _WHOLE = 0.7, 0.6  # confidences that become 0.5: of rims and tiny marks, and the mean of a thick area

# Confidences that become 0.5 where the network and other kinds look together, so that they too mask half a percent of
# clean photographs and no more. What it knows as well must be plain to count by another kind; torn borders it does not.
_BESIDE = {NAME: 0.5, "borders": 0.5}
_OTHERS_BESIDE = 0.875


def finder(network: LoadedModel, check_cancelled: Callable[[], None]) -> Finder:
    """The network as one more kind of damage for ``damage.find``.

    Args:
        network: gives (height, width, 1): the chance of each pixel to be damaged.
        check_cancelled: called between the blocks of a large picture.

    The finder raises ``NotADamageFinder`` where the network gives something else.
    """

    def look(pixels: FloatArray) -> FloatArray:
        chances = network(pixels)
        if chances.shape != (*pixels.shape[:2], 1):
            raise NotADamageFinder(model=network.name)
        return chances[..., 0]

    def chance(pixels: FloatArray) -> FloatArray:
        seen = np.clip(pixels, 0, 1)
        return combine_views(look(seen), look(np.ascontiguousarray(seen.transpose(1, 0, 2))).T)

    def confidence(pixels: FloatArray) -> FloatArray:
        return calibrate(run_in_blocks(chance, pixels, _HALO, check_cancelled, block=_BLOCK, grid=_GRID))

    return confidence


def combine_views(upright: FloatArray, lying: FloatArray) -> FloatArray:
    """Chances of each pixel, 0 to 1, of two looks at the picture, as it stands and turned, put together.

    Two looks err less than one, and the network knows scratches that run upright, as on film, better than others.
    """
    odds = (_log_odds(upright) + _log_odds(lying)) / 2
    return np.asarray(1 / (1 + np.exp(-odds)), np.float32)


def _log_odds(chance: FloatArray) -> FloatArray:
    inside = np.clip(chance, np.float32(1e-6), np.float32(1 - 1e-6))
    return np.asarray(np.log(inside) - np.log1p(-inside), np.float32)


def discount_areas_and_specks(sure: FloatArray) -> FloatArray:
    """Confidences, 0 to 1, (height, width): of a thick area its mean, and less of the rims of such and of tiny marks.

    A line that is taken for a scratch costs little when it is filled; a wall taken for a stain is lost. So a thick area
    is damage as a whole or not at all: a part of it filled would draw the rest into the picture. A mark of a few pixels
    is a full stop or the foot of a letter as often as it is dust.
    """
    import cv2

    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_THICK, _THICK))
    areas = cv2.morphologyEx(sure, cv2.MORPH_OPEN, kernel) >= _AREA
    around = np.ones((2 * _RIM + 1, 2 * _RIM + 1), np.uint8)
    rims = cv2.dilate(areas.astype(np.uint8), around) > 0
    _, labels, stats, _ = cv2.connectedComponentsWithStats((sure >= 0.5).astype(np.uint8), connectivity=8)
    tiny = (stats[:, cv2.CC_STAT_AREA] <= _TINY)[labels]  # what is not marked is one large area
    whole = calibrate(_mean_of_each(areas, sure), _WHOLE)
    return np.where(areas, whole, np.where(rims | tiny, calibrate(sure, _DOUBTED), sure))


def _mean_of_each(areas: NDArray[np.bool_], sure: FloatArray) -> FloatArray:
    """The mean confidence of each area, at each of its pixels; 0 elsewhere."""
    import cv2

    count, labels = cv2.connectedComponents(areas.astype(np.uint8), connectivity=4)
    pixels = np.bincount(labels.ravel(), minlength=count)
    mean = np.bincount(labels.ravel(), weights=sure.ravel(), minlength=count) / np.maximum(pixels, 1)
    mean[0] = 0
    return np.asarray(mean[labels], np.float32)


def calibrate(chance: FloatArray, sensible: float = _SENSIBLE) -> FloatArray:
    """Chances, 0 to 1, with their odds moved so that ``sensible`` becomes 0.5."""
    kept, lost = chance * np.float32(1 - sensible), (1 - chance) * np.float32(sensible)
    return np.asarray(kept / np.maximum(kept + lost, np.float32(1e-12)), np.float32)


def confirm_areas(areas: FloatArray, learned: FloatArray) -> FloatArray:
    """Areas that another kind finds, as sure as the less sure of that kind and the network's mean over the area.

    With what the other kind mistakes in clean pictures the network seldom agrees. An area is lost paint as a whole or
    not at all: half of it filled would draw the other half's white into the picture.
    """
    return np.minimum(areas, _mean_of_each(areas >= 0.5, learned))


def combine_kinds(found: Mapping[str, FloatArray]) -> FloatArray:
    """One confidence of ``damage.find.confidences``: the largest, (height, width) float32, 0 to 1.

    Where the network looked beside other kinds, those must be surer than by themselves, or the false alarms of both
    would add up; and of thick areas and tiny marks the network must be surer (`careful`), unless they are lost patches
    to both (`agreed`).
    """
    maps, both = dict(found), []
    if NAME in maps and len(maps) > 1:
        both = [confirm_areas(maps[AREAS], maps[NAME])] if AREAS in maps else []
        maps[NAME] = discount_areas_and_specks(maps[NAME])
        maps = {name: calibrate(sure, _BESIDE.get(name, _OTHERS_BESIDE)) for name, sure in maps.items()}
    largest: FloatArray = np.maximum.reduce([*maps.values(), *both])
    return largest
