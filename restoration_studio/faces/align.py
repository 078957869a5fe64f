"""Brings a face to the pose face networks were trained with, and puts the restored one back without a box round it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from restoration_studio.faces.detect import Face

if TYPE_CHECKING:
    from restoration_studio.image.picture import FloatArray

SIDE = 512
# Where FFHQ (Karras, Laine, Aila, CVPR 2019) has eyes, nose and mouth at 512x512, as facexlib lists them.
TEMPLATE = np.array(
    [
        [192.98138, 239.94708],
        [318.90277, 240.1936],
        [256.63416, 314.01935],
        [201.26117, 371.41043],
        [313.08905, 371.15118],
    ],
    np.float32,
)
# The part of the aligned square that is put back: an oval from brow to chin that ends well inside the square.
_CENTRE, _HALF_AXES, _SOFT = (256.0, 292.0), (172.0, 204.0), 0.34


class NoPose(ValueError):
    """Five landmarks that no turned and scaled template fits."""


def alignment(face: Face, scale: float = 1.0) -> NDArray[np.float64]:
    """The 2x3 similarity transform from picture pixels to the aligned square.

    Args:
        face: found in the picture.
        scale: size of the picture that is worked on divided by that of the one the face was found in.

    Raises:
        NoPose: the landmarks lie in one place.
    """
    import cv2

    points = (face.landmarks + 0.5) * scale - 0.5
    matrix, _ = cv2.estimateAffinePartial2D(points.astype(np.float32), TEMPLATE, method=cv2.LMEDS)
    if matrix is None:  # five points in one place: too small to have a pose
        raise NoPose("the face's landmarks have no extent")
    return np.asarray(matrix, np.float64)


def warp(pixels: FloatArray, matrix: NDArray[np.float64]) -> FloatArray:
    """The face as (512, 512, 3); outside the picture its edge is mirrored."""
    import cv2

    shrink = float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))
    source = pixels
    if shrink < 0.5:  # a face larger than the square: smoothed first, so that nothing flickers into false detail
        sigma = 0.5 * (1 / shrink - 1)
        left, top, right, bottom = _bounds(matrix, pixels.shape, margin=int(3 * sigma) + 2)
        part = cv2.GaussianBlur(pixels[top:bottom, left:right], (0, 0), sigma)
        matrix = matrix.copy()
        matrix[:, 2] += matrix[:, :2] @ (left, top)
        source = part
    warped = cv2.warpAffine(source, matrix, (SIDE, SIDE), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(np.clip(warped, 0, 1), np.float32)


@lru_cache(maxsize=1)
def face_weights() -> NDArray[np.float32]:
    """How much of the restored face counts at each place of the square, (512, 512), 0 to 1: a soft oval."""
    y, x = np.mgrid[:SIDE, :SIDE].astype(np.float32)
    away = np.hypot((x - _CENTRE[0]) / _HALF_AXES[0], (y - _CENTRE[1]) / _HALF_AXES[1])
    inside = np.clip((1 - away) / _SOFT, 0, 1)
    return np.asarray(inside * inside * (3 - 2 * inside), np.float32)


def unwarp(
    change: FloatArray, matrix: NDArray[np.float64], shape: tuple[int, ...]
) -> tuple[int, int, NDArray[np.float32]]:
    """A change made in the aligned square, where it lies in the picture.

    Args:
        change: (512, 512, 3), restored minus aligned, already weighted.
        matrix: of `alignment`.
        shape: of the picture's pixels.

    Returns:
        top and left in the picture and the change there, (h, w, 3), 0 where the square does not reach; empty where
        the square lies outside the picture.
    """
    import cv2

    left, top, right, bottom = _bounds(matrix, shape)
    if right <= left or bottom <= top:
        return 0, 0, np.zeros((0, 0, 3), np.float32)
    inner = matrix.copy()
    inner[:, 2] += matrix[:, :2] @ (left, top)
    part = cv2.warpAffine(
        change, inner, (right - left, bottom - top),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_CONSTANT, borderValue=0,
    )  # fmt: skip
    return top, left, np.asarray(part, np.float32)


def _bounds(matrix: NDArray[np.float64], shape: tuple[int, ...], margin: int = 1) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of the picture's pixels that the aligned square covers."""
    import cv2

    back = cv2.invertAffineTransform(matrix)
    corners = np.array([[0, 0, 1], [SIDE, 0, 1], [0, SIDE, 1], [SIDE, SIDE, 1]], np.float64) @ back.T
    low: Any = np.floor(corners.min(axis=0)).astype(int) - margin
    high: Any = np.ceil(corners.max(axis=0)).astype(int) + margin
    return max(0, low[0]), max(0, low[1]), min(shape[1], high[0]), min(shape[0], high[1])
