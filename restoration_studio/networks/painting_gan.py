"""Generators and discriminator for inpainting with adversaries.

Goodfellow et al., "Generative adversarial nets", NIPS 2014, for the plain pair; Denton, Gross, Fergus,
"Semi-supervised learning with context-conditional generative adversarial networks", 2016,
https://arxiv.org/abs/1611.06430, for the pair whose composite layer puts the known pixels back before the
discriminator looks.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from restoration_studio.networks.capabilities import HOLE, Capabilities
from restoration_studio.networks.ground import begin_at_zero, ground, to_picture
from restoration_studio.networks.unet import UNet

WIDTHS = (24, 48, 96, 128, 192)


class Generator(nn.Module):
    """A U-Net from picture and hole to picture.

    Args:
        widths: of the U-Net.
        composite: put the known pixels back at the end (Denton et al.'s composite layer).
        smooth: holes are shown smoothly filled, not white, and the network gives the difference from that.
    """

    capabilities = Capabilities(conditions=(HOLE,), tileable=False)

    def __init__(self, widths: Sequence[int] = WIDTHS, *, composite: bool = False, smooth: bool = False) -> None:
        super().__init__()
        self.composite, self.smooth = composite, smooth
        self.register_buffer("composites", torch.tensor(int(composite)))
        self.register_buffer("smooths", torch.tensor(int(smooth)))
        self.body = UNet(4, 3, widths)
        if smooth:
            begin_at_zero(self.body.last)

    @classmethod
    def from_state_dict(cls, weights: dict[str, Tensor]) -> Generator:
        """The network that ``weights`` belong to."""
        prefix = "body."
        inner = UNet.from_state_dict({n[len(prefix) :]: v for n, v in weights.items() if n.startswith(prefix)})
        network = cls(inner.widths, composite=bool(weights["composites"]), smooth=bool(weights["smooths"]))
        network.load_state_dict(weights)
        return network

    def forward(self, picture: Tensor, hole: Tensor) -> Tensor:
        """(N, 3, H, W) from 0 to 1 and (N, 1, H, W) with 1 = to be filled, to (N, 3, H, W) from 0 to 1."""
        shown = ground(picture, hole, smooth=self.smooth)
        output = to_picture(self.body(torch.cat((shown * 2 - 1, hole), dim=1)), shown, smooth=self.smooth)
        return picture * (1 - hole) + output * hole if self.composite else output


class Discriminator(nn.Module):
    """Judges patches of a picture: (N, inputs, H, W) to logits (N, 1, H/16, W/16).

    With spectral normalisation (Miyato et al. 2018).
    """

    def __init__(self, inputs: int = 3, widths: Sequence[int] = (32, 64, 128, 128)) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for before, after in zip((inputs, *widths), widths, strict=False):
            layers += [spectral_norm(nn.Conv2d(before, after, 4, 2, 1)), nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers, spectral_norm(nn.Conv2d(widths[-1], 1, 3, 1, 1)))

    def forward(self, batch: Tensor) -> Tensor:
        output: Tensor = self.layers(batch * 2 - 1)
        return output
