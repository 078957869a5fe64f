"""Training stops and goes on to the very same weights; every experiment learns four pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

pytest.importorskip("accelerate", reason="the extra 'training' is not installed")
pytest.importorskip("tensorboard", reason="the extra 'training' is not installed")

from restoration_studio.config import Config
from restoration_studio.errors import render
from restoration_studio.models import ModelManager
from restoration_studio.training.checkpoint import FILENAME, read
from restoration_studio.training.config import TrainingConfig
from restoration_studio.training.errors import (
    CheckpointOfOtherPictures,
    CheckpointOfOtherSettings,
    NoCheckpoint,
    RunFolderNotMade,
    RunOfAnotherNetwork,
    RunOfAnotherVersion,
    UnreadableCheckpoint,
    UnreadableTrainingPicture,
)
from restoration_studio.training.experiments import EXPERIMENTS, build
from restoration_studio.training.export import averaged_network, export
from restoration_studio.training.loop import train
from restoration_studio.training.wording import WORDS

SMALL: dict[str, dict[str, Any]] = {
    "partial-convolution": {"options": {"widths": [8, 16, 16]}},
    "context-encoder": {"options": {"widths": [8, 16]}},
    "dense-context-encoder": {"options": {"widths": [8, 16]}},
    "gan": {"options": {"widths": [8, 16]}},
    "context-conditional-gan": {"options": {"widths": [8, 16]}},
    "damage": {"options": {"widths": [8, 16]}},
    "colorizer": {"options": {"widths": [8, 16]}},
    "colorizer of classes": {
        "experiment": "colorizer",
        "options": {"widths": [8, 16], "method": "classes", "classes": 8},
    },
    # As they are shipped.
    "partial-convolution over a smooth filling": {
        "experiment": "partial-convolution",
        "options": {"widths": [8, 16, 16], "head": 8, "loss": "psnr", "canvas": [1.0, 2.5]},
    },
    "context-encoder over a smooth filling": {
        "experiment": "context-encoder",
        "options": {"widths": [8, 16], "smooth": True},
    },
    "context-conditional-gan over a smooth filling": {
        "experiment": "context-conditional-gan",
        "options": {"widths": [8, 16], "smooth": True},
    },
    "colorizer on a pretrained encoder": {
        "experiment": "colorizer",
        "options": {"widths": [8, 8, 8, 16, 16], "pretrained": True},
    },
}
OFFLINE = [name for name in SMALL if "pretrained" not in name]  # need no weights


def _config(name: str, pictures: Path, sprites: Path, **changes: Any) -> TrainingConfig:
    values: dict[str, Any] = {
        "experiment": name,
        "data": [str(pictures)],
        "crop": (32, 32),
        "zoom": (1.0, 1.0),
        "batch": 4,
        "steps": 6,
        "warmup": 0,
        "decay": 0.0,
        "device": "cpu",
        "average": 0.5,
    }
    values |= SMALL[name] | changes
    if name == "damage":
        values["options"] = values["options"] | {"sprites": str(sprites)}
    return TrainingConfig.model_validate(values)


def _same(first: Path, second: Path) -> None:
    states = [read(run / FILENAME) for run in (first, second)]
    for part in ("networks", "average"):
        one, other = (_flat(state[part]) for state in states)
        assert one.keys() == other.keys()
        for name in one:
            assert torch.equal(one[name], other[name]), name


def _flat(state: dict[str, Any], before: str = "") -> dict[str, torch.Tensor]:
    found: dict[str, torch.Tensor] = {}
    for name, value in state.items():
        found |= _flat(value, f"{before}{name}.") if isinstance(value, dict) else {before + name: value}
    return found


@pytest.mark.parametrize("name", ["partial-convolution over a smooth filling", "context-conditional-gan", "damage"])
def test_resumed_run_equals_uninterrupted_bit_for_bit(name: str, pictures: Path, sprites: Path, tmp_path: Path) -> None:
    config = _config(name, pictures, sprites)
    train(build(config), tmp_path / "whole")
    train(build(config), tmp_path / "parts", stop_after=2)
    assert read(tmp_path / "parts" / FILENAME)["step"] == 2
    train(build(config), tmp_path / "parts")
    _same(tmp_path / "whole", tmp_path / "parts")


def test_every_experiment_is_here() -> None:
    assert {case.get("experiment", name) for name, case in SMALL.items()} == set(EXPERIMENTS)


@pytest.mark.parametrize("name", list(SMALL))
def test_gradient_reaches_every_parameter(name: str, pictures: Path, sprites: Path) -> None:
    from torch.utils.data import DataLoader

    from restoration_studio.training.samples import PictureSamples

    experiment = build(_config(name, pictures, sprites))
    networks = experiment.networks()
    batch = next(iter(DataLoader(PictureSamples(experiment.config, experiment.sample), batch_size=4)))  # type: ignore[arg-type]
    with torch.no_grad():
        for network in networks.values():
            for weight in network.parameters():
                weight += 1e-3 * torch.randn_like(
                    weight
                )  # one that begins with zeros passes nothing on in the first step
    for update in experiment.updates(networks, batch, 0):
        for network in networks.values():
            network.zero_grad(set_to_none=True)
        update.loss.backward()
        for place, weight in networks[update.network].named_parameters():
            if not weight.requires_grad:  # kept as it was learnt
                continue
            assert weight.grad is not None and torch.isfinite(weight.grad).all(), f"{update.network} {place}"
            # Deep biases right before a normalisation have a gradient of zero by nature.
            if weight.ndim > 1:
                assert weight.grad.abs().sum() > 0, f"{update.network} {place}"


@pytest.mark.slow
@pytest.mark.parametrize("name", list(SMALL))
def test_learns_four_pictures(name: str, pictures: Path, sprites: Path) -> None:
    """The same four samples over and over are learnt nearly by heart."""
    from torch.utils.data import DataLoader

    from restoration_studio.training.samples import PictureSamples

    torch.manual_seed(0)
    experiment = build(_config(name, pictures, sprites, flip=False))
    networks = experiment.networks()
    optimizers = {key: torch.optim.AdamW(network.parameters(), lr=4e-3) for key, network in networks.items()}
    batch = next(iter(DataLoader(PictureSamples(experiment.config, experiment.sample), batch_size=4)))  # type: ignore[arg-type]
    figure = "inside" if experiment.shipped == "generator" else "loss"
    values = []
    for step in range(250):
        for update in experiment.updates(networks, batch, step):
            for optimizer in optimizers.values():
                optimizer.zero_grad()
            update.loss.backward()
            optimizers[update.network].step()
            if update.network == experiment.shipped:
                values.append(float(update.figures.get(figure, update.loss).detach()))
    assert sum(values[-10:]) < 0.5 * sum(values[:10]), values[::25]


def test_a_run_leaves_sheets_and_logs(pictures: Path, sprites: Path, tmp_path: Path) -> None:
    lines: list[str] = []
    train(build(_config("gan", pictures, sprites, log_steps=2)), tmp_path, say=lines.append)
    assert len(lines) == 4 and "discriminator loss" in lines[0] and "6 of 6 steps are done" in lines[3]
    assert [path.name for path in (tmp_path / "sheets").iterdir()] == ["0000006.png"]
    assert list((tmp_path / "logs").rglob("*tfevents*"))


def test_another_configuration_or_other_pictures_do_not_go_on(pictures: Path, sprites: Path, tmp_path: Path) -> None:
    train(build(_config("colorizer", pictures, sprites)), tmp_path, stop_after=1)
    with pytest.raises(CheckpointOfOtherSettings) as other_batch:
        train(build(_config("colorizer", pictures, sprites, batch=2)), tmp_path)
    assert other_batch.value.settings == ("batch",)
    (pictures / "rocket.png").unlink()
    config = _config("colorizer", pictures, sprites)
    with pytest.raises(CheckpointOfOtherPictures) as others:
        train(build(config), tmp_path)
    assert "--other-pictures" in render(others.value, WORDS)
    assert train(build(config), tmp_path, other_pictures=True).step == 6


def test_a_broken_checkpoint_is_told(pictures: Path, sprites: Path, tmp_path: Path) -> None:
    (tmp_path / FILENAME).write_text("nothing")
    with pytest.raises(UnreadableCheckpoint, match="remove it"):
        train(build(_config("colorizer", pictures, sprites)), tmp_path)
    torch.save({"weights": torch.ones(2)}, tmp_path / FILENAME)
    with pytest.raises(NoCheckpoint):
        train(build(_config("colorizer", pictures, sprites)), tmp_path)
    with pytest.raises(NoCheckpoint):
        export(tmp_path, tmp_path / "made.safetensors")


def test_a_checkpoint_of_another_version_is_told(pictures: Path, sprites: Path, tmp_path: Path) -> None:
    train(build(_config("colorizer", pictures, sprites)), tmp_path, stop_after=1)
    state = read(tmp_path / FILENAME)
    state["config"] = state["config"].replace('"flip"', '"mirror"')
    torch.save(state, tmp_path / FILENAME)
    with pytest.raises(RunOfAnotherVersion, match=r"another version.*mirror"):
        export(tmp_path, tmp_path / "made.safetensors")


def test_a_folder_that_cannot_be_made_is_told(pictures: Path, sprites: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(RunFolderNotMade) as caught:
        train(build(_config("colorizer", pictures, sprites)), tmp_path / "file" / "run")
    assert caught.value.run == tmp_path / "file" / "run" and "another --run folder" in render(caught.value, WORDS)


def test_the_average_of_a_short_run_is_not_its_beginning() -> None:
    from torch.optim.swa_utils import AveragedModel

    from restoration_studio.training.loop import _moving_average

    weight = torch.nn.Linear(1, 1)
    average = AveragedModel(weight, multi_avg_fn=_moving_average(0.999), use_buffers=True)
    for step in range(1, 201):
        torch.nn.init.constant_(weight.weight, step)
        average.update_parameters(weight)
    assert 160 < float(average.module.weight) < 200  # 0.999 from the first step on gives 19


def test_the_plain_pairs_judge_sees_the_whole_result_and_the_conditional_ones_the_composite(
    pictures: Path, sprites: Path
) -> None:
    """The composite layer of Denton et al. puts the known pixels back before the discriminator looks."""
    from torch.utils.data import DataLoader

    from restoration_studio.training.samples import PictureSamples

    for name, known in (("gan", False), ("context-conditional-gan", True)):
        experiment = build(_config(name, pictures, sprites))
        networks = experiment.networks()
        batch = next(iter(DataLoader(PictureSamples(experiment.config, experiment.sample), batch_size=4)))  # type: ignore[arg-type]
        seen: list[torch.Tensor] = []
        networks["discriminator"].register_forward_pre_hook(lambda _, given, seen=seen: seen.append(given[0]))
        list(experiment.updates(networks, batch, 0))
        truth, *fakes = seen
        outside = (batch["hole"] == 0).expand_as(truth)
        assert len(fakes) == 2
        assert [torch.equal(fake[outside], truth[outside]) for fake in fakes] == [known, known], name


@pytest.mark.slow
def test_a_broken_picture_is_told_in_one_sentence_by_other_processes_too(
    pictures: Path, sprites: Path, tmp_path: Path
) -> None:
    for path in pictures.iterdir():
        path.write_bytes(path.read_bytes()[:900])
    with pytest.raises(UnreadableTrainingPicture) as caught:
        train(build(_config("colorizer", pictures, sprites, workers=1)), tmp_path)
    assert caught.value.path.parent == pictures
    assert str(caught.value).startswith(str(pictures)) and "\n" not in str(caught.value)


def test_a_colorizer_learns_from_crops_of_odd_sides(pictures: Path, sprites: Path, tmp_path: Path) -> None:
    assert train(build(_config("colorizer", pictures, sprites, crop=(33, 47), steps=1)), tmp_path).step == 1


def test_a_run_begins_with_another_ones_weights(pictures: Path, sprites: Path, tmp_path: Path) -> None:
    config = _config("partial-convolution", pictures, sprites)
    train(build(config), tmp_path / "first")
    second = config.model_copy(update={"start": str(tmp_path / "first"), "learning_rate": 1e-9, "steps": 1})
    train(build(second), tmp_path / "second")
    first, begun = (averaged_network(tmp_path / name)[0].state_dict() for name in ("first", "second"))
    weights = [name for name in first if name.endswith("weight") and first[name].ndim == 4]
    assert all(torch.allclose(first[name], begun[name], atol=1e-6) for name in weights)
    other = config.model_copy(update={"start": str(tmp_path / "first"), "options": {"widths": [8, 8, 8]}})
    with pytest.raises(RunOfAnotherNetwork, match="another network"):
        train(build(other), tmp_path / "third")


@pytest.mark.parametrize("name", OFFLINE)
def test_export_is_the_averaged_network_in_half(name: str, pictures: Path, sprites: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file

    run = tmp_path / "run"
    train(build(_config(name, pictures, sprites)), run, stop_after=2)
    facts = export(run, tmp_path / "made.safetensors")
    network, _ = averaged_network(run)
    (tmp_path / "plain").write_bytes(b"")
    assert (tmp_path / "made.safetensors").stat().st_mode == (tmp_path / "plain").stat().st_mode  # others may read it
    loaded = load_file(tmp_path / "made.safetensors")
    rebuilt = type(network).from_state_dict(
        {key: value.float() if value.dtype == torch.half else value for key, value in loaded.items()}
    )  # type: ignore[attr-defined]
    for key, value in network.state_dict().items():
        assert torch.allclose(value.float(), rebuilt.state_dict()[key].float(), atol=2e-3, rtol=1e-3), key
    # The file alone says what it is, to everything that takes a path.
    by_path = ModelManager(Config(cache_dir=tmp_path, device="cpu")).get(str(tmp_path / "made.safetensors"))
    assert type(by_path.network).__module__ == type(network).__module__
    assert facts["step"] == 2 and facts["bytes"] == (tmp_path / "made.safetensors").stat().st_size


@pytest.mark.network
def test_a_pretrained_encoder_begins_with_its_weights_and_keeps_them(
    pictures: Path, sprites: Path, tmp_path: Path
) -> None:
    from restoration_studio.weights.fetch import ensure
    from restoration_studio.weights.load import load_state_dict

    run = tmp_path / "run"
    train(build(_config("colorizer on a pretrained encoder", pictures, sprites)), run, stop_after=2)
    learned = averaged_network(run)[0].state_dict()
    official = load_state_dict(ensure("efficientnet-lite0", config=Config.load()))
    for name, value in learned.items():
        if name.startswith("encoder.") and not name.endswith("num_batches_tracked"):
            assert torch.equal(value, official[name.removeprefix("encoder.")]), name
