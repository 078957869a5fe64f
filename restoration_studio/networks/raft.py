"""RAFT: dense optical flow.

Teed, Deng: "RAFT: Recurrent All-Pairs Field Transforms for Optical Flow", ECCV 2020,
https://arxiv.org/abs/2003.12039. The network is torchvision's, the weights are its authors'.
"""

from __future__ import annotations

import re

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn
from torchvision.models.optical_flow import raft_large

from restoration_studio.networks.capabilities import Capabilities

_UPDATES = 12  # of the flow; more hardly change it
_MULTIPLE, _SMALLEST = 8, 128  # of the sides, in pixels, that the network takes
# The authors' names, and torchvision's.
_NAMES = (
    (r"^module\.", ""),
    (r"^fnet\.", "feature_encoder."),
    (r"^cnet\.", "context_encoder."),
    (r"(encoder)\.conv1\.", r"\1.convnormrelu.0."),
    (r"(context_encoder)\.norm1\.", r"\1.convnormrelu.1."),
    (r"(layer\d\.\d)\.conv(\d)\.", r"\1.convnormrelu\2.0."),
    (r"(layer\d\.\d)\.norm([12])\.", r"\1.convnormrelu\2.1."),
    (r"(feature_encoder|context_encoder)\.conv2\.", r"\1.conv."),
    (r"update_block\.encoder\.convc(\d)\.", r"update_block.motion_encoder.convcorr\1.0."),
    (r"update_block\.encoder\.convf(\d)\.", r"update_block.motion_encoder.convflow\1.0."),
    (r"update_block\.encoder\.conv\.", "update_block.motion_encoder.conv.0."),
    (r"update_block\.gru\.conv([zrq])(\d)\.", r"update_block.recurrent_block.convgru\2.conv\1."),
    (r"update_block\.mask\.0\.", "mask_predictor.convrelu.0."),
    (r"update_block\.mask\.2\.", "mask_predictor.conv."),
)


class RAFT(nn.Module):
    """torchvision's RAFT, with the authors' weights, for frames of any size."""

    capabilities = Capabilities(
        output_channels=2,
        pictures=2,
        multiple_of=_MULTIPLE,
        tileable=False,
        precisions=("float32",),
        channels_last=False,
    )

    def __init__(self) -> None:
        super().__init__()
        self.raft = raft_large(weights=None, progress=False)

    @classmethod
    def from_state_dict(cls, weights: dict[str, Tensor]) -> RAFT:
        """The network that ``weights`` in the published key layout (``module.fnet.conv1.weight`` …) belong to."""
        network = cls()
        own = {}
        for name, value in weights.items():
            if ".norm3." in name:  # the same as downsample.1
                continue
            for pattern, other in _NAMES:
                name = re.sub(pattern, other, name)
            own[name] = value
        network.raft.load_state_dict(own)
        return network

    def forward(self, pair: Tensor) -> Tensor:
        """Two frames, (2, 3, H, W), 0 to 1, to where each pixel of the first lies in the second, (1, 2, H, W)."""
        height, width = pair.shape[-2:]
        down, across = (max(_SMALLEST, -(-side // _MULTIPLE) * _MULTIPLE) - side for side in (height, width))
        with torch.autocast(pair.device.type, enabled=False):
            padded = F.pad(pair.float() * 2 - 1, (0, across, 0, down), mode="replicate")
            flow: Tensor = self.raft(padded[:1], padded[1:2], num_flow_updates=_UPDATES)[-1]
        return flow[..., :height, :width]


def estimate_flow(
    network: nn.Module, device: str, first: NDArray[np.float32], second: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Where each pixel of ``first`` lies in ``second``, (height, width, 2) pixels; luminances from 0 to 255."""
    from restoration_studio.networks.precision import exact_kernels

    pair = torch.from_numpy(np.stack([first, second]) / np.float32(255))[:, None].expand(-1, 3, -1, -1)
    with torch.inference_mode(), exact_kernels():
        flow: Tensor = network(pair.to(device))
    return np.ascontiguousarray(flow[0].permute(1, 2, 0).float().cpu().numpy())
