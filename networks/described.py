"""Networks of the architectures spandrel knows, as torch modules that take pictures of any size."""

from __future__ import annotations

from spandrel import ImageModelDescriptor, ModelLoader, UnsupportedModelError
from torch import Tensor, nn

from errors import WeightsError


class DescribedNetwork(nn.Module):
    """A network spandrel has recognised; it pads to the sizes the network takes, runs it and crops."""

    def __init__(self, descriptor: ImageModelDescriptor[nn.Module]) -> None:
        super().__init__()
        self.network = descriptor.model
        self.scale = descriptor.scale
        self._descriptor = descriptor

    @classmethod
    def from_state_dict(cls, weights: dict[str, Tensor], name: str) -> DescribedNetwork:
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
        if not isinstance(descriptor, ImageModelDescriptor) or channels != (3, 3):
            raise WeightsError(
                f"the network in {name} does not make a colour picture of a colour picture; use another file."
            )
        return cls(descriptor)

    def forward(self, picture: Tensor) -> Tensor:
        """(N, 3, H, W), 0 to 1, to (N, 3, H * scale, W * scale)."""
        made: Tensor = self._descriptor(picture)
        return made
