"""Losses that several experiments share."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

# Liu et al. 2018, equation 7.
PAPER_WEIGHTS = {"valid": 1.0, "hole": 6.0, "perceptual": 0.05, "style": 120.0, "variation": 0.1}


def hole_and_valid(filled: Tensor, truth: Tensor, hole: Tensor) -> tuple[Tensor, Tensor]:
    """Mean absolute difference inside and outside the holes, both over all of the picture as the paper has it."""
    difference = (filled - truth).abs()
    return (difference * hole).mean(), (difference * (1 - hole)).mean()


def gram(features: Tensor) -> Tensor:
    """Correlations of channels, (N, C, C), divided by C * H * W."""
    flat = features.flatten(2)
    return flat @ flat.transpose(1, 2) / (flat.shape[1] * flat.shape[2])


def perceptual_and_style(features: nn.Module, pictures: Sequence[Tensor], truth: Tensor) -> tuple[Tensor, Tensor]:
    """L1 between deep features, and between their Gram matrices, summed over layers and over ``pictures``.

    Johnson, Alahi, Fei-Fei 2016 and Gatys, Ecker, Bethge 2016 in the form of Liu et al. 2018, equations 3 to 5.
    """
    with torch.no_grad():
        wanted = features(truth)
    perceptual, style = truth.new_zeros(()), truth.new_zeros(())
    for picture in pictures:
        for mine, theirs in zip(features(picture), wanted, strict=True):
            perceptual = perceptual + (mine - theirs).abs().mean()
            style = style + (gram(mine.float()) - gram(theirs.float())).abs().mean()
    return perceptual, style


def hole_variation(composite: Tensor, hole: Tensor) -> Tensor:
    """Total variation over the holes grown by one pixel, so that their rim joins what surrounds it (equation 6)."""
    region = F.max_pool2d(hole, 3, stride=1, padding=1)
    across = (composite[..., :, 1:] - composite[..., :, :-1]).abs() * region[..., :, 1:] * region[..., :, :-1]
    down = (composite[..., 1:, :] - composite[..., :-1, :]).abs() * region[..., 1:, :] * region[..., :-1, :]
    return (across.sum() + down.sum()) / composite.numel()


def negative_psnr(filled: Tensor, truth: Tensor) -> Tensor:
    """Minus the mean peak signal-to-noise ratio of a batch, in dB, values from 0 to 1."""
    error = (filled - truth).square().flatten(1).mean(dim=1)
    return 10 * torch.log10(error + 1e-6).mean()


def focal(
    logits: Tensor, truth: Tensor, *, counted: Tensor | None = None, gamma: float = 2.0, positive: float = 0.75
) -> Tensor:
    """Focal loss of Lin et al. 2017; ``positive`` is the weight of what is to be found.

    Args:
        counted: 1 where a pixel counts, 0 where its truth is not known; all count when not given.
    """
    entropy = F.binary_cross_entropy_with_logits(logits, truth, reduction="none")
    right = torch.exp(-entropy)
    weight = truth * positive + (1 - truth) * (1 - positive)
    loss = weight * (1 - right) ** gamma * entropy
    return loss.mean() if counted is None else (loss * counted).sum() / counted.sum().clamp(min=1)


def soft_dice(logits: Tensor, truth: Tensor, *, counted: Tensor | None = None) -> Tensor:
    """One minus the Dice coefficient of each sample, their mean; Milletari et al. 2016.

    Of each sample, so that one with a large stain does not drown those with a scratch.
    """
    share = torch.sigmoid(logits)
    if counted is not None:
        share, truth = share * counted, truth * counted
    share, truth = share.flatten(1), truth.flatten(1)
    both, every = (share * truth).sum(1), share.square().sum(1) + truth.square().sum(1)
    return (1 - (2 * both + 1) / (every + 1)).mean()
