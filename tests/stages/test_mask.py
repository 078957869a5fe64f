"""The mask recipe: areas by hand, files, damage that is found, growing, keeping, protecting."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from restoration_studio.context import StageContext
from restoration_studio.errors import InputError, RecipeError, UsageError
from restoration_studio.image.picture import FloatArray, Picture
from restoration_studio.stages import mask as mask_module
from restoration_studio.stages.errors import MaskSizeDiffers
from restoration_studio.stages.mask import MaskSettings, grow_mask, make_mask
from restoration_studio.stages.region import Region

HEIGHT, WIDTH = 60, 80


@pytest.fixture
def grey() -> Picture:
    return Picture(np.full((HEIGHT, WIDTH, 3), 0.5, np.float32))


def made(picture: Picture, **settings: Any) -> np.ndarray:
    return make_mask(picture, MaskSettings(**({"grow": 0} | settings)), StageContext(models=None))  # type: ignore[arg-type]


def write(path: Path, array: np.ndarray) -> Path:
    Image.fromarray(array).save(path)
    return path


def test_a_rectangle(grey: Picture) -> None:
    mask = made(grey, area="10,20,30,5")
    expected = np.zeros((HEIGHT, WIDTH), bool)
    expected[20:25, 10:40] = True
    np.testing.assert_array_equal(mask, expected)


def test_a_polygon(grey: Picture) -> None:
    mask = made(grey, area="10,10 50,10 10,50")
    assert mask[12, 12] and not mask[45, 45]
    assert mask.sum() == pytest.approx(40 * 40 / 2, rel=0.1)


def test_areas_add_up_and_what_is_kept_is_taken_away(grey: Picture, tmp_path: Path) -> None:
    drawn = np.zeros((HEIGHT, WIDTH), np.uint8)
    drawn[50:, 70:] = 255
    path = write(tmp_path / "m.png", drawn)
    mask = made(grey, area=f"0,0,10,10; 5,5,10,10; {path}", keep="0,0,3,60")
    assert mask.sum() == 100 + 100 - 25 - 30 + 100
    assert not mask[:, :3].any()


def test_an_array_is_an_area_too(grey: Picture) -> None:
    drawn = np.zeros((HEIGHT, WIDTH), bool)
    drawn[3, 4] = True
    np.testing.assert_array_equal(made(grey, area=drawn), drawn)


def test_grey_values_above_127_are_filled(grey: Picture, tmp_path: Path) -> None:
    levels = np.zeros((HEIGHT, WIDTH), np.uint8)
    levels[0, :4] = (126, 127, 128, 255)
    mask = made(grey, area=write(tmp_path / "m.png", levels))
    np.testing.assert_array_equal(mask[0, :4], [False, False, True, True])
    assert mask.sum() == 2


def test_what_is_transparent_in_a_mask_file_is_not_filled(grey: Picture, tmp_path: Path) -> None:
    rgba = np.full((HEIGHT, WIDTH, 4), 255, np.uint8)
    rgba[..., 3] = 0
    rgba[10, 10, 3] = 255
    rgba[11, 11] = (0, 0, 0, 255)
    mask = made(grey, area=write(tmp_path / "m.png", rgba))
    assert mask[10, 10] and mask.sum() == 1


def test_a_coloured_mask_counts_by_the_mean_of_its_channels(grey: Picture, tmp_path: Path) -> None:
    red = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    red[0, 0] = (255, 0, 0)
    red[0, 1] = (255, 255, 0)
    mask = made(grey, area=write(tmp_path / "m.png", red))
    assert not mask[0, 0] and mask[0, 1]


def test_an_empty_mask_file_is_no_mistake(grey: Picture, tmp_path: Path) -> None:
    assert not made(grey, area=write(tmp_path / "m.png", np.zeros((HEIGHT, WIDTH), np.uint8))).any()


def test_a_mask_of_another_size_is_refused_unless_it_may_be_resized(grey: Picture, tmp_path: Path) -> None:
    half = np.zeros((HEIGHT // 2, WIDTH // 2), np.uint8)
    half[: HEIGHT // 4] = 255
    path = write(tmp_path / "m.png", half)
    with pytest.raises(MaskSizeDiffers, match=r"mask is 40x30 pixels and the picture 80x60.*mask_fit='resize'"):
        made(grey, area=path)
    mask = made(grey, area=path, fit="resize")
    assert mask[:29].all() and not mask[31:].any()


@pytest.mark.parametrize("area", ["80,0,10,10", "-20,-20,10,10", "100,100 120,100 100,120"])
def test_a_shape_outside_the_picture_is_refused(grey: Picture, area: str) -> None:
    with pytest.raises(InputError, match="outside the picture of 80x60"):
        made(grey, area=area)


def test_a_rectangle_that_is_partly_outside_is_cut(grey: Picture) -> None:
    assert made(grey, area="70,50,100,100").sum() == 10 * 10


def test_growing_is_round_and_keeps_to_the_picture() -> None:
    mask = np.zeros((41, 41), bool)
    mask[20, 20] = mask[0, 0] = True
    wide = grow_mask(mask, 5)
    assert wide[20, 25] and wide[24, 23] and not wide[20, 26] and not wide[24, 24]
    assert wide[0, 5] and wide.shape == mask.shape
    np.testing.assert_array_equal(grow_mask(mask, 0), mask)


def test_what_is_kept_is_not_grown_over(grey: Picture) -> None:
    assert not made(grey, area="10,10,10,10", keep="20,10,10,10", grow=5)[10:20, 20:30].any()


@pytest.mark.parametrize("text", ["1,2,3", "a,b,c,d", "0,0,0,5", "gone.png", "1,1 2,2"])
def test_what_is_no_area_is_refused(text: str) -> None:
    with pytest.raises(RecipeError, match="region"):
        MaskSettings(area=text)


def test_mask_files_add_up_where_they_have_one_size(grey: Picture, tmp_path: Path) -> None:
    first, second = np.zeros((2, HEIGHT, WIDTH), np.uint8)
    first[0], second[:, 0] = 255, 200
    paths = write(tmp_path / "a.png", first), write(tmp_path / "b.png", second)
    np.testing.assert_array_equal(made(grey, area="; ".join(map(str, paths))), (first > 0) | (second > 0))
    small = write(tmp_path / "c.png", np.zeros((4, 5), np.uint8))
    with pytest.raises(RecipeError, match=r"80x60 and 5x4 pixels"):
        MaskSettings(area=f"{paths[0]};{small}")


def test_a_pil_image_is_an_area_too_and_what_is_none_is_named(grey: Picture) -> None:
    drawn = np.zeros((HEIGHT, WIDTH), np.uint8)
    drawn[3, 4] = 255
    for image in (
        Image.fromarray(drawn),
        Image.merge("LA", (Image.new("L", (WIDTH, HEIGHT), 255), Image.fromarray(drawn))),
    ):
        np.testing.assert_array_equal(made(grey, area=image), drawn > 0)
    with pytest.raises(ValidationError, match="a list is no area"):
        MaskSettings(area=[1, 2, 3, 4])


def test_each_shape_must_touch_the_picture(grey: Picture) -> None:
    with pytest.raises(InputError, match="the area 500,500,5,5 lies outside"):
        made(grey, area="1,1,5,5; 500,500,5,5")


def test_kinds_may_be_named_one_by_one() -> None:
    assert MaskSettings(kinds=["scratches", "spots"]).found_kinds() == ("scratches", "spots")


def test_nothing_to_say_what_to_fill_is_refused(grey: Picture) -> None:
    with pytest.raises(UsageError, match="nothing says what to fill"):
        made(grey, kinds="none")


def test_kinds_of_damage_are_known_by_name() -> None:
    from restoration_studio.damage.find import ALL, KINDS
    from restoration_studio.damage.learned import NAME

    assert MaskSettings().found_kinds() == (*ALL, NAME)
    assert MaskSettings(kinds="all", area="1,1,1,1").found_kinds() == ALL
    assert MaskSettings(area="1,1,1,1").found_kinds() == ()
    assert MaskSettings(kinds=" , ".join(KINDS)).found_kinds() == KINDS
    with pytest.raises(ValidationError, match=r"some of scratches, .*'scratches,rust'"):
        MaskSettings(kinds="scratches,rust")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("all,learned", "all,learned"),
        (" learned, all ", "learned,all"),
        ("spots,all,spots,learned", "spots,all,learned"),
    ],
)
def test_all_goes_with_further_kinds_and_names_none_twice(given: str, kept: str) -> None:
    from restoration_studio.damage.find import ALL
    from restoration_studio.damage.learned import MODEL, NAME

    settings = MaskSettings(kinds=given)
    assert settings.kinds == kept
    assert set(settings.found_kinds()) == {*ALL, NAME} and len(settings.found_kinds()) == len(ALL) + 1
    assert settings.mask_models() == (MODEL,)


@pytest.mark.parametrize("kinds", ["auto,learned", "none,spots", "all,none"])
def test_auto_and_none_stand_alone(kinds: str) -> None:
    with pytest.raises(ValidationError, match=r"alone and with no other kind"):
        MaskSettings(kinds=kinds)


def test_damage_that_is_found_and_areas_by_hand_add_up(grey: Picture, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def confidences(pixels: FloatArray, kinds: Any, **_: Any) -> dict[str, FloatArray]:
        asked.append(kinds)
        sure = np.zeros(pixels.shape[:2], np.float32)
        sure[0], sure[5] = 0.3, 0.29
        return {"spots": sure}

    monkeypatch.setattr("restoration_studio.damage.find.confidences", confidences)
    mask = made(grey, kinds="spots", threshold=0.3, area="0,10,80,1")
    assert asked == [("spots",)]
    assert mask[0].all() and mask[10].all() and mask.sum() == 2 * WIDTH


def test_what_was_found_once_serves_every_threshold(grey: Picture, monkeypatch: pytest.MonkeyPatch) -> None:
    def confidences(*_: Any, **__: Any) -> dict[str, FloatArray]:
        raise AssertionError("the search ran again")

    monkeypatch.setattr("restoration_studio.damage.find.confidences", confidences)
    sure = np.zeros((HEIGHT, WIDTH), np.float32)
    sure[7, :20] = 0.4
    for threshold, count in ((0.35, 20), (0.45, 0)):
        settings = MaskSettings(kinds="all", threshold=threshold, grow=0)
        assert make_mask(grey, settings, StageContext(models=None), sure=sure).sum() == count  # type: ignore[arg-type]


def test_a_network_is_offered_once_its_weights_can_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    from restoration_studio.damage.find import KINDS
    from restoration_studio.damage.learned import MODEL, NAME
    from restoration_studio.weights.catalogue import MODELS

    monkeypatch.delitem(MODELS, MODEL, raising=False)
    assert NAME not in MaskSettings().found_kinds() and MaskSettings().mask_models() == ()
    assert mask_module.offered_kinds() == ("auto", "all", "none", *KINDS)
    monkeypatch.setitem(MODELS, MODEL, next(iter(MODELS.values())))
    assert mask_module.offered_kinds()[-1] == NAME
    for kinds in mask_module.offered_kinds():
        assert MaskSettings(kinds=kinds).kinds == kinds


def test_the_subject_is_protected_from_what_was_found_but_not_from_what_was_drawn(
    grey: Picture, monkeypatch: pytest.MonkeyPatch
) -> None:
    import types

    left = np.zeros((HEIGHT, WIDTH), np.float32)
    left[:, :40] = 0.9
    saliency = types.SimpleNamespace(subject=lambda pixels, context: left)
    monkeypatch.setitem(__import__("sys").modules, "restoration_studio.damage.saliency", saliency)
    monkeypatch.setattr(
        "restoration_studio.damage.find.confidences",
        lambda pixels, *_, **__: {"spots": np.ones(pixels.shape[:2], np.float32)},
    )
    mask = made(grey, kinds="all", protect="subject", area="0,0,5,5")
    assert mask[:, 40:].all() and mask[:5, :5].all() and mask.sum() == 40 * HEIGHT + 25
    assert MaskSettings(kinds="all", protect="subject").mask_models() == (mask_module.SALIENCY,)
    assert MaskSettings(protect="subject", area="0,0,5,5").mask_models() == ()


def test_settings_travel_as_json() -> None:
    settings = MaskSettings(area="1,2,3,4; 0,0 5,5 0,5", keep=Region(rectangles=((1, 1, 1, 1),)), grow=7)
    assert MaskSettings.model_validate_json(settings.model_dump_json()) == settings
