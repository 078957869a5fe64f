"""Networks of the architectures spandrel knows, as torch modules that take pictures of any size."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from restoration_studio.networks.capabilities import EVERY_PRECISION, HOLE, Capabilities, Condition
from restoration_studio.networks.errors import ArchitectureUnknown, NotPictureToPicture, WeightsIncomplete
from restoration_studio.networks.spandrel_light import import_spandrel

import_spandrel()
from spandrel import (  # noqa: E402
    ImageModelDescriptor,
    MaskedImageModelDescriptor,
    ModelDescriptor,
    ModelLoader,
    ModelTiling,
    UnsupportedModelError,
)


def _translated(descriptor: ModelDescriptor[nn.Module], *conditions: Condition) -> Capabilities:
    """What spandrel knows of a network, in our words."""
    sizes = descriptor.size_requirements
    supported = (True, descriptor.supports_bfloat16, descriptor.supports_half)
    precisions = tuple(one for one, works in zip(EVERY_PRECISION, supported, strict=True) if works)
    return Capabilities(
        scale=descriptor.scale,
        input_channels=descriptor.input_channels,
        output_channels=descriptor.output_channels,
        conditions=conditions,
        multiple_of=sizes.multiple_of,
        tileable=descriptor.tiling is ModelTiling.SUPPORTED,
        precisions=precisions,
    )


class DescribedNetwork(nn.Module):
    """A network spandrel has recognised; it pads to the sizes the network takes, runs it and crops."""

    def __init__(self, descriptor: ImageModelDescriptor[nn.Module]) -> None:
        super().__init__()
        self.network = descriptor.model
        self.capabilities = _translated(descriptor)
        self._descriptor = descriptor

    @classmethod
    def from_state_dict(cls, weights: dict[str, Tensor], name: str) -> DescribedNetwork | DescribedFill:
        """Recognise the architecture by the keys and shapes of ``weights``; ``name`` is for messages.

        Raises:
            ArchitectureUnknown: no architecture fits.
            WeightsIncomplete: some weights are missing.
            NotPictureToPicture: it is not one from colour picture to colour picture.
        """
        try:
            descriptor = ModelLoader(device="cpu").load_from_state_dict(weights)
        except UnsupportedModelError as error:
            raise ArchitectureUnknown(name=name) from error
        except (RuntimeError, KeyError, ValueError, IndexError, TypeError, AttributeError, AssertionError) as error:
            # Recognised by some of its keys, but others are missing or have other shapes.
            raise WeightsIncomplete(name=name) from error
        channels = (descriptor.input_channels, descriptor.output_channels)
        if isinstance(descriptor, MaskedImageModelDescriptor) and channels == (3, 3):
            return DescribedFill(descriptor)
        if not isinstance(descriptor, ImageModelDescriptor) or channels != (3, 3):
            raise NotPictureToPicture(name=name)
        return cls(descriptor)

    def forward(self, picture: Tensor) -> Tensor:
        """(N, 3, H, W), 0 to 1, to (N, 3, H * scale, W * scale)."""
        output: Tensor = self._descriptor(picture)
        return output


class DescribedFill(nn.Module):
    """A network for inpainting that spandrel has recognised.

    LaMa: Suvorov et al., "Resolution-robust large mask inpainting with Fourier convolutions", WACV 2022,
    https://arxiv.org/abs/2109.07161.
    """

    def __init__(self, descriptor: MaskedImageModelDescriptor[nn.Module]) -> None:
        super().__init__()
        self.network = descriptor.model
        self.capabilities = _translated(descriptor, HOLE)
        self._descriptor = descriptor

    def forward(self, picture: Tensor, hole: Tensor) -> Tensor:
        """(N, 3, H, W), 0 to 1, and (N, 1, H, W), 1 = to be filled, to (N, 3, H, W): all as it sees it."""
        if self._descriptor.architecture.id != "LaMa":
            output: Tensor = self._descriptor(picture, hole)
            return output
        # Spandrel's LaMa puts the picture back outside the holes, and with it what tells how far colours are off.
        height, width = picture.shape[-2:]
        step = self._descriptor.size_requirements.multiple_of
        missing = (0, -width % step, 0, -height % step)
        mode = "reflect" if max(missing) < min(height, width) else "replicate"
        picture, hole = F.pad(picture, missing, mode=mode), F.pad(hole, missing, mode=mode)
        whole: Tensor = self.network.model(picture * (1 - hole), hole)
        return whole[..., :height, :width]
