"""Faces are found with the real weights: upright, turned, small, several, cut off; and none where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from restoration_studio.context import StageContext
from restoration_studio.faces.detect import Face, find_faces
from restoration_studio.faces.detect import _rotate_back as turned_back
from restoration_studio.image.picture import FloatArray
from restoration_studio.image.resize import resize

pytestmark = pytest.mark.network
EYE, OTHER_EYE = (204.0, 103.0), (246.0, 103.0)


@pytest.mark.parametrize("turn", [0, 1, 2, 3])
def test_a_face_is_found_whichever_way_up(portrait: FloatArray, detecting: StageContext, turn: int) -> None:
    (face,) = find_faces(np.ascontiguousarray(np.rot90(portrait, turn)), detecting)
    assert face.turned == -turn % 4 and face.score > 0.99
    back = turned_back(face.landmarks, turn, (512, 512))
    assert np.abs(back[0] - EYE).max() < 6


def test_upright_only_when_asked(portrait: FloatArray, detecting: StageContext) -> None:
    upside_down = np.ascontiguousarray(portrait[::-1, ::-1])
    found = find_faces(upside_down, detecting, turns=(0,))
    assert all(face.turned == 0 for face in found)


def test_a_small_face_and_the_smallest_wanted(portrait: FloatArray, detecting: StageContext) -> None:
    small = resize(portrait, (144, 144))  # the face has some 30 pixels
    (face,) = find_faces(small, detecting, turns=(0,))
    assert 25 < face.size < 40
    assert find_faces(small, detecting, turns=(0,), smallest=60) == []


def test_forty_faces(portrait: FloatArray, detecting: StageContext) -> None:
    head = resize(portrait[30:210, 130:310], (150, 150))
    crowd = np.concatenate([np.concatenate([head] * 8, axis=1)] * 5)
    found = find_faces(crowd, detecting, turns=(0,))
    assert len(found) == 40 and {face.turned for face in found} == {0}
    assert all(found[n].size >= found[n + 1].size for n in range(39))


def test_a_face_cut_by_the_border(portrait: FloatArray, detecting: StageContext) -> None:
    found = find_faces(np.ascontiguousarray(portrait[:, 215:]), detecting, turns=(0,))
    assert len(found) <= 1  # half a face may be found or not; what counts is that it is no error


def test_no_face_in_a_cat_or_in_nothing(detecting: StageContext) -> None:
    from skimage.data import chelsea, coffee

    for picture in (chelsea(), coffee()):
        assert find_faces((picture / 255).astype(np.float32), detecting) == []
    assert find_faces(np.full((3, 200, 3), 0.5, np.float32), detecting) == []
    assert find_faces(np.zeros((1, 1, 3), np.float32), detecting) == []


def test_large_pictures_are_looked_at_smaller(portrait: FloatArray, detecting: StageContext) -> None:
    large = resize(portrait, (2048, 2048))
    (face,) = find_faces(large, detecting, turns=(0,))
    assert isinstance(face, Face) and np.abs(face.landmarks[0] / 4 - EYE).max() < 6
