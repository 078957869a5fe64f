"""Steadies flicker: how a video's brightness jumps from frame to frame within its shots, and what takes that away.

Each frame is compared, small, with the weighted mean of its neighbours in the shot: for some steps of brightness,
and then for parts of the frame, how much darker or lighter are the same places? Only places that are still count, and
medians over many of them. What differs in the same way all the time is no flicker and is taken off again; the rest
is added to the frame's luminance. After the idea of Delon, "Movie and video scale-time equalization; application to
flicker reduction", IEEE TIP 2006, with medians in place of whole histograms.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from restoration_studio.image.luma import BT601
from restoration_studio.video.shots import find_cuts

if TYPE_CHECKING:
    from restoration_studio.image.picture import FloatArray

Curve = NDArray[np.float32]  # (2, _STEPS): steps of luma and what is added there, both in levels of 255
_REACH, _SPREAD = 12, 4.0  # frames before and after, and the deviation of their weights
_LOOK_AHEAD = _REACH + 5  # cuts are certain some frames later
_STEPS = 6
REGIONS = (3, 4)  # rows and columns of the frame that may flicker each by itself
_STILL, _STILL_ENOUGH, _ENOUGH = 3.0, 8.0, 0.3  # levels that still places change; share of a region that must be still
_ENDS = 0.1  # from black and white within which changes of parts fade to none
_MOST = 48.0  # levels of 255 a frame is changed by
_LUMA = np.array(BT601, np.float32)


class FlickerMeter:
    """Finds every frame's curve while the video is looked through; holds a few dozen small frames, no more."""

    def __init__(self) -> None:
        self._smalls: deque[NDArray[np.float32]] = deque()
        self._first = 0  # the number of the oldest small frame that is held
        self._next = 0  # the number of the next frame to be compared
        self._unlike = array("f")
        self._curves = array("f")  # a curve after the other
        self._places = array("f")

    def add(self, small: NDArray[np.float32], unlike: float) -> None:
        """The next frame: its small luminance, 0 to 255, and its unlikeness to the one before."""
        self._smalls.append(small)
        self._unlike.append(unlike)
        while self._next + _LOOK_AHEAD < len(self._unlike):
            self._compare()

    def finish(self, cuts: Sequence[int]) -> dict[str, NDArray[np.float32]]:
        """Every frame's curve, "curves" (frames, 2, steps), and what is added in parts of the frame beside that,
        "places" (frames, rows, columns), once all frames were added."""
        while self._next < len(self._unlike):
            self._compare()
        curves = np.array(self._curves, np.float32).reshape(-1, 2, _STEPS)
        places = np.array(self._places, np.float32).reshape(-1, *REGIONS)
        for first, stop in zip(cuts, [*cuts[1:], len(curves)], strict=True):
            curves[first:stop, 1] -= _smoothed(curves[first:stop, 1])
            places[first:stop] -= _smoothed(places[first:stop])
        return {"curves": curves, "places": places}

    def _compare(self) -> None:
        number = self._next
        low, high = max(0, number - _REACH), min(len(self._unlike), number + _REACH + 1)
        # Cuts near here; what begins the window is no cut of its own.
        begin = max(0, low - 5)
        for cut in (begin + place for place in find_cuts(self._unlike[begin : number + _LOOK_AHEAD + 1])[1:]):
            low, high = (max(low, cut), high) if cut <= number else (low, min(high, cut))
        smalls = np.stack([self._smalls[n - self._first] for n in range(low, high)])
        distance = np.arange(low, high) - number
        weights = np.exp(-0.5 * (distance / _SPREAD) ** 2).astype(np.float32)
        weights /= weights.sum()
        own = self._smalls[number - self._first]
        moves = _moves(smalls, own, weights)
        still = moves <= max(_STILL, float(np.median(moves)))
        mean = np.tensordot(weights, smalls, 1)
        curve = _compared(own[still], mean[still])
        self._curves.extend(curve.ravel())
        left = mean - own - np.interp(own, *_ordered(curve))
        self._places.extend(_of_regions(left, moves <= _STILL_ENOUGH).ravel())
        self._next += 1
        while self._first < self._next - _REACH:
            self._smalls.popleft()
            self._first += 1


