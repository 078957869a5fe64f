"""DDColor, a colouriser with a transformer that learns which colours a scene has.

Kang, Yang, Ouyang, Ren, Li, Xie: "DDColor: towards photo-realistic image colorization via dual decoders", ICCV
2023, https://arxiv.org/abs/2212.11613. The architecture is that of spandrel_extra_arches.
"""

from __future__ import annotations

import threading
from typing import Any

from torch import Tensor, nn

from restoration_studio.errors import UnavailableError, WeightsError
from restoration_studio.networks.colorizer import encode_colours


class DDColorNetwork(nn.Module):
    """(N, 3, S, S), a grey picture with three equal channels, S a multiple of 32, to its colours.

    The result is (N, 2, S, S): a and b of CIE Lab as `networks.colorizer.encode_colours` stores them.
    """

    scale = 1

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network
        self._one_at_a_time = threading.Lock()  # its encoder hands features on through attributes of the module

    @classmethod
    def from_state_dict(cls, weights: dict[str, Tensor]) -> DDColorNetwork:
        """The network that ``weights`` in the official key layout belong to.

        Raises:
            UnavailableError: spandrel_extra_arches is not installed.
            WeightsError: the weights are not DDColor's.
        """
        try:
            from spandrel_extra_arches.architectures.DDColor import DDColorArch
        except ModuleNotFoundError as error:
            raise UnavailableError(
                "DDColor needs the package spandrel_extra_arches; install it with: pip install spandrel_extra_arches"
            ) from error
        try:
            descriptor: Any = DDColorArch().load(dict(weights))
        except (KeyError, ValueError, RuntimeError) as error:
            raise WeightsError("the weights are not those of DDColor; fetch them again.") from error
        return cls(descriptor.model)

    def forward(self, grey: Tensor) -> Tensor:
        with self._one_at_a_time:
            colours: Tensor = self.network(grey)
        return encode_colours(colours.float())
