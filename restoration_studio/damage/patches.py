"""Lost paint and whitish or blackened patches: flat areas without colour, with a steep rim all round.

Areas at many thresholds are judged as whole areas, by their size, how flat they are inside, how steep the whole rim
is and how little colour they have. The weights were fitted by logistic regression to areas of clean photographs
and paintings and to patches laid over them; the bar is set where few areas of clean pictures pass.
"""

from __future__ import annotations

import math

import numpy as np

from restoration_studio.damage.areas import Area, find_areas
from restoration_studio.image.picture import FloatArray

_LARGEST = 0.12  # share of the picture
_STEEP = 0.2  # no patch has a softer rim
_COLOURED = 0.12  # more colour than that is no bare ground
_GROWTH = 0.15  # an area that grows more from threshold to threshold has no edge of its own
_GRAIN = 0.02  # flatter than that makes no patch surer
_BAR = 18.1  # score with confidence 0.5


def confidence(pixels: FloatArray) -> FloatArray:
    """(height, width) float32, 0 to 1, from pixels (height, width, 3) float32, 0 to 1."""
    best = np.zeros(pixels.shape[:2], np.float32)
    for area in find_areas(pixels, _LARGEST):
        if area.step < _STEEP or area.chroma > _COLOURED or area.growth >= _GROWTH or any(area.touched):
            continue  # at the picture's edge it is a matter for ``damage.borders``
        part = best[area.window]
        part[area.mask] = np.maximum(part[area.mask], _sure(area))
    return best


def _sure(area: Area) -> float:
    score = 0.59 * math.log(area.pixels) + 0.63 * area.step - 8.76 * area.chroma
    score -= 4.22 * math.log(area.deviation + _GRAIN)
    return 1 / (1 + math.exp(_BAR - score))