def _moves(smalls: NDArray[np.float32], own: NDArray[np.float32], weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """How much each of a frame's pixels changes near it, in levels, once what its region does as a whole is off."""
    change = smalls - own
    regions = change.reshape(len(change), REGIONS[0], own.shape[0] // REGIONS[0], REGIONS[1], -1)  # a view
    regions -= np.median(regions, axis=(2, 4), keepdims=True)
    return np.asarray(np.tensordot(weights, np.abs(change), 1), np.float32)


def _of_regions(change: NDArray[np.floating], still: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The median change of each region's still pixels, none where too few are still."""
    changes = np.zeros(REGIONS, np.float32)
    rows, columns = (side // count for side, count in zip(change.shape, REGIONS, strict=True))
    for row in range(REGIONS[0]):
        for column in range(REGIONS[1]):
            part = np.s_[row * rows : (row + 1) * rows, column * columns : (column + 1) * columns]
            if still[part].mean() > _ENOUGH:
                changes[row, column] = np.clip(_middle(change[part][still[part]]), -_MOST / 2, _MOST / 2)
    return changes


def _ordered(curve: Curve) -> Curve:
    order = np.argsort(curve[0], kind="stable")
    return np.stack([np.maximum.accumulate(curve[0][order]), curve[1][order]])


def _middle(values: NDArray[np.floating]) -> float:
    """The mean of the values that are not far from their median: steadier than the median, and as sure of its place."""
    away = np.abs(values - np.median(values))
    return float(values[away <= 2.0 * np.median(away) + 1e-6].mean())


def _compared(own: NDArray[np.float32], mean: NDArray[np.float32]) -> Curve:
    """How much lighter the mean is than the frame, at some steps of the frame's brightness."""
    values, change = own.ravel(), (mean - own).ravel()
    edges = np.quantile(values, np.linspace(0, 1, _STEPS + 1))
    steps, changes = [], []
    for low, high in pairwise(edges):
        inside = (values >= low) & (values <= high)
        if not inside.any():
            inside = np.abs(values - (low + high) / 2) <= np.abs(values - (low + high) / 2).min()
        steps.append(float(np.median(values[inside])))
        changes.append(float(np.clip(_middle(change[inside]), -_MOST, _MOST)))
    return np.array([steps, changes], np.float32)


def _smoothed(changes: NDArray[np.float32]) -> NDArray[np.float32]:
    """The steady part of each step's change over a shot."""
    from scipy.ndimage import gaussian_filter1d

    smooth: NDArray[np.float32] = gaussian_filter1d(changes, _SPREAD, axis=0, mode="nearest", truncate=3.0)
    return smooth


def apply_curve(
    pixels: FloatArray, curve: Curve, strength: float, full_range: bool, places: NDArray[np.float32] | None = None
) -> FloatArray:
    """A frame with its curve added to its luminance; colours stay.

    Args:
        pixels: (height, width, 3) float32, 0 to 1.
        curve: from ``FlickerMeter``.
        strength: 0 to 1, how much of the curve is added.
        full_range: the video counts black to white from 0 to 255, not from 16 to 235.
        places: from ``FlickerMeter`` too: what is added in parts of the frame, joined smoothly.
    """
    low, span = (0.0, 255.0) if full_range else (16.0, 219.0)
    steps, changes = _ordered(curve)
    # Black stays black and white white: nothing flickers where the film is clear or fully exposed.
    at = np.concatenate(([0.0], np.clip((steps - low) / span, 0, 1), [1.0]))
    table = np.interp(np.linspace(0, 1, 1024), at, np.concatenate(([0.0], changes / span * strength, [0.0])))
    luma = pixels @ _LUMA
    change = table.astype(np.float32)[np.clip(luma * 1023 + 0.5, 0, 1023).astype(np.intp)]
    if places is not None and places.any():
        import cv2

        smooth = cv2.resize(places, luma.shape[::-1], interpolation=cv2.INTER_LINEAR) * np.float32(strength / span)
        change += smooth * np.clip(np.minimum(luma, 1 - luma) / _ENDS, 0, 1)
    corrected: FloatArray = pixels + change[:, :, None]
    return np.clip(corrected, 0, 1, out=corrected)
