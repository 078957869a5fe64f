"""Where a picture has lost its grain: the fine energy that is gone, place by place.

Fine energy is texture and grain together. What a restoration took of it is taken for grain first, since texture is
what it is made to keep. So grain can be given back where it was lost, to a face for example, and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from restoration_studio.measure.grain import LUMA, Grain

_CELL = 16  # pixels of the original
_FINE = 2.0  # deviation of the Gaussian whose residual is fine
_SURE = 1.15  # deviations of cells with the same grain differ by so much


@dataclass(frozen=True)
class LostGrain:
    """Fine energy by place, in units of the grain's own variance (encoded luminance from 0 to 1, squared).

    Attributes:
        energy: (rows, columns, 2), what the original had at each place, and what of it is gone.
    """

    energy: NDArray[np.float32]

    def missing(
        self,
        energy: NDArray[np.float32],
        wanted: NDArray[np.float32],
        current: NDArray[np.float32],
        amount: float,
    ) -> NDArray[np.float32]:
        """The deviation of the grain to be added at each pixel, (h, w).

        Args:
            energy: `energy` at these pixels, (h, w, 2).
            wanted: (h, w), the deviation of the original's grain at each pixel's brightness.
            current: (h, w), the same of the picture's as it is now, measured where it is flattest.
            amount: share of the original's grain that there is to be in the end.
        """
        had, gone = energy[..., 0], energy[..., 1]
        variance = np.square(wanted)
        # What is left cannot be more than all the fine energy there is.
        here = np.clip(np.minimum(variance, had) - gone, 0, variance)
        # In texture the energy says little; what is found where the picture is flat holds there as well.
        flat = np.clip(variance / np.maximum(had, 1e-12), 1e-3, 1)
        left = flat * here + (1 - flat) * np.minimum(here, np.square(current))
        # A border or a caption that had no grain gets none, and what was not worked on is left alone.
        asked = amount**2 * np.minimum(variance, _SURE**2 * had) - left
        most = np.abs(gone) / flat + max(0.0, amount**2 - 1) * variance
        return np.asarray(np.sqrt(np.clip(np.minimum(asked, most), 0, None)), np.float32)


def measure_lost_grain(before: NDArray[np.float32], now: NDArray[np.float32], grain: Grain) -> LostGrain:
    """Compare two pictures place by place.

    Args:
        before: (height, width, 3), 0 to 1, with its grain.
        now: the same picture, of the same or a larger size.
        grain: of ``before``.
    """
    import cv2

    height, width = before.shape[:2]
    cells = (max(1, round(height / _CELL)), max(1, round(width / _CELL)))
    luminance = now @ LUMA
    if luminance.shape != (height, width):
        luminance = cv2.resize(luminance, (width, height), interpolation=cv2.INTER_AREA)
    share = _fine_share(grain.kernel)
    had, has = (_fine_energy(one, cells) / share for one in (before @ LUMA, luminance))
    return LostGrain(np.stack([had, had - has], axis=-1).astype(np.float32))


def _fine(values: NDArray[np.float32]) -> NDArray[np.float32]:
    import cv2

    return np.asarray(values - cv2.GaussianBlur(values, (0, 0), _FINE), np.float32)


def _fine_energy(luminance: NDArray[np.float32], cells: tuple[int, int]) -> NDArray[np.float32]:
    import cv2

    energy = np.square(_fine(np.asarray(luminance, np.float32)))
    return np.asarray(cv2.resize(energy, cells[::-1], interpolation=cv2.INTER_AREA), np.float32)


def _fine_share(kernel: NDArray[np.float32]) -> float:
    """How much of the grain's energy is fine."""
    padded = np.pad(kernel, int(4 * _FINE))
    return max(0.05, float(np.square(_fine(padded)).sum() / np.square(kernel).sum()))
