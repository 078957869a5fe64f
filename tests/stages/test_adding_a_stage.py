"""A new stage is one class and one line in ``STAGES``: everything else finds it there."""

from __future__ import annotations

import importlib
import json
import re
import sys
import types
from importlib.util import find_spec
from pathlib import Path

import jsonschema
import numpy as np
import pytest

import restoration_studio
import restoration_studio.stages
from restoration_studio.cli.flags import build_parser, make_recipe, parse
from restoration_studio.config import Config
from restoration_studio.context import StageContext
from restoration_studio.engine.propose import propose
from restoration_studio.engine.recipe import Recipe, Step, keywords
from restoration_studio.engine.step import run_step_on_frames
from restoration_studio.image.picture import FloatArray, Picture
from restoration_studio.models import ModelManager
from restoration_studio.pipeline import RestorationPipeline

REPOSITORY = Path(__file__).parents[2]


def documented_stage() -> types.ModuleType:
    """The stage that docs/architecture.md shows, as the file it would be."""
    text = (REPOSITORY / "docs" / "architecture.md").read_text(encoding="utf-8")
    (source,) = re.findall(r"```python\n(\"\"\"Redraw.*?)```", text, re.DOTALL)
    module = types.ModuleType("restoration_studio.stages.redraw")
    sys.modules[module.__name__] = module  # where pydantic looks up what annotations name
    exec(compile(source, "redraw.py", "exec"), module.__dict__)
    return module


redraw = documented_stage()
RedrawSettings, Redraw = redraw.RedrawSettings, redraw.Redraw


def modules_that_know_all_stages() -> list[types.ModuleType]:
    """All of the package that import ``STAGES``, those too that nothing has needed so far."""
    package = Path(restoration_studio.__file__).parent
    paths = [path for path in package.rglob("*.py") if "STAGES" in path.read_text(encoding="utf-8")]
    names = [".".join(path.relative_to(package.parent).with_suffix("").parts) for path in paths]
    if find_spec("streamlit") is None:  # the page's files cannot be imported, and only their test is left out
        names = [name for name in names if not name.startswith("restoration_studio.studio.")]
    modules = [importlib.import_module(name.removesuffix(".__init__")) for name in names]
    return [module for module in modules if hasattr(module, "STAGES")]


@pytest.fixture(autouse=True)
def one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """``Redraw()`` as one more line in ``STAGES``."""
    stages = (*restoration_studio.stages.STAGES, Redraw())
    for module in modules_that_know_all_stages():
        monkeypatch.setattr(module, "STAGES", stages)


@pytest.fixture
def pipeline(tmp_path: Path) -> RestorationPipeline:
    config = Config(cache_dir=tmp_path, device="cpu", offline=True, presets_dir=tmp_path)
    return RestorationPipeline(config, ModelManager(config))


def test_its_flags_and_keywords(pipeline: RestorationPipeline) -> None:
    assert {"apply_redrawing", "redraw_amount", "redraw_tile", "redraw_blend", "redraw_region"} <= set(keywords())
    known = {name for action in build_parser()._actions for name in action.option_strings}
    assert {"--redraw", "--no-redraw", "--redraw-amount", "--redraw-tile", "--redraw-blend"} <= known
    recipe = make_recipe(parse(["a.png", "--redraw-amount", "0.75", "--redraw-blend", "0.5", "--tile", "48"]), pipeline)
    assert recipe.stages[-1] == Step(stage="redraw", settings=RedrawSettings(amount=0.75, opacity=0.5, tile=48))
    assert recipe == Recipe.default().changed(redraw_amount=0.75, redraw_blend=0.5, redraw_tile=48, sr_tile=48,
                                              denoise_tile=48)  # fmt: skip


def test_it_runs_in_tiles_and_the_record_says_how(
    pipeline: RestorationPipeline, photograph: FloatArray, tiny_model_path: Path
) -> None:
    recipe = {"stages": [{"stage": "redraw", "model": str(tiny_model_path)}]}
    restored, stats = pipeline.restore_image(photograph, recipe)
    assert restored.shape == photograph.shape and (restored != photograph).any()
    (stage,) = stats["stages"]
    assert stage["pinned"] == {"tile": 64} and [model["scale"] for model in stage["models"]] == [4]
    again, _ = pipeline.restore_image(photograph, stats)
    np.testing.assert_array_equal(again, restored)
    half, _ = pipeline.restore_image(photograph, recipe, redraw_blend=0.5)
    np.testing.assert_allclose(half, (photograph + restored) / 2, atol=1e-6)


def test_its_controls_on_the_page() -> None:
    testing = pytest.importorskip("streamlit.testing.v1", reason="the extra 'studio' is not installed")

    def page() -> None:
        import streamlit as st

        from restoration_studio.stages import STAGES
        from restoration_studio.studio import controls

        stage = STAGES[-1]
        if controls.switch_key(stage) not in st.session_state:
            controls.set_stage(stage, stage.Settings())
        controls.stage_panel(stage, "", disabled=False)
        st.json(stage.Settings.model_validate(controls.values_of(stage)).model_dump_json())

    shown = testing.AppTest.from_function(page, default_timeout=30).run()
    assert not shown.exception
    slider = shown.slider(key="set:redraw.amount")
    assert (slider.min, slider.max, slider.value, slider.label) == (0.0, 1.0, 0.5, "Amount")
    assert shown.slider(key="set:redraw.opacity").label == "Opacity"
    slider.set_value(0.8).run()
    assert json.loads(shown.json[0].value)["amount"] == 0.8


def test_a_preset_uses_it_and_it_proposes_itself(
    pipeline: RestorationPipeline, photograph: FloatArray, tmp_path: Path
) -> None:
    preset = {"name": "anew", "stages": [{"stage": "redraw", "amount": 0.9}]}
    (tmp_path / "anew.json").write_text(json.dumps(preset))
    assert Recipe.preset("anew", pipeline.config).stages[0].settings == RedrawSettings(amount=0.9)
    for proposal in (propose(Picture(photograph)), propose(Picture(photograph), video=True)):
        assert proposal.reasons["redraw"] == "It is 128x96 pixels."
        assert proposal.recipe.stages[-1].settings == RedrawSettings(amount=0.25)


def test_frames_of_a_film_go_through_it(
    pipeline: RestorationPipeline, photograph: FloatArray, tiny_model_path: Path
) -> None:
    step = Step(stage="redraw", settings=RedrawSettings(model=str(tiny_model_path)))
    frames = [Picture(photograph), Picture(photograph[::-1].copy())]
    contexts = [StageContext(pipeline.models) for _ in frames]
    made = run_step_on_frames(frames, step, contexts, photograph.shape[:2])
    for frame, result in zip(frames, made, strict=True):
        alone, _ = pipeline.restore_image(frame, Recipe(stages=(step,), precision="float32"))
        np.testing.assert_array_equal(result.pixels, alone.pixels)


def test_its_schema() -> None:
    step = Recipe.json_schema()["$defs"]["redraw"]
    assert set(step["properties"]) == {"stage", "opacity", "region", "amount", "model", "tile"}
    assert step["properties"]["amount"] == {
        "default": 0.5, "description": "How much is drawn anew.", "title": "Amount", "type": "number",
        "minimum": 0.0, "maximum": 1.0, "step": 0.1,
    }  # fmt: skip
    checker = jsonschema.Draft202012Validator(Recipe.json_schema())
    assert checker.is_valid(Recipe.default().changed(redraw_amount=0.75).dump())
    assert not checker.is_valid({"stages": [{"stage": "redraw", "amount": 2}]})
