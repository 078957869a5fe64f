"""Torn or missing corners and borders: flat areas as white as paper or black that reach in from the picture's edge.

What a person calls torn and what is a piece of sky look alike, so this kind is careful: the area must be flat,
without colour, about the whitest or blackest there is, with a steep rim where it meets the picture, and hold a corner
or only a part of a side. A band along a whole side is a mount or a letterbox, no loss, and is left alone.
"""

from __future__ import annotations

import math

import numpy as np

from restoration_studio.damage.areas import Area, find_areas
from restoration_studio.image.picture import FloatArray

_LARGEST = 0.1  # share of the picture
_TONE = 0.84  # of white or black at least
_WHOLE_SIDE = 0.6  # share of a side from which an area is a mount, a sky or a floor
_STEEP = 0.2  # no torn rim is softer
_GRAIN = 0.012
_BAR = 10.1  # score with confidence 0.5
_STABLE = 1.3  # added for an area that is small, steep and the same at all thresholds, as hardly a sky or a wall is
_SMALL, _CLIFF, _GROWTH = 0.03, 0.5, 0.15  # share of the picture at most, step at least, growth at most


def confidence(pixels: FloatArray) -> FloatArray:
    """(height, width) float32, 0 to 1, from pixels (height, width, 3) float32, 0 to 1."""
    height, width = pixels.shape[:2]
    best = np.zeros((height, width), np.float32)
    for area in find_areas(pixels, _LARGEST):
        if any(area.touched) and area.tone >= _TONE and area.step >= _STEEP:
            part = best[area.window]
            part[area.mask] = np.maximum(part[area.mask], _sure(area, height, width))
    return best


def _sure(area: Area, height: int, width: int) -> float:
    top, bottom, left, right = area.touched
    spans = max(top / width, bottom / width, left / height, right / height)
    if spans > _WHOLE_SIDE:
        return 0.0
    corners = min(2, sum(1 for first in (top, bottom) for second in (left, right) if first and second))
    touch = sum(area.touched) / math.sqrt(area.pixels)
    score = 4.1 * area.step - 2.0 * math.log(area.deviation + _GRAIN) + 1.7 * min(corners, 1)
    if area.pixels < _SMALL * height * width and area.step >= _CLIFF and area.growth < _GROWTH:
        score += _STABLE
    score -= 2.0 * spans + 0.4 * touch + 4.0 * min(area.chroma, 0.2)
    return 1 / (1 + math.exp(_BAR - score))
