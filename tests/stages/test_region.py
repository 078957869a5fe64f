"""Regions: what is inside, what is refused, and that masks travel in recipes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from restoration_studio.errors import InputError, RecipeError
from restoration_studio.stages.region import Region


def test_rectangle_covers_its_pixels_and_no_more() -> None:
    weights = Region.parse("2,1,3,2").weights(6, 8)
    expected = np.zeros((6, 8), np.float32)
    expected[1:3, 2:5] = 1
    np.testing.assert_array_equal(weights, expected)


def test_polygon_and_rectangle_are_united() -> None:
    region = Region(rectangles=((0, 0, 1, 1),), polygons=(((4, 0), (8, 0), (8, 4)),))
    weights = region.weights(6, 10)
    assert weights[0, 0] == 1 and weights[1, 7] == 1 and weights[5, 2] == 0


def test_polygon_from_text() -> None:
    assert len(Region.parse("0,0 5,0 5,5").polygons[0]) == 3


def test_painted_mask_survives_json() -> None:
    mask = np.zeros((5, 7), bool)
    mask[1:3, 2:6] = True
    again = Region.model_validate_json(Region.from_mask(mask).model_dump_json())
    np.testing.assert_array_equal(again.weights(5, 7), mask.astype(np.float32))


def test_mask_from_file(tmp_path: Path) -> None:
    mask = np.zeros((20, 30), np.uint8)
    mask[5:9, 10:20] = 255
    Image.fromarray(mask).save(tmp_path / "маска.png")
    np.testing.assert_array_equal(Region.parse(str(tmp_path / "маска.png")).weights(20, 30), mask / 255)


def test_feather_softens_the_edge_only() -> None:
    weights = Region(rectangles=((20, 20, 40, 40),), feather=6).weights(80, 80)
    assert weights[40, 40] == 1 and weights[2, 2] == 0
    assert 0.1 < weights[40, 19] < 0.9


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1.5,2,3,4", "in whole pixels"),
        ("1,1 2,2", "three or more points"),
        ("nan,1 2,2 3,3", "no polygon"),
        ("a,1 2,2 3,3", "no polygon"),
        (" ; ", "neither"),
    ],
)
def test_what_is_wrong_with_a_text_is_said(text: str, said: str) -> None:
    with pytest.raises(RecipeError, match=said):
        Region.parse(text)


@pytest.mark.parametrize("full", [1, 255, 65535])
def test_integers_are_read_by_the_range_they_fill(full: int) -> None:
    mask = np.zeros((4, 6), np.int64)
    mask[1, 2], mask[3, 3] = full, full // 4
    weights = Region.from_mask(mask).weights(4, 6)
    assert weights[1, 2] == 1 and weights[3, 3] == pytest.approx(full // 4 / full, abs=0.01)
    assert Region.from_mask(np.minimum(mask, 255).astype(np.uint8)).weights(4, 6)[1, 2] == 1


def test_an_array_that_holds_no_numbers_is_refused() -> None:
    with pytest.raises(InputError, match="no numbers"):
        Region.from_mask(np.full((4, 6), np.nan))


def test_a_region_reads_as_it_is_written() -> None:
    region = Region.parse("1,2,3,4; 0,0 5.5,0 5,5")
    assert str(region) == "1,2,3,4; 0,0 5.5,0 5,5"
    assert Region.parse(str(region)) == region


@pytest.mark.parametrize("text", ["1,2,3", "1,2,0,4", "nowhere.png", "a,b,c,d", "1,1 2,2", ""])
def test_text_that_is_no_region_is_refused(text: str) -> None:
    with pytest.raises(RecipeError):
        Region.parse(text)


def test_region_outside_the_picture_is_refused() -> None:
    with pytest.raises(InputError, match="outside"):
        Region.parse("100,100,5,5").weights(50, 50)


def test_mask_of_another_size_is_refused_with_both_sizes() -> None:
    with pytest.raises(InputError, match=r"7x5.*9x9"):
        Region.from_mask(np.ones((5, 7), np.uint8) * 255).weights(9, 9)
