"""OpenCV's two classical methods, which need no weights and continue the colours at a hole's edge into it.

Telea: "An image inpainting technique based on the fast marching method", Journal of Graphics Tools 9(1), 2004.
Bertalmio, Bertozzi, Sapiro: "Navier-Stokes, fluid dynamics, and image and video inpainting", CVPR 2001.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from restoration_studio.inpainting.base import FillOptions, Mask, Method
from restoration_studio.lazy import numpy as np

if TYPE_CHECKING:
    from restoration_studio.context import StageContext
    from restoration_studio.image.picture import FloatArray

# Numbers are given to OpenCV as floats of this range. Telea's adds a step of about one grey level along the
# gradient, whatever the range: in 8 bits it shows as a cast of one to two levels, here it vanishes.
_RANGE = 65535.0
_FRAME = 2  # pixels; in pictures one pixel high or wide OpenCV reads past their edge


class OpenCV(Method):
    """Telea's or the Navier-Stokes method, each channel by itself in floats: no banding, every digit outside kept."""

    core: ClassVar[int] = 1024
    surroundings: ClassVar[int] = 32
    uses_radius: ClassVar[bool] = True
    match_colours: ClassVar[bool] = False  # both start from the very pixels at the edge

    def __init__(self, name: str, title: str, summary: str) -> None:
        self.name, self.title, self.summary = name, title, summary

    def cost(self, pixels: float) -> float:
        return pixels * 60e-6

    def fill(
        self, pixels: FloatArray, hole: Mask, options: FillOptions, context: StageContext, seed: int
    ) -> FloatArray:
        import cv2

        kind = cv2.INPAINT_TELEA if self.name == "telea" else cv2.INPAINT_NS
        frame = _FRAME if min(hole.shape) <= _FRAME else 0
        mask = np.pad(hole.astype(np.uint8), frame, mode="edge")
        result = np.empty_like(pixels)
        for channel in range(3):
            plane = np.pad(pixels[..., channel] * np.float32(_RANGE), frame, mode="edge")
            filled = cv2.inpaint(plane, mask, options.radius, kind)
            result[..., channel] = filled[frame : frame + len(hole), frame : frame + hole.shape[1]]
        result /= np.float32(_RANGE)
        return np.clip(result, 0, 1, out=result)
