"""Damage cut from real films, laid over clean pictures: sprites of dust, hair, stains, and masks traced by hand.

A sprite is a grey picture of one piece of damage, white on black. Some sets hold whole frames instead, damage dark on
white, with black bars above and below: these are turned over and the bars taken off.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from restoration_studio.training.damage import Degraded
from restoration_studio.training.errors import NoDamageFolder, TooFewSprites, UnreadableTrainingPicture
from restoration_studio.training.layouts import find_pictures
from restoration_studio.training.tone import FloatArray, smooth_field

_INVERTED = 0.3  # a picture with more than this share of white is a frame with dark damage
_SEEN = 0.02  # smallest change that counts as damage
_BAR = 0.6  # a dark thing as wide as this share of the frame is a bar of the film's transport


def held_out(paths: list[Path], *, every: int = 5) -> tuple[list[Path], list[Path]]:
    """Split sprites into those to train with and those kept for judging: every fifth of each folder.

    Raises:
        InputError: none would be left to train with.
    """
    kept = set()
    for folder in {path.parent for path in paths}:
        kept.update(sorted(path for path in paths if path.parent == folder)[::every])
    left = [path for path in paths if path not in kept]
    if paths and not left:
        raise TooFewSprites(folder=paths[0].parent, every=every)
    return left, sorted(kept)


def damage_paths(folder: Path, option: str) -> list[Path]:
    """The sprites below ``folder``, one subfolder a kind, or the traced masks; ``option`` is the one that named it.

    Raises:
        InputError: there are none, or no such folder.
    """
    if not folder.is_dir():
        raise NoDamageFolder(folder=folder, option=option)
    return find_pictures(folder)


@lru_cache(maxsize=3000)
def load_sprite(path: Path) -> NDArray[np.uint8]:
    """The piece of damage alone, (height, width) uint8, 255 = fully damaged; may be empty (0 x 0).

    Raises:
        InputError: the file is no picture.
    """
    sprite = _read_grey(path)
    if (sprite > 127).mean() > _INVERTED:
        sprite = _from_frame(sprite)
    rows, columns = np.flatnonzero(sprite.max(axis=1) > 40), np.flatnonzero(sprite.max(axis=0) > 40)
    if not rows.size:
        return np.zeros((0, 0), np.uint8)
    return np.ascontiguousarray(sprite[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])


def _from_frame(frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Dark damage on a white frame as white on black, without the bars and corners round the frame."""
    import cv2

    dark = np.asarray(255 - frame, np.uint8)
    count, labels, facts, _ = cv2.connectedComponentsWithStats((dark > 127).astype(np.uint8), connectivity=8)
    height, width = frame.shape
    for label in range(1, count):
        x, y, w, h, _ = facts[label]
        at_edge = x == 0 or y == 0 or x + w == width or y + h == height
        if at_edge or w > _BAR * width:
            dark[labels == label] = 0
    return dark


def random_sprite_mask(
    rng: Generator,
    paths: list[Path],
    height: int,
    width: int,
    *,
    count: int = 3,
    scale: tuple[float, float] = (0.12, 0.6),
) -> FloatArray:
    """Coverage, (height, width) from 0 to 1, of ``count`` sprites, turned, mirrored and scaled by ``scale``.

    Sprites are as large as a film frame scanned at 400 pixels; a crop shows a part of a larger picture.
    """
    cover = np.zeros((height, width), np.float32)
    for _ in range(count):
        sprite = load_sprite(paths[int(rng.integers(len(paths)))])
        if sprite.size:
            _place(cover, sprite, rng, float(np.exp(rng.uniform(*np.log(scale)))))
    return cover


