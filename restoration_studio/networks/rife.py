"""RIFE 4: the frame between two frames, by the motion between them.

Huang, Zhang, Heng, Shi, Zhou: "Real-Time Intermediate Flow Estimation for Video Frame Interpolation", ECCV 2022,
https://arxiv.org/abs/2011.06294. This is version 4.0 of its authors' practical models, which takes any moment.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from restoration_studio.networks.capabilities import Capabilities, Condition

_SCALES = (8, 4, 2, 1)  # the blocks work from coarse to fine
_MULTIPLE = 32  # sides the coarsest block takes


def _convolution(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, stride, 1), nn.PReLU(outputs))


class FlowBlock(nn.Module):
    """Refines the flow at one scale: what it is given is made smaller, its answer larger again."""

    def __init__(self, inputs: int, features: int) -> None:
        super().__init__()
        self.conv0 = nn.Sequential(_convolution(inputs, features // 2, 2), _convolution(features // 2, features, 2))
        self.convblock = nn.Sequential(*[_convolution(features, features) for _ in range(8)])
        self.lastconv = nn.ConvTranspose2d(features, 5, 4, 2, 1)

    def forward(self, inputs: Tensor, flow: Tensor | None, scale: int) -> tuple[Tensor, Tensor]:
        """(N, C, H, W) and the flow until now, (N, 4, H, W) in pixels, to the change of flow and of the mask."""
        if flow is not None:
            inputs = torch.cat((inputs, flow / scale), 1)
        if scale != 1:
            inputs = F.interpolate(inputs, scale_factor=1 / scale, mode="bilinear", align_corners=False)
        features = self.conv0(inputs)
        output = self.lastconv(self.convblock(features) + features)
        output = F.interpolate(output, scale_factor=2 * scale, mode="bilinear", align_corners=False)
        return output[:, :4] * (2 * scale), output[:, 4:5]


class RIFE(nn.Module):
    """Four blocks; each moves both frames by the flow found so far and finds what is left."""

    capabilities = Capabilities(pictures=2, conditions=(Condition("moment"),), multiple_of=32)

    def __init__(self, features: tuple[int, ...] = (192, 128, 96, 64)) -> None:
        super().__init__()
        for number, count in enumerate(features):
            setattr(self, f"block{number}", FlowBlock(7 if number == 0 else 12, count))

    @classmethod
    def from_state_dict(cls, weights: dict[str, Tensor]) -> RIFE:
        """The network that ``weights`` in the published key layout (``block0.conv0.0.0.weight`` …) belong to.

        The teacher (``block_tea``), which only training uses, is left out.
        """
        own = {name: value for name, value in weights.items() if name.split(".")[0].removeprefix("block").isdigit()}
        network = cls(tuple(own[f"block{number}.lastconv.weight"].shape[0] for number in range(len(_SCALES))))
        network.load_state_dict(own)
        return network

    def forward(self, frames: Tensor, moment: Tensor) -> Tensor:
        """The frame at ``moment`` (N, 1, 1, 1), between 0 and 1, of ``frames``: (2, 3, H, W), 0 to 1.

        Returns:
            (1, 3, H, W), 0 to 1.
        """
        height, width = frames.shape[-2:]
        padding = (0, -width % _MULTIPLE, 0, -height % _MULTIPLE)
        # Motion of a few pixels and the grid it is looked up in have more digits than bfloat16.
        with torch.autocast(frames.device.type, enabled=False):
            padded = F.pad(frames.float(), padding, mode="replicate")
            first, second = padded[:1], padded[1:2]
            when = moment.float().expand(1, 1, *padded.shape[-2:])
            flow: Tensor | None = None
            mask = when
            moved = (first, second)
            for number, scale in enumerate(_SCALES):
                block: FlowBlock = getattr(self, f"block{number}")
                if flow is None:
                    flow, mask = block(torch.cat((first, second, when), 1), None, scale)
                else:
                    change, change_of_mask = block(torch.cat((*moved, when, mask), 1), flow, scale)
                    flow, mask = flow + change, mask + change_of_mask
                moved = (warp(first, flow[:, :2]), warp(second, flow[:, 2:4]))
            share = torch.sigmoid(mask)
            output = moved[0] * share + moved[1] * (1 - share)
        return output[..., :height, :width]


def warp(picture: Tensor, flow: Tensor) -> Tensor:
    """``picture`` (N, C, H, W) looked up ``flow`` (N, 2, H, W) pixels away, right and down; edges go on outside."""
    height, width = picture.shape[-2:]
    across = torch.arange(width, device=picture.device, dtype=picture.dtype) + flow[:, 0]
    down = torch.arange(height, device=picture.device, dtype=picture.dtype)[:, None] + flow[:, 1]
    grid = torch.stack((2 * across / max(1, width - 1) - 1, 2 * down / max(1, height - 1) - 1), -1)
    return F.grid_sample(picture, grid, mode="bilinear", padding_mode="border", align_corners=True)
