"""Steps of films: in recipes and records, in flags and keywords, and refused where there is no film."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from restoration_studio.cli.flags import make_recipe, parse
from restoration_studio.engine.recipe import Recipe, keywords
from restoration_studio.errors import RecipeError, UsageError
from restoration_studio.pipeline import RestorationPipeline
from restoration_studio.stages.describe import controls
from restoration_studio.video.steps import VIDEO_STEPS


def test_every_setting_describes_itself_and_has_one_keyword() -> None:
    table = keywords()
    assert [step.name for step in VIDEO_STEPS] == ["deflicker", "dirt", "frame_rate", "steady_colour"]
    for step in VIDEO_STEPS:
        made = controls(step)
        assert made[0].field == step.main and made[0].keyword == step.name
        for control in made:
            assert control.title and control.description.endswith(".")
            assert table[control.keyword][0] is step


def test_keywords_make_a_recipe_that_is_read_back() -> None:
    recipe = Recipe.default().changed(dirt=0.8, dirt_sensitivity=0.7, deflicker=0.5, frame_rate="25")
    assert recipe.video.dirt is not None and recipe.video.dirt.strength == 0.8 and recipe.video.dirt.motion == "dis"
    assert [step.name for step, _ in recipe.video.items()] == ["deflicker", "dirt", "frame_rate"]
    assert Recipe.parse(recipe.dump()) == recipe
    assert recipe.changed(deflicker=0.0, frame_rate="").video.items() == [(VIDEO_STEPS[1], recipe.video.dirt)]
    assert Recipe.default().changed(dirt_motion="raft").video.items()[0][0].name == "dirt"


def test_a_recipe_without_them_says_nothing_of_them() -> None:
    assert "video" not in Recipe.default().dump()
    assert "video" not in Recipe.default().changed(deflicker=0.0, dirt=0.0).dump()
    assert Recipe.default().changed(steady_colour=0.0).dump()["video"] == {"steady_colour": {"strength": 0.0}}


@pytest.mark.parametrize(
    ("wish", "sentence"),
    [({"dirt": 2.0}, "dirt: input should be less"), ({"deflicker": -1.0}, "deflicker"), ({"dirt_motion": "x"}, "dirt")],
)
def test_what_is_out_of_range(wish: dict[str, Any], sentence: str) -> None:
    with pytest.raises(RecipeError, match=sentence):
        Recipe.default().changed(**wish)


def test_models_are_those_of_the_settings() -> None:
    recipe = Recipe.default().changed(dirt_motion="raft", frame_rate="2x", deflicker=1.0)
    assert [step.models(settings) for step, settings in recipe.video.items()] == [(), ("raft-things",), ("rife",)]


def test_flags_are_the_same(tmp_path: Path) -> None:
    words = ["film.mp4", "--dirt", "0.9", "--dirt-sensitivity", "0.3", "--deflicker", "0.4", "--fps", "30"]
    pipeline = RestorationPipeline()
    assert make_recipe(parse(words), pipeline).video == pipeline.recipe(
        dirt=0.9, dirt_sensitivity=0.3, deflicker=0.4, frame_rate="30"
    ).video  # fmt: skip
    with pytest.raises(UsageError, match="--dirt takes a number from 0 to 1"):
        make_recipe(parse(["film.mp4", "--dirt", "5"]), pipeline)


def test_a_picture_has_none_of_them() -> None:
    pixels = np.full((40, 50, 3), 128, np.uint8)
    with pytest.raises(UsageError, match="'Dirt' is for films"):
        RestorationPipeline().restore_image(pixels, {"stages": [{"stage": "detail"}], "film": {"dirt": {}}})
