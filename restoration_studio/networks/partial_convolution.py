"""Partial convolutions: inpainting of irregular holes that never looks at what is inside them.

Liu, Reda, Shih, Wang, Tao, Catanzaro: "Image inpainting for irregular holes using partial convolutions",
ECCV 2018, https://arxiv.org/abs/1804.07723.

Masks in this file are the paper's: 1 = valid, 0 = hole. Everywhere else in the program True is a hole.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from restoration_studio.networks.capabilities import HOLE, Capabilities
from restoration_studio.networks.ground import smooth_fill

WIDTHS = (64, 128, 256, 512, 512, 512, 512, 512)  # the paper's, for pictures of 512x512
KERNELS = (7, 5, 5)  # of the first layers of the encoder; 3 for all others


class PartialConv2d(nn.Module):
    """Equations 1 and 2 of the paper: convolve the valid pixels, renormalise by their number, update the mask.

    Args:
        groups: channels of each part of the input; parts joined by a skip have masks of their own.
        out_channels: of the result.
        kernel: side of the filter, odd.
        stride: of the filter.
    """

    counts: Tensor

    def __init__(self, groups: Sequence[int], out_channels: int, kernel: int, stride: int = 1) -> None:
        super().__init__()
        self.groups, self.kernel, self.stride = tuple(groups), kernel, stride
        self.weight = nn.Parameter(torch.empty(out_channels, sum(groups), kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(out_channels))
        nn.init.kaiming_normal_(self.weight, a=0.2)
        counts = torch.tensor(self.groups, dtype=torch.float32).view(1, -1, 1, 1).expand(1, -1, kernel, kernel)
        self.register_buffer("counts", counts.clone(), persistent=False)

    def forward(self, features: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Convolve.

        Args:
            features: (N, sum of groups, H, W).
            mask: (N, number of groups, H, W), 1 = valid.

        Returns:
            (N, out_channels, H', W') and its mask (N, 1, H', W'): valid where any pixel under the filter was.
        """
        padding = self.kernel // 2
        with torch.no_grad(), torch.autocast(features.device.type, enabled=False):
            # Summed in float32: bfloat16 cannot count to a window's size.
            valid = F.conv2d(mask.float(), self.counts, stride=self.stride, padding=padding)
            updated = (valid > 0).float()
            ratio = sum(self.groups) * self.kernel**2 / valid.clamp(min=1) * updated
        if len(self.groups) == 1:
            seen = features * mask.to(features.dtype)
        else:
            parts = zip(features.split(self.groups, dim=1), mask.to(features.dtype).split(1, dim=1), strict=True)
            seen = torch.cat([part * own for part, own in parts], dim=1)
        output = F.conv2d(seen, self.weight, stride=self.stride, padding=padding)
        output = output * ratio.to(output.dtype) + (self.bias.view(1, -1, 1, 1) * updated).to(output.dtype)
        return output, updated


