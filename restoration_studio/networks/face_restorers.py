"""Networks that restore one aligned face of 512x512: GFPGAN and CodeFormer, at the value ranges they were trained with.

Wang, Li, Zhang, Shan: "Towards real-world blind face restoration with generative facial prior", CVPR 2021,
https://arxiv.org/abs/2101.04061. Zhou, Chan, Li, Loy: "Towards robust blind face restoration with codebook lookup
transformer", NeurIPS 2022, https://arxiv.org/abs/2206.11253. The architectures are spandrel's.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from restoration_studio.networks.capabilities import Capabilities, Condition
from restoration_studio.networks.errors import ExtraArchitecturesMissing, WeightsOfAnother
from restoration_studio.networks.spandrel_light import import_spandrel, importing


class GfpganNetwork(nn.Module):
    """(N, 3, 512, 512), 0 to 1, to the same; the noise of its decoder is the checkpoint's, so a face stays as it is."""

    # Not channels last, as its encoder flattens features by their plain layout.
    capabilities = Capabilities(fixed_size=(512, 512), tileable=False, channels_last=False)

    def __init__(self, network: Any) -> None:
        super().__init__()
        self.network = network

    @classmethod
    def from_state_dict(cls, weights: dict[str, Tensor]) -> GfpganNetwork:
        """The network that weights in the official key layout belong to.

        Raises:
            WeightsOfAnother: they are not GFPGAN's.
        """
        import_spandrel()
        with importing():
            from spandrel.architectures.GFPGAN import GFPGANArch

        return cls(_model(GFPGANArch(), weights, "GFPGAN"))

    def forward(self, face: Tensor) -> Tensor:
        output: Tensor = self.network(face.contiguous() * 2 - 1, return_rgb=False, randomize_noise=False)[0]
        return (output + 1) / 2


class CodeFormerNetwork(nn.Module):
    """(N, 3, 512, 512), 0 to 1, and its fidelity w, 0 (finest) to 1 (truest to the input), to a face."""

    capabilities = Capabilities(
        conditions=(Condition("fidelity"),), fixed_size=(512, 512), tileable=False, channels_last=False
    )

    def __init__(self, network: Any) -> None:
        super().__init__()
        self.network = network

    @classmethod
    def from_state_dict(cls, weights: dict[str, Tensor]) -> CodeFormerNetwork:
        """The network that weights in the official key layout belong to.

        Raises:
            ExtraArchitecturesMissing: spandrel_extra_arches is not installed.
            WeightsOfAnother: they are not CodeFormer's.
        """
        import_spandrel()
        try:
            with importing():
                from spandrel_extra_arches.architectures.CodeFormer import CodeFormerArch
        except ModuleNotFoundError as error:
            raise ExtraArchitecturesMissing(architecture="CodeFormer") from error
        return cls(_model(CodeFormerArch(), weights, "CodeFormer"))

    def forward(self, face: Tensor, fidelity: Tensor) -> Tensor:
        output: Tensor = self.network(face.contiguous() * 2 - 1, weight=float(fidelity.flatten()[0]))[0]
        return (output + 1) / 2


def _model(architecture: Any, weights: dict[str, Tensor], name: str) -> Any:
    try:
        return architecture.load(dict(weights)).model
    except (KeyError, ValueError, RuntimeError, IndexError) as error:
        raise WeightsOfAnother(architecture=name) from error
