"""Finds the faces of a picture, whichever way up they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from restoration_studio.context import StageContext
    from restoration_studio.image.picture import FloatArray

DETECTORS = ("retinaface-mobile0.25", "retinaface-resnet50")
_LEAST_SCORE = 0.8
_OVERLAP = 0.4  # two boxes that share more than this of their union are one face
_LARGEST = 1280  # pixels on the longer side that the detector sees
_SMALLEST = 320  # a smaller picture is enlarged to this, so that its faces reach the sizes it was trained with


@dataclass(frozen=True)
class Face:
    """A face in a picture.

    Attributes:
        box: left, top, right, bottom in pixels.
        score: how sure the detector is, 0 to 1.
        landmarks: (5, 2), x and y of the person's right eye, left eye, nose, right and left corner of the mouth,
            that is from left to right in an upright face.
        turned: quarter turns, counterclockwise, that bring the face upright.
    """

    box: tuple[float, float, float, float]
    score: float
    landmarks: NDArray[np.float32]
    turned: int = 0

    @property
    def size(self) -> float:
        """The longer side of the box in pixels."""
        return max(self.box[2] - self.box[0], self.box[3] - self.box[1])

    @property
    def middle(self) -> tuple[float, float]:
        return (self.box[0] + self.box[2]) / 2, (self.box[1] + self.box[3]) / 2


def find_faces(
    pixels: FloatArray,
    context: StageContext,
    *,
    detector: str = DETECTORS[0],
    smallest: float = 0.0,
    turns: tuple[int, ...] = (0, 1, 2, 3),
) -> list[Face]:
    """All faces, the largest first.

    Args:
        pixels: (height, width, 3) float32 RGB, 0 to 1.
        context: what the stage was handed.
        detector: a name of `DETECTORS`.
        smallest: faces smaller than this many pixels are left out.
        turns: quarter turns the picture is looked at with; (0,) finds upright faces only.

    Raises:
        WeightsError: the detector's weights are not here and cannot be fetched.
    """
    loaded = context.model(detector)
    height, width = pixels.shape[:2]
    factor = _factor(height, width)
    small = _resized(pixels, factor)
    found: list[Face] = []
    for done, turn in enumerate(turns):
        context.on_tile(done, len(turns))
        seen = np.ascontiguousarray(np.rot90(small, turn))
        rows = loaded.network.detect(seen, loaded.device, _LEAST_SCORE)
        found += [_face(row, turn, small.shape[:2], factor) for row in rows]
    context.on_tile(len(turns), len(turns))
    return sorted((face for face in _remove_duplicates(found) if face.size >= smallest), key=lambda f: -f.size)


def _factor(height: int, width: int) -> float:
    longest = max(height, width)
    return min(_LARGEST, max(_SMALLEST, longest)) / longest


def _resized(pixels: FloatArray, factor: float) -> FloatArray:
    import cv2

    if factor == 1:
        return pixels
    size = (max(1, round(pixels.shape[1] * factor)), max(1, round(pixels.shape[0] * factor)))
    kind = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return np.asarray(np.clip(cv2.resize(pixels, size, interpolation=kind), 0, 1), np.float32)


def _face(row: NDArray[Any], turn: int, size: tuple[int, ...], factor: float) -> Face:
    """A detection in the turned picture as a face of the picture itself."""
    points = np.concatenate([row[:4], row[5:15]]).reshape(-1, 2)
    points = _rotate_back(points, turn, size) / factor
    corners = points[:2]
    (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
    box = (float(left), float(top), float(right), float(bottom))
    return Face(box, float(row[4]), np.asarray(points[2:], np.float32), turn)


def _rotate_back(points: NDArray[Any], turn: int, size: tuple[int, ...]) -> NDArray[Any]:
    """Points (x, y) in ``np.rot90(picture, turn)`` as points of the picture of ``size`` (height, width)."""
    height, width = size
    x, y = points[:, 0], points[:, 1]
    turned = [(x, y), (width - 1 - y, x), (width - 1 - x, height - 1 - y), (y, height - 1 - x)][turn % 4]
    return np.stack(turned, axis=1)


def _remove_duplicates(faces: list[Face]) -> list[Face]:
    """One for each place: the surest, which is the one seen the right way up."""
    kept: list[Face] = []
    for face in sorted(faces, key=_sort_key):
        if all(_intersection_over_union(face.box, other.box) <= _OVERLAP for other in kept):
            kept.append(face)
    return kept


def _sort_key(face: Face) -> float:
    """Negative, so that the surest comes first.

    Seen sideways or upside down a face may score as high; its landmarks then do not stand as a face's do.
    """
    return -(face.score + _uprightness(face))


def _uprightness(face: Face) -> float:
    """1 when the eyes lie level over the mouth as seen by the detector, falling to -1 when upside down."""
    eyes, mouth = face.landmarks[:2].mean(axis=0), face.landmarks[3:].mean(axis=0)
    down = (mouth - eyes) / max(1e-6, float(np.linalg.norm(mouth - eyes)))
    # Where "down" points in the picture for each quarter turn that makes the face upright.
    expected = [(0, 1), (-1, 0), (0, -1), (1, 0)][face.turned % 4]
    return float(down @ np.array(expected, np.float32))


def _intersection_over_union(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    """Intersection over union of two boxes."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - width * height
    return width * height / union