def _place(cover: FloatArray, sprite: NDArray[np.uint8], rng: Generator, factor: float) -> None:
    import cv2

    piece: NDArray[Any] = np.rot90(sprite, int(rng.integers(4)))
    piece = piece[:, ::-1] if rng.random() < 0.5 else piece
    angle = rng.uniform(-30, 30)
    h, w = piece.shape
    # As large a canvas as the turned piece needs.
    matrix = cv2.getRotationMatrix2D((w / 2, h / 2), angle, factor)
    cos, sin = abs(matrix[0, 0]), abs(matrix[0, 1])
    columns, rows = max(1, int(h * sin + w * cos) + 2), max(1, int(h * cos + w * sin) + 2)
    matrix[:, 2] += (columns / 2 - w / 2, rows / 2 - h / 2)
    turned = cv2.warpAffine(np.ascontiguousarray(piece), matrix, (columns, rows), flags=cv2.INTER_AREA)
    height, width = cover.shape
    top, left = (int(rng.integers(-extent // 2, side)) for extent, side in ((rows, height), (columns, width)))
    y, x = max(0, top), max(0, left)
    bottom, right = min(height, top + rows), min(width, left + columns)
    if bottom > y and right > x:
        part = turned[y - top : bottom - top, x - left : right - left].astype(np.float32) / 255
        np.maximum(cover[y:bottom, x:right], part, out=cover[y:bottom, x:right])


def random_traced_mask(rng: Generator, paths: list[Path], height: int, width: int) -> FloatArray:
    """Coverage, (height, width) from 0 to 1: a piece of a traced mask, turned, mirrored and scaled."""
    import cv2

    mask = load_traced(paths[int(rng.integers(len(paths)))])
    factor = rng.uniform(
        1.0, max(1.0, 0.7 * min(side / n for side, n in zip(mask.shape, (height, width), strict=True)))
    )
    rows, columns = (min(side, max(8, round(n * factor))) for side, n in zip(mask.shape, (height, width), strict=True))
    top, left = int(rng.integers(mask.shape[0] - rows + 1)), int(rng.integers(mask.shape[1] - columns + 1))
    piece: NDArray[Any] = mask[top : top + rows, left : left + columns]
    piece = np.rot90(piece, 2) if rng.random() < 0.5 else piece
    piece = piece[:, ::-1] if rng.random() < 0.5 else piece
    kind = cv2.INTER_AREA if factor > 1 else cv2.INTER_LINEAR
    resized = cv2.resize(np.ascontiguousarray(piece), (width, height), interpolation=kind)
    return np.asarray(resized, np.float32) / np.float32(255)


@lru_cache(maxsize=16)
def load_traced(path: Path) -> NDArray[np.uint8]:
    """A traced mask, (height, width) uint8, 255 = damaged.

    Raises:
        InputError: the file is no picture.
    """
    return _read_grey(path)


def _read_grey(path: Path) -> NDArray[np.uint8]:
    import cv2

    found = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if found is None:
        raise UnreadableTrainingPicture(path=path)
    return np.asarray(found, np.uint8)


def lay_over(pixels: FloatArray, cover: FloatArray, rng: Generator, *, opacity: float, light: bool) -> Degraded:
    """Lay damage of a light or a dark tone over a picture.

    Args:
        pixels: (height, width, 3), 0 to 1.
        cover: (height, width), 0 to 1.
        opacity: 0 to 1, of the damage where ``cover`` is 1.
        light: whether it is light (dust on a negative) or dark.

    Returns:
        The pixels, and where they were visibly changed.
    """
    import cv2

    soft = cv2.GaussianBlur(cover, (0, 0), rng.uniform(0.4, 0.9)) if rng.random() < 0.7 else cover
    tone = rng.uniform(0.75, 1.0) if light else rng.uniform(0.0, 0.25)
    tint = np.clip(tone + rng.normal(0, 0.015, 3), 0, 1).astype(np.float32)
    uneven = np.clip(1 + 0.15 * smooth_field((cover.shape[0], cover.shape[1]), rng, sigma=8), 0.4, 1)
    share = np.clip(soft * np.float32(opacity) * uneven, 0, 1)[..., None].astype(np.float32)
    covered = pixels + share * (tint - pixels)
    changed = largest(np.abs(covered - pixels)) > _SEEN
    return Degraded(np.asarray(covered, np.float32), changed & (soft > 0.25))


def largest(pixels: FloatArray) -> FloatArray:
    """Of the three channels: (height, width, 3) to (height, width). NumPy's own takes five times as long."""
    return np.maximum(np.maximum(pixels[..., 0], pixels[..., 1]), pixels[..., 2])
