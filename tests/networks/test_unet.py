"""A U-Net may begin with the weights of one with fewer levels."""

from __future__ import annotations

import pytest
import torch

from restoration_studio.networks.unet import UNet


def test_it_begins_with_the_weights_of_one_with_fewer_levels() -> None:
    torch.manual_seed(0)
    shallow, deep = UNet(3, 1, (6, 8, 10)), UNet(3, 1, (6, 8, 10, 12, 12))
    below = {name: value.clone() for name, value in deep.state_dict().items() if name.startswith(("down.3", "up.1"))}
    deep.begin_with(shallow.state_dict())
    made = deep.state_dict()
    for name, value in shallow.state_dict().items():
        # The last of the way up is the one at the full size, however many there are.
        assert torch.equal(made[name.replace("up.1", "up.3").replace("up.0", "up.2")], value), name
    assert all(torch.equal(made[name], value) for name, value in below.items())


@pytest.mark.parametrize("widths", [(6, 8), (6, 9, 10), (6, 9, 10, 12)])
def test_weights_that_do_not_fit_are_refused(widths: tuple[int, ...]) -> None:
    with pytest.raises(RuntimeError):
        UNet(3, 1, widths).begin_with(UNet(3, 1, (6, 8, 10)).state_dict())
