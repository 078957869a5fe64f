"""RAFT in its authors' key layout, for frames of any size; with the real weights it finds a known motion."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from restoration_studio.config import Config
from restoration_studio.models import ModelManager
from restoration_studio.networks.raft import RAFT, estimate_flow

_BACK = (
    ("feature_encoder.", "fnet."),
    ("context_encoder.", "cnet."),
    (".convnormrelu1.0.", ".conv1."),
    (".convnormrelu2.0.", ".conv2."),
    (".convnormrelu1.1.", ".norm1."),
    (".convnormrelu2.1.", ".norm2."),
    ("fnet.convnormrelu.0.", "fnet.conv1."),
    ("cnet.convnormrelu.0.", "cnet.conv1."),
    ("cnet.convnormrelu.1.", "cnet.norm1."),
    ("fnet.conv.", "fnet.conv2."),
    ("cnet.conv.", "cnet.conv2."),
    ("motion_encoder.convcorr1.0.", "encoder.convc1."),
    ("motion_encoder.convcorr2.0.", "encoder.convc2."),
    ("motion_encoder.convflow1.0.", "encoder.convf1."),
    ("motion_encoder.convflow2.0.", "encoder.convf2."),
    ("motion_encoder.conv.0.", "encoder.conv."),
    ("mask_predictor.convrelu.0.", "update_block.mask.0."),
    ("mask_predictor.conv.", "update_block.mask.2."),
)


def authors_layout(network: RAFT) -> dict[str, torch.Tensor]:
    """A state dict as the authors save it, with the norms they save twice."""
    made = {}
    for name, value in network.raft.state_dict().items():
        for here, there in _BACK:
            name = name.replace(here, there)
        for number in "12":
            for gate in "zrq":
                name = name.replace(f"recurrent_block.convgru{number}.conv{gate}.", f"gru.conv{gate}{number}.")
        made[f"module.{name}"] = value
        if ".downsample.1." in name:
            made[f"module.{name.replace('.downsample.1.', '.norm3.')}"] = value
    return made


def test_the_authors_layout_is_read() -> None:
    torch.manual_seed(0)
    first = RAFT().eval()
    weights = authors_layout(first)
    assert "module.update_block.gru.convz1.weight" in weights and "module.cnet.layer2.0.norm3.weight" in weights
    second = RAFT.from_state_dict(weights).eval()
    for name, value in first.raft.state_dict().items():
        assert torch.equal(second.raft.state_dict()[name], value), name


@pytest.mark.slow
@pytest.mark.network
def test_a_known_motion_is_found(weights_config: Config) -> None:
    from skimage.data import astronaut

    grey = (astronaut() @ np.array([0.299, 0.587, 0.114])).astype(np.float32)
    here, there = grey[100:203, 100:251], grey[103:206, 105:256]  # sides no network takes
    loaded = ModelManager(weights_config).get("raft-things")
    flow = estimate_flow(loaded.network, loaded.device, here, there)
    assert flow.shape == (103, 151, 2)
    np.testing.assert_allclose(np.median(flow.reshape(-1, 2), axis=0), (-5, -3), atol=0.3)
