"""What the experiments on paintings share: samples with holes, reconstruction and adversarial losses."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Literal

import numpy as np
import torch
import torch.nn.functional as F
from numpy.random import Generator
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor, nn

from restoration_studio.networks.painting_gan import Discriminator
from restoration_studio.training.config import Widths
from restoration_studio.training.experiment import Experiment, Options, Update, to_planes, unit
from restoration_studio.training.holes import central_hole, irregular_hole, small_holes
from restoration_studio.training.samples import Sample

SIZE = (256, 384)


class PaintingOptions(Options):
    widths: Widths | None = None
    holes: Literal["small", "central", "mixed"] = "mixed"
    smooth: bool = Field(default=False, description="Correct a smooth filling instead of painting on white.")
    adversarial: float | None = Field(default=None, ge=0, description="Weight of the adversarial loss.")
    reconstruction: float = Field(default=1.0, ge=0)


class PaintingExperiment(Experiment[PaintingOptions]):
    """A generator, and a discriminator where the adversarial loss has a weight."""

    shipped = "generator"
    defaults: ClassVar[dict[str, Any]] = {"crop": SIZE, "zoom": (0.5, 1.2), "batch": 4}
    Options: ClassVar = PaintingOptions
    adversarial: ClassVar[float] = 0.0  # unless the options say otherwise

    @property
    def weight(self) -> float:
        return self.adversarial if self.options.adversarial is None else self.options.adversarial

    @abstractmethod
    def generator(self) -> nn.Module:
        """The network that fills holes."""

    def networks(self) -> dict[str, nn.Module]:
        return {"generator": self.generator()} | ({"discriminator": Discriminator()} if self.weight else {})

    def sample(self, crop: NDArray[np.uint8], rng: Generator) -> Sample:
        # Twenty pictures are few: light and colour change too, not only the crop.
        gain, gamma = rng.uniform(0.9, 1.1, 3), rng.uniform(0.85, 1.2)
        changed = np.clip((crop / 255.0) ** gamma * gain, 0, 1) * 255 + 0.5
        return {"picture": to_planes(changed.astype(np.uint8)), "hole": self._hole(rng, *crop.shape[:2])[None]}

    def _hole(self, rng: Generator, height: int, width: int) -> NDArray[np.uint8]:
        kind = self.options.holes
        if kind == "mixed":
            kind = ("small", "central", "irregular")[int(rng.integers(3))]  # type: ignore[assignment]
        if kind == "central":
            return central_hole(height, width, share=rng.uniform(0.25, 0.5)).astype(np.uint8)
        if kind == "small":
            return small_holes(rng, height, width, count=int(rng.integers(10, 80))).astype(np.uint8)
        low = rng.uniform(0.02, 0.4)
        return irregular_hole(rng, height, width, low=low, high=low + 0.05).astype(np.uint8)

    def updates(self, networks: Mapping[str, nn.Module], batch: dict[str, Tensor], step: int) -> Iterator[Update]:
        generator = networks["generator"]
        generator.train()
        truth, hole = unit(batch["picture"]), batch["hole"].float()
        filled = generator(truth, hole).float()
        judge = networks.get("discriminator")
        if judge is not None:
            judge.train()
            # It looks at what the generator gives: known pixels are among it where the generator puts them back.
            real, fake = judge(truth).float(), judge(filled.detach()).float()
            loss = F.softplus(-real).mean() + F.softplus(fake).mean()
            yield Update("discriminator", loss, {"real": real.detach().mean(), "fake": fake.detach().mean()})
        inside = ((filled - truth).abs() * hole).sum() / (hole.sum() * 3).clamp(min=1)
        outside = ((filled - truth).abs() * (1 - hole)).mean()
        loss = self.options.reconstruction * (inside + 0.2 * outside)
        if judge is not None:
            loss = loss + self.weight * F.softplus(-judge(filled).float()).mean()
        error = ((filled - truth).square() * hole).sum() / (hole.sum() * 3).clamp(min=1)
        figures = {"inside": inside.detach(), "psnr in holes": -10 * torch.log10(error.detach() + 1e-8)}
        yield Update("generator", loss, figures)

    def sheet(self, network: nn.Module, batch: dict[str, Tensor]) -> list[Tensor]:
        truth, hole = unit(batch["picture"]), batch["hole"].float()
        composite = truth + hole * (network(truth, hole).float() - truth)
        return [truth * (1 - hole) + hole, composite, truth]
