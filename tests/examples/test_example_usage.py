"""The examples run as they are printed."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from restoration_studio.config import Config
from restoration_studio.models import ModelManager
from restoration_studio.pipeline import RestorationPipeline

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def examples() -> ModuleType:
    spec = importlib.util.spec_from_file_location("example_usage", EXAMPLES / "example_usage.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.network
def test_every_example_runs(
    examples: ModuleType, tmp_path: Path, weights_config: Config, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    pipeline = RestorationPipeline(models=ModelManager(weights_config))
    monkeypatch.setattr(examples, "RestorationPipeline", lambda: pipeline)
    assert examples.main(tmp_path) == 0
    said = capsys.readouterr().out
    assert "cat.tif: 16 bits" in said
    assert "(64, 64, 3) -> (256, 256, 3)" in said
    assert "7 restored" in said
    assert (tmp_path / "all" / "photographer_scratched.jpg").exists()
