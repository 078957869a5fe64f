"""The schema of recipes is true: it takes what the program takes and writes, and refuses what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from restoration_studio.config import Config
from restoration_studio.engine.recipe import Recipe, preset_files
from restoration_studio.errors import RecipeError
from restoration_studio.pipeline import RestorationPipeline
from restoration_studio.stages import STAGES
from restoration_studio.stages.region import Region


@pytest.fixture(scope="module")
def schema() -> jsonschema.Draft202012Validator:
    found = Recipe.json_schema()
    jsonschema.Draft202012Validator.check_schema(found)
    return jsonschema.Draft202012Validator(found)


def test_it_takes_every_preset_and_the_default(schema: jsonschema.Draft202012Validator) -> None:
    files = preset_files()
    assert len(files) >= 8
    for path in files.values():
        schema.validate(json.loads(path.read_text(encoding="utf-8")))
        schema.validate(Recipe.load(path).dump())
    schema.validate(Recipe.default().dump())


def test_it_takes_every_stage_every_step_and_a_region(schema: jsonschema.Draft202012Validator) -> None:
    everything: dict[str, Any] = {stage.toggle: True for stage in STAGES}
    recipe = Recipe.default().changed(
        **everything,
        deflicker=0.5,
        dirt=1.0,
        frame_rate="2x",
        steady_colour=0.5,
        denoise_region=Region.parse("1,2,3,4"),
        seed=3,
    )
    assert {step["stage"] for step in recipe.dump()["stages"]} == {stage.name for stage in STAGES}
    schema.validate(recipe.dump())


def test_it_takes_the_recipes_of_a_record(schema: jsonschema.Draft202012Validator, tmp_path: Path) -> None:
    pipeline = RestorationPipeline(Config(cache_dir=tmp_path))
    _, stats = pipeline.restore_image(np.full((20, 20, 3), 0.5, np.float32), {"stages": [{"stage": "detail"}]})
    schema.validate(stats["recipe"])
    schema.validate(stats["asked"])


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"stages": "detail"},
        {"stages": [{}]},
        {"stages": [{"stage": "sharpen"}]},
        {"stages": [{"stage": "detail", "amuont": 1.0}]},
        {"stages": [{"stage": "detail", "amount": "much"}]},
        {"stages": [{"stage": "detail", "opacity": 1.5}]},
        {"stages": [{"stage": "denoise", "level": 99}]},
        {"stages": [{"stage": "denoise", "method": "median"}]},
        {"stages": [{"stage": "detail", "region": {"feather": -1, "rectangles": [[0, 0, 1, 1]]}}]},
        {"stages": [], "seed": -1},
        {"stages": [], "format": 99},
        {"stages": [], "precision": "int4"},
        {"stages": [], "video": {"smooth": {}}},
        {"stages": [], "output": {"quality": 0}},
        {"stages": [], "surprise": 1},
    ],
)
def test_it_refuses_what_the_program_refuses(schema: jsonschema.Draft202012Validator, wrong: dict[str, Any]) -> None:
    assert not schema.is_valid(wrong)
    with pytest.raises(RecipeError):
        Recipe.parse(wrong)
