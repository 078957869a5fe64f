"""DDColor, a colouriser with a transformer that learns which colours a scene has.

Kang, Yang, Ouyang, Ren, Li, Xie: "DDColor: towards photo-realistic image colorization via dual decoders", ICCV
2023, https://arxiv.org/abs/2212.11613. The architecture is that of spandrel_extra_arches.
"""

from __future__ import annotations

import threading
from typing import Any

from torch import Tensor, nn

from restoration_studio.networks.capabilities import Capabilities
from restoration_studio.networks.colorizer import encode_colours
from restoration_studio.networks.errors import ExtraArchitecturesMissing, WeightsOfAnother
from restoration_studio.networks.spandrel_light import importing


class DDColorNetwork(nn.Module):
    """(N, 3, S, S), a grey picture with three equal channels, S a multiple of 32, to its colours.

    The result is (N, 2, S, S): a and b of CIE Lab as `networks.colorizer.encode_colours` stores them.
    """

    capabilities = Capabilities(output_channels=2, multiple_of=32, tileable=False)

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network
        self._one_at_a_time = threading.Lock()  # its encoder hands features on through attributes of the module

    @classmethod
    def from_state_dict(cls, weights: dict[str, Tensor]) -> DDColorNetwork:
        """The network that ``weights`` in the official key layout belong to.

        Raises:
            ExtraArchitecturesMissing: spandrel_extra_arches is not installed.
            WeightsOfAnother: the weights are not DDColor's.
        """
        try:
            with importing():
                from spandrel_extra_arches.architectures.DDColor import DDColorArch
        except ModuleNotFoundError as error:
            raise ExtraArchitecturesMissing(architecture="DDColor") from error
        try:
            descriptor: Any = DDColorArch().load(dict(weights))
        except (KeyError, ValueError, RuntimeError) as error:
            raise WeightsOfAnother(architecture="DDColor") from error
        return cls(descriptor.model)

    def forward(self, grey: Tensor) -> Tensor:
        with self._one_at_a_time:
            colours: Tensor = self.network(grey)
        return encode_colours(colours.float())
