"""What the damage network is shown beside the picture, at any size, and that it is rebuilt from its weights."""

from __future__ import annotations

import torch

from restoration_studio.networks.damage_unet import DamageUNet, contrast_channels


def test_lines_stand_out_by_their_sign() -> None:
    picture = torch.full((1, 3, 40, 60), 0.5)
    picture[..., 20] += 0.3
    picture[..., 40] -= 0.3
    bright, dark = contrast_channels(picture)[0, :2]
    assert bright[:, 20].min() > 0.9 and bright[:, 40].abs().max() < 1e-6
    assert dark[:, 40].min() > 0.9 and dark[:, 20].abs().max() < 1e-6


def test_a_wide_thing_stands_out_of_no_top_hat() -> None:
    picture = torch.full((1, 3, 64, 64), 0.4)
    picture[..., 16:48, 16:48] = 0.8
    assert contrast_channels(picture)[0, :4].abs().max() < 1e-6


def test_grain_is_measured_with() -> None:
    """The same speck counts for less where the grain is strong."""
    generator = torch.Generator().manual_seed(0)
    noise = 0.05 * torch.randn((1, 1, 80, 80), generator=generator).expand(1, 3, 80, 80)
    speck = torch.zeros(1, 3, 80, 80)
    speck[..., 40, 40] = 0.15
    quiet, loud = (contrast_channels((0.5 + level * noise + speck).clamp(0, 1))[0, 6, 40, 40] for level in (0.0, 1.0))
    assert quiet > loud > 0


def test_any_size_and_rebuilt() -> None:
    torch.manual_seed(0)
    network = DamageUNet(widths=(8, 12, 12)).eval()
    again = DamageUNet.from_state_dict(network.state_dict()).eval()
    for size in ((1, 1), (17, 30), (64, 48)):
        picture = torch.rand(2, 3, *size)
        found = network(picture)
        assert found.shape == (2, 1, *size) and found.min() >= 0 and found.max() <= 1
        assert torch.equal(found, again(picture))


def test_before_it_has_learnt_damage_is_rare() -> None:
    torch.manual_seed(0)
    assert DamageUNet().eval()(torch.rand(1, 3, 64, 64)).mean() < 0.3
