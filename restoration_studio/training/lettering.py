"""Words printed under, on or across a picture: they look like scratches and are none."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.random import Generator

from restoration_studio.training.tone import FloatArray, clip, smooth_field

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

# Matplotlib brings them: with and without serifs, bold, slanted, of one width.
_FONTS = (
    "DejaVuSans",
    "DejaVuSans-Bold",
    "DejaVuSans-Oblique",
    "DejaVuSansMono",
    "DejaVuSerif",
    "DejaVuSerif-Bold",
    "DejaVuSerif-Italic",
    "STIXGeneral",
    "STIXGeneralBol",
    "STIXGeneralItalic",
    "cmr10",
    "cmss10",
    "cmti10",
    "cmtt10",
)
_SIZES = (6, 40)  # pixels of a line's height, small ones oftener
_SMALL = "etaoinsrhldcumfpgwybvkjxqz"  # the commonest first
_OTHER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,-&'/()"
_STOPS = ".,:;!?\"'"


def lettering(pixels: FloatArray, rng: Generator, *, light: float = 0.5, strip: float = 0.5) -> FloatArray:
    """One to four lines of words in one of many typefaces, nearly level.

    Args:
        pixels: (height, width, 3) float32 from 0 to 1.
        light: chance that the words are light on dark and not dark on light.
        strip: chance that they stand on a strip of bare paper along a side, as a caption on the mount does.

    Returns:
        New pixels, nothing of which is damaged.
    """
    height, width = pixels.shape[:2]
    size = round(float(np.exp(rng.uniform(*np.log(_SIZES)))))
    lines = int(rng.integers(1, 5))
    white = rng.random() < light
    ground, ink = rng.uniform(0.75, 0.98), rng.uniform(0, 0.3)
    if white:
        ground, ink = ink, ground
    deep = min(height, round(size * (1.35 * lines + rng.uniform(0.5, 3))))
    top = int(rng.integers(0, height - deep + 1))
    if rng.random() < strip:
        top = int(rng.choice([0, height - deep]))
        paper = ground * np.array([1, rng.uniform(0.9, 1), rng.uniform(0.75, 1)], np.float32)
        pixels = pixels.copy()
        pixels[top : top + deep] = paper + 0.01 * smooth_field((deep, width), rng, sigma=0.8)[..., None]
    cover = _lines(height, width, rng, top=top, size=size, lines=lines)
    tint = np.clip(ink + rng.normal(0, 0.03, 3), 0, 1).astype(np.float32)
    return clip(pixels + (cover * np.float32(rng.uniform(0.6, 1)))[..., None] * (tint - pixels))


def _lines(height: int, width: int, rng: Generator, *, top: int, size: int, lines: int) -> FloatArray:
    """How much ink lies on each pixel, (height, width) from 0 to 1."""
    from PIL import Image, ImageDraw

    font = _font(_FONTS[int(rng.integers(len(_FONTS)))], size)
    image = Image.new("L", (width, height))
    draw = ImageDraw.Draw(image)
    left = rng.uniform(-2 * size, 0.5 * width)
    for line in range(lines):
        draw.text((left, top + size * (0.3 + 1.35 * line)), _words(rng, int(rng.integers(1, 6))), fill=255, font=font)
    turned = image.rotate(rng.normal(0, 2), resample=Image.Resampling.BICUBIC)
    return np.asarray(turned, np.float32) / np.float32(255)


def _words(rng: Generator, count: int) -> str:
    """Letters at random, about as often as print has them."""
    words = []
    for _ in range(count):
        if rng.random() < 0.15:
            words.append(f"{_OTHER[int(rng.integers(26))]}.")
            continue
        small = "".join(_SMALL[min(25, int(rng.exponential(7)))] for _ in range(int(rng.integers(2, 10))))
        first = _OTHER[int(rng.integers(len(_OTHER)))] if rng.random() < 0.4 else ""
        stop = _STOPS[min(len(_STOPS) - 1, int(rng.exponential(2)))] if rng.random() < 0.35 else ""
        words.append(((first + small).upper() if rng.random() < 0.2 else first + small) + stop)
    return " ".join(words)


@lru_cache(maxsize=256)
def _font(name: str, size: int) -> FreeTypeFont:
    from matplotlib import get_data_path
    from PIL import ImageFont

    return ImageFont.truetype(str(Path(get_data_path()) / "fonts" / "ttf" / f"{name}.ttf"), size)
