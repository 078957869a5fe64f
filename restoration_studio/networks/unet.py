"""A plain U-Net: Ronneberger, Fischer, Brox, MICCAI 2015, https://arxiv.org/abs/1505.04597.

With batch normalisation, stride-2 convolutions on the way down and nearest upsampling on the way up.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from restoration_studio.networks.capabilities import Capabilities


def _block(inputs: int, outputs: int, *, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
        nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


class UNet(nn.Module):
    """Maps (N, inputs, H, W) to (N, outputs, H, W) for any H and W.

    Args:
        inputs, outputs: channels.
        widths: channels of each level, from the full size down.
    """

    capabilities = Capabilities()

    def __init__(self, inputs: int, outputs: int, widths: Sequence[int]) -> None:
        super().__init__()
        self.widths = tuple(widths)
        self.down = nn.ModuleList([_block(inputs, self.widths[0])])
        self.down.extend(_block(a, b, stride=2) for a, b in pairwise(self.widths))
        deep = self.widths[::-1]
        self.up = nn.ModuleList(_block(a + b, b) for a, b in pairwise(deep))
        self.last = nn.Conv2d(self.widths[0], outputs, 1)

    @classmethod
    def from_state_dict(cls, weights: dict[str, Tensor]) -> UNet:
        """The network that ``weights`` belong to."""
        levels = sum(name.startswith("down.") and name.endswith(".0.weight") for name in weights)
        widths = [weights[f"down.{level}.0.weight"].shape[0] for level in range(levels)]
        network = cls(weights["down.0.0.weight"].shape[1], weights["last.weight"].shape[0], widths)
        network.load_state_dict(weights)
        return network

    def begin_with(self, weights: dict[str, Tensor]) -> None:
        """Take the weights of such a network; of one with fewer levels, they become those next to the full size.

        Raises:
            RuntimeError: a weight has another shape, or belongs nowhere.
        """
        levels = sum(name.startswith("up.") and name.endswith(".0.weight") for name in weights)
        deeper = max(0, len(self.up) - levels)  # `up` counts from the deepest level
        taken = dict(self.state_dict()) if deeper else {}
        for name, value in weights.items():
            kind, _, rest = name.partition(".")
            level, _, part = rest.partition(".")
            taken[f"up.{int(level) + deeper}.{part}" if kind == "up" else name] = value
        self.load_state_dict(taken)

    def forward(self, batch: Tensor) -> Tensor:
        height, width = batch.shape[-2:]
        step = 2 ** (len(self.widths) - 1)
        features = F.pad(batch, (0, -width % step, 0, -height % step), mode="replicate")
        skips = []
        for block in self.down:
            features = block(features)
            skips.append(features)
        skips.pop()
        for block in self.up:
            larger = F.interpolate(features, scale_factor=2.0, mode="nearest")
            features = block(torch.cat((larger, skips.pop()), dim=1))
        output: Tensor = self.last(features)
        return output[..., :height, :width]
