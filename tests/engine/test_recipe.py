"""Recipes: keywords, JSON, presets, and clear refusals."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from restoration_studio.config import Config
from restoration_studio.engine.recipe import RECIPE_FORMAT, Recipe, keywords, preset_files
from restoration_studio.errors import RecipeError, UsageError
from restoration_studio.stages import STAGES
from restoration_studio.stages.region import Region


def names(recipe: Recipe) -> list[str]:
    return [step.stage for step in recipe.stages]


def test_default_runs_the_stages_in_order() -> None:
    assert names(Recipe.default()) == ["denoise", "super_resolution", "detail"]


def test_owners_keywords() -> None:
    recipe = Recipe.default().changed(
        apply_super_resolution=True, sr_scale=2, apply_denoising=True, denoise_strength=12,
        apply_detail_enhancement=False,
    )  # fmt: skip
    assert names(recipe) == ["denoise", "super_resolution"]
    assert recipe.stages[0].settings.level == 12  # type: ignore[attr-defined]
    assert recipe.stages[1].settings.scale == 2  # type: ignore[attr-defined]


def test_a_setting_switches_its_stage_on_in_its_place() -> None:
    recipe = Recipe.parse({"stages": [{"stage": "detail"}]}).changed(denoise_strength=5)
    assert names(recipe) == ["denoise", "detail"]


def test_a_switch_beats_a_setting() -> None:
    assert names(Recipe.default().changed(apply_denoising=False, denoise_strength=5)) == ["super_resolution", "detail"]


def test_none_changes_nothing() -> None:
    assert Recipe.default().changed(sr_scale=None, apply_denoising=None) == Recipe.default()


def test_own_order_of_a_recipe_is_kept() -> None:
    recipe = Recipe.parse({"stages": [{"stage": "detail"}, {"stage": "denoise"}]})
    assert names(recipe.changed(detail_strength=1.1)) == ["detail", "denoise"]


def test_json_round_trip_with_a_region() -> None:
    region = Region(rectangles=((1, 2, 3, 4),), feather=2)
    recipe = Recipe.default().changed(detail_region=region, detail_blend=0.5, seed=7, precision="float32")
    again = Recipe.parse(json.loads(json.dumps(recipe.dump())))
    assert again == recipe
    assert again.stages[-1].settings.region == region


def test_every_keyword_leads_to_a_stage() -> None:
    table = keywords()
    assert {stage.toggle for stage in STAGES} <= set(table)
    assert table["sr_scale"][0].name == "super_resolution"


@pytest.mark.parametrize(
    "preset", ["old-photo", "scratched", "painting", "digital", "fast", "archive", "fill", "redraw"]
)
def test_shipped_presets_read_and_describe_themselves(preset: str) -> None:
    recipe = Recipe.preset(preset)
    assert recipe.name == preset and recipe.description.endswith(".") and recipe.stages


def test_own_presets_come_first(tmp_path: Path) -> None:
    (tmp_path / "fast.json").write_text(json.dumps({"stages": [{"stage": "detail"}]}))
    config = Config(presets_dir=tmp_path)
    assert names(Recipe.preset("fast", config)) == ["detail"]
    assert preset_files(config)["old-photo"].name == "old-photo.json"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"stages": [{"stage": "denoize"}]}, "did you mean 'denoise'"),
        ({"stages": [{"stage": "denoise", "level": 99}]}, "30.*99"),
        ({"stages": [{"stage": "denoise", "level": "loud"}]}, "level"),
        ({"stages": [{"stage": "detail", "colour": 1}]}, "colour: there is no such setting"),
        ({"stages": [{"level": 3}]}, "stage"),
        ({"stages": "denoise"}, "stages"),
        ({"steps": []}, "no list of 'stages'"),
        ([], "is not a recipe"),
        ("denoise", "is not a recipe"),
        ({"stages": [], "colour": True}, "colour"),
        ({"stages": [], "seed": -1}, "seed"),
        ({"stages": [], "precision": "int8"}, "precision"),
        ({"stages": [], "format": RECIPE_FORMAT + 1}, "newer version.*update"),
        ({"stages": [], "output": {"quality": 0}}, "quality"),
        ({"stages": [{"stage": "detail", "region": {}}]}, "region"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(data: object, words: str) -> None:
    with pytest.raises(RecipeError, match=words) as caught:
        Recipe.parse(data, "the recipe holiday.json")
    assert "holiday.json" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_keyword_out_of_range_is_named_as_it_was_given() -> None:
    with pytest.raises(RecipeError, match=r"denoise_strength.*30.*99"):
        Recipe.default().changed(denoise_strength=99)


def test_unknown_keyword_suggests_the_right_one() -> None:
    with pytest.raises(UsageError, match="did you mean 'sr_scale'"):
        Recipe.default().changed(sr_scal=2)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe\x00", b"not json"])
def test_damaged_files_are_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(content)
    with pytest.raises(RecipeError, match=r"bad\.json"):
        Recipe.load(path)


def test_missing_file_folder_and_unknown_preset(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="does not exist"):
        Recipe.load(tmp_path / "none.json")
    with pytest.raises(RecipeError, match="is a folder"):
        Recipe.load(tmp_path)
    with pytest.raises(RecipeError, match="old-photo"):
        Recipe.preset("holiday")


def test_a_stage_that_runs_twice_keeps_both_settings() -> None:
    twice = Recipe.parse({"stages": [{"stage": "detail", "amount": 1.1}, {"stage": "detail", "amount": 1.8}]})
    assert [step.settings.amount for step in twice.changed(sr_scale=None).stages] == [1.1, 1.8]
    seeded = twice.changed(seed=3)
    assert seeded.seed == 3 and seeded.stages == twice.stages
    with pytest.raises(UsageError, match="twice"):
        twice.changed(sr_scale=2)
