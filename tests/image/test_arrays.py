from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from restoration_studio.errors import InputError
from restoration_studio.image.arrays import picture_from_array, picture_to_array

SHAPES = [(5, 6), (5, 6, 1), (5, 6, 2), (5, 6, 3), (5, 6, 4)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_arrays_come_back_as_they_went_in(
    shape: tuple[int, ...], dtype: str, noise: Callable[..., NDArray[Any]]
) -> None:
    array = noise(shape, dtype)
    result = picture_to_array(picture_from_array(array))
    assert result.dtype == array.dtype and result.shape == array.shape
    assert np.array_equal(result, array)


def test_doubles_come_back_as_float32(noise: Callable[..., NDArray[Any]]) -> None:
    array = noise((5, 6, 3), "float64")
    result = picture_to_array(picture_from_array(array))
    assert result.dtype == np.float32 and np.allclose(result, array, atol=1e-7)


def test_bit_depth_and_greyness() -> None:
    grey = picture_from_array(np.full((4, 4), 300, np.uint16))
    assert (grey.bit_depth, grey.grey, grey.channels) == (16, True, "L")
    same = picture_from_array(np.full((4, 4, 3), 7, np.uint8))
    assert (same.bit_depth, same.grey, same.channels) == (8, True, "RGB")
    assert picture_to_array(same).shape == (4, 4, 3)


def test_grey_that_gained_colour_comes_back_as_rgb() -> None:
    picture = picture_from_array(np.zeros((4, 4), np.uint8))
    pixels = picture.pixels.copy()
    pixels[..., 0] = 1
    coloured = picture_to_array(picture.with_(pixels=pixels, grey=False))
    assert coloured.shape == (4, 4, 3) and coloured[0, 0].tolist() == [255, 0, 0]


def test_the_callers_array_is_neither_kept_nor_changed(noise: Callable[..., NDArray[Any]]) -> None:
    array = noise((5, 6, 3), "float32")
    before = array.copy()
    picture = picture_from_array(array)
    array[:] = 0
    assert np.array_equal(picture.pixels, before)


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.zeros((3, 4, 5, 3), np.uint8), "not a picture"),
        (np.zeros((3, 40, 50), np.uint8), "channels last"),
        (np.zeros((4, 4, 3), np.int64), "int64"),
        (np.zeros((4, 4, 3), bool), "bool"),
        (np.zeros((0, 4, 3), np.uint8), "no pixel"),
        (np.full((4, 4, 3), 1.5, np.float32), "from 0 to 1"),
        (np.full((4, 4, 3), -0.1), "from 0 to 1"),
        (np.full((4, 4, 3), np.nan, np.float32), "from 0 to 1"),
    ],
)
def test_what_is_no_picture_is_refused(array: NDArray[Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        picture_from_array(array)
