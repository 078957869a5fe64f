"""BasicVSR: super-resolution of a film, each frame with what all the others show of it.

Chan, Wang, Yu, Dong, Loy: "BasicVSR: The Search for Essential Components in Video Super-Resolution and Beyond",
CVPR 2021, https://arxiv.org/abs/2012.02181. The motion is found by SPyNet: Ranjan, Black: "Optical Flow Estimation
using a Spatial Pyramid Network", CVPR 2017, https://arxiv.org/abs/1611.00850.
"""

from __future__ import annotations

import math
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from restoration_studio.networks.capabilities import Capabilities

_LEVELS = 6  # of SPyNet's pyramid


def _warp(picture: Tensor, flow: Tensor, outside: str) -> Tensor:
    """``picture`` (N, C, H, W) looked up ``flow`` (N, 2, H, W) pixels away, right and down."""
    height, width = picture.shape[-2:]
    across = torch.arange(width, device=flow.device, dtype=flow.dtype) + flow[:, 0]
    down = torch.arange(height, device=flow.device, dtype=flow.dtype)[:, None] + flow[:, 1]
    grid = torch.stack((2 * across / max(1, width - 1) - 1, 2 * down / max(1, height - 1) - 1), -1)
    return F.grid_sample(picture.to(flow.dtype), grid, mode="bilinear", padding_mode=outside, align_corners=True)


class FlowLevel(nn.Module):
    """One level of the pyramid: both frames and the flow so far, (N, 8, H, W), to what is to be added to it."""

    def __init__(self) -> None:
        super().__init__()
        widths = (8, 32, 64, 32, 16, 2)
        layers: list[nn.Module] = []
        for inputs, outputs in pairwise(widths):
            layers += [nn.Conv2d(inputs, outputs, 7, 1, 3), nn.ReLU()]
        self.basic_module = nn.Sequential(*layers[:-1])

    def forward(self, inputs: Tensor) -> Tensor:
        output: Tensor = self.basic_module(inputs)
        return output


class SPyNet(nn.Module):
    """Optical flow from coarse to fine."""

    mean: Tensor
    std: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.basic_module = nn.ModuleList(FlowLevel() for _ in range(_LEVELS))
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1))

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        """Where each pixel of ``first`` lies in ``second``: (N, 3, H, W) twice to (N, 2, H, W) pixels."""
        height, width = first.shape[-2:]
        size = (math.ceil(height / 32) * 32, math.ceil(width / 32) * 32)
        pyramids = []
        for picture in (first, second):
            pyramid = [(F.interpolate(picture, size, mode="bilinear", align_corners=False) - self.mean) / self.std]
            while len(pyramid) < _LEVELS:
                pyramid.insert(0, F.avg_pool2d(pyramid[0], 2, 2, count_include_pad=False))
            pyramids.append(pyramid)
        flow = first.new_zeros(first.shape[0], 2, size[0] // 32, size[1] // 32)
        for level, (own, other) in enumerate(zip(*pyramids, strict=True)):
            if level:
                flow = F.interpolate(flow, scale_factor=2, mode="bilinear", align_corners=True) * 2
            flow = flow + self.basic_module[level](torch.cat((own, _warp(other, flow, "border"), flow), 1))
        flow = F.interpolate(flow, (height, width), mode="bilinear", align_corners=False)
        return flow * flow.new_tensor([width / size[1], height / size[0]]).view(1, 2, 1, 1)


class ResidualBlock(nn.Module):
    def __init__(self, features: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(features, features, 3, 1, 1)
        self.conv2 = nn.Conv2d(features, features, 3, 1, 1)

    def forward(self, inputs: Tensor) -> Tensor:
        output: Tensor = inputs + self.conv2(F.relu(self.conv1(inputs)))
        return output


class Trunk(nn.Module):
    """What is known from other frames, moved here, with this frame."""

    def __init__(self, features: int, blocks: int) -> None:
        super().__init__()
        self.main = nn.Sequential(
            nn.Conv2d(features + 3, features, 3, 1, 1),
            nn.LeakyReLU(0.1),
            nn.Sequential(*[ResidualBlock(features) for _ in range(blocks)]),
        )

    def forward(self, frame: Tensor, known: Tensor) -> Tensor:
        output: Tensor = self.main(torch.cat((frame, known), 1))
        return output


class BasicVSR(nn.Module):
    """What the frames show goes from the last to the first and from the first to the last; both make each frame."""

    capabilities = Capabilities(scale=4)

    def __init__(self, features: int = 64, blocks: int = 30) -> None:
        super().__init__()
        self.features = features
        self.spynet = SPyNet()
        self.backward_trunk, self.forward_trunk = Trunk(features, blocks), Trunk(features, blocks)
        self.fusion = nn.Conv2d(2 * features, features, 1)
        self.upconv1 = nn.Conv2d(features, 4 * features, 3, 1, 1)
        self.upconv2 = nn.Conv2d(features, 256, 3, 1, 1)
        self.conv_hr = nn.Conv2d(64, 64, 3, 1, 1)
        self.conv_last = nn.Conv2d(64, 3, 3, 1, 1)

    @classmethod
    def from_state_dict(cls, weights: dict[str, Tensor]) -> BasicVSR:
        """The network that ``weights`` in the published key layout (``forward_trunk.main.0.weight`` …) belong to."""
        blocks = {name.split(".")[3] for name in weights if name.startswith("forward_trunk.main.2.")}
        network = cls(weights["fusion.weight"].shape[0], len(blocks))
        network.load_state_dict(weights)
        return network

    def forward(self, frames: Tensor) -> Tensor:
        """Consecutive frames of one shot, (frames, 3, H, W), 0 to 1, to (frames, 3, 4 * H, 4 * W)."""
        count = frames.shape[0]
        flows: tuple[Tensor, Tensor] | None = None
        if count > 1:
            # Motion of a few pixels has more digits than bfloat16.
            with torch.autocast(frames.device.type, enabled=False):
                before, after = frames[:-1].float(), frames[1:].float()
                flows = self.spynet(before, after), self.spynet(after, before)
        empty = frames.new_zeros(1, self.features, *frames.shape[-2:])
        known, later = empty, []
        for place in reversed(range(count)):
            if place < count - 1 and flows is not None:
                known = _warp(known, flows[0][place : place + 1], "zeros")
            known = self.backward_trunk(frames[place : place + 1], known)
            later.append(known)
        later.reverse()
        known, output = empty, []
        for place in range(count):
            frame = frames[place : place + 1]
            if place and flows is not None:
                known = _warp(known, flows[1][place - 1 : place], "zeros")
            known = self.forward_trunk(frame, known)
            output.append(self._upsample(frame, torch.cat((later[place], known), 1)))
        return torch.cat(output)

    def _upsample(self, frame: Tensor, known: Tensor) -> Tensor:
        output = F.leaky_relu(self.fusion(known), 0.1)
        output = F.leaky_relu(F.pixel_shuffle(self.upconv1(output), 2), 0.1)
        output = F.leaky_relu(F.pixel_shuffle(self.upconv2(output), 2), 0.1)
        output = self.conv_last(F.leaky_relu(self.conv_hr(output), 0.1))
        base = F.interpolate(frame.float(), scale_factor=4, mode="bilinear", align_corners=False)
        drawn: Tensor = base + output.float()
        return drawn
