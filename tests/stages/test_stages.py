"""What every stage owes: a name, settings that describe themselves, and a place in the list."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from restoration_studio.errors import RecipeError
from restoration_studio.stages import STAGES, get_stage
from restoration_studio.stages.base import Stage
from restoration_studio.stages.describe import controls

EVERY = pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)


@EVERY
def test_stage_says_what_it_is(stage: Stage) -> None:
    for text in (stage.name, stage.title, stage.summary, stage.flag, stage.toggle):
        assert text
    assert get_stage(stage.name) is stage


@EVERY
def test_every_setting_has_title_sentence_and_default(stage: Stage) -> None:
    for control in controls(stage):
        assert control.title and control.description.endswith("."), control.field
        if control.kind in ("number", "integer"):
            assert control.minimum is not None and control.maximum is not None, control.field


@EVERY
def test_settings_refuse_what_they_do_not_know_and_values_out_of_range(stage: Stage) -> None:
    with pytest.raises(ValidationError):
        stage.Settings(no_such_setting=1)
    for control in controls(stage):
        if control.maximum is not None:
            with pytest.raises(ValidationError):
                stage.Settings(**{control.field: control.maximum + 1})


@EVERY
def test_cost_grows_with_the_picture(stage: Stage) -> None:
    settings = stage.Settings()
    assert stage.cost(settings, 200, 200).giga_multiply_adds > stage.cost(settings, 100, 100).giga_multiply_adds > 0


def test_keywords_are_unique() -> None:
    keywords = [control.keyword for stage in STAGES for control in controls(stage)]
    keywords += [stage.toggle for stage in STAGES]
    assert len(keywords) == len(set(keywords))


def test_the_owners_keywords_exist() -> None:
    keywords = {control.keyword for stage in STAGES for control in controls(stage)} | {s.toggle for s in STAGES}
    owners = {"apply_super_resolution", "sr_scale", "apply_denoising", "denoise_strength"}
    assert owners | {"apply_detail_enhancement", "detail_strength"} <= keywords


def test_unknown_stage_names_one_that_is_meant() -> None:
    with pytest.raises(RecipeError, match="denoise"):
        get_stage("denoize")


def test_not_a_number_is_out_of_range() -> None:
    for stage in STAGES:
        for control in controls(stage):
            if control.kind == "number":
                with pytest.raises(ValidationError):
                    stage.Settings(**{control.field: np.nan})


@EVERY
def test_recipes_of_format_1_called_the_opacity_strength(stage: Stage) -> None:
    assert stage.Settings.model_validate({"strength": 0.25}).opacity == 0.25
    assert "strength" not in stage.Settings(opacity=0.25).model_dump()
    with pytest.raises(ValidationError, match="opacity"):
        stage.Settings.model_validate({"strength": 2})
    with pytest.raises(ValidationError, match="strength"):
        stage.Settings.model_validate({"strength": 0.5, "opacity": 0.5})
