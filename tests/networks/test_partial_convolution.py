"""The layer is the paper's: renormalised by the number of valid pixels, blind to what holes hold."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from restoration_studio.networks.partial_convolution import WIDTHS, PartialConv2d, PartialConvUNet


def test_without_holes_it_is_a_convolution() -> None:
    layer = PartialConv2d((3,), 5, 3)
    batch = torch.rand(2, 3, 9, 11)
    made, mask = layer(batch, torch.ones(2, 1, 9, 11))
    plain = F.conv2d(batch, layer.weight, layer.bias, padding=1)
    torch.testing.assert_close(made[..., 1:-1, 1:-1], plain[..., 1:-1, 1:-1])
    assert (mask == 1).all()


def test_the_sum_is_renormalised_by_the_valid_pixels() -> None:
    layer = PartialConv2d((1,), 1, 3)
    torch.nn.init.constant_(layer.weight, 0.5)
    torch.nn.init.constant_(layer.bias, 0.25)
    batch = torch.arange(25.0).view(1, 1, 5, 5)
    mask = torch.zeros(1, 1, 5, 5)
    mask[0, 0, 1, 1] = mask[0, 0, 1, 2] = mask[0, 0, 3, 3] = 1
    made, updated = layer(batch, mask)
    # Equation 1 at the middle: 6, 7 and 18 are valid of nine.
    assert made[0, 0, 2, 2].item() == pytest.approx(0.5 * (6 + 7 + 18) * 9 / 3 + 0.25)
    # Equation 2: valid where any pixel under the filter was; nothing, and no bias, elsewhere.
    expected = (F.max_pool2d(mask, 3, 1, 1) > 0).float()
    assert torch.equal(updated, expected)
    assert (made[expected == 0] == 0).all()


def test_each_part_of_a_skip_counts_with_its_own_mask() -> None:
    layer = PartialConv2d((2, 1), 1, 1)
    torch.nn.init.ones_(layer.weight)
    batch = torch.full((1, 3, 1, 1), 2.0)
    made, updated = layer(batch, torch.tensor([1.0, 0.0]).view(1, 2, 1, 1))
    assert made.item() == pytest.approx((2 + 2) * 3 / 2) and updated.item() == 1
    made, updated = layer(batch, torch.zeros(1, 2, 1, 1))
    assert made.item() == 0 and updated.item() == 0


@pytest.mark.parametrize("size", [(64, 64), (50, 37), (3, 5)])
@pytest.mark.parametrize("training", [True, False])
def test_what_holes_hold_does_not_matter(size: tuple[int, int], training: bool) -> None:
    torch.manual_seed(0)
    network = PartialConvUNet((8, 12, 16)).train(training)
    picture = torch.rand(2, 3, *size)
    hole = (torch.rand(2, 1, *size) > 0.6).float()
    other = torch.where(hole.bool(), torch.rand(2, 3, *size) * 1000 - 500, picture)
    with torch.no_grad():
        first, second = network(picture, hole), network(other, hole)
    assert first.shape == picture.shape
    assert torch.equal(first, second)


def test_a_small_hole_of_the_first_layer_is_gone_in_the_next() -> None:
    layer = PartialConv2d((3,), 4, 7, stride=2)
    mask = torch.ones(1, 1, 32, 32)
    mask[..., 14:17, 14:17] = 0
    assert (layer(torch.rand(1, 3, 32, 32), mask)[1] == 1).all()


def test_the_papers_network_has_its_size() -> None:
    with torch.device("meta"):
        network = PartialConvUNet(WIDTHS)
    weights = sum(layer.weight.numel() for layer in (*network.encoder, *network.decoder))
    encoder = 49 * 3 * 64 + 25 * (64 * 128 + 128 * 256) + 9 * (256 * 512 + 4 * 512 * 512)
    decoder = 9 * (4 * 1024 * 512 + (512 + 256) * 256 + (256 + 128) * 128 + (128 + 64) * 64 + (64 + 3) * 3)
    assert weights == encoder + decoder


def test_second_phase_keeps_the_encoders_statistics() -> None:
    network = PartialConvUNet((8, 12, 16)).train()
    network.freeze_encoder_norms()
    before = [norm.running_mean.clone() for norm in network.encoder_norms]
    network(torch.rand(2, 3, 32, 32), torch.zeros(2, 1, 32, 32))
    assert all(torch.equal(norm.running_mean, kept) for norm, kept in zip(network.encoder_norms, before, strict=True))
    assert not any(weight.requires_grad for norm in network.encoder_norms for weight in norm.parameters())
    assert all(norm.training for norm in network.decoder_norms)


def test_is_rebuilt_from_its_weights() -> None:
    network = PartialConvUNet((8, 12, 16)).eval()
    again = PartialConvUNet.from_state_dict(network.state_dict()).eval()
    picture, hole = torch.rand(1, 3, 40, 24), torch.zeros(1, 1, 40, 24)
    assert torch.equal(network(picture, hole), again(picture, hole))


def _picture_and_hole(height: int, width: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    hole = (torch.rand(2, 1, height, width, generator=generator) > 0.6).float()
    return torch.rand(2, 3, height, width, generator=generator), hole


@pytest.mark.parametrize("size", [(32, 32), (45, 70)])
def test_with_a_head_it_begins_as_the_smooth_filling_and_never_sees_holes(size: tuple[int, int]) -> None:
    network = PartialConvUNet((8, 12, 12), head=8).eval()
    picture, hole = _picture_and_hole(*size)
    with torch.no_grad():
        made = network(picture, hole)
        # The padding to whole steps counts as unknown, which moves the filling beside it a little.
        assert torch.allclose(made * (1 - hole), picture * (1 - hole), atol=1e-6)
        assert torch.equal(made, network(picture * (1 - hole) + 7 * hole, hole))
        network.head.weight.data.normal_()  # type: ignore[union-attr]
        made = network(picture, hole)
        assert torch.equal(made, network(picture * (1 - hole) + 7 * hole, hole))
    again = PartialConvUNet.from_state_dict(network.state_dict()).eval()
    assert torch.equal(made, again(picture, hole))
