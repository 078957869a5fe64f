"""The inpainting stage: to the bit outside the mask, for every method; what is said about it; clear refusals."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from restoration_studio.config import Config
from restoration_studio.context import StageContext
from restoration_studio.engine.recipe import Recipe
from restoration_studio.errors import InputError, RecipeError
from restoration_studio.image.picture import FloatArray, Picture
from restoration_studio.pipeline import RestorationPipeline
from restoration_studio.stages import STAGES
from restoration_studio.stages.inpaint import Inpaint, InpaintSettings
from restoration_studio.stages.region import Region

ALONE = {"stages": [{"stage": "inpaint"}]}


@pytest.fixture
def pipeline(tmp_path: Path) -> RestorationPipeline:
    return RestorationPipeline(Config(cache_dir=tmp_path, device="cpu", offline=True))


def run(picture: Picture, **settings: Any) -> Picture:
    context = StageContext(models=None)  # type: ignore[arg-type]
    return Inpaint().run(picture, InpaintSettings(**settings), context)


def test_it_runs_first_and_only_when_asked_for() -> None:
    assert STAGES[0].name == "inpaint"
    assert [step.stage for step in Recipe.default().stages] == ["denoise", "super_resolution", "detail"]
    assert Recipe.default().changed(mask="1,1,1,1").stages[0].stage == "inpaint"


@pytest.mark.parametrize("method", ["telea", "ns", "harmonic"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("colour", [True, False])
def test_outside_the_mask_every_bit_stays(
    pipeline: RestorationPipeline, photograph: FloatArray, method: str, dtype: Any, colour: bool
) -> None:
    top = 1 if dtype == np.float32 else np.iinfo(dtype).max
    given = (photograph * top).astype(dtype) if colour else (photograph[..., 1] * top).astype(dtype)
    made, stats = pipeline.restore_image(given, ALONE, mask="20,30,50,6", inpaint_method=method, mask_feather=4)
    assert made.dtype == given.dtype and made.shape == given.shape
    inside = np.zeros(given.shape[:2], bool)
    inside[28:38, 18:72] = True  # grown by two
    np.testing.assert_array_equal(made[~inside], given[~inside])
    assert (made[32:34, 30:60] != given[32:34, 30:60]).mean() > 0.8
    assert any("were filled" in note for note in stats["notes"])


def test_the_same_seed_gives_the_same_pixels(pipeline: RestorationPipeline, photograph: FloatArray) -> None:
    noisy = np.clip(photograph + np.random.default_rng(0).normal(0, 0.06, photograph.shape), 0, 1).astype(np.float32)
    one, again, other = (pipeline.restore_image(noisy, ALONE, mask="20,30,50,20", seed=seed)[0] for seed in (3, 3, 4))
    np.testing.assert_array_equal(one, again)
    assert (one != other).any()


def test_an_empty_mask_gives_the_input_back_and_says_so(pipeline: RestorationPipeline, photograph: FloatArray) -> None:
    empty = np.zeros(photograph.shape[:2], bool)
    made, stats = pipeline.restore_image(photograph, ALONE, mask=empty)
    np.testing.assert_array_equal(made, photograph)
    assert any("nothing was filled" in note for note in stats["notes"])


def test_a_picture_that_is_damaged_all_over_is_refused(photograph: FloatArray) -> None:
    with pytest.raises(InputError, match="covers the whole picture"):
        run(Picture(photograph), area="0,0,128,96")


def test_alpha_stays(photograph: FloatArray) -> None:
    alpha = np.linspace(0, 1, photograph[..., 0].size, dtype=np.float32).reshape(photograph.shape[:2])
    made = run(Picture(photograph, alpha=alpha), area="20,20,20,20")
    assert made.alpha is alpha


def test_strength_and_region_are_the_pipelines(pipeline: RestorationPipeline, photograph: FloatArray) -> None:
    given = photograph.astype(np.float32)
    full = pipeline.restore_image(given, ALONE, mask="20,30,50,20", inpaint_grain=0)[0]
    half = pipeline.restore_image(given, ALONE, mask="20,30,50,20", inpaint_grain=0, inpaint_blend=0.5)[0]
    np.testing.assert_allclose(half, (full + given) / 2, atol=1e-6)
    region = Region(rectangles=((0, 0, 40, 96),))
    left = pipeline.restore_image(given, ALONE, mask="20,30,50,20", inpaint_grain=0, inpaint_region=region)[0]
    np.testing.assert_array_equal(left[:, 40:], given[:, 40:])
    np.testing.assert_array_equal(left[:, :40], full[:, :40])


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(RecipeError, match="inpainting method 'lamma' is unknown"):
        InpaintSettings(method="lamma")


def test_the_recipe_of_a_result_makes_it_again(pipeline: RestorationPipeline, photograph: FloatArray) -> None:
    drawn = np.zeros(photograph.shape[:2], np.uint8)
    drawn[40:50, 40:90] = 255
    made, stats = pipeline.restore_image(photograph, ALONE, mask=drawn, inpaint_method="ns")
    again, _ = pipeline.restore_image(photograph, stats["recipe"])
    np.testing.assert_array_equal(made, again)
