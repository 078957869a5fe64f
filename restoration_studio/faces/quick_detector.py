"""A quick look for faces before anything runs: YuNet through OpenCV, without torch, in some hundredths of a second.

Wu, Peng, Yu: "YuNet: a tiny millisecond-level face detector", Machine Intelligence Research 20, 2023. It looks only
where its weights already lie on this machine: opening a picture fetches nothing.
"""

from __future__ import annotations

import threading
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from restoration_studio.config import Config
from restoration_studio.weights import store
from restoration_studio.weights.catalogue import get

if TYPE_CHECKING:
    from restoration_studio.image.picture import FloatArray
    from restoration_studio.models import ModelManager

MODEL = "yunet"
_LARGEST = 640  # pixels on the longer side that it looks at
_LEAST_SCORE = 0.8
_looking = threading.Lock()
# What was last looked at and what was seen: the proposal and the faces stage ask about the same pixels.
_last: tuple[weakref.ref[FloatArray], Path, list[float]] | None = None


def face_sizes(
    pixels: FloatArray, config: Config | None = None, models: ModelManager | None = None
) -> list[float] | None:
    """Longer sides of the upright faces in a picture, in its pixels, the largest first.

    Args:
        pixels: (height, width, 3) float32 RGB, 0 to 1; not changed between two looks.
        config: where weights are kept; read from the environment when not given.
        models: keeps the detector; that of the process when not given.

    Returns:
        None where the detector's weights are not on this machine.
    """
    global _last
    from restoration_studio.models import ModelManager

    last = _last
    models = models or ModelManager.shared()
    config = config or Config.load()
    file = store.find(get(MODEL), config)
    if file is None:
        return None
    if last is not None and last[0]() is pixels and last[1] == file.path:
        return list(last[2])
    sizes = _look(pixels, models.open_file(file, _detector).value)
    _last = weakref.ref(pixels), file.path, sizes
    return list(sizes)


def _detector(path: str) -> Any:
    import cv2

    return cv2.FaceDetectorYN.create(path, "", (_LARGEST, _LARGEST), _LEAST_SCORE, 0.3, 100)


def _look(pixels: FloatArray, detector: Any) -> list[float]:
    import cv2

    factor = min(1.0, _LARGEST / max(pixels.shape[:2]))
    size = tuple(max(32, round(side * factor)) for side in (pixels.shape[1], pixels.shape[0]))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR)
    levels = np.ascontiguousarray(np.clip(small[..., ::-1] * 255 + 0.5, 0, 255).astype(np.uint8))
    with _looking:
        detector.setInputSize(size)
        _, found = detector.detect(levels)
    if found is None:
        return []
    return sorted((float(max(row[2:4])) / factor for row in found), reverse=True)
