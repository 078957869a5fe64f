from __future__ import annotations

import pytest
import torch

from restoration_studio.networks.basicvsr import BasicVSR, SPyNet


@pytest.fixture(scope="module")
def network() -> BasicVSR:
    torch.manual_seed(5)
    return BasicVSR.from_state_dict(BasicVSR(8, 2).state_dict()).eval()


@pytest.mark.parametrize(("count", "size"), [(1, (20, 36)), (3, (37, 51))])
def test_sizes(network: BasicVSR, count: int, size: tuple[int, int]) -> None:
    with torch.inference_mode():
        made = network(torch.rand(count, 3, *size))
    assert made.shape == (count, 3, 4 * size[0], 4 * size[1])
    assert torch.isfinite(made).all()


def test_every_frame_sees_the_others(network: BasicVSR) -> None:
    frames = torch.rand(4, 3, 32, 32)
    with torch.inference_mode():
        before = network(frames)
        frames[0] = torch.rand(3, 32, 32)
        after = network(frames)
    assert (before[3] - after[3]).abs().max() > 1e-6


def test_flow_without_weights_of_its_own_is_none() -> None:
    network = SPyNet()
    for parameter in network.parameters():
        parameter.data.zero_()
    with torch.inference_mode():
        flow = network(torch.rand(2, 3, 40, 50), torch.rand(2, 3, 40, 50))
    assert flow.shape == (2, 2, 40, 50)
    assert flow.abs().max() == 0


@pytest.mark.network
def test_published_weights_beat_plain_enlargement(weights_config: object) -> None:
    import numpy as np
    from skimage.data import astronaut

    from restoration_studio.config import Config
    from restoration_studio.evaluation.metrics import psnr
    from restoration_studio.image.resize import resize
    from restoration_studio.models import ModelManager

    assert isinstance(weights_config, Config)
    network = ModelManager(weights_config).get("basicvsr-reds4")
    picture = (astronaut() / 255).astype(np.float32)
    true = [picture[60:188, 100 + 2 * n : 260 + 2 * n] for n in range(4)]
    small = [resize(frame, (32, 40)) for frame in true]
    made = np.split(network(np.concatenate(small, axis=2)), 4, axis=2)
    gains = [psnr(m, t) - psnr(resize(s, (128, 160)), t) for m, s, t in zip(made, small, true, strict=True)]
    assert min(gains) > 1.0
