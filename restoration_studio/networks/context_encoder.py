"""Context encoders: fill holes from a bottleneck that has seen the whole picture.

Pathak, Krähenbühl, Donahue, Darrell, Efros: "Context encoders: feature learning by inpainting", CVPR 2016,
https://arxiv.org/abs/1604.07379. Two bottlenecks: the paper's channel-wise fully connected layer, which passes
information across each channel's map, and a dense layer that mixes everything.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from restoration_studio.networks.capabilities import HOLE, Capabilities
from restoration_studio.networks.ground import begin_at_zero, ground, to_picture

SIZE = (256, 384)
WIDTHS = (32, 64, 96, 128, 192)


class ChannelwiseLinear(nn.Module):
    """A fully connected layer for each channel of its own, over that channel's map of ``places`` values."""

    def __init__(self, channels: int, places: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(
            torch.eye(places).repeat(channels, 1, 1) + 0.01 * torch.randn(channels, places, places)
        )
        self.bias = nn.Parameter(torch.zeros(channels, places))

    def forward(self, features: Tensor) -> Tensor:
        flat = features.flatten(2).transpose(0, 1)  # (channels, N, places)
        mixed = torch.bmm(flat, self.weight.to(flat.dtype)) + self.bias[:, None].to(flat.dtype)
        return mixed.transpose(0, 1).reshape(features.shape)


class DenseBottleneck(nn.Module):
    """Everything to ``units`` values and back."""

    def __init__(self, channels: int, places: int, units: int = 512, squeezed: int = 24) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(channels, squeezed, 1)
        self.inward = nn.Linear(squeezed * places, units)
        self.outward = nn.Linear(units, squeezed * places)
        self.spread = nn.Conv2d(squeezed, channels, 1)

    def forward(self, features: Tensor) -> Tensor:
        small = self.squeeze(features)
        code = torch.relu(self.inward(small.flatten(1)))
        output: Tensor = self.spread(self.outward(code).reshape(small.shape))
        return output


class ContextEncoder(nn.Module):
    """Encoder, bottleneck, decoder; takes pictures of one size.

    Args:
        widths: channels of the encoder's stride-2 layers.
        dense: the dense bottleneck instead of the channel-wise one.
        size: height and width of the pictures it takes.
        smooth: holes are shown smoothly filled, not white, and the network gives the difference from that.
    """

    def __init__(
        self,
        widths: Sequence[int] = WIDTHS,
        *,
        dense: bool = False,
        size: tuple[int, int] = SIZE,
        smooth: bool = False,
    ) -> None:
        super().__init__()
        self.capabilities = Capabilities(conditions=(HOLE,), fixed_size=size, tileable=False)
        self.size, self.smooth = size, smooth
        self.register_buffer("shape", torch.tensor(size))
        self.register_buffer("smooths", torch.tensor(int(smooth)))
        layers: list[nn.Module] = []
        for inputs, outputs in zip((4, *widths), widths, strict=False):
            layers += [nn.Conv2d(inputs, outputs, 4, 2, 1), nn.BatchNorm2d(outputs), nn.LeakyReLU(0.2)]
        self.encoder = nn.Sequential(*layers)
        places = (size[0] >> len(widths)) * (size[1] >> len(widths))
        self.bottleneck = DenseBottleneck(widths[-1], places) if dense else ChannelwiseLinear(widths[-1], places)
        layers = []
        deep = widths[::-1]
        for inputs, outputs in zip(deep, (*deep[1:], widths[0]), strict=True):
            layers += [nn.ConvTranspose2d(inputs, outputs, 4, 2, 1), nn.BatchNorm2d(outputs), nn.ReLU()]
        last = nn.Conv2d(widths[0], 3, 3, 1, 1)
        self.decoder = nn.Sequential(*layers, begin_at_zero(last) if smooth else last)

    @classmethod
    def from_state_dict(cls, weights: dict[str, Tensor]) -> ContextEncoder:
        """The network that ``weights`` belong to."""
        layers = {int(n.split(".")[1]): v for n, v in weights.items() if n.startswith("encoder.") and v.ndim == 4}
        kernels = [layers[place] for place in sorted(layers)]  # files keep their names in another order
        height, width = (int(side) for side in weights["shape"])
        dense = "bottleneck.squeeze.weight" in weights
        network = cls(
            [kernel.shape[0] for kernel in kernels],
            dense=dense,
            size=(height, width),
            smooth=bool(weights["smooths"]),
        )
        network.load_state_dict(weights)
        return network

    def forward(self, picture: Tensor, hole: Tensor) -> Tensor:
        """Fill holes.

        Args:
            picture: (N, 3, H, W) of the network's size, 0 to 1.
            hole: (N, 1, H, W), 1 = to be filled.

        Returns:
            (N, 3, H, W) from 0 to 1, not composited.
        """
        shown = ground(picture, hole, smooth=self.smooth)
        features = self.encoder(torch.cat((shown * 2 - 1, hole), dim=1))
        output: Tensor = self.decoder(self.bottleneck(features))
        return to_picture(output, shown, smooth=self.smooth)
