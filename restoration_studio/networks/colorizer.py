"""A small colouriser: from lightness to the two colour channels of CIE Lab.

Zhang, Isola, Efros: "Colorful Image Colorization", ECCV 2016, https://arxiv.org/abs/1603.08511, for the classes of
colour, their weights in training and the annealed mean. The network is a U-Net of a few million weights; its encoder
may be one that learnt to name things (networks/efficientnet.py), which knows a lawn from a sea before it has seen a
colour.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from restoration_studio.networks.capabilities import Capabilities
from restoration_studio.networks.efficientnet import CHANNELS, EfficientNetLite0
from restoration_studio.networks.unet import UNet

WIDTHS = (32, 64, 128, 192, 256)
LARGEST = 110.0  # of a and b in the network's units
_STORED = 256.0  # a and b of -128 to 128 are stored as 0 to 1


def encode_colours(colours: Tensor) -> Tensor:
    """a and b of CIE Lab, -128 to 128, as 0 to 1."""
    return colours / _STORED + 0.5


def lightness_of_grey(grey: Tensor) -> Tensor:
    """L of CIE Lab divided by 100, of sRGB-encoded grey from 0 to 1 (IEC 61966-2-1)."""
    linear = torch.where(grey <= 0.04045, grey / 12.92, ((grey.clamp(min=0.04045) + 0.055) / 1.055) ** 2.4)
    cube = torch.where(linear > 216 / 24389, linear.clamp(min=1e-6) ** (1 / 3), linear * 24389 / 27 / 116 + 16 / 116)
    return (116 * cube - 16) / 100


def _block(inputs: int, outputs: int, kernel: int = 3) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, 1, kernel // 2, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)
    )


class Decoder(nn.Module):
    """From the features of `EfficientNetLite0` to half the picture's size.

    Args:
        outputs: channels.
        widths: channels of each level, from half the size to a thirty-second.
    """

    def __init__(self, outputs: int, widths: Sequence[int]) -> None:
        super().__init__()
        self.aside = nn.ModuleList(_block(c, w, 1) for c, w in zip(CHANNELS, widths, strict=True))
        self.scene = nn.Linear(CHANNELS[-1], widths[-1])
        deep = widths[::-1]
        self.up = nn.ModuleList(nn.Sequential(_block(a + b, b), _block(b, b)) for a, b in pairwise(deep))
        self.last = nn.Conv2d(widths[0], outputs, 1)

    def forward(self, features: list[Tensor]) -> Tensor:
        levels = [aside(one) for aside, one in zip(self.aside, features, strict=True)]
        # What kind of scene this is, said to every place: a beach's sky, an indoor lamp.
        output = levels.pop() + self.scene(features[-1].mean((2, 3)))[..., None, None]
        for block in self.up:
            larger = F.interpolate(output, scale_factor=2.0, mode="bilinear", align_corners=False)
            output = block(torch.cat((larger, levels.pop()), dim=1))
        coded: Tensor = self.last(output)
        return coded


class Colorizer(nn.Module):
    """Colour for grey pictures.

    Args:
        widths: of the U-Net, which works at half the picture's size.
        classes: 0 to predict a and b themselves, else the side of the square grid of colour classes over them.
        pretrained: whether the encoder is an EfficientNet; ``widths`` are then those of the decoder, from half the
            picture's size to a thirty-second.
    """

    capabilities = Capabilities(input_channels=1, output_channels=2, multiple_of=2, tileable=False)

    def __init__(self, widths: Sequence[int] = WIDTHS, classes: int = 0, pretrained: bool = False) -> None:
        super().__init__()
        self.classes, self.pretrained = classes, pretrained
        if pretrained:
            self.encoder = EfficientNetLite0()
            self.decoder = Decoder(classes**2 or 2, widths)
        else:
            self.stem = nn.Conv2d(1, widths[0], 4, 2, 1)
            self.body = UNet(widths[0], classes**2 or 2, widths)

    @classmethod
    def from_state_dict(cls, weights: dict[str, Tensor]) -> Colorizer:
        """The network that ``weights`` belong to."""
        if "decoder.last.weight" in weights:
            widths = [weights[f"decoder.aside.{level}.0.weight"].shape[0] for level in range(len(CHANNELS))]
            outputs = weights["decoder.last.weight"].shape[0]
            learned = cls(widths, 0 if outputs == 2 else round(outputs**0.5), pretrained=True)
            learned.load_state_dict(weights)
            return learned
        prefix = "body."
        inner = UNet.from_state_dict({n[len(prefix) :]: v for n, v in weights.items() if n.startswith(prefix)})
        outputs = weights["body.last.weight"].shape[0]
        network = cls(inner.widths, 0 if outputs == 2 else round(outputs**0.5))
        network.load_state_dict(weights)
        return network

    def grid(self, like: Tensor) -> Tensor:
        """The colours of the classes, (classes squared, 2)."""
        steps = torch.linspace(-LARGEST, LARGEST, self.classes, device=like.device)
        return torch.cartesian_prod(steps, steps)

    def at_half_size(self, lightness: Tensor) -> Tensor:
        """Network output at half size: a and b divided by `LARGEST`, or the logits of the classes."""
        height, width = lightness.shape[-2:]
        if self.pretrained:
            padded = F.pad(lightness, (0, -width % 32, 0, -height % 32), mode="replicate")
            output: Tensor = self.decoder(self.encoder(torch.cat([padded] * 3, dim=1)))
            return output[..., : (height + 1) // 2, : (width + 1) // 2]
        padded = F.pad(lightness, (0, width % 2, 0, height % 2), mode="replicate")
        output = self.body(F.relu(self.stem((padded - 0.5) / 0.25)))
        return output

    def colours(self, output: Tensor) -> Tensor:
        """a and b of CIE Lab of `at_half_size`'s output, (N, 2, H, W)."""
        if not self.classes:
            return output.float() * LARGEST
        # Sharpened, as the paper's annealed mean, so that colours do not all become the average brown.
        chances = torch.softmax(output.float() / 0.4, dim=1)
        return torch.einsum("nkhw,kc->nchw", chances, self.grid(output))

    def forward(self, lightness: Tensor) -> Tensor:
        """(N, 1, H, W), L divided by 100, to (N, 2, H, W): a and b."""
        height, width = lightness.shape[-2:]
        colours = self.colours(self.at_half_size(lightness))
        return F.interpolate(colours, scale_factor=2.0, mode="bilinear", align_corners=False)[..., :height, :width]


class ColorizerNetwork(nn.Module):
    """`Colorizer` for pictures: (N, 3, H, W) with three equal channels to (N, 2, H, W), as `encode_colours` has it."""

    capabilities = Capabilities(output_channels=2, multiple_of=2, tileable=False)

    def __init__(self, network: Colorizer) -> None:
        super().__init__()
        self.network = network

    @classmethod
    def from_state_dict(cls, weights: dict[str, Tensor]) -> ColorizerNetwork:
        """The network that the weights of a `Colorizer` belong to."""
        return cls(Colorizer.from_state_dict(weights))

    def forward(self, grey: Tensor) -> Tensor:
        return encode_colours(self.network(lightness_of_grey(grey[:, :1])))
