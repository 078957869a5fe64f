"""FFDNet: the published shapes, any size, a noise level that matters."""

from __future__ import annotations

import pytest
import torch

from restoration_studio.networks.ffdnet import FFDNet


def test_published_key_layout_is_read_back() -> None:
    published = FFDNet().state_dict()
    assert published["model.0.weight"].shape == (96, 13, 3, 3)
    assert published["model.22.weight"].shape == (12, 96, 3, 3)
    network = FFDNet.from_state_dict(published)
    for name, weight in network.state_dict().items():
        torch.testing.assert_close(weight, published[name], rtol=0, atol=0)


def test_smaller_networks_are_built_from_their_shapes() -> None:
    weights = FFDNet(channels=1, features=8, layers=4).state_dict()
    assert len(FFDNet.from_state_dict(weights).model) == 7


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (33, 48)])
def test_odd_sizes_are_padded_and_cropped(size: tuple[int, int]) -> None:
    picture = torch.rand(1, 3, *size)
    assert FFDNet(features=8, layers=3)(picture, torch.full((1, 1, 1, 1), 0.1)).shape == picture.shape


def test_the_noise_level_changes_the_result() -> None:
    torch.manual_seed(0)
    network, picture = FFDNet(features=8, layers=3), torch.rand(1, 3, 16, 16)
    low, high = (network(picture, torch.full((1, 1, 1, 1), level)) for level in (0.0, 0.3))
    assert (low - high).abs().max() > 1e-3


def test_frames_that_go_through_together_come_out_as_one_by_one() -> None:
    frames = torch.rand(3, 3, 12, 16, generator=torch.Generator().manual_seed(5))
    network, sigma = FFDNet(3, 8, 4).eval(), torch.full((1, 1, 1, 1), 0.1)
    with torch.no_grad():
        together = network(frames, sigma)
        alone = torch.cat([network(frame[None], sigma) for frame in frames])
    torch.testing.assert_close(together, alone)
