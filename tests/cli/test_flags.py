"""Flags are made from the settings: every control of every stage has one, and each reaches the recipe."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from restoration_studio.cli.flags import build_parser, make_recipe, parse
from restoration_studio.config import Config
from restoration_studio.engine.recipe import Recipe
from restoration_studio.errors import UsageError
from restoration_studio.pipeline import RestorationPipeline
from restoration_studio.stages import STAGES
from restoration_studio.stages.base import Stage
from restoration_studio.stages.describe import Control, controls

EVERY = [(stage, control) for stage in STAGES for control in controls(stage)]
OWNERS = [
    "--input",
    "-i",
    "--output",
    "-o",
    "--batch",
    "--video",
    "--sr",
    "--no-sr",
    "--denoise",
    "--no-denoise",
    "--colorize",
    "--detail",
    "--no-detail",
    "--sr-scale",
    "--denoise-strength",
    "--detail-strength",
    "--comparison",
    "--stats",
    "--json",
    "--dry-run",
    "--device",
    "--precision",
    "--tile",
    "--seed",
    "--overwrite",
    "--quiet",
    "--preset",
    "--recipe",
    "--help",
]


@pytest.fixture(autouse=True, scope="module")
def parser_made_once() -> Iterator[None]:
    """Making the parser takes longer than using it, and these tests use it a thousand times."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("restoration_studio.cli.flags.build_parser", cache(build_parser))
        yield


def flags() -> dict[str, argparse.Action]:
    return {name: action for action in build_parser()._actions for name in action.option_strings}


def recipe(tmp_path: Path, *words: str) -> Recipe:
    pipeline = RestorationPipeline(Config(cache_dir=tmp_path, device="cpu"))
    return make_recipe(parse(["a.png", *words]), pipeline)


# Texts that are not free.
TOGETHER = {
    "colorize_method": ["--hint=40%,25%,#7a4b2a"],
    "inpaint_model": ["--inpaint-method=network"],
}  # what a flag is refused without
PATTERNED = {"faces_which": "1,3", "faces_strengths": "1,0.5", "hint": "40%,25%,#7a4b2a"}


def other_value(control: Control) -> tuple[str, Any]:
    """A value that is not the default, as text and as the recipe holds it."""
    if control.kind == "choice":
        value = next(choice for choice in control.choices if choice != control.default)
        return value, value
    if control.kind == "region":
        return "1,2,3,4", [1, 2, 3, 4]
    if control.kind == "text":
        value = control.choices[-1] if control.choices else PATTERNED.get(control.keyword, "some-name")
        return value, value
    if control.kind == "switch":
        return ("off", False) if control.default else ("on", True)
    assert control.minimum is not None and control.maximum is not None, f"{control.flag} has no range"
    number = round((control.minimum + control.maximum) / 2)
    number = number if number != control.default else int(control.minimum)
    return str(number), number


def test_the_owners_flags_are_there() -> None:
    assert set(OWNERS) <= flags().keys()


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_every_stage_has_its_switch(tmp_path: Path, stage: Stage[Any]) -> None:
    assert stage.name not in [step.stage for step in recipe(tmp_path, f"--no-{stage.flag}").stages]
    assert stage.name in [step.stage for step in recipe(tmp_path, f"--{stage.flag}").stages]


@pytest.mark.parametrize(("stage", "control"), EVERY, ids=[control.keyword for _, control in EVERY])
def test_every_control_has_its_flag_and_reaches_the_recipe(tmp_path: Path, stage: Stage[Any], control: Control) -> None:
    action = flags()[control.flag]
    assert action.help and control.description.rstrip(".").replace("%", "%%") in action.help
    text, value = other_value(control)
    words = [f"{control.flag}={text}", *TOGETHER.get(control.keyword, [])]
    (step,) = [step for step in recipe(tmp_path, *words).stages if step.stage == stage.name]
    made = step.model_dump()[control.field]
    assert (made["rectangles"][0] if control.kind == "region" else made) == value


NUMBERS = [control for _, control in EVERY if control.kind in ("number", "integer")]


@pytest.mark.parametrize("control", NUMBERS, ids=lambda control: control.keyword)
def test_every_number_has_a_range_that_is_kept(tmp_path: Path, control: Control) -> None:
    assert control.minimum is not None and control.maximum is not None
    for edge in (control.minimum, control.maximum):
        recipe(tmp_path, f"{control.flag}={edge:g}")
    for text in (f"{control.minimum - 1:g}", f"{control.maximum + 1:g}", "nan", "inf", "-inf", "1e999", "", "x"):
        with pytest.raises(UsageError, match=f"^{control.flag} takes a .*number from"):
            recipe(tmp_path, f"{control.flag}={text}")
    if control.auto:
        recipe(tmp_path, f"{control.flag}=auto")
    else:
        with pytest.raises(UsageError, match=control.flag):
            recipe(tmp_path, f"{control.flag}=auto")


def test_tile_goes_to_every_stage_that_has_one_and_gives_way_to_a_stages_own(tmp_path: Path) -> None:
    made = {step.stage: step.model_dump() for step in recipe(tmp_path, "--tile", "96", "--sr-tile", "64").stages}
    assert (made["denoise"]["tile"], made["super_resolution"]["tile"]) == (96, 64)
    assert "tile" not in made["detail"]
    # It switches nothing on.
    assert [step.stage for step in recipe(tmp_path, "--tile", "96", "--no-sr").stages] == ["denoise", "detail"]


def test_a_preset_is_a_start(tmp_path: Path) -> None:
    preset = Recipe.preset("old-photo")
    assert recipe(tmp_path, "--preset", "old-photo") == preset
    changed = recipe(tmp_path, "--preset", "old-photo", "--sr-scale", "2", "--quality", "80", "--seed", "4")
    assert changed == preset.changed(sr_scale=2, output={"quality": 80}, seed=4)


def test_help_says_what_each_flag_takes() -> None:
    text = " ".join(build_parser().format_help().split())
    for part in ("--denoise-strength 1-30|auto", "--sr-scale 1-8", "--detail-strength 1-2", "exit status: 0 all done"):
        assert part in text


@pytest.mark.parametrize("words", [["--no-sr", "--sr-scale", "2"], ["--mask", "1,2,3,4", "--no-inpaint"]])
def test_a_stage_left_out_takes_no_settings(tmp_path: Path, words: list[str]) -> None:
    with pytest.raises(UsageError, match=r"--no-\w+ leaves out the stage that --[\w-]+ is for"):
        recipe(tmp_path, *words)
