"""The two context encoders (networks/context_encoder.py).

They learn by reconstruction, and with a little of an adversary, as Pathak et al. had it, when the option
``adversarial`` has a weight (the paper: 0.001 against 0.999).
"""

from __future__ import annotations

from torch import nn

from restoration_studio.networks.context_encoder import WIDTHS, ContextEncoder
from restoration_studio.training.errors import CropDoesNotFit
from restoration_studio.training.experiments.paintings import PaintingExperiment


class ContextEncoderExperiment(PaintingExperiment):
    name = "context-encoder"
    summary = "context encoder with the channel-wise bottleneck, for paintings (Pathak et al. 2016)"
    dense = False

    def generator(self) -> nn.Module:
        options, size = self.options, self.config.crop
        widths = options.widths or WIDTHS
        step = 2 ** len(widths)
        if size[0] % step or size[1] % step:
            raise CropDoesNotFit(height=size[0], width=size[1], experiment=self.name, layers=len(widths), multiple=step)
        return ContextEncoder(widths, dense=self.dense, size=size, smooth=options.smooth)


class DenseContextEncoderExperiment(ContextEncoderExperiment):
    name = "dense-context-encoder"
    summary = "context encoder with the dense bottleneck, for paintings"
    dense = True
