"""What a person would call the subject, so that nothing is filled inside it unasked: U²-Net, small.

Qin, Zhang, Huang, Dehghan, Zaiane, Jagersand, "U²-Net: going deeper with nested U-structure for salient object
detection", Pattern Recognition 2020. The weights are an ONNX file, hash-checked and run by OpenCV, which reads
numbers and a graph from it and executes no code.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from restoration_studio.damage.plane import as_pixels
from restoration_studio.image.picture import FloatArray

if TYPE_CHECKING:
    from restoration_studio.context import StageContext

MODEL = "u2netp"
_SIDE = 320  # pixels: the network's own size
_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
_DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)
_running = Lock()  # OpenCV's networks keep their input inside


def subject(pixels: FloatArray, context: StageContext) -> FloatArray:
    """How sure it is that each pixel belongs to the picture's subject.

    Args:
        pixels: (height, width, 3) float32 RGB, sRGB-encoded, 0 to 1.
        context: what the stage was handed; progress is told while weights are fetched.

    Returns:
        (height, width) float32, 0 to 1, stretched so that the surest pixel has 1 and the least sure 0, as the
        authors do; where nothing stands out (a picture of one tone) it is 0 everywhere.

    Raises:
        WeightsError: the weights are not here and cannot be fetched, or cannot be read.
    """
    import cv2

    pixels = as_pixels(pixels)
    network = context.models.open(MODEL, _network, progress=context.fetching).value
    context.check_cancelled()
    height, width = pixels.shape[:2]
    small = cv2.resize(pixels, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    small = np.clip(small, 0, 1) / max(float(small.max()), 1e-6)
    blob = ((small - _MEAN) / _DEVIATION).transpose(2, 0, 1)[None]
    found = _run(network, np.ascontiguousarray(blob, np.float32))
    low, high = float(found.min()), float(found.max())
    if high - low < 1e-3:
        return np.zeros((height, width), np.float32)
    stretched = (found - low) / (high - low)
    large: FloatArray = np.clip(cv2.resize(stretched, (width, height), interpolation=cv2.INTER_LINEAR), 0, 1)
    return large


def _network(path: str) -> Any:
    import cv2

    return cv2.dnn.readNetFromONNX(path)


def _run(network: Any, blob: FloatArray) -> FloatArray:
    with _running:
        network.setInput(blob)
        output: FloatArray = np.array(network.forward(), np.float32)
    first: FloatArray = output.reshape(-1, *output.shape[-2:])[0]
    return first
