"""FFDNet: denoising with a noise level that the person sets.

Zhang, Zuo, Zhang: "FFDNet: Toward a Fast and Flexible Solution for CNN-Based Image Denoising", IEEE
Transactions on Image Processing 27(9), 2018, https://arxiv.org/abs/1710.04026.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from restoration_studio.networks.capabilities import Capabilities, Condition


class FFDNet(nn.Module):
    """Convolutions at half resolution on the unshuffled picture with a map of the noise level beside it.

    Args:
        channels: of the picture, 3 for colour.
        features: channels of the hidden layers, 96 in the published colour network.
        layers: convolutions, 12 in the published colour network.
    """

    capabilities = Capabilities(conditions=(Condition("sigma"),), multiple_of=2)

    def __init__(self, channels: int = 3, features: int = 96, layers: int = 12) -> None:
        super().__init__()
        convolutions: list[nn.Module] = [nn.Conv2d(channels * 4 + 1, features, 3, padding=1), nn.ReLU()]
        for _ in range(layers - 2):
            convolutions += [nn.Conv2d(features, features, 3, padding=1), nn.ReLU()]
        self.model = nn.Sequential(*convolutions, nn.Conv2d(features, channels * 4, 3, padding=1))

    @classmethod
    def from_state_dict(cls, weights: dict[str, Tensor]) -> FFDNet:
        """The network that ``weights`` in the published key layout (``model.0.weight`` …) belong to."""
        names = [name for name in weights if name.endswith(".weight")]
        features, channels = weights["model.0.weight"].shape[:2]
        network = cls((channels - 1) // 4, features, len(names))
        network.load_state_dict(weights)
        return network

    def forward(self, picture: Tensor, sigma: Tensor) -> Tensor:
        """Denoise ``picture`` (N, C, H, W), 0 to 1; ``sigma`` (N, 1, 1, 1) is the noise's deviation, 0 to 1."""
        height, width = picture.shape[-2:]
        padded = F.pad(picture, (0, width % 2, 0, height % 2), mode="replicate")
        halved = F.pixel_unshuffle(padded, 2)
        level = sigma.expand(halved.shape[0], 1, *halved.shape[-2:])
        clean = F.pixel_shuffle(self.model(torch.cat((halved, level), dim=1)), 2)
        return clean[..., :height, :width]
