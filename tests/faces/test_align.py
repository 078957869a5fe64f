"""Faces come upright into the square, and only what lies in the oval comes back."""

from __future__ import annotations

import numpy as np
import pytest

from restoration_studio.faces.align import SIDE, TEMPLATE, alignment, face_weights, unwarp, warp
from restoration_studio.faces.detect import Face
from restoration_studio.image.picture import FloatArray


def _face(scale: float = 0.25, shift: tuple[float, float] = (100.0, 60.0)) -> Face:
    points = (TEMPLATE * scale + shift).astype(np.float32)
    return Face((0, 0, 10, 10), 1.0, points)


def _added(pixels: FloatArray, change: FloatArray, matrix: FloatArray) -> FloatArray:
    top, left, part = unwarp(change, matrix, pixels.shape)
    made = pixels.copy()
    made[top : top + part.shape[0], left : left + part.shape[1]] += part
    return made


def test_landmarks_meet_the_template() -> None:
    face = _face()
    matrix = alignment(face)
    there = face.landmarks @ matrix[:, :2].T + matrix[:, 2]
    np.testing.assert_allclose(there, TEMPLATE, atol=0.5)


def test_scale_is_that_of_the_enlarged_picture() -> None:
    face = _face()
    twice = alignment(face, 2.0)
    there = ((face.landmarks + 0.5) * 2 - 0.5) @ twice[:, :2].T + twice[:, 2]
    np.testing.assert_allclose(there, TEMPLATE, atol=0.5)


@pytest.mark.parametrize("scale", [0.1, 0.25, 1.5, 4.0])
def test_a_change_comes_back_where_the_face_is_and_nowhere_else(scale: float) -> None:
    shape = (int(SIDE * scale) + 80, int(SIDE * scale) + 120, 3)
    pixels = np.random.default_rng(0).random(shape, dtype=np.float32) * 0.5
    matrix = alignment(_face(scale, (60.0, 40.0)))
    change = 0.25 * np.repeat(face_weights()[..., None], 3, axis=2)
    made = _added(pixels, change, matrix)
    changed = (made != pixels).any(axis=2)
    assert changed.any() and not changed.all()
    centre = tuple(int(v * scale + s) for v, s in ((292, 40.0), (256, 60.0)))
    np.testing.assert_allclose(made[centre] - pixels[centre], 0.25, atol=0.01)
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    assert rows[0] > 40 and rows[-1] < 40 + SIDE * scale and columns[0] > 60 and columns[-1] < 60 + SIDE * scale


def test_weights_have_no_box_and_no_edge() -> None:
    weights = face_weights()
    border = np.concatenate([weights[0], weights[-1], weights[:, 0], weights[:, -1]])
    assert border.max() == 0 and weights.max() == 1
    assert np.abs(np.diff(weights, axis=0)).max() < 0.03 and np.abs(np.diff(weights, axis=1)).max() < 0.03
    assert all(weights[round(y), round(x)] > 0.6 for x, y in TEMPLATE)


def test_a_face_at_the_border(photograph: FloatArray) -> None:
    matrix = alignment(_face(0.2, (-40.0, -30.0)))
    square = warp(photograph, matrix)
    assert square.shape == (SIDE, SIDE, 3) and np.isfinite(square).all()
    made = _added(photograph, 0.1 * np.ones((SIDE, SIDE, 3), np.float32), matrix)
    assert made.shape == photograph.shape and (made != photograph).any()
    far = alignment(_face(0.2, (9000.0, 9000.0)))
    np.testing.assert_array_equal(_added(photograph, np.ones((SIDE, SIDE, 3), np.float32), far), photograph)


def test_landmarks_in_one_point_are_refused() -> None:
    with pytest.raises(ValueError, match="no extent"):
        alignment(Face((0, 0, 1, 1), 1.0, np.zeros((5, 2), np.float32)))
