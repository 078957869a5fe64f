"""One file per experiment. ``EXPERIMENTS`` names the class, so that nothing is imported before it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from restoration_studio.training.config import TrainingConfig
from restoration_studio.training.errors import UnknownExperiment
from restoration_studio.training.experiment import Experiment

EXPERIMENTS = {
    "partial-convolution": "restoration_studio.training.experiments.partial_convolution:PartialConvolution",
    "context-encoder": "restoration_studio.training.experiments.context_encoder:ContextEncoderExperiment",
    "dense-context-encoder": "restoration_studio.training.experiments.context_encoder:DenseContextEncoderExperiment",
    "gan": "restoration_studio.training.experiments.gan:GanExperiment",
    "context-conditional-gan": "restoration_studio.training.experiments.gan:ContextConditionalGanExperiment",
    "damage": "restoration_studio.training.experiments.damage:DamageExperiment",
    "colorizer": "restoration_studio.training.experiments.colorizer:ColorizerExperiment",
}


def experiment_class(name: str) -> type[Experiment[Any]]:
    """The class of the experiment called ``name``.

    Raises:
        UnknownExperiment: there is none.
    """
    if name not in EXPERIMENTS:
        raise UnknownExperiment(name=name, choices=tuple(EXPERIMENTS))
    module, _, attribute = EXPERIMENTS[name].partition(":")
    found: type[Experiment[Any]] = getattr(import_module(module), attribute)
    return found


def build(config: TrainingConfig) -> Experiment[Any]:
    """The experiment of a configuration."""
    return experiment_class(config.experiment)(config)
