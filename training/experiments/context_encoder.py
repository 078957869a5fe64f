"""The two context encoders (networks/context_encoder.py).

They learn by reconstruction, and with a little of an adversary, as Pathak et al. had it, when the option
``adversarial`` has a weight (the paper: 0.001 against 0.999).
"""

from __future__ import annotations

from torch import nn

from networks.context_encoder import WIDTHS, ContextEncoder
from training.experiments.paintings import PaintingExperiment


class ContextEncoderExperiment(PaintingExperiment):
    name = "context-encoder"
    summary = "context encoder with the channel-wise bottleneck, for paintings (Pathak et al. 2016)"
    dense = False

    def generator(self) -> nn.Module:
        options = self.options
        return ContextEncoder(options.widths or WIDTHS, dense=self.dense, size=self.config.crop, smooth=options.smooth)


class DenseContextEncoderExperiment(ContextEncoderExperiment):
    name = "dense-context-encoder"
    summary = "context encoder with the dense bottleneck, for paintings"
    dense = True
