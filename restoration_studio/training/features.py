"""The feature network of perceptual and style losses: VGG-16 up to its third pooling.

Simonyan, Zisserman, "Very deep convolutional networks for large-scale image recognition", ICLR 2015. The weights
are torchvision's where they can be fetched; otherwise those of shift-tolerant LPIPS (Ghildyal, Liu, ECCV 2022),
which were trained from them. The caller chooses: nothing is swapped unasked, and the model card names it.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor, nn

from restoration_studio.config import Config
from restoration_studio.training.errors import BrokenFeatureWeights, FeatureWeightsNotFetched

Source = Literal["torchvision", "shift-tolerant"]
_POOLS = (4, 9, 16)  # places of the first three poolings in torchvision's ``features``


class VggFeatures(nn.Module):
    """Features after each of VGG-16's first three poolings, of pictures (N, 3, H, W) from 0 to 1."""

    mean: Tensor
    deviation: Tensor

    def __init__(self) -> None:
        super().__init__()
        from torchvision.models import vgg16

        layers = list(vgg16(weights=None).features.children())[: _POOLS[-1] + 1]
        for layer in layers:
            if isinstance(layer, nn.ReLU):
                layer.inplace = False
        edges = (0, *(place + 1 for place in _POOLS))
        self.parts = nn.ModuleList(nn.Sequential(*layers[a:b]) for a, b in pairwise(edges))
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1))
        self.register_buffer("deviation", torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1))

    def forward(self, picture: Tensor) -> list[Tensor]:
        features = (picture - self.mean) / self.deviation
        found = []
        for part in self.parts:
            features = part(features)
            found.append(features)
        return found


def vgg_features(source: Source) -> VggFeatures:
    """The network with pretrained weights, frozen.

    Raises:
        WeightsError: the weights cannot be had.
    """
    network = VggFeatures()
    convolutions = [module for module in network.modules() if isinstance(module, nn.Conv2d)]
    weights = [(name, value) for name, value in _weights(source).items()]
    kernels = [value for name, value in weights if value.ndim == 4 and name.endswith("weight")][: len(convolutions)]
    biases = [value for name, value in weights if value.ndim == 1 and name.endswith("bias")][: len(convolutions)]
    if [tuple(kernel.shape) for kernel in kernels] != [tuple(module.weight.shape) for module in convolutions]:
        raise BrokenFeatureWeights(source=source)
    for module, kernel, bias in zip(convolutions, kernels, biases, strict=True):
        module.weight.data.copy_(kernel)
        module.bias.data.copy_(bias)  # type: ignore[union-attr]
    return network.eval().requires_grad_(False).to(memory_format=torch.channels_last)


def _weights(source: Source) -> dict[str, Tensor]:
    if source == "torchvision":
        from urllib.error import URLError

        from torchvision.models import VGG16_Weights

        try:
            fetched: dict[str, Tensor] = VGG16_Weights.IMAGENET1K_FEATURES.get_state_dict(check_hash=True)
        except (URLError, OSError) as error:
            raise FeatureWeightsNotFetched(reason=str(error)) from error
        return fetched
    from restoration_studio.weights.fetch import ensure
    from restoration_studio.weights.load import load_state_dict

    return load_state_dict(ensure("stlpips-vgg", config=Config.load()))
