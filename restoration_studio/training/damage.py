"""Damage made on purpose to places of a picture: scratches, dust, folds, lost patches and stains.

Every function takes RGB pixels, (height, width, 3) float32 from 0 to 1, and an explicit random generator,
and returns the new pixels with a mask, (height, width) bool: True = damaged, to be filled. Lengths are
pixels unless said to be shares of the picture. The kinds are the structured degradations of Wan et al.,
"Bringing old photos back to life", CVPR 2020.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from restoration_studio.training.tone import FloatArray, clip, smooth_field

_SUBPIXEL = 4  # bits of the fixed-point coordinates OpenCV draws with
_SEEN = 0.08  # opacity from which a place counts as damaged


class Degraded(NamedTuple):
    """``pixels`` (height, width, 3) float32 and ``mask`` (height, width) bool, True = damaged, to be filled."""

    pixels: FloatArray
    mask: NDArray[np.bool_]


def scratches(
    pixels: FloatArray,
    rng: Generator,
    *,
    count: int = 8,
    width: float = 1.2,
    length: float = 0.8,
    opacity: float = 0.8,
    light: float = 0.8,
    upright: float = 0.7,
) -> Degraded:
    """Long thin scratches, slightly bent, fading in and out along their way.

    Args:
        count: 1 to 40.
        width: of the widest, 0.5 to 4 pixels.
        length: of the longest, as a share of the picture's longer side, 0.05 to 1.5.
        opacity: of the deepest, 0.2 to 1.
        light: share of bright scratches; the others are dark.
        upright: share that runs nearly upright, as film transport makes them.
    """
    shape = (pixels.shape[0], pixels.shape[1])
    coverage = {tone: np.zeros(shape, np.float32) for tone in (0.95, 0.04)}
    for _ in range(count):
        angle = math.pi / 2 + rng.normal(0, 0.05) if rng.random() < upright else rng.uniform(0, math.pi)
        reach = max(shape) * length * rng.uniform(0.3, 1)
        middle = np.array([rng.uniform(0, shape[1]), rng.uniform(0, shape[0])])
        curve = _curve(middle, angle, reach, rng.normal(0, 0.04) * reach)
        strength = opacity * rng.uniform(0.5, 1) * _along(len(curve), rng)
        tone = 0.95 if rng.random() < light else 0.04
        _draw_curve(coverage[tone], curve, strength, width * rng.uniform(0.4, 1))
    return _cover(pixels, coverage)


def dust(
    pixels: FloatArray,
    rng: Generator,
    *,
    count: int = 40,
    size: float = 2.5,
    hairs: int = 3,
    opacity: float = 0.9,
    light: float = 0.7,
) -> Degraded:
    """Dust, spots and hairs.

    Args:
        count: of specks, 1 to 300.
        size: radius of the largest, 0.5 to 12 pixels; most are much smaller.
        hairs: short bent fibres, 0 to 20.
        opacity: of the deepest, 0.2 to 1.
        light: share that is bright (dust on a negative); the others are dark.
    """
    import cv2

    shape = (pixels.shape[0], pixels.shape[1])
    coverage = {tone: np.zeros(shape, np.float32) for tone in (0.94, 0.07)}
    for _ in range(count):
        radius = size * (0.25 + 0.75 * rng.random() ** 2)
        turns = np.sort(rng.uniform(0, 2 * math.pi, 10))
        radii = radius * rng.uniform(0.55, 1.1, 10)
        outline = np.stack([np.cos(turns) * radii * rng.uniform(0.6, 1.2), np.sin(turns) * radii], axis=1)
        outline += (rng.uniform(0, shape[1]), rng.uniform(0, shape[0]))
        layer = np.zeros(shape, np.uint8)
        cv2.fillPoly(layer, [_fixed(outline)], 255, cv2.LINE_AA, _SUBPIXEL)
        _raise(coverage[0.94 if rng.random() < light else 0.07], layer, opacity * rng.uniform(0.6, 1))
    for _ in range(hairs):
        reach = rng.uniform(6, 16) * size
        middle = np.array([rng.uniform(0, shape[1]), rng.uniform(0, shape[0])])
        curve = _curve(middle, rng.uniform(0, math.pi), reach, rng.normal(0, 0.25) * reach)
        strength = np.full(len(curve), opacity * rng.uniform(0.6, 1))
        _draw_curve(coverage[0.94 if rng.random() < light else 0.07], curve, strength, max(0.8, size / 3))
    return _cover(pixels, coverage)


def folds(pixels: FloatArray, rng: Generator, *, count: int = 1, width: float = 2.0, shade: float = 0.12) -> Degraded:
    """Folds across the whole picture: a cracked pale line between a shadow and a light.

    Args:
        count: 1 to 4.
        width: of the crack, 0.5 to 8 pixels.
        shade: depth of the shadow beside it, 0 to 0.4; the mask holds the crack, not its shadow.
    """
    height, wide = pixels.shape[:2]
    rows, columns = np.mgrid[:height, :wide].astype(np.float32)
    result, mask = pixels, np.zeros((height, wide), bool)
    for _ in range(count):
        angle = rng.normal(0, 0.12) + (math.pi / 2 if rng.random() < 0.5 else 0)
        x, y = wide * rng.uniform(0.2, 0.8), height * rng.uniform(0.2, 0.8)
        distance = (rows - y) * math.cos(angle) - (columns - x) * math.sin(angle)
        distance += 0.5 * width * smooth_field((height, wide), rng, sigma=6)
        uneven = smooth_field((height, wide), rng, sigma=1.5 + width)
        shadow = shade * (distance / (4 * width)) * np.exp(0.5 - 0.5 * (distance / (4 * width)) ** 2)
        crack = np.clip((0.5 * width * (1 + 0.5 * uneven) + 0.5 - np.abs(distance)), 0, 1)
        crack *= np.clip(0.85 + 0.35 * uneven, 0.1, 1)
        paper = 0.88 + 0.03 * smooth_field((height, wide), rng, sigma=0.7)
        result = (result * (1 - shadow[..., None])) * (1 - crack[..., None]) + (paper * crack)[..., None]
        mask |= crack > _SEEN
    return Degraded(clip(result), mask)


def patches(
    pixels: FloatArray, rng: Generator, *, count: int = 3, size: float = 0.08, where: str = "edges"
) -> Degraded:
    """Lost emulsion: torn patches where the whitish paper shows.

    Args:
        count: 1 to 12.
        size: radius of the largest, as a share of the picture's shorter side, 0.01 to 0.4.
        where: "edges" or "anywhere".
    """
    shape = (pixels.shape[0], pixels.shape[1])
    result, mask = pixels, np.zeros(shape, bool)
    for inside, _ in _blotches(pixels, rng, count, size, where, ragged=0.35):
        paper = np.array([0.93, 0.91, 0.86], np.float32) + 0.015 * smooth_field(shape, rng, sigma=0.8)[..., None]
        cover = np.clip(inside + 0.5, 0, 1)[..., None]
        rim = 0.25 * np.exp(-0.5 * (inside / 1.2) ** 2)[..., None]  # the torn edge curls and throws a shadow
        result = (result * (1 - cover) + paper * cover) * (1 - rim)
        mask |= inside > -1.5
    return Degraded(clip(result), mask)


def stains(
    pixels: FloatArray,
    rng: Generator,
    *,
    count: int = 2,
    size: float = 0.2,
    strength: float = 0.6,
    where: str = "anywhere",
) -> Degraded:
    """Water stains: brownish, seen through, with a darker tide line. ``size`` and ``where`` as in `patches`.

    ``strength`` is 0.1 (faint) to 1 (dark).
    """
    result, mask = pixels, np.zeros(pixels.shape[:2], bool)
    brown = np.array([0.62, 0.46, 0.26], np.float32)
    for inside, radius in _blotches(pixels, rng, count, size, where, ragged=0.2):
        edge = max(1.0, 0.06 * radius)
        depth = 0.225 * (1 + np.tanh(inside / (2 * edge))) + 0.4 * np.exp(-0.5 * ((inside - edge) / edge) ** 2)
        result = result * brown ** (strength * depth)[..., None]
        mask |= depth > 0.2
    return Degraded(clip(result), mask)


def _blotches(
    pixels: FloatArray, rng: Generator, count: int, size: float, where: str, *, ragged: float
) -> list[tuple[FloatArray, float]]:
    """Irregular areas: for each, how far inside it every pixel lies (about, in pixels) and its radius."""
    if where not in ("edges", "anywhere"):
        raise ValueError(f"where must be edges or anywhere, not '{where}'.")
    height, width = pixels.shape[:2]
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    found = []
    for _ in range(count):
        radius = max(1.5, min(height, width) * size * rng.uniform(0.4, 1))
        x, y = rng.uniform(0, width), rng.uniform(0, height)
        if where == "edges":
            side = rng.integers(4)
            x, y = ((x, 0.0), (x, float(height)), (0.0, y), (float(width), y))[side]
        stretch = rng.uniform(0.6, 1.6)
        distance = np.hypot((columns - x) * stretch, (rows - y) / stretch)
        wobble = smooth_field((height, width), rng, sigma=radius / 3)
        wobble = wobble + 0.3 * smooth_field((height, width), rng, sigma=max(1.0, radius / 12))
        found.append(((radius * (1 + ragged * wobble) - distance).astype(np.float32), radius))
    return found


def _curve(middle: NDArray[Any], angle: float, reach: float, bow: float) -> NDArray[Any]:
    """Points (x, y), about 3 pixels apart, of a parabola of length ``reach`` through ``middle``."""
    t = np.linspace(-1, 1, max(4, round(reach / 3)))
    along = np.array([math.cos(angle), math.sin(angle)])
    across = np.array([-along[1], along[0]])
    points: NDArray[Any] = middle + np.outer(t * reach / 2, along) + np.outer(bow * (1 - t * t), across)
    return points


def _along(count: int, rng: Generator) -> NDArray[Any]:
    """Opacity along a scratch, 0 to 1: thin at the ends, with gaps."""
    knots = max(4, count // 8)
    uneven = np.interp(np.linspace(0, knots - 1, count), np.arange(knots), rng.uniform(0, 1.4, knots))
    opacity: NDArray[Any] = np.clip(uneven, 0, 1) * np.clip(4 * np.sin(np.linspace(0, math.pi, count)), 0, 1)
    return opacity


def _fixed(points: NDArray[Any]) -> NDArray[np.int32]:
    return np.asarray(np.rint(points * (1 << _SUBPIXEL)), np.int32)


def _draw_curve(coverage: FloatArray, curve: NDArray[Any], strength: NDArray[Any], width: float) -> None:
    """Add a curve of changing opacity to ``coverage``; under one pixel of width its opacity falls instead."""
    import cv2

    layer = np.zeros(coverage.shape, np.uint8)
    points = _fixed(curve)
    for index in range(len(points) - 1):
        value = round(255 * float(strength[index]) * min(1.0, width))
        if value > 4:
            start, end = (tuple(int(v) for v in points[index + step]) for step in (0, 1))
            cv2.line(layer, start, end, value, max(1, round(width)), cv2.LINE_AA, _SUBPIXEL)
    _raise(coverage, layer, 1.0)


def _raise(coverage: FloatArray, layer: NDArray[np.uint8], opacity: float) -> None:
    np.maximum(coverage, layer.astype(np.float32) * np.float32(opacity / 255), out=coverage)


def _cover(pixels: FloatArray, coverage: dict[float, FloatArray]) -> Degraded:
    """Lay each tone (0 to 1) over the pixels with its coverage."""
    result, mask = pixels, np.zeros(pixels.shape[:2], bool)
    for tone, share in coverage.items():
        result = result + share[..., None] * (tone - result)
        mask |= share > _SEEN
    return Degraded(clip(result), mask)
