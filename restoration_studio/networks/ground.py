"""What stands in a picture's holes when a network is shown it: white, as lost paint is, or a smooth filling."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

_DEEPEST = 0.002  # nearest to black and white that a correction starts from


def ground(picture: Tensor, hole: Tensor, *, smooth: bool) -> Tensor:
    """The picture, (N, 3, H, W) from 0 to 1, with its holes, (N, 1, H, W) with 1 = hole, white or smoothly filled."""
    if not smooth:
        return picture * (1 - hole) + hole
    with torch.no_grad(), torch.autocast(picture.device.type, enabled=False):
        return smooth_fill(picture.float(), 1 - hole.float())


def to_picture(output: Tensor, shown: Tensor, *, smooth: bool) -> Tensor:
    """A network's last layer as a picture from 0 to 1: by itself, or as the correction of a smooth ground."""
    output = output.float()
    return torch.sigmoid(output + torch.logit(shown, eps=_DEEPEST) if smooth else output)


def begin_at_zero(last: nn.Conv2d) -> nn.Conv2d:
    """The last layer of a network that corrects, made to begin with corrections near zero."""
    with torch.no_grad():
        last.weight.mul_(0.1)
        if last.bias is not None:
            last.bias.zero_()
    return last


def smooth_fill(picture: Tensor, valid: Tensor, *, sweeps: int = 6) -> Tensor:
    """Fill holes with a nearly harmonic surface: coarse to fine, with Jacobi's relaxation at each size.

    Push and pull of Gortler, Grzeszczuk, Szeliski, Cohen, "The lumigraph", SIGGRAPH 1996, for the start of each size.

    Args:
        picture: (N, 3, H, W); what stands in the holes does not matter.
        valid: (N, 1, H, W), 1 = known.
        sweeps: of the relaxation at each size.

    Returns:
        (N, 3, H, W): ``picture`` where it is known. Where nothing is known anywhere, 0.
    """
    known = picture * valid
    if min(picture.shape[-2:]) <= 2:
        return known + (1 - valid) * known.sum((2, 3), keepdim=True) / valid.sum((2, 3), keepdim=True).clamp(min=1)
    odd = (0, picture.shape[-1] % 2, 0, picture.shape[-2] % 2)
    share = F.avg_pool2d(F.pad(valid, odd), 2)
    small = smooth_fill(F.avg_pool2d(F.pad(known, odd), 2) / share.clamp(min=1e-6), (share > 0).float(), sweeps=sweeps)
    height, width = picture.shape[-2:]
    larger = F.interpolate(small, scale_factor=2.0, mode="bilinear", align_corners=False)[..., :height, :width]
    output = known + (1 - valid) * larger
    for _ in range(sweeps):
        output = known + (1 - valid) * F.avg_pool2d(F.pad(output, (1, 1, 1, 1), mode="replicate"), 3, stride=1)
    return output
