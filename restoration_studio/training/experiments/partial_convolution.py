"""Partial convolutions for irregular holes; Liu et al., ECCV 2018 (see networks/partial_convolution.py)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from pydantic import AfterValidator, Field
from torch import Tensor, nn

from restoration_studio.networks.partial_convolution import PartialConvUNet
from restoration_studio.training import losses
from restoration_studio.training.config import Count, rising
from restoration_studio.training.experiment import Experiment, Options, Update, to_planes, unit
from restoration_studio.training.holes import KINDS, irregular_hole, known_kind
from restoration_studio.training.samples import Sample

HoleShare = Annotated[float, Field(ge=0, le=0.9)]
HoleRange = Annotated[tuple[HoleShare, HoleShare], AfterValidator(rising)]
Factor = Annotated[float, Field(ge=1)]
CanvasRange = Annotated[tuple[Factor, Factor], AfterValidator(rising)]


class PartialConvolutionOptions(Options):
    widths: tuple[Count, ...] = Field(default=(32, 64, 128, 256, 256, 256), min_length=2, max_length=9)
    head: int = Field(
        default=0, ge=0, description="Channels at full size of the network that adds to a smooth filling."
    )
    loss: Literal["l1", "psnr", "paper"] = Field(
        default="l1",
        description="l1: the paper's hole and valid terms; psnr: of the composite; paper: all six terms.",
    )
    features: Literal["torchvision", "shift-tolerant"] = "shift-tolerant"
    holes: HoleRange = (0.02, 0.6)
    canvas: CanvasRange = Field(
        default=(1.0, 1.0),
        description="Holes are drawn on a picture so many times as large, of which the crop is a part.",
    )
    kinds: tuple[Annotated[str, AfterValidator(known_kind)], ...] = Field(default=("mixed", *KINDS), min_length=1)
    freeze_norms_from: int | None = Field(default=None, ge=0, description="First step of the second phase.")


class PartialConvolution(Experiment[PartialConvolutionOptions]):
    name = "partial-convolution"
    summary = "U-Net of partial convolutions that fills irregular holes (Liu et al. 2018)"
    Options: ClassVar = PartialConvolutionOptions

    def networks(self) -> dict[str, nn.Module]:
        return {"network": PartialConvUNet(self.options.widths, self.options.head)}

    def sample(self, crop: NDArray[np.uint8], rng: Generator) -> Sample:
        low = rng.uniform(*self.options.holes)
        high = min(low + 0.05, 0.95)
        kind = self.options.kinds[int(rng.integers(len(self.options.kinds)))]
        hole = self._hole(rng, crop.shape[0], crop.shape[1], low=low, high=high, kind=kind)
        return {"picture": to_planes(crop), "hole": hole[None].astype(np.uint8)}

    def _hole(
        self, rng: Generator, height: int, width: int, *, low: float, high: float, kind: str
    ) -> NDArray[np.bool_]:
        """Holes of a larger picture as its part sees them: wider, and often open at the border."""
        factor = rng.uniform(*self.options.canvas)
        rows, columns = round(height * factor), round(width * factor)
        while True:
            whole = irregular_hole(rng, rows, columns, low=low, high=high, kind=kind)
            for _ in range(8):
                top, left = int(rng.integers(rows - height + 1)), int(rng.integers(columns - width + 1))
                part = whole[top : top + height, left : left + width]
                if 0 < part.mean() < 0.95:
                    return part

    def updates(self, networks: Mapping[str, nn.Module], batch: dict[str, Tensor], step: int) -> Iterator[Update]:
        network = networks["network"]
        network.train()
        if self.options.freeze_norms_from is not None and step >= self.options.freeze_norms_from:
            plain: Any = getattr(network, "module", network)  # inside the wrapper of several processes
            plain.freeze_encoder_norms()
        truth, hole = unit(batch["picture"]), batch["hole"].float()
        filled = network(truth, hole).float()
        composite = truth + hole * (filled - truth)
        inside, outside = losses.hole_and_valid(filled, truth, hole)
        weights = losses.PAPER_WEIGHTS
        loss = weights["hole"] * inside + weights["valid"] * outside
        figures = {"hole": inside.detach(), "valid": outside.detach()}
        figures["psnr"] = -losses.negative_psnr(composite, truth).detach()
        if self.options.loss == "psnr":
            loss = 0.02 * losses.negative_psnr(composite, truth) + 0.1 * outside
        elif self.options.loss == "paper":
            perceptual, style = losses.perceptual_and_style(self._features.to(truth.device), (filled, composite), truth)
            variation = losses.hole_variation(composite, hole)
            loss = loss + weights["perceptual"] * perceptual + weights["style"] * style
            loss = loss + weights["variation"] * variation
            figures |= {"perceptual": perceptual.detach(), "style": style.detach(), "variation": variation.detach()}
        yield Update("network", loss, figures)

    def sheet(self, network: nn.Module, batch: dict[str, Tensor]) -> list[Tensor]:
        truth, hole = unit(batch["picture"]), batch["hole"].float()
        composite = truth + hole * (network(truth, hole).float() - truth)
        return [truth * (1 - hole) + hole, composite, truth]

    @cached_property
    def _features(self) -> nn.Module:
        """The feature network of the perceptual and style losses."""
        from restoration_studio.training.features import vgg_features

        return vgg_features(self.options.features)
