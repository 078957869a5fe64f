"""Harmonic inpainting: the smoothest surface that meets the colours at a hole's edge.

Chan, Shen: "Mathematical models for local nontexture inpaintings", SIAM Journal on Applied Mathematics 62(3),
2002. It draws no lines and no texture: right for skies and gradients, and a floor for every other method.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from restoration_studio.inpainting.base import FillOptions, Mask, Method
from restoration_studio.inpainting.blend import fill_membrane
from restoration_studio.lazy import numpy as np

if TYPE_CHECKING:
    from restoration_studio.context import StageContext
    from restoration_studio.image.picture import FloatArray


class Harmonic(Method):
    """The solution of Laplace's equation in each hole."""

    name = "harmonic"
    title = "Harmonic"
    summary = "the smoothest fill, for skies and gradients."
    core: ClassVar[int] = 512
    surroundings: ClassVar[int] = 16
    match_colours: ClassVar[bool] = False

    def cost(self, pixels: float) -> float:
        return pixels * 60e-6

    def fill(
        self, pixels: FloatArray, hole: Mask, options: FillOptions, context: StageContext, seed: int
    ) -> FloatArray:
        return np.clip(fill_membrane(pixels, hole), 0, 1)
