"""Every configuration that is shipped can be read and builds its experiment."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch

from restoration_studio.errors import UsageError
from restoration_studio.training.__main__ import main
from restoration_studio.training.config import TrainingConfig
from restoration_studio.training.experiments import EXPERIMENTS, build, experiment_class

CONFIGS = sorted((Path(__file__).parents[2] / "restoration_studio" / "training" / "configs").glob("*.json"))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_shipped_configurations_build(path: Path) -> None:
    experiment = build(TrainingConfig.load(path))
    with torch.device("meta"):
        networks = experiment.networks()
    assert experiment.shipped in networks


def test_there_is_a_configuration_for_every_experiment() -> None:
    assert {TrainingConfig.load(path).experiment for path in CONFIGS} == set(EXPERIMENTS)


def test_wrong_configurations_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text('{"experiment": "gan", "data": ["x"], "stepz": 3}')
    with pytest.raises(UsageError, match="stepz"):
        TrainingConfig.load(path)
    path.write_text("[1]")
    with pytest.raises(UsageError, match="no JSON object"):
        TrainingConfig.load(path)
    with pytest.raises(UsageError, match="cannot be read"):
        TrainingConfig.load(tmp_path / "missing.json")
    with pytest.raises(UsageError, match="option holes"):
        build(TrainingConfig.load(None, experiment="gan", data=["x"], options={"holes": "square"}))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"crop": (0, 32)}, "crop"),
        ({"zoom": (1.5, 1.0)}, "zoom.*smaller"),
        ({"zoom": (0.0, 1.0)}, "zoom"),
        ({"betas": (0.9, 1.5)}, "betas"),
        ({"learning_rate": float("inf")}, "learning_rate"),
        ({"options": {"holes": (0.5, 0.2)}}, "option holes"),
        ({"options": {"holes": (0.5, 2.0)}}, "option holes"),
        ({"options": {"canvas": (0.5, 1.0)}}, "option canvas"),
        ({"options": {"kinds": ("square",)}}, "option kinds"),
        ({"options": {"widths": (8, 0)}}, "option widths"),
        ({"experiment": "colorizer", "options": {"pretrained": True, "widths": (8, 8)}}, "takes 5 widths"),
        ({"experiment": "context-encoder", "crop": (50, 64)}, "multiples of 32"),
        ({"experiment": "damage"}, r"option sprites: Field required; see training/configs"),
    ],
)
def test_values_that_cannot_be_trained_with_are_refused(words: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        build(TrainingConfig.load(None, **{"experiment": "partial-convolution", "data": ["x"]} | words)).networks()


def test_a_configuration_of_another_experiment_is_refused() -> None:
    path = next(path for path in CONFIGS if path.stem == "partial-convolution")
    with pytest.raises(UsageError, match="of the experiment partial-convolution, not of gan"):
        TrainingConfig.load(path, experiment="gan")


def test_learning_rate_rises_stays_and_falls() -> None:
    config = TrainingConfig(experiment="x", data=("y",), steps=100, warmup=9, decay=0.5, learning_rate=1.0)
    rates = [config.learning_rate_at(step) for step in range(100)]
    assert rates[0] == pytest.approx(0.1) and rates[9] == rates[49] == 1.0
    assert all(a > b for a, b in pairwise(rates[50:])) and rates[-1] == pytest.approx(0.04, abs=0.01)


def test_unknown_words_end_with_two(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    pytest.importorskip("accelerate", reason="the extra 'training' is not installed")
    for words in (
        ["nothing", "--data", "x"],
        ["gan"],
        ["gan", "folder"],
        ["export", str(tmp_path)],
        ["export", str(tmp_path), "--output", str(tmp_path / "x.safetensors")],
        ["export", str(tmp_path), "--output", str(tmp_path / "x.pt")],
        ["gan", "--data", str(tmp_path), "--stop-after", "0"],
        ["gan", "--data", str(tmp_path / "nowhere"), "--run", str(tmp_path / "run")],
        ["gan", "--data", str(tmp_path), "--run", str(tmp_path / "run")],
    ):
        assert main(words) == 2, words
        said = capsys.readouterr().err
        assert said.startswith("error: ") and said.count("\n") == 1


def test_list_names_every_experiment(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    said = capsys.readouterr().out
    assert all(name in said and experiment_class(name).summary in said for name in EXPERIMENTS)


def test_command_line_trains_and_goes_on(pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("accelerate", reason="the extra 'training' is not installed")
    words = ["colorizer", "--data", str(pictures), "--crop", "32", "32", "--batch", "2", "--steps", "3"]
    words += ["--device", "cpu", "--run", str(tmp_path / "run")]
    assert main([*words, "--stop-after", "1"]) == 0
    assert "1 of 3 steps are done" in capsys.readouterr().out
    assert main(words) == 0
    assert "3 of 3 steps are done" in capsys.readouterr().out
    assert main(["export", str(tmp_path / "run"), "--output", str(tmp_path / "c.safetensors")]) == 0
    assert (tmp_path / "c.safetensors").stat().st_size > 1_000_000
