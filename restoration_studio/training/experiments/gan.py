"""The two adversarial experiments on paintings (networks/painting_gan.py)."""

from __future__ import annotations

from torch import nn

from restoration_studio.networks.painting_gan import WIDTHS, Generator
from restoration_studio.training.experiments.paintings import PaintingExperiment


class GanExperiment(PaintingExperiment):
    name = "gan"
    summary = "plain generator and discriminator, for paintings (Goodfellow et al. 2014)"
    composite = False
    adversarial = 0.01

    def generator(self) -> nn.Module:
        return Generator(self.options.widths or WIDTHS, composite=self.composite, smooth=self.options.smooth)


class ContextConditionalGanExperiment(GanExperiment):
    name = "context-conditional-gan"
    summary = "generator with a composite layer and its discriminator, for paintings (Denton et al. 2016)"
    composite = True
