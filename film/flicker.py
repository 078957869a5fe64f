"""Flicker: how much a film's brightness jumps from frame to frame within its shots, and how it is steadied.

Each frame is compared, small, with the weighted mean of its neighbours in the shot: for some steps of brightness,
how much darker or lighter are the same places? Medians over many places let things that move be. What differs in
the same way all the time (a pan blurs the mean) is no flicker and is taken off again; the rest is a curve that is
added to the frame's luminance. After the idea of Delon, "Movie and video scale-time equalization; application to
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

from film.shots import find_cuts

if TYPE_CHECKING:
    from media.picture import FloatArray

Curve = NDArray[np.float32]  # (2, _STEPS): steps of luma and what is added there, both in levels of 255
_REACH, _SPREAD = 12, 6.0  # frames before and after, and the deviation of their weights
_LOOK_AHEAD = _REACH + 5  # cuts are certain some frames later
_STEPS = 6
_MOST = 48.0  # levels of 255 a frame is changed by
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def no_curves() -> NDArray[np.float32]:
    """The curves of a film that is not steadied."""
    return np.zeros((0, 2, _STEPS), np.float32)


def flicker_score(luma: Sequence[float], cuts: Sequence[int]) -> float:
    """How far a frame's mean brightness lies from the middle of its neighbours', on average, in levels of 255.

    Fades and moving shadows change brightness steadily and hardly count; what jumps to and fro does. Frames at
    a cut are left out.

    Args:
        luma: mean brightness of each frame, 0 to 255.
        cuts: numbers of the frames that begin a shot, 0 among them.
    """
    jumps: list[NDArray[np.float64]] = []
    for first, stop in zip(cuts, [*cuts[1:], len(luma)], strict=True):
        shot = np.asarray(luma[first:stop], np.float64)
        if len(shot) >= 3:
            jumps.append(np.abs(shot[1:-1] - (shot[:-2] + shot[2:]) / 2))
    return float(np.concatenate(jumps).mean()) if jumps else 0.0


class FlickerMeter:
    """Finds every frame's curve while the film is looked through; holds a few dozen small frames, no more."""

    def __init__(self) -> None:
        self._smalls: deque[NDArray[np.float32]] = deque()
        self._first = 0  # the number of the oldest small frame that is held
        self._next = 0  # the number of the next frame to be compared
        self._unlike = array("f")
        self._raw = array("f")  # a curve after the other

    def add(self, small: NDArray[np.float32], unlike: float) -> None:
        """The next frame: its small luminance, 0 to 255, and its unlikeness to the one before."""
        self._smalls.append(small)
        self._unlike.append(unlike)
        while self._next + _LOOK_AHEAD < len(self._unlike):
            self._compare()

    def curves(self, cuts: Sequence[int]) -> NDArray[np.float32]:
        """Every frame's curve, (frames, 2, steps), once all frames were added."""
        while self._next < len(self._unlike):
            self._compare()
        curves = np.array(self._raw, np.float32).reshape(-1, 2, _STEPS)
        for first, stop in zip(cuts, [*cuts[1:], len(curves)], strict=True):
            curves[first:stop, 1] -= _smoothed(curves[first:stop, 1])
        return curves

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
        mean = np.tensordot(weights / weights.sum(), smalls, 1)
        own = self._smalls[number - self._first]
        self._raw.extend(_compared(own, mean).ravel())
        self._next += 1
        while self._first < self._next - _REACH:
            self._smalls.popleft()
            self._first += 1


def _compared(own: NDArray[np.float32], mean: NDArray[np.float32]) -> Curve:
    """How much lighter the mean is than the frame, at some steps of the frame's brightness."""
    values, change = own.ravel(), (mean - own).ravel()
    edges = np.quantile(values, np.linspace(0, 1, _STEPS + 1))
    steps, changes = [], []
    for low, high in pairwise(edges):
        inside = (values >= low) & (values <= high)
        steps.append(float(np.median(values[inside])))
        changes.append(float(np.clip(np.median(change[inside]), -_MOST, _MOST)))
    return np.array([steps, changes], np.float32)


def _smoothed(changes: NDArray[np.float32]) -> NDArray[np.float32]:
    """The steady part of each step's change over a shot."""
    from scipy.ndimage import gaussian_filter1d

    made: NDArray[np.float32] = gaussian_filter1d(changes, _SPREAD, axis=0, mode="nearest", truncate=3.0)
    return made


def steadied(pixels: FloatArray, curve: Curve, strength: float, full_range: bool) -> FloatArray:
    """A frame with its curve added to its luminance; colours stay.

    Args:
        pixels: (height, width, 3) float32, 0 to 1.
        curve: from ``FlickerMeter``.
        strength: 0 to 1, how much of the curve is added.
        full_range: the film counts black to white from 0 to 255, not from 16 to 235.
    """
    low, span = (0.0, 255.0) if full_range else (16.0, 219.0)
    steps = (np.asarray(curve[0]) - low) / span
    changes = np.asarray(curve[1]) / span * strength
    order = np.argsort(steps, kind="stable")
    # Black stays black and white white: nothing flickers where the film is clear or fully exposed.
    at = np.concatenate(([0.0], steps[order], [1.0]))
    table = np.interp(
        np.linspace(0, 1, 1024), np.maximum.accumulate(at), np.concatenate(([0.0], changes[order], [0.0]))
    )
    luma = pixels @ _LUMA
    places = np.clip(luma * 1023 + 0.5, 0, 1023).astype(np.intp)
    made: FloatArray = pixels + table.astype(np.float32)[places][:, :, None]
    return np.clip(made, 0, 1, out=made)
