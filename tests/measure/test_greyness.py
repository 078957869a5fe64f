"""Toned prints are black and white, colour photographs are not, however little colour they have."""

from __future__ import annotations

import numpy as np
import pytest
import skimage.data

from restoration_studio.image.picture import FloatArray
from restoration_studio.measure.greyness import greyness
from restoration_studio.training import tone


def _astronaut() -> FloatArray:
    return (skimage.data.astronaut() / 255).astype(np.float32)


@pytest.mark.parametrize("name", ["astronaut", "coffee", "chelsea", "immunohistochemistry"])
def test_colour_photographs(name: str) -> None:
    pixels = (getattr(skimage.data, name)() / 255).astype(np.float32)
    assert not greyness(pixels).grey
    muted = tone.fade(pixels, np.random.default_rng(0), saturation=0.6)
    assert not greyness(muted).grey


@pytest.mark.parametrize("step", ["grey", "sepia", "yellow", "fade"])
@pytest.mark.parametrize("quality", [None, 40])
def test_toned_prints(step: str, quality: int | None) -> None:
    rng = np.random.default_rng(1)
    pixels = tone.grey(_astronaut(), rng)
    pixels = {
        "grey": lambda: pixels,
        "sepia": lambda: tone.sepia(pixels, rng),
        "yellow": lambda: tone.yellow(pixels, rng, strength=1.0, uneven=0.5),
        "fade": lambda: tone.fade(tone.yellow(pixels, rng), rng),
    }[step]()
    if quality:
        pixels = tone.jpeg(pixels, rng, quality=quality)
    assert greyness(pixels).grey


@pytest.mark.parametrize("shape", [(1, 1), (2, 500), (300, 1)])
def test_tiny_and_flat_pictures(shape: tuple[int, int]) -> None:
    flat = np.full((*shape, 3), 0.4, np.float32)
    flat[..., 0] = 0.7
    assert greyness(flat).grey  # one colour for one lightness
