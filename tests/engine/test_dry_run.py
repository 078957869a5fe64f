"""Dry runs: all that would happen is said, and nothing does."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from restoration_studio.cli.dry_run import plan_as_json, plan_lines
from restoration_studio.config import Config
from restoration_studio.engine.batch import run_batch
from restoration_studio.engine.batch_plan import Plan, plan
from restoration_studio.engine.dry_run import dry_run
from restoration_studio.engine.recipe import Recipe
from restoration_studio.errors import InputError, UsageError
from restoration_studio.pipeline import RestorationPipeline

DETAIL = Recipe.parse({"stages": [{"stage": "detail"}]})


@pytest.fixture
def pipeline(tmp_path: Path) -> RestorationPipeline:
    config = Config(cache_dir=tmp_path / "cache", device="cpu", max_input_megapixels=0.01, max_output_megapixels=0.1)
    return RestorationPipeline(config)


def save(path: Path, size: tuple[int, int] = (40, 30)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((size[1], size[0], 3), 90, np.uint8)).save(path)
    return path


def test_one_picture(pipeline: RestorationPipeline, tmp_path: Path) -> None:
    source = save(tmp_path / "a.png")
    planned = Plan([(source, tmp_path / "b.png")], 0, [])
    found = dry_run(pipeline.engine, planned, Recipe.default().changed(sr_scale=2), folder=False, again=True)
    answer = json.loads(json.dumps(plan_as_json(found)))
    assert answer["files"][0]["size"] == [40, 30] and answer["files"][0]["becomes"] == [80, 60]
    assert [(model["name"], model["installed"]) for model in answer["models"]] == [
        ("ffdnet-color", False),
        ("realesrgan-x4plus", False),
    ]
    assert all(model["licence"] not in ("", "unknown") for model in answer["models"])
    assert answer["seconds"] > 0 and answer["memory_bytes"] > 1e8 and answer["measured"] is False
    assert Recipe.parse(answer["recipe"]) == Recipe.default().changed(sr_scale=2)
    lines = plan_lines(found)
    text = "\n".join(lines)
    for part in ("1. Denoise", "2. Super-resolution", "3. Detail", "would be fetched", "(40x30) -> ", "(80x60)"):
        assert part in text
    assert "a first guess" in lines[-1] and "nothing was run" in lines[-1]
    assert found.exit_code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png"]


def test_one_picture_that_cannot_be_restored(pipeline: RestorationPipeline, tmp_path: Path) -> None:
    save(tmp_path / "large.png", (200, 100))
    (tmp_path / "text.png").write_text("x")
    for name, said in (
        ("large.png", "more than the limit of 0.01"),
        ("text.png", "is text"),
        ("gone.png", "not exist"),
    ):
        with pytest.raises(InputError, match=said):
            dry_run(pipeline.engine, Plan([(tmp_path / name, tmp_path / "b")], 0, []), DETAIL, folder=False, again=True)
    recipe = Recipe.default().changed(sr_scale=8)
    with pytest.raises(UsageError, match="320x320 pixels, over the limit"):
        save(tmp_path / "a.png", (40, 40))
        dry_run(pipeline.engine, Plan([(tmp_path / "a.png", tmp_path / "b")], 0, []), recipe, folder=False, again=True)


def test_a_folder(pipeline: RestorationPipeline, tmp_path: Path) -> None:
    for number in range(25):
        save(tmp_path / "in" / f"{number:02}.png", (10 + number, 10))
    run_batch(pipeline.engine, tmp_path / "in", tmp_path / "out", DETAIL)
    for number in range(2, 25):
        (tmp_path / "out" / f"{number:02}.png").unlink()
    (tmp_path / "in" / "30.png").write_text("x")
    planned = plan(tmp_path / "in", tmp_path / "out", DETAIL)
    found = dry_run(pipeline.engine, planned, DETAIL, folder=True, again=False)
    assert found.exit_code == 1
    assert sum(file.finished for file in found.files) == 2
    assert [file.input for file in found.files if file.problem] == [str(tmp_path / "in" / "30.png")]
    shown = [file for file in plan_as_json(found)["files"] if file["problem"]]
    assert [file["input"] for file in shown] == [str(tmp_path / "in" / "30.png")]
    assert shown[0]["problem"] == shown[0]["error"]["error"] and json.dumps(shown)
    lines = plan_lines(found)
    assert "2 finished before, would be skipped" in lines
    assert "and 3 more" in lines
    assert sum(line.startswith("would fail: ") and "30.png is text" in line for line in lines) == 1
    assert not any(file.finished for file in dry_run(pipeline.engine, planned, DETAIL, folder=True, again=True).files)


def test_a_model_of_ones_own(pipeline: RestorationPipeline, tmp_path: Path) -> None:
    recipe = Recipe.parse({"stages": [{"stage": "super_resolution", "model": str(tmp_path / "mine.pth"), "scale": 1}]})
    planned = Plan([(save(tmp_path / "a.png"), tmp_path / "b.png")], 0, [])
    missing = dry_run(pipeline.engine, planned, recipe, folder=False, again=True)
    assert any("mine.pth (unknown): this file does not exist" in line for line in plan_lines(missing))
    (tmp_path / "mine.pth").touch()
    found = dry_run(pipeline.engine, planned, recipe, folder=False, again=True)
    assert found.models[0].installed is True
