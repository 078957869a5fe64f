from __future__ import annotations

import pytest
import torch

from restoration_studio.networks.rife import RIFE, warp


@pytest.fixture(scope="module")
def network() -> RIFE:
    torch.manual_seed(3)
    made = RIFE((16, 12, 8, 8)).eval()
    weights = made.state_dict() | {"block_tea.lastconv.bias": torch.zeros(5), "unet.conv.bias": torch.zeros(3)}
    return RIFE.from_state_dict(weights).eval()


@pytest.mark.parametrize("size", [(64, 96), (37, 51), (16, 16)])
def test_sizes(network: RIFE, size: tuple[int, int]) -> None:
    with torch.inference_mode():
        made = network(torch.rand(2, 3, *size), torch.full((1, 1, 1, 1), 0.3))
    assert made.shape == (1, 3, *size)
    assert torch.isfinite(made).all()


def test_what_is_taken_from_two_equal_flat_frames_is_that_frame(network: RIFE) -> None:
    frames = torch.full((2, 3, 32, 48), 0.4)
    with torch.inference_mode():
        torch.testing.assert_close(network(frames, torch.full((1, 1, 1, 1), 0.5)), frames[:1])


def test_warping_moves_by_pixels_and_goes_on_at_edges() -> None:
    picture = torch.arange(12.0).reshape(1, 1, 3, 4)
    flow = torch.zeros(1, 2, 3, 4)
    torch.testing.assert_close(warp(picture, flow), picture)
    flow[:, 0] = 1
    torch.testing.assert_close(warp(picture, flow)[0, 0, 1], torch.tensor([5.0, 6.0, 7.0, 7.0]))
    flow[:, 0], flow[:, 1] = 0, -1
    torch.testing.assert_close(warp(picture, flow)[0, 0, :, 0], torch.tensor([0.0, 0.0, 4.0]))
