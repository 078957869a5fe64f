"""Networks of the architectures spandrel knows, as torch modules that take pictures of any size."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from restoration_studio.errors import WeightsError
from restoration_studio.networks.spandrel_light import import_spandrel

import_spandrel()
from spandrel import (  # noqa: E402
    ImageModelDescriptor,
    MaskedImageModelDescriptor,
    ModelLoader,
    UnsupportedModelError,
)


class DescribedNetwork(nn.Module):
    """A network spandrel has recognised; it pads to the sizes the network takes, runs it and crops."""

    def __init__(self, descriptor: ImageModelDescriptor[nn.Module]) -> None:
        super().__init__()
        self.network = descriptor.model
        self.scale = descriptor.scale
        self._descriptor = descriptor

    @classmethod
    def from_state_dict(cls, weights: dict[str, Tensor], name: str) -> DescribedNetwork | DescribedFill:
        """Recognise the architecture by the keys and shapes of ``weights``; ``name`` is for messages.

        Raises:
            WeightsError: no architecture fits, some weights are missing, or it is not one from colour picture to
                colour picture.
        """
        try:
            descriptor = ModelLoader(device="cpu").load_from_state_dict(weights)
        except UnsupportedModelError as error:
            raise WeightsError(
                f"the weights in {name} belong to no architecture spandrel knows; use another file."
            ) from error
        except (RuntimeError, KeyError, ValueError, IndexError, TypeError, AttributeError, AssertionError) as error:
            # Recognised by some of its keys, but others are missing or have other shapes.
            raise WeightsError(
                f"the weights in {name} are not whole: they do not fit the architecture they look like; use another "
                "copy of the file."
            ) from error
        channels = (descriptor.input_channels, descriptor.output_channels)
        if isinstance(descriptor, MaskedImageModelDescriptor) and channels == (3, 3):
            return DescribedFill(descriptor, name)
        if not isinstance(descriptor, ImageModelDescriptor) or channels != (3, 3):
            raise WeightsError(
                f"the network in {name} does not make a colour picture of a colour picture; use another file."
            )
        return cls(descriptor)

    def forward(self, picture: Tensor) -> Tensor:
        """(N, 3, H, W), 0 to 1, to (N, 3, H * scale, W * scale)."""
        made: Tensor = self._descriptor(picture)
        return made


class DescribedFill(nn.Module):
    """A network for inpainting that spandrel has recognised.

    LaMa: Suvorov et al., "Resolution-robust large mask inpainting with Fourier convolutions", WACV 2022,
    https://arxiv.org/abs/2109.07161.
    """

    scale = 1

    def __init__(self, descriptor: MaskedImageModelDescriptor[nn.Module], name: str) -> None:
        super().__init__()
        self.network = descriptor.model
        self._descriptor, self._name = descriptor, name

    def forward(self, picture: Tensor, hole: Tensor | None = None) -> Tensor:
        """(N, 3, H, W), 0 to 1, and (N, 1, H, W), 1 = to be filled, to (N, 3, H, W): the whole picture as it sees it.

        Raises:
            WeightsError: no holes are given: the network is not one that improves whole pictures.
        """
        if hole is None:
            raise WeightsError(f"the network in {self._name} fills holes and does nothing else; use another model.")
        if self._descriptor.architecture.id != "LaMa":
            made: Tensor = self._descriptor(picture, hole)
            return made
        # Spandrel's LaMa puts the picture back outside the holes, and with it what tells how far colours are off.
        height, width = picture.shape[-2:]
        step = self._descriptor.size_requirements.multiple_of
        missing = (0, -width % step, 0, -height % step)
        mode = "reflect" if max(missing) < min(height, width) else "replicate"
        picture, hole = F.pad(picture, missing, mode=mode), F.pad(hole, missing, mode=mode)
        whole: Tensor = self.network.model(picture * (1 - hole), hole)
        return whole[..., :height, :width]
