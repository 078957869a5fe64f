"""Networks trained here: any size where they promise it, rebuilt from their weights, indifferent to what holes hold."""

from __future__ import annotations

import pytest
import torch

from restoration_studio.networks.colorizer import Colorizer
from restoration_studio.networks.context_encoder import ContextEncoder
from restoration_studio.networks.damage_unet import DamageUNet
from restoration_studio.networks.painting_gan import Discriminator, Generator
from restoration_studio.networks.unet import UNet


@pytest.mark.parametrize("size", [(1, 1), (17, 30), (64, 48)])
def test_unets_take_any_size(size: tuple[int, int]) -> None:
    assert UNet(2, 5, (4, 8, 8))(torch.rand(2, 2, *size)).shape == (2, 5, *size)
    found = DamageUNet(widths=(4, 8)).eval()(torch.rand(1, 3, *size))
    assert found.shape == (1, 1, *size) and found.min() >= 0 and found.max() <= 1


@pytest.mark.parametrize("classes", [0, 6])
def test_colorizer(classes: int) -> None:
    network = Colorizer((8, 12), classes).eval()
    again = Colorizer.from_state_dict(network.state_dict()).eval()
    lightness = torch.rand(1, 1, 33, 46)
    colours = network(lightness)
    assert colours.shape == (1, 2, 33, 46) and again.classes == classes
    assert torch.equal(colours, again(lightness))
    if classes:
        assert colours.abs().max() <= 110


@pytest.mark.parametrize("smooth", [False, True])
@pytest.mark.parametrize("dense", [False, True])
def test_context_encoder(dense: bool, smooth: bool) -> None:
    network = ContextEncoder((8, 12, 10, 6, 14), dense=dense, size=(32, 64), smooth=smooth).eval()
    # In the order that files have: layer 12 before layer 3.
    again = ContextEncoder.from_state_dict(dict(sorted(network.state_dict().items()))).eval()
    picture, hole = torch.rand(2, 3, 32, 64), (torch.rand(2, 1, 32, 64) > 0.5).float()
    made = network(picture, hole)
    assert made.shape == picture.shape and made.min() >= 0 and made.max() <= 1
    assert torch.equal(made, again(picture, hole)) and again.size == (32, 64)
    assert torch.equal(made, network(torch.where(hole.bool(), torch.rand_like(picture), picture), hole))


@pytest.mark.parametrize("smooth", [False, True])
@pytest.mark.parametrize("composite", [False, True])
def test_generator(composite: bool, smooth: bool) -> None:
    network = Generator((8, 12), composite=composite, smooth=smooth).eval()
    again = Generator.from_state_dict(network.state_dict()).eval()
    picture, hole = torch.rand(1, 3, 30, 50), torch.zeros(1, 1, 30, 50)
    hole[..., 5:15, 5:20] = 1
    made = network(picture, hole)
    assert torch.equal(made, again(picture, hole)) and again.composite is composite
    outside = hole.expand_as(picture) == 0
    assert torch.equal(made[outside], picture[outside]) is composite


def test_discriminator_judges_patches() -> None:
    assert Discriminator()(torch.rand(1, 3, 64, 96)).shape == (1, 1, 4, 6)
