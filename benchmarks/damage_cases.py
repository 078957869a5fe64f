"""Pictures with known damage: sprites and hand-traced masks of real film damage laid over clean photographs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from restoration_studio.image.picture import FloatArray
from restoration_studio.image.read import read_picture
from restoration_studio.training import damage as drawn
from restoration_studio.training.sprites import held_out

SPRITES = ("dirt", "dots", "hair", "hair-short", "lint", "scratches", "smut", "spots", "sprinkles", "stain")
_SEEN = 0.3  # opacity from which a pixel counts as damaged
_FAINT = 0.02  # change of the grey value below which there is nothing to see


@dataclass(frozen=True, slots=True)
class Case:
    """``pixels`` (H, W, 3) with damage where ``truth``; pixels that are in neither of the two count nowhere."""

    pixels: FloatArray
    truth: NDArray[np.bool_]
    clean: NDArray[np.bool_]


def pictures(folder: Path, count: int, side: int) -> list[FloatArray]:
    """``count`` pictures spread over the folder, without white or black bars, at most ``side`` pixels a side."""
    files = sorted(path for path in folder.iterdir() if path.suffix in (".png", ".jpg"))
    chosen = [files[round(index * (len(files) - 1) / max(1, count - 1))] for index in range(min(count, len(files)))]
    found = []
    for path in chosen:
        pixels = _without_bars(read_picture(path).pixels)
        top, left = (max(0, (length - side) // 2) for length in pixels.shape[:2])
        found.append(np.ascontiguousarray(pixels[top : top + side, left : left + side]))
    return found


def _without_bars(pixels: FloatArray) -> FloatArray:
    flat = pixels.max(axis=(1, 2)) - pixels.min(axis=(1, 2)) < 0.03
    rows = np.flatnonzero(~flat)
    return pixels[rows[0] : rows[-1] + 1] if rows.size > 64 else pixels


def sprite(folder: Path, kind: str, index: int) -> FloatArray:
    """Opacity 0 to 1 of one sprite of 400 pixels, its film's frame bars taken away.

    Of those that no network was trained with.
    """
    files = held_out(sorted((folder / kind).glob("*.png")))[1]
    opacity = read_picture(files[index % len(files)]).pixels.mean(axis=2)
    if kind == "smut" or kind == "scratches":
        opacity = _without_frame(1 - opacity) if opacity.mean() > 0.4 else opacity
    return opacity


def _without_frame(opacity: FloatArray) -> FloatArray:
    import cv2

    count, labels, stats, _ = cv2.connectedComponentsWithStats((opacity > 0.5).astype(np.uint8), connectivity=8)
    height, width = opacity.shape
    kept = opacity.copy()
    for index in range(1, count):
        left, top, wide, high = (int(value) for value in stats[index][:4])
        touches = left == 0 or top == 0 or left + wide == width or top + high == height
        if touches or wide > 0.5 * width or high > 0.5 * height:
            kept[cv2.dilate((labels == index).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0] = 0
    return kept


def lay_over(pixels: FloatArray, opacity: FloatArray, strength: float, tone: float) -> Case:
    """The picture with ``tone`` laid over it; the one-pixel rim of the damage counts neither way."""
    import cv2

    share = (strength * opacity)[..., None]
    damaged = pixels * (1 - share) + share * np.float32(tone)
    damaged = np.round(damaged * 255).astype(np.float32) / np.float32(255)
    change = np.abs(damaged - pixels).mean(axis=2)
    covered = opacity > _SEEN
    near = cv2.dilate((opacity > 0.04).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return Case(damaged, covered & (change > _FAINT), ~near)


def fitted(opacity: FloatArray, shape: tuple[int, int], rng: Generator, scale: float | None = None) -> FloatArray:
    """A sprite turned and scaled (0.4 to 1 when not given) at a random place of an empty layer."""
    import cv2

    scale = rng.uniform(0.4, 1.0) if scale is None else scale
    turned = np.rot90(opacity, rng.integers(4))
    size = max(8, round(turned.shape[1] * scale)), max(8, round(turned.shape[0] * scale))
    small = cv2.resize(np.ascontiguousarray(turned), size, interpolation=cv2.INTER_AREA)
    layer = np.zeros(shape, np.float32)
    top, left = (int(rng.integers(-s // 4, max(1, n - 3 * s // 4))) for s, n in zip(small.shape, shape, strict=True))
    rows, columns = slice(max(0, top), top + small.shape[0]), slice(max(0, left), left + small.shape[1])
    place = layer[rows, columns]
    place[:] = small[max(0, -top) :, max(0, -left) :][: place.shape[0], : place.shape[1]]
    return layer


def sprite_case(pixels: FloatArray, folder: Path, kind: str, index: int, strength: float) -> Case:
    """One sprite over the picture; "hair-short" and "spots", being small, several times."""
    rng = np.random.default_rng([index, SPRITES.index(kind)])
    shape = pixels.shape[0], pixels.shape[1]
    layer = np.zeros(shape, np.float32)
    for again in range(4 if kind in ("hair-short", "spots", "hair") else 1):
        scale = rng.uniform(0.15, 0.35) if kind == "dots" else None
        one = fitted(sprite(folder, kind, index + 2 * again), shape, rng, scale)
        layer = np.maximum(layer, one)
    return lay_over(pixels, layer, strength, 0.95 if rng.random() < 0.6 else 0.05)


def traced_case(pixels: FloatArray, mask: FloatArray, index: int, strength: float) -> Case:
    """A traced mask of a whole film frame over the whole picture, reduced to its size."""
    import cv2

    rng = np.random.default_rng([index, 99])
    height, width = pixels.shape[:2]
    turned = mask if (mask.shape[1] >= mask.shape[0]) == (width >= height) else mask.T
    small = cv2.resize(np.ascontiguousarray(turned), (width, height), interpolation=cv2.INTER_AREA)
    return lay_over(pixels, small, strength, 0.95 if rng.random() < 0.6 else 0.05)


def line_case(pixels: FloatArray, index: int, opacity: float) -> Case:
    """Long thin drawn scratches, most of them upright as film transport makes them."""
    import cv2

    made, mask = drawn.scratches(pixels, np.random.default_rng([index, 7]), count=4, length=1.2, opacity=opacity)
    change = np.abs(made - pixels).mean(axis=2)
    near = cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return Case(made, mask & (change > _FAINT), ~near)


def traced(folder: Path) -> Iterator[FloatArray]:
    """The masks traced by hand, 0 to 1."""
    for path in sorted(folder.glob("*.png")):
        yield read_picture(path).pixels.mean(axis=2)


def patch_case(pixels: FloatArray, index: int) -> Case:
    """Drawn patches of lost emulsion, at the edges of every other picture."""
    import cv2

    where = "edges" if index % 2 else "anywhere"
    made, mask = drawn.patches(pixels, np.random.default_rng([index, 11]), where=where)
    near = cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return Case(made, mask & (np.abs(made - pixels).mean(axis=2) > _FAINT), ~near)


def clean_case(pixels: FloatArray) -> Case:
    """A picture without damage."""
    none = np.zeros(pixels.shape[:2], bool)
    return Case(pixels, none, ~none)
