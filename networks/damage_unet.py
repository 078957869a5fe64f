"""Finds scratches, dust and other damage: a U-Net that gives each pixel's chance of being damaged."""

from __future__ import annotations

import torch
from torch import Tensor

from networks.unet import UNet

WIDTHS = (16, 32, 64, 96, 128)


class DamageUNet(UNet):
    """(N, 3, H, W) from 0 to 1 to (N, 1, H, W): logits while training, chances from 0 to 1 otherwise."""

    def __init__(self, inputs: int = 3, outputs: int = 1, widths: tuple[int, ...] | list[int] = WIDTHS) -> None:
        super().__init__(inputs, outputs, widths)

    def forward(self, batch: Tensor) -> Tensor:
        # Damage stands out from what is around it, whatever the brightness.
        logits = super().forward((batch - 0.5) / 0.25)
        return logits if self.training else torch.sigmoid(logits.float())
