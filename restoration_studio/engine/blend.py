"""What the pipeline does to every stage's result: blending, regions, and keeping grey pictures grey."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from restoration_studio.image.luma import BT601
from restoration_studio.image.picture import FloatArray, Picture
from restoration_studio.image.resize import resize

if TYPE_CHECKING:
    from restoration_studio.stages.base import StageSettings

_LUMA = np.array(BT601, np.float32)
_ROWS = 256


def blend_with_input(
    before: Picture, after: Picture, settings: StageSettings, upright_size: tuple[int, int]
) -> Picture:
    """The stage's result as far as its ``opacity`` and ``region`` let it through.

    Args:
        before: what the stage was given; enlarged with Lanczos where the sizes differ.
        after: what it made.
        settings: of the stage.
        upright_size: (height, width) of the picture as it came in, which regions count in.
    """
    if settings.opacity == 1.0 and settings.region is None:
        return after
    size = (after.height, after.width)
    base = resize(before.pixels, size)
    weight: FloatArray | np.float32 = np.float32(settings.opacity)
    if settings.region is not None:
        weight = weight * _enlarged(settings.region.weights(*upright_size), size)[:, :, None]
    # base + 0 * change is base to the bit, which a region promises outside itself.
    return after.with_(pixels=base + weight * (after.pixels - base))


def _enlarged(weights: FloatArray, size: tuple[int, int]) -> FloatArray:
    """A region at another size, without a filter that would reach beyond its edge."""
    image = Image.fromarray(weights)
    return np.asarray(image.resize((size[1], size[0]), Image.Resampling.BOX))


def make_grey(picture: Picture) -> Picture:
    """The picture with its luminance in all three channels, exactly equal."""
    pixels = picture.pixels if picture.pixels.flags.writeable else picture.pixels.copy()
    for start in range(0, picture.height, _ROWS):
        rows = pixels[start : start + _ROWS]
        if not ((rows[..., 0] == rows[..., 1]) & (rows[..., 1] == rows[..., 2])).all():
            rows[...] = (rows @ _LUMA)[..., None]
    return picture.with_(pixels=pixels, grey=True)
