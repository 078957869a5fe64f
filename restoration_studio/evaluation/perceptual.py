"""Shift-tolerant LPIPS of pictures as arrays, with weights from the catalogue; see ``networks/stlpips.py``."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from restoration_studio.config import Config

MODEL = "stlpips-alex"


class PerceptualDistance:
    """Distances to one picture after another; the features of the newest truth are kept.

    Raises:
        WeightsError: the weights cannot be had.
    """

    def __init__(self, config: Config) -> None:
        from restoration_studio.networks.stlpips import STLPIPS
        from restoration_studio.weights.fetch import ensure
        from restoration_studio.weights.load import load_state_dict

        self._network = STLPIPS.from_state_dict(load_state_dict(ensure(MODEL, config=config))).eval()
        self._truth: NDArray[Any] | None = None
        self._features: Any = None

    def __call__(
        self, truth: NDArray[Any], filled: NDArray[Any], hole: NDArray[np.bool_] | None = None
    ) -> tuple[float, float]:
        """The distance over the whole picture and over the hole alone (the whole where no hole is given).

        Args:
            truth, filled: (h, w, 3) float, 0 to 1, at least 16 pixels on a side.
            hole: (h, w) bool.
        """
        import torch

        with torch.inference_mode():
            if self._truth is not truth:
                self._truth, self._features = truth, self._network.features(_batch(truth))
            features = self._network.features(_batch(filled))
            whole = float(self._network(self._features, features))
            if hole is None:
                return whole, whole
            where = torch.from_numpy(hole.astype(np.float32))[None, None]
            return whole, float(self._network(self._features, features, where))


def _batch(pixels: NDArray[Any]) -> Any:
    import torch

    return torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1), np.float32))[None]
