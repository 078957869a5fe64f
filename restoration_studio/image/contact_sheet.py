"""A contact sheet: pictures in a grid with a line of text under each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

_PAPER, _INK = (250, 250, 248), (28, 28, 30)
_MARGIN, _TEXT = 10, 15  # pixels


def make_contact_sheet(
    pictures: Sequence[NDArray[Any]], labels: Sequence[str], *, columns: int | None = None, cell: int = 420
) -> NDArray[np.uint8]:
    """Pictures side by side, each reduced (never enlarged) to fit a square of ``cell`` pixels.

    Args:
        pictures: (h, w, 3) or (h, w) float 0 to 1, or uint8; of any sizes.
        labels: the text under each; it is cut where it is too long.
        columns: in a row; about as many as rows when not given.

    Returns:
        (height, width, 3) uint8, RGB.

    Raises:
        ValueError: there is no picture, or not one label for each.
    """
    if not pictures or len(pictures) != len(labels):
        raise ValueError(f"a sheet needs pictures and a label for each, not {len(pictures)} and {len(labels)}.")
    small = [_reduced(picture, cell) for picture in pictures]
    columns = columns or math.ceil(math.sqrt(len(small)))
    rows = math.ceil(len(small) / columns)
    wide = max(image.width for image in small)
    highs = [max(image.height for image in small[row * columns : (row + 1) * columns]) for row in range(rows)]
    strip = _TEXT + 8
    height = sum(highs) + rows * (strip + _MARGIN) + _MARGIN
    sheet = Image.new("RGB", (columns * (wide + _MARGIN) + _MARGIN, height), _PAPER)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(_TEXT)
    for index, (image, label) in enumerate(zip(small, labels, strict=True)):
        x = _MARGIN + index % columns * (wide + _MARGIN)
        row = index // columns
        y = _MARGIN + sum(highs[:row]) + row * (strip + _MARGIN)
        sheet.paste(image, (x, y))
        while len(label) > 1 and draw.textlength(label, font) > wide:
            label = label[:-4] + "..." if len(label) > 4 else label[:-1]
        draw.text((x, y + highs[row] + strip // 2), label, _INK, font, anchor="lm")
    return np.asarray(sheet, np.uint8)


def _reduced(picture: NDArray[Any], cell: int) -> Image.Image:
    pixels = np.asarray(picture)
    if pixels.dtype != np.uint8:
        pixels = np.rint(np.clip(pixels, 0, 1) * 255).astype(np.uint8)
    image = Image.fromarray(pixels).convert("RGB")
    image.thumbnail((cell, cell), Image.Resampling.LANCZOS)
    return image
