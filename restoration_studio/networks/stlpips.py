"""Shift-tolerant LPIPS on AlexNet: a perceptual distance that small shifts hardly change.

Ghildyal, Liu: "Shift-tolerant perceptual similarity metric", ECCV 2022, https://arxiv.org/abs/2207.13686, after
Zhang, Isola, Efros, Shechtman, Wang: "The unreasonable effectiveness of deep features as a perceptual metric",
CVPR 2018, and Zhang: "Making convolutional networks shift-invariant again", ICML 2019 (blurred subsampling).
It is not the standard LPIPS, and their figures do not compare.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from restoration_studio.networks.capabilities import Capabilities

CHANNELS = (64, 192, 384, 256, 256)
_SHIFT, _SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)  # ImageNet's mean and deviation for -1 to 1


def _halve(features: Tensor) -> Tensor:
    """Blurred by the binomial filter 1 2 1 and subsampled by two, with the border reflected two pixels out."""
    line = torch.tensor([1.0, 2.0, 1.0], device=features.device, dtype=features.dtype) / 4
    kernel = torch.outer(line, line).expand(features.shape[1], 1, 3, 3)
    return F.conv2d(F.pad(features, (2, 2, 2, 2), mode="reflect"), kernel, stride=2, groups=features.shape[1])


class STLPIPS(nn.Module):
    """The distance; build it with ``from_state_dict``."""

    capabilities = Capabilities(output_channels=0, tileable=False)

    def __init__(self) -> None:
        super().__init__()
        self.convolutions = nn.ModuleList(
            nn.Conv2d(i, o, k, padding=p)
            for i, o, k, p in zip((3, *CHANNELS), CHANNELS, (11, 5, 3, 3, 3), (2, 2, 1, 1, 1), strict=False)
        )
        self.weights = nn.ParameterList(torch.zeros(1, channels, 1, 1) for channels in CHANNELS)

    @classmethod
    def from_state_dict(cls, weights: dict[str, Tensor]) -> STLPIPS:
        """The distance from the authors' ``alex_shift_tolerant.pth``."""
        network = cls()
        places = ("slice1.0", "slice2.5", "slice3.9", "slice4.11", "slice5.13")
        own = {f"weights.{level}": weights[f"lin{level}.model.1.weight"] for level in range(len(CHANNELS))}
        for level, place in enumerate(places):
            for part in ("weight", "bias"):
                own[f"convolutions.{level}.{part}"] = weights[f"net.{place}.{part}"]
        network.load_state_dict(own)
        return network

    def features(self, picture: Tensor) -> list[Tensor]:
        """Five levels of features, each pixel's vector of length 1, of (N, 3, H, W), 0 to 1, at least 16 on a side."""
        shift, scale = (picture.new_tensor(value).view(1, 3, 1, 1) for value in (_SHIFT, _SCALE))
        levels = []
        features = (2 * picture - 1 - shift) / scale
        for level, convolution in enumerate(self.convolutions):
            if level in (1, 2):
                features = _halve(F.max_pool2d(features, 3, stride=1))
            features = convolution(features)
            features = F.relu(_halve(features) if level == 0 else features)
            levels.append(features / (features.square().sum(dim=1, keepdim=True).sqrt() + 1e-10))
        return levels

    def forward(self, a: list[Tensor], b: list[Tensor], where: Tensor | None = None) -> Tensor:
        """The distance of two pictures from their ``features``.

        Args:
            where: (N, 1, H, W), 1 where the pictures are compared; everywhere when not given.

        Returns:
            (N,), 0 for equal pictures.
        """
        total = a[0].new_zeros(len(a[0]))
        for one, other, weight in zip(a, b, self.weights, strict=True):
            apart = ((one - other).square() * weight).sum(dim=1, keepdim=True)
            share = torch.ones_like(apart) if where is None else F.interpolate(where, apart.shape[-2:], mode="area")
            total = total + (apart * share).sum(dim=(1, 2, 3)) / share.sum(dim=(1, 2, 3)).clamp(min=1e-12)
        return total
