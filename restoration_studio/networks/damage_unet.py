"""Finds scratches, dust and other damage: a U-Net that gives each pixel's chance of being damaged.

Beside the picture it is shown what stands out from it at two sizes: the bright and the dark top-hat (Serra, "Image
analysis and mathematical morphology", 1982) and the difference from the mean, each once as it is and once measured by
the grain around. A network finds such filters by itself, in many times the pictures. It works on squares of two pixels
(Shi et al., "Real-time single image and video super-resolution", CVPR 2016, turned round), which halves its time.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from restoration_studio.networks.capabilities import Capabilities
from restoration_studio.networks.unet import UNet

WIDTHS = (32, 64, 96, 128, 128, 128)  # deep enough to see what a large stain lies in
_HATS = (5, 13)  # sides of the top-hats' squares: thinner things stand out
_MEANS = (5, 21)  # sides of the squares of the means
_GRAIN = 31  # side of the square over which the grain is measured
_SHOWN = 3 + 2 * (2 * len(_HATS) + len(_MEANS))  # channels
_SQUARE = 2  # side of the squares it works on
_RARE = -3.0  # logit of a pixel that nothing is known of: one in twenty is damaged


class DamageUNet(UNet):
    """(N, 3, H, W) from 0 to 1 to (N, 1, H, W): logits while training, chances from 0 to 1 otherwise."""

    capabilities = Capabilities(output_channels=1, multiple_of=_SQUARE)

    def __init__(
        self, inputs: int = _SHOWN * _SQUARE**2, outputs: int = _SQUARE**2, widths: tuple[int, ...] | list[int] = WIDTHS
    ) -> None:
        super().__init__(inputs, outputs, widths)
        if self.last.bias is not None:
            nn.init.constant_(self.last.bias, _RARE)

    def forward(self, batch: Tensor) -> Tensor:
        height, width = batch.shape[-2:]
        even = F.pad(batch, (0, -width % _SQUARE, 0, -height % _SQUARE), mode="replicate").float()
        with torch.no_grad(), torch.autocast(batch.device.type, enabled=False):
            shown = F.pixel_unshuffle(torch.cat(((even - 0.5) / 0.25, contrast_channels(even)), dim=1), _SQUARE)
        squares = super().forward(shown.contiguous(memory_format=torch.channels_last))
        logits = F.pixel_shuffle(squares, _SQUARE)[..., :height, :width]
        return logits if self.training else torch.sigmoid(logits.float())


def contrast_channels(batch: Tensor) -> Tensor:
    """What is brighter or darker than its surroundings: (N, 3, H, W) from 0 to 1 to (N, 12, H, W), about -1 to 1."""
    grey = batch.mean(dim=1, keepdim=True)
    grain = _mean((grey - _mean(grey, 3)).abs(), _GRAIN) + 0.004
    found = []
    for side in _HATS:
        found += [grey - _largest(_smallest(grey, side), side), _smallest(_largest(grey, side), side) - grey]
    found += [grey - _mean(grey, side) for side in _MEANS]
    all_ = torch.cat(found, dim=1)
    return torch.cat((torch.tanh(all_ / 0.1), torch.tanh(all_ / grain / 4)), dim=1)


def _mean(plane: Tensor, side: int) -> Tensor:
    half = side // 2
    across = F.avg_pool2d(plane, (1, side), 1, (0, half), count_include_pad=False)
    return F.avg_pool2d(across, (side, 1), 1, (half, 0), count_include_pad=False)


def _largest(plane: Tensor, side: int) -> Tensor:
    return _across_rows(_across_rows(plane, side).mT, side).mT


def _across_rows(plane: Tensor, side: int) -> Tensor:
    """The largest of ``side`` neighbours in each row, by doubling: many times as quick as pooling on a processor."""
    found = F.pad(plane, (side // 2, side // 2), value=-torch.inf)
    reach = 1
    while reach < side:
        step = min(reach, side - reach)
        found = torch.maximum(found[..., :-step], found[..., step:])
        reach += step
    return found


def _smallest(plane: Tensor, side: int) -> Tensor:
    return -_largest(-plane, side)