class PartialConvUNet(nn.Module):
    """The paper's U-Net: stride-2 encoder, nearest upsampling, skips of features and of masks.

    With ``head`` the decoder also sees the holes filled smoothly (`ground.smooth_fill`), has one more layer at full
    size, and gives only the difference from that filling. The mean colour round a hole, which the paper's network
    learns in a million steps, is then right from the first. The encoder, and what holes may do to the result, stay the
    paper's.

    Args:
        widths: channels of each level of the encoder, from the largest picture to the smallest.
        head: channels of the layer at full size; 0 for the paper's own network.
    """

    capabilities = Capabilities(conditions=(HOLE,), tileable=False)

    def __init__(self, widths: Sequence[int] = WIDTHS, head: int = 0) -> None:
        super().__init__()
        self.widths = tuple(widths)
        inputs = (3, *self.widths[:-1])
        kernels = (*KERNELS, *[3] * len(self.widths))[: len(self.widths)]
        self.encoder = nn.ModuleList(
            PartialConv2d((i,), o, k, stride=2) for i, o, k in zip(inputs, self.widths, kernels, strict=True)
        )
        # As in the paper neither the first nor the last layer is followed by batch normalisation.
        self.encoder_norms = nn.ModuleList(nn.BatchNorm2d(width) for width in self.widths[1:])
        deep = self.widths[::-1]
        smooth = (3,) if head else ()
        self.decoder = nn.ModuleList(
            PartialConv2d((d, s, *smooth), s, 3) for d, s in zip(deep, (*deep[1:], 3), strict=True)
        )
        self.decoder_norms = nn.ModuleList(nn.BatchNorm2d(width) for width in deep[1:])
        self.head: PartialConv2d | None = None
        if head:
            self.decoder[-1] = PartialConv2d((deep[-1], 3, 3), head, 3)
            self.head = PartialConv2d((head,), 3, 3)
            nn.init.zeros_(self.head.weight)

    @classmethod
    def from_state_dict(cls, weights: dict[str, Tensor]) -> PartialConvUNet:
        """The network that ``weights`` belong to; its widths are read off them."""
        levels = sum(name.startswith("encoder.") and name.endswith(".weight") for name in weights)
        head = weights["head.weight"].shape[1] if "head.weight" in weights else 0
        network = cls([weights[f"encoder.{level}.weight"].shape[0] for level in range(levels)], head)
        network.load_state_dict(weights)
        return network

    def freeze_encoder_norms(self) -> None:
        """The paper's second phase: batch normalisation of the encoder keeps what it has learnt.

        Holes change the mean and variance of a batch; once trained, the encoder stops adapting to them.
        """
        for norm in self.encoder_norms:
            norm.eval()
            norm.requires_grad_(False)

    def forward(self, picture: Tensor, hole: Tensor) -> Tensor:
        """Fill holes.

        Args:
            picture: (N, 3, H, W), 0 to 1; what stands in the holes does not matter.
            hole: (N, 1, H, W), 1 = to be filled.

        Returns:
            (N, 3, H, W): the whole picture as the network sees it, not clamped, not composited.
        """
        height, width = picture.shape[-2:]
        step = 2 ** len(self.widths)
        missing = (0, -width % step, 0, -height % step)
        # Outside the picture nothing is known, which is what a hole is.
        features, valid = F.pad(picture, missing), F.pad(1 - hole, missing)
        skips = [(features, valid)]
        for level, layer in enumerate(self.encoder):
            features, valid = layer(features, valid)
            if level:
                features = self.encoder_norms[level - 1](features)
            features = F.relu(features)
            skips.append((features, valid))
        skips.pop()
        smooth = self._smooth(*skips[0]) if self.head else []
        for level, layer in enumerate(self.decoder):
            skip, skip_valid = skips.pop()
            parts = [F.interpolate(features, scale_factor=2.0, mode="nearest"), skip]
            masks = [F.interpolate(valid, scale_factor=2.0, mode="nearest"), skip_valid]
            if self.head:
                base = smooth.pop()
                parts.append(base.to(features.dtype))
                masks.append(torch.ones_like(skip_valid))
            features, valid = layer(torch.cat(parts, dim=1), torch.cat(masks, dim=1))
            if level < len(self.decoder_norms):
                features = F.leaky_relu(self.decoder_norms[level](features), 0.2)
        if self.head:
            features = self.head(F.leaky_relu(features, 0.2), valid)[0].float() + base
        return features[..., :height, :width]

    def _smooth(self, picture: Tensor, valid: Tensor) -> list[Tensor]:
        """The picture with smoothly filled holes at the sizes of the skips, the largest first."""
        with torch.no_grad(), torch.autocast(picture.device.type, enabled=False):
            sizes = [smooth_fill(picture.float(), valid.float())]
            for _ in self.widths[1:]:
                sizes.append(F.avg_pool2d(sizes[-1], 2))
        return sizes
