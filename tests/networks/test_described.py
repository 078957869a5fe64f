"""Checkpoints of the official key layouts, with random values, through the code the official files take."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from restoration_studio.config import Config
from restoration_studio.errors import WeightsError
from restoration_studio.models import ModelManager
from restoration_studio.networks.described import DescribedNetwork
from restoration_studio.weights.ncnn import Convolution, Layout, PReLU, rrdbnet, srvggnet

LAYOUTS: dict[str, tuple[Layout, str, int]] = {
    "RealESRGAN_x4plus.pth": (rrdbnet(23), "params_ema", 4),
    "RealESRGAN_x4plus_anime_6B.pth": (rrdbnet(6), "params_ema", 4),
    "RealESRGAN_x2plus.pth": (rrdbnet(23), "params_ema", 2),
    "realesr-general-x4v3.pth": (srvggnet(32), "params", 4),
    "realesr-animevideov3.pth": (srvggnet(16), "params", 4),
}


def random_checkpoint(layout: Layout, inputs: int) -> dict[str, torch.Tensor]:
    """Random values, small enough for the output to stay near grey, in the layout's keys and shapes."""
    generator = torch.Generator().manual_seed(0)
    state: dict[str, torch.Tensor] = {}
    for index, layer in enumerate(layout):
        if isinstance(layer, PReLU):
            state[f"{layer.name}.weight"] = torch.rand(layer.channels, generator=generator) * 0.3
        elif isinstance(layer, Convolution):
            shape = (layer.outputs, inputs if index == 0 else layer.inputs, 3, 3)
            state[f"{layer.name}.weight"] = torch.randn(shape, generator=generator) * 0.01
            state[f"{layer.name}.bias"] = torch.full((layer.outputs,), 0.05)
    return state


@pytest.mark.parametrize("filename", LAYOUTS)
def test_official_layouts_are_recognised_and_run(filename: str, tmp_path: Path) -> None:
    layout, wrapper, scale = LAYOUTS[filename]
    inputs = 12 if scale == 2 else 3  # x2plus looks at the picture with 2x2 pixels unshuffled into channels
    torch.save({wrapper: random_checkpoint(layout, inputs)}, tmp_path / filename)
    network = ModelManager(Config(cache_dir=tmp_path, device="cpu")).get(str(tmp_path / filename))
    assert network.scale == scale
    made = network(np.random.default_rng(0).random((17, 21, 3), dtype=np.float32))
    assert made.shape == (17 * scale, 21 * scale, 3)
    assert np.isfinite(made).all() and made.std() > 0


def test_unknown_layout_is_refused_by_name() -> None:
    with pytest.raises(WeightsError, match=r"mine\.pth"):
        DescribedNetwork.from_state_dict({"layer.weight": torch.zeros(3, 3)}, "mine.pth")


def test_a_network_for_grey_pictures_is_refused() -> None:
    state = random_checkpoint(rrdbnet(1), 3)
    state["conv_first.weight"] = state["conv_first.weight"][:, :1]
    state["conv_last.weight"], state["conv_last.bias"] = state["conv_last.weight"][:1], state["conv_last.bias"][:1]
    with pytest.raises(WeightsError, match="colour picture"):
        DescribedNetwork.from_state_dict(state, "grey.pth")


@pytest.mark.parametrize("damage", ["missing", "cut"])
def test_a_checkpoint_that_is_not_whole_is_refused_by_name(damage: str) -> None:
    state = random_checkpoint(srvggnet(16), 3)
    if damage == "missing":
        del state["body.4.weight"]
    else:
        state["body.4.weight"] = state["body.4.weight"][:3]
    with pytest.raises(WeightsError, match=r"half\.pth are not whole"):
        DescribedNetwork.from_state_dict(state, "half.pth")
