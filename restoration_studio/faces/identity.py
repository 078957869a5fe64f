"""Whether a restored face is still the same person: the angle between two embeddings of SFace.

Zhong, Deng, Hu, Zhao, Li, Wen: "SFace: sigmoid-constrained hypersphere loss for robust face recognition", IEEE
Transactions on Image Processing 30, 2021; OpenCV's model of December 2021, whose authors call two faces the same
person from a cosine of 0.363.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from restoration_studio.faces.align import TEMPLATE

if TYPE_CHECKING:
    from restoration_studio.context import StageContext
    from restoration_studio.image.picture import FloatArray

MODEL = "sface"
SAME_PERSON = 0.363
_INPUT = 112
# Where ArcFace-style networks want the five points at 112x112.
_POINTS = np.array([[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]])
_running = threading.Lock()


class Identity:
    """SFace, ready for the faces of one run: its file is fetched and checked to the last byte here, and only here.

    Args:
        context: what the stage was handed.

    Raises:
        WeightsError: SFace is not here and cannot be fetched, or OpenCV cannot read it.
    """

    def __init__(self, context: StageContext) -> None:
        self._held = context.models.open(MODEL, _recognizer, progress=context.fetching)

    def embedding(self, aligned: FloatArray) -> NDArray[np.float32]:
        """Of a face as ``faces.align.warp`` gives it: (128,), of length 1."""
        import cv2

        matrix, _ = cv2.estimateAffinePartial2D(TEMPLATE, _POINTS.astype(np.float32), method=cv2.LMEDS)
        blurred = cv2.GaussianBlur(aligned, (0, 0), 1.6)  # 512 pixels become about 112
        small = cv2.warpAffine(blurred, matrix, (_INPUT, _INPUT), flags=cv2.INTER_LINEAR)
        levels = np.ascontiguousarray(np.clip(small[..., ::-1] * 255 + 0.5, 0, 255).astype(np.uint8))
        with _running:
            found = np.asarray(self._held.value.feature(levels), np.float32).ravel()
        return np.asarray(found / max(1e-9, float(np.linalg.norm(found))), np.float32)


def similarity(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    """Cosine of two embeddings, -1 to 1."""
    return float(first @ second)


def _recognizer(path: str) -> Any:
    import cv2

    return cv2.FaceRecognizerSF.create(path, "")
