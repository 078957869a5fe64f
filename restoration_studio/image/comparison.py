"""A sheet that shows a picture before and after, with a magnified detail where it is needed."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

_PAPER, _INK, _FAINT = (250, 250, 248), (28, 28, 30), (120, 120, 124)
_WIDE = 1.6  # a picture wider than this times its height: the two stand one above the other
_MIN_PANEL = 240  # pixels on the long side; a tiny picture is enlarged to it
_LARGE = 600  # pixels on the long side; a larger picture gets a detail
_MIN_MAX_SIDE = 200


class _Layout(NamedTuple):
    stacked: bool
    panel: tuple[int, int]  # width, height of each picture on the sheet
    detail: tuple[int, int] | None  # width, height of each detail on the sheet
    zoom: int  # sheet pixels for one pixel of the after, in the detail
    margin: int
    strip: int  # height of a line of labels
    sheet: tuple[int, int]


def make_comparison(
    before: NDArray[Any],
    after: NDArray[Any],
    *,
    labels: tuple[str, str] = ("before", "after"),
    max_side: int = 2400,
) -> NDArray[np.uint8]:
    """Before and after side by side, or one above the other where they are wide.

    The before is enlarged (bicubic) to the after's size. If their sizes differ or the after is over 600
    pixels, the most textured part of both, rather near the middle, follows: one pixel of the after to one
    of the sheet, or enlarged.

    Args:
        before, after: (height, width) or (height, width, 3); float 0 to 1, uint8 or uint16. Their sizes
            may differ, their shape should not.
        labels: what stands above each.
        max_side: the sheet's longest side in pixels, at least 200; larger pictures are reduced.

    Returns:
        (height, width, 3) uint8, RGB.

    Raises:
        ValueError: an array is no picture, or max_side is under 200.
    """
    if max_side < _MIN_MAX_SIDE:
        raise ValueError(f"max_side must be at least {_MIN_MAX_SIDE} pixels, not {max_side}.")
    first, second = _to_image(before), _to_image(after)
    layout = _fit(first.size, second.size, max_side)
    sheet = Image.new("RGB", layout.sheet, _PAPER)
    font = ImageFont.load_default(round(layout.strip * 0.56))

    whole = (0.0, 0.0, 1.0, 1.0)
    rows = [(layout.panel, whole, [f"{image.width} x {image.height} px" for image in (first, second)])]
    if layout.detail is not None:
        part = _most_textured(second, (layout.detail[0] // layout.zoom, layout.detail[1] // layout.zoom))
        rows.append((layout.detail, part, [f"detail, {layout.zoom}:1"] * 2))
    y = layout.margin
    for size, part, notes in rows:
        x = layout.margin
        for image, label, note in zip((first, second), labels, notes, strict=True):
            _label(sheet, (x, y), (size[0], layout.strip), label, note, font)
            sheet.paste(_cut(image, part, size), (x, y + layout.strip))
            if layout.stacked and size == layout.panel:
                y += layout.strip + size[1] + layout.margin
            else:
                x += size[0] + layout.margin
        if x > layout.margin:
            y += layout.strip + size[1] + layout.margin
    return np.asarray(sheet, np.uint8)


def _to_image(pixels: NDArray[Any]) -> Image.Image:
    """An 8-bit RGB image of a float, uint8 or uint16 array."""
    array = np.asarray(pixels)
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] != 3) or 0 in array.shape:
        raise ValueError(f"a picture must be (height, width) or (height, width, 3), not {array.shape}.")
    if array.dtype == np.uint16:
        array = array.astype(np.float32) / 65535
    if array.dtype != np.uint8:
        if not np.issubdtype(array.dtype, np.floating):
            raise ValueError(f"a picture must hold floats 0 to 1, uint8 or uint16, not {array.dtype}.")
        array = np.rint(np.clip(np.nan_to_num(array), 0, 1) * 255).astype(np.uint8)
    return Image.fromarray(array).convert("RGB")


def _fit(before: tuple[int, int], after: tuple[int, int], max_side: int) -> _Layout:
    """The largest layout within ``max_side``, the after at its own size if that fits."""
    scale = max(1.0, _MIN_PANEL / max(after))
    with_detail = before != after or max(after) > _LARGE
    while True:
        layout = _layout(after, scale, with_detail)
        longest = max(layout.sheet)
        if longest <= max_side or layout.panel == (1, 1):
            return layout
        scale *= min(0.99, max_side / longest)


def _layout(after: tuple[int, int], scale: float, with_detail: bool) -> _Layout:
    width, height = (max(1, round(side * scale)) for side in after)
    stacked = after[0] > _WIDE * after[1]
    long_side = max(width, height) if stacked else max(2 * width, height)
    strip, margin = max(22, min(64, long_side // 34)), max(8, long_side // 120)
    across = 1 if stacked else 2

    # A detail that shows hardly less than the picture above it would tell nothing.
    detail, zoom = None, max(1, math.ceil(1.5 * scale))
    if with_detail:
        detail_width = (width - margin) // 2 if stacked else width
        detail_height = round(detail_width * (0.6 if stacked else min(0.75, height / width)))
        detail = (min(detail_width, after[0] * zoom) // zoom * zoom, min(detail_height, after[1] * zoom) // zoom * zoom)
        if min(detail) < 60 or detail[0] * detail[1] > 0.6 * zoom**2 * after[0] * after[1]:
            detail = None
    sheet_width = across * (width + margin) + margin
    sheet_height = (3 - across) * (strip + height + margin) + margin
    if detail is not None:
        sheet_height += strip + detail[1] + margin
    return _Layout(stacked, (width, height), detail, zoom, margin, strip, (sheet_width, sheet_height))


def _cut(image: Image.Image, part: tuple[float, float, float, float], size: tuple[int, int]) -> Image.Image:
    """The ``part`` (left, top, right, bottom as fractions) of an image, resampled to ``size``."""
    box = (part[0] * image.width, part[1] * image.height, part[2] * image.width, part[3] * image.height)
    enlarged = size[0] >= box[2] - box[0]
    return image.resize(size, Image.Resampling.BICUBIC if enlarged else Image.Resampling.LANCZOS, box=box)


def _most_textured(image: Image.Image, size: tuple[int, int]) -> tuple[float, float, float, float]:
    """Where a window of ``size`` (width, height) holds the most detail, as fractions of the image."""
    reduced = image.convert("L")
    reduced.thumbnail((512, 512), Image.Resampling.BOX)
    grey = np.asarray(reduced, np.float64)
    energy = np.zeros_like(grey)
    energy[:-1] += np.abs(np.diff(grey, axis=0))
    energy[:, :-1] += np.abs(np.diff(grey, axis=1))
    energy = np.sqrt(energy)  # one hard edge should not outweigh a face
    sums = np.pad(energy.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    width = min(grey.shape[1], max(1, round(size[0] * grey.shape[1] / image.width)))
    height = min(grey.shape[0], max(1, round(size[1] * grey.shape[0] / image.height)))
    window = sums[height:, width:] - sums[:-height, width:] - sums[height:, :-width] + sums[:-height, :-width]
    # Of places about as textured the middle one is likelier to show the subject.
    down, across = (np.linspace(-1, 1, count) if count > 1 else np.zeros(1) for count in window.shape)
    window = window * (1 - 0.25 * (down[:, None] ** 2 + across**2))
    top, left = np.unravel_index(int(window.argmax()), window.shape)
    x = min(round(int(left) * image.width / grey.shape[1]), image.width - size[0])
    y = min(round(int(top) * image.height / grey.shape[0]), image.height - size[1])
    return (x / image.width, y / image.height, (x + size[0]) / image.width, (y + size[1]) / image.height)


def _label(
    sheet: Image.Image,
    corner: tuple[int, int],
    size: tuple[int, int],
    label: str,
    note: str,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
) -> None:
    """Write the label left in its strip and the note, if there is room, right."""
    draw = ImageDraw.Draw(sheet)
    middle = corner[1] + size[1] // 2
    shown = label
    while len(shown) > 1 and draw.textlength(shown, font) > size[0]:
        shown = shown[:-4] + "..." if len(shown) > 4 else shown[:-1]
    draw.text((corner[0], middle), shown, _INK, font, anchor="lm")
    if draw.textlength(f"{shown}   {note}", font) <= size[0]:
        draw.text((corner[0] + size[0], middle), note, _FAINT, font, anchor="rm")
