from __future__ import annotations

import numpy as np
import pytest
import skimage.data
from numpy.typing import NDArray
from PIL import Image

from restoration_studio.image.comparison import make_comparison


def picture(width: int, height: int) -> NDArray[np.float32]:
    image = Image.fromarray(skimage.data.coffee()).resize((width, height))
    return np.asarray(image, np.float32) / 255


def contains(sheet: NDArray[np.uint8], part: NDArray[np.uint8]) -> list[tuple[int, int]]:
    """Where (top, left) ``part`` stands in the sheet, pixel for pixel."""
    height, width = part.shape[:2]
    starts = np.argwhere((sheet[: -height + 1, : -width + 1] == part[0, 0]).all(axis=2))
    return [(int(y), int(x)) for y, x in starts if np.array_equal(sheet[y : y + height, x : x + width], part)]


def to_uint8(pixels: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.rint(pixels * 255).astype(np.uint8)


def test_both_stand_side_by_side_untouched_at_one_size() -> None:
    before, after = picture(300, 280), picture(300, 280)[::-1]
    sheet = make_comparison(before, after)
    assert sheet.dtype == np.uint8 and sheet.shape[2] == 3
    ((top, left),) = contains(sheet, to_uint8(before))
    ((other_top, other_left),) = contains(sheet, to_uint8(after))
    assert top == other_top and other_left >= left + 300
    assert sheet.shape[0] < 2 * 280  # nothing was scaled and nothing is large: no detail row


def test_wide_pictures_stand_one_above_the_other() -> None:
    before, after = picture(500, 200), picture(500, 200)[:, ::-1]
    sheet = make_comparison(before, after)
    ((top, left),) = contains(sheet, to_uint8(before))
    ((other_top, other_left),) = contains(sheet, to_uint8(after))
    assert left == other_left and other_top >= top + 200


def test_the_before_is_enlarged_with_bicubic() -> None:
    before, after = picture(150, 100), picture(600, 400)
    sheet = make_comparison(before, after)
    enlarged = Image.fromarray(to_uint8(before)).resize((600, 400), Image.Resampling.BICUBIC)
    assert len(contains(sheet, np.asarray(enlarged))) == 1
    assert len(contains(sheet, to_uint8(after))) == 1


def test_a_detail_of_the_textured_part_follows_at_one_to_one() -> None:
    """The only texture lies lower right; it must come back pixel for pixel although the panels are reduced."""
    after = np.full((2000, 2000, 3), 0.5, np.float32)
    texture = np.random.default_rng(0).random((300, 300, 3), np.float32)
    after[1500:1800, 1600:1900] = texture
    sheet = make_comparison(after, after, max_side=1600)
    assert max(sheet.shape) <= 1600
    assert len(contains(sheet, to_uint8(texture))) == 2


def test_the_detail_shows_the_same_place_of_both() -> None:
    after = np.full((1200, 1200, 3), 0.5, np.float32)
    after[900:1000, 200:300] = (1.0, 0.0, 0.0)
    before = after[::4, ::4]
    sheet = make_comparison(before, after, max_side=1200).astype(int)
    red = (sheet[..., 0] > 240) & (sheet[..., 1] < 15)
    lower = red[sheet.shape[0] * 7 // 10 :]
    half = sheet.shape[1] // 2
    left, right = np.argwhere(lower[:, :half]), np.argwhere(lower[:, half:])
    assert len(left) > 5000 and len(right) > 5000
    assert np.abs(left.mean(axis=0) - right.mean(axis=0) - (0, 0)).max() < 0.02 * half


@pytest.mark.parametrize("shape", [(1, 1), (1, 3000), (3000, 1), (7, 500), (40, 30)])
@pytest.mark.parametrize("max_side", [200, 2400])
def test_odd_shapes_fit(shape: tuple[int, int], max_side: int) -> None:
    before, after = np.zeros(shape, np.float32), np.ones((4 * shape[0], 4 * shape[1]), np.float32)
    sheet = make_comparison(before, after, max_side=max_side)
    assert max(sheet.shape) <= max_side


def test_labels_are_drawn_and_long_ones_stay_inside() -> None:
    grey = np.full((240, 240), 0.5, np.float32)
    plain, named = (
        make_comparison(grey, grey, labels=("", "")),
        make_comparison(grey, grey, labels=("x" * 400, "after")),
    )
    assert plain.shape == named.shape
    assert not np.array_equal(plain, named)
    changed = np.argwhere((plain != named).any(axis=(0, 2)))
    assert changed.max() < named.shape[1] - 4


def test_integers_and_grey_read_like_floats() -> None:
    pixels = picture(60, 50)
    eight = to_uint8(pixels)
    expected = make_comparison(eight.astype(np.float32) / 255, eight.astype(np.float32) / 255)
    assert np.array_equal(make_comparison(eight, eight), expected)
    assert np.array_equal(make_comparison(eight.astype(np.uint16) * 257, eight), expected)
    assert make_comparison(pixels[..., 0], pixels).shape == expected.shape


def test_bad_arrays_are_refused() -> None:
    with pytest.raises(ValueError, match="must be"):
        make_comparison(np.zeros((4, 4, 4), np.float32), np.zeros((4, 4, 4), np.float32))
    with pytest.raises(ValueError, match="must hold"):
        make_comparison(np.zeros((4, 4), np.int64), np.zeros((4, 4), np.int64))
    with pytest.raises(ValueError, match="max_side"):
        make_comparison(np.zeros((4, 4), np.float32), np.zeros((4, 4), np.float32), max_side=10)
