"""Hints: read and written, relative, and spread over what they lie on, not across strong edges."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from restoration_studio.config import Config
from restoration_studio.engine.recipe import Recipe
from restoration_studio.errors import InputError, RecipeError
from restoration_studio.image.picture import FloatArray, Picture
from restoration_studio.image.resize import resize
from restoration_studio.image.srgb import LUMINANCE, decode, encode
from restoration_studio.pipeline import RestorationPipeline
from restoration_studio.stages.colorize import ColorizeSettings
from restoration_studio.stages.errors import HintsMissing
from restoration_studio.stages.hints import (
    Hint,
    as_text,
    format_hints,
    hints_along_stroke,
    parse_hints,
    pick_colour,
    relative_hints,
)

TEXT = "120,80,#7a4b2a;40%,25.5%,#0000ff;1,2,keep"


def test_read_and_written() -> None:
    hints = parse_hints(TEXT)
    assert hints[0] == Hint(120, 80, (0x7A, 0x4B, 0x2A))
    assert hints[1].relative and hints[1].colour == (0, 0, 255) and hints[2].colour is None
    assert format_hints(hints) == TEXT and parse_hints(" 3 , 4 , aabbcc ; ;")[0].colour == (0xAA, 0xBB, 0xCC)
    assert parse_hints("") == ()


@pytest.mark.parametrize("text", ["1,2", "1,2,red", "-1,2,#000000", "1,2%,#000000", "1,2,#00000", "1,2,#000000,4", "x"])
def test_what_is_no_hint_is_refused(text: str) -> None:
    with pytest.raises(RecipeError, match="a hint is x,y,#rrggbb"):
        parse_hints(text)
    with pytest.raises(RecipeError, match="hint"):
        Recipe.default().changed(hint=text)


def test_too_many_are_refused() -> None:
    with pytest.raises(RecipeError, match="too many"):
        parse_hints(";".join(["1,1,#000000"] * 501))


@pytest.mark.parametrize(
    "given", [TEXT, TEXT.split(";"), list(parse_hints(TEXT)), [(120, 80, "#7a4b2a"), *TEXT.split(";")[1:]]]
)
def test_python_takes_them_as_they_come(given: Any) -> None:
    assert as_text(given) == TEXT
    (step,) = [step for step in Recipe.default().changed(hint=given).stages if step.stage == "colorize"]
    assert step.model_dump()["hints"] == TEXT


def test_pixels_become_per_cent_of_the_same_place() -> None:
    (hint,) = relative_hints(parse_hints("0,99,#102030"), 100, 50)
    assert str(hint) == "1%,99.5%,#102030" and hint.place(1, 1) == (0.01, 0.995)
    assert relative_hints([hint], 7, 9) == (hint,)
    for text in ("50,0,#000000", "0,100,#000000", "101%,1%,#000000"):
        with pytest.raises(InputError, match="outside the picture of 50x100"):
            relative_hints(parse_hints(text), 100, 50)


def test_a_brush_leaves_hints_along_its_way() -> None:
    hints = hints_along_stroke([(0, 0), (99, 0), (99, 50)], (1, 2, 3), 100, 100)
    places = np.array([hint.place(1, 1) for hint in hints])
    assert len(hints) > 100 and np.hypot(*np.diff(places, axis=0).T).max() < 0.02
    assert places[0, 0] == 0.005 and places[:, 0].max() == 0.995 and places[:, 1].max() > 0.49
    assert hints_along_stroke([], (1, 2, 3), 10, 10) == []


def test_an_eyedropper_takes_the_colour_that_is_there(photograph: FloatArray) -> None:
    pixels = np.zeros((20, 20, 3), np.float32)
    pixels[5:16, 5:16] = (1, 0.5, 0)
    pixels[10, 10] = 0  # a speck
    assert pick_colour(pixels, 10, 10) == (255, 128, 0)
    with pytest.raises(InputError, match="outside"):
        pick_colour(photograph, 500, 3)


@pytest.fixture
def shapes() -> Picture:
    """A grey disc on a darker ground, with some grain: (200, 300)."""
    y, x = np.mgrid[:200, :300]
    grey = np.where(np.hypot(x - 100, y - 100) < 60, 0.65, 0.3) + 0.05 * np.sin(y / 30)
    grey = grey + np.random.default_rng(0).normal(0, 0.01, grey.shape)
    return Picture(np.repeat(grey.astype(np.float32)[..., None], 3, axis=2), grey=True)


def _coloured(picture: Picture, hints: str, **more: Any) -> FloatArray:
    pipeline = RestorationPipeline(Config.load(stage_cache_mb=0))
    recipe = {"stages": [{"stage": "colorize", "method": "hints", "hints": hints, **more}]}
    pixels: FloatArray = pipeline.restore_image(picture, recipe)[0].pixels
    return pixels


def _chroma(pixels: FloatArray) -> FloatArray:
    import cv2

    return np.asarray(np.linalg.norm(cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB)[..., 1:], axis=2), np.float32)


def test_a_hint_colours_what_it_lies_on_and_nothing_across_an_edge(shapes: Picture) -> None:
    made = _coloured(shapes, "100,100,#c06030")
    chroma = _chroma(made)
    y, x = np.mgrid[:200, :300]
    away = np.hypot(x - 100, y - 100)
    assert chroma[away < 54].min() > 20 and chroma[away > 68].max() < 2
    np.testing.assert_allclose(decode(made) @ LUMINANCE, decode(shapes.pixels) @ LUMINANCE, atol=2e-5)


def test_a_hint_is_its_own_colour(shapes: Picture) -> None:
    from skimage.color import rgb2lab

    made = rgb2lab(_coloured(shapes, "100,100,#c06030")[90:110, 90:110].mean(axis=(0, 1)))
    wanted = rgb2lab(np.array([0xC0, 0x60, 0x30]) / 255)
    # The same chromaticity at the picture's own lightness.
    np.testing.assert_allclose(made[1:] / (made[0] + 16), wanted[1:] / (wanted[0] + 16), atol=0.03)


def test_hints_side_by_side_and_kept_places(shapes: Picture) -> None:
    made = _coloured(shapes, "100,100,#c06030;250,20,#2040c0")
    assert made[100, 100, 0] > made[100, 100, 2] and made[180, 280, 2] > made[180, 280, 0]
    kept = _chroma(_coloured(shapes, "100,100,keep;250,20,#2040c0"))
    assert kept[100, 100] < 1 and kept[180, 280] > 20


def test_per_cent_mean_the_same_place_at_any_size(shapes: Picture) -> None:
    large = shapes.with_(pixels=resize(shapes.pixels, (400, 600)))
    small, big = _coloured(shapes, "33.4%,50.2%,#c06030"), _coloured(large, "33.4%,50.2%,#c06030")
    assert np.abs(resize(big, (200, 300)) - small).mean() < 0.02


def test_pixels_count_in_the_picture_as_it_came_and_the_record_has_per_cent(
    shapes: Picture, tiny_model_path: Path
) -> None:
    pipeline = RestorationPipeline(Config.load(stage_cache_mb=0, device="cpu"))
    larger = {"stage": "super_resolution", "model": str(tiny_model_path), "scale": 2.0}
    hinted = {"stage": "colorize", "method": "hints", "hints": "100,100,#c06030"}
    made, stats = pipeline.restore_image(shapes, {"stages": [larger, hinted]})
    assert _chroma(made.pixels)[200, 200] > 20 and _chroma(made.pixels)[200, 500] < 2
    assert stats["recipe"]["stages"][-1]["hints"] == "33.5%,50.25%,#c06030"
    assert stats["asked"]["stages"][-1]["hints"] == "100,100,#c06030"
    again, _ = pipeline.restore_image(shapes, stats["recipe"])
    np.testing.assert_array_equal(again.pixels, made.pixels)


def test_on_a_real_photograph(shared_data: Path) -> None:
    """Kodak 15: a red pullover before a white wall."""
    from restoration_studio.image.read import read_picture

    pixels = read_picture(shared_data / "eval/kodak24/00014.png").pixels
    grey = Picture(np.repeat(encode(decode(pixels) @ LUMINANCE)[..., None], 3, axis=2), grey=True)
    made = _coloured(grey, "25%,85%,#c02020")
    assert _chroma(made)[300:480, 100:300].mean() > 15  # the pullover
    assert _chroma(made)[20:200, 10:120].max() < 3  # the wall


def test_a_hint_outside_is_refused_before_any_stage_works(shapes: Picture, tiny_model_path: Path) -> None:
    done: list[object] = []
    larger = {"stage": "super_resolution", "model": str(tiny_model_path), "scale": 2.0}
    hinted = {"stage": "colorize", "method": "hints", "hints": "10,10,#c06030;301,10,#c06030"}
    pipeline = RestorationPipeline(Config.load(stage_cache_mb=0, device="cpu"))
    with pytest.raises(InputError, match=r"the hint 301,10,#c06030 lies outside the picture of 300x200"):
        pipeline.restore_image(shapes, {"stages": [larger, hinted]}, progress=done.append)
    assert not done


def test_hints_alone_need_a_hint(shapes: Picture) -> None:
    with pytest.raises(HintsMissing, match="hint='40%,25%"):
        ColorizeSettings(method="hints")
    with pytest.raises(InputError, match="outside the picture of 300x200"):
        _coloured(shapes, "300,10,#c06030")


@pytest.mark.parametrize("shape", [(1, 1), (1, 60), (3, 500), (40, 2)])
def test_any_shape(shape: tuple[int, int]) -> None:
    picture = Picture(np.full((*shape, 3), 0.5, np.float32), grey=True)
    made = _coloured(picture, "50%,50%,#c06030")
    assert made.shape == (*shape, 3) and _chroma(made).max() > 20
