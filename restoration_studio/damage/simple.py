"""The plain recipe: what small bright and dark marks stand out by, one threshold, one closing, one dilation.

Kept by its own name for comparison, as the first thing everybody tries: white and black top-hat of the grey
picture (Serra, "Image analysis and mathematical morphology", 1982), a fixed threshold for all pictures.
"""

from __future__ import annotations

import numpy as np

from restoration_studio.damage.plane import luma
from restoration_studio.image.picture import FloatArray

_SIDE = 15  # pixels: what is narrower counts as a mark
_THRESHOLD = 0.3  # of the range from black to white, where the confidence is 0.5


def confidence(pixels: FloatArray) -> FloatArray:
    """(height, width) float32, 0 to 1, from pixels (height, width, 3) float32, 0 to 1."""
    import cv2

    grey = cv2.GaussianBlur(luma(pixels), (3, 3), 0)
    element = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_SIDE, _SIDE))
    bright = cv2.morphologyEx(grey, cv2.MORPH_TOPHAT, element)
    dark = cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, element)
    marks = cv2.morphologyEx(np.maximum(bright, dark), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    marks = cv2.dilate(marks, np.ones((3, 3), np.uint8))
    found: FloatArray = marks / (marks + np.float32(_THRESHOLD))  # never flat, so that any threshold can be tried
    return found
