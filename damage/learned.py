"""Damage found by a network that has seen it laid over clean pictures: `networks/damage_unet.py`, trained here.

A network rates lines, specks and stains by what they look like, where the other kinds measure one thing each.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from damage.find import Finder
from damage.plane import in_blocks
from media.picture import FloatArray

if TYPE_CHECKING:
    from models import LoadedModel

NAME = "learned"  # of the kind
MODEL = "damage-unet"
_HALO = 64  # pixels; the network sees 128 across
_BLOCK = 768  # pixels a side
_SENSIBLE = 0.7  # chance that becomes a confidence of 0.5, at which half a percent of clean photographs is masked


def finder(network: LoadedModel, check_cancelled: Callable[[], None]) -> Finder:
    """The network as one more kind of damage for ``damage.find``.

    Args:
        network: gives (height, width, 1): the chance of each pixel to be damaged.
        check_cancelled: called between the blocks of a large picture.
    """

    def chance(pixels: FloatArray) -> FloatArray:
        return network(np.clip(pixels, 0, 1))[..., 0]

    def confidence(pixels: FloatArray) -> FloatArray:
        return calibrated(in_blocks(chance, pixels, _HALO, check_cancelled, block=_BLOCK))

    return confidence


def calibrated(chance: FloatArray, sensible: float = _SENSIBLE) -> FloatArray:
    """Chances, 0 to 1, with their odds moved so that ``sensible`` becomes 0.5."""
    kept, lost = chance * np.float32(1 - sensible), (1 - chance) * np.float32(sensible)
    return np.asarray(kept / np.maximum(kept + lost, np.float32(1e-12)), np.float32)
