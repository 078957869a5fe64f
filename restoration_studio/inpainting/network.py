"""Filling with a network of the catalogue, or of a file: ``network(picture, hole)`` gives the whole picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from restoration_studio.inpainting.base import FillOptions, Mask, Method
from restoration_studio.inpainting.errors import MethodNeedsWeights
from restoration_studio.lazy import numpy as np

if TYPE_CHECKING:
    from restoration_studio.config import Config
    from restoration_studio.context import StageContext
    from restoration_studio.image.picture import FloatArray


class NetworkFill(Method):
    """A learned method.

    Args:
        name, title, summary: see ``Method``.
        model: its weights in the catalogue; empty where the person names them.
        side: pixels on the longer side up to which the network is given windows; larger holes are filled at
            reduced size.
        exact: run in float32 whatever the precision, for networks that lose too much in short numbers.
    """

    def __init__(
        self, name: str, title: str, summary: str, *, model: str = "", side: int = 768, exact: bool = False
    ) -> None:
        self.name, self.title, self.summary = name, title, summary
        self.model, self.side, self.exact = model, side, exact

    def models(self, options: FillOptions) -> tuple[str, ...]:
        named = options.model or self.model
        return (named,) if named else ()

    def check(self, options: FillOptions) -> None:
        if not self.models(options):
            raise MethodNeedsWeights(method=self.name)

    def is_here(self, config: Config | None) -> bool:
        return bool(self.model) and super().is_here(config)

    def cost(self, pixels: float) -> float:
        return pixels * 4e-3

    def fill(
        self, pixels: FloatArray, hole: Mask, options: FillOptions, context: StageContext, seed: int
    ) -> FloatArray:
        self.check(options)
        network = context.model(self.models(options)[0])
        if self.exact:
            network = replace(network, precision="float32")

        def call(part: FloatArray, marked: Mask) -> FloatArray:
            return network(part, marked.astype(np.float32))

        size = network.capabilities.fixed_size  # such as context encoders have
        return call_at_most(self.side, pixels, hole, call) if size is None else call_at_size(size, pixels, hole, call)


def call_at_size(
    size: tuple[int, int], pixels: FloatArray, hole: Mask, call: Callable[[FloatArray, Mask], FloatArray]
) -> FloatArray:
    """``call(pixels, hole)`` at that size (height, width), lying down where the picture stands upright, and back."""
    import cv2

    upright = (hole.shape[0] > hole.shape[1]) != (size[0] > size[1])
    seen, marked = (pixels.transpose(1, 0, 2), hole.T) if upright else (pixels, hole)
    small, open_ = resize_with_holes(np.ascontiguousarray(seen), np.ascontiguousarray(marked), size)
    back = cv2.resize(call(small, open_), marked.shape[::-1], interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip(back.transpose(1, 0, 2) if upright else back, 0, 1), np.float32)


def call_at_most(
    side: int, pixels: FloatArray, hole: Mask, call: Callable[[FloatArray, Mask], FloatArray]
) -> FloatArray:
    """``call(pixels, hole)``, at reduced size where the longer side is over ``side`` pixels."""
    import cv2

    height, width = hole.shape
    if max(height, width) <= side:
        return call(pixels, hole)
    ratio = side / max(height, width)
    small, marked = resize_with_holes(pixels, hole, (max(1, round(height * ratio)), max(1, round(width * ratio))))
    large: FloatArray = cv2.resize(call(small, marked), (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(large, 0, 1, out=large)


def resize_with_holes(pixels: FloatArray, hole: Mask, size: tuple[int, int]) -> tuple[FloatArray, Mask]:
    """A picture with holes, black inside them, at another size (height, width).

    A pixel of the result belongs to a hole when more than half of it does; the black does not bleed out.
    """
    import cv2

    kind = cv2.INTER_AREA if size[0] < hole.shape[0] else cv2.INTER_LINEAR
    valid = (~hole).astype(np.float32)
    share = cv2.resize(valid, size[::-1], interpolation=kind)
    known = cv2.resize(pixels * valid[..., None], size[::-1], interpolation=kind)
    small = known / np.maximum(share, 1e-6)[..., None]
    marked = share < 0.5
    small[marked] = 0
    return np.clip(small, 0, 1).astype(np.float32), marked
