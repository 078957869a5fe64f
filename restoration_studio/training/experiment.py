"""What an experiment is: networks, how a sample is made of a crop, and the losses of a step."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Generic, NamedTuple, TypeVar

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from restoration_studio.training.config import TrainingConfig, first_fault
from restoration_studio.training.errors import WrongExperimentOption
from restoration_studio.training.samples import Sample

if TYPE_CHECKING:
    from torch import Tensor, nn


class Options(BaseModel):
    """An experiment's own settings."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


O = TypeVar("O", bound=Options)  # noqa: E741 - options


class Update(NamedTuple):
    """One update of one network: the loss to go down, and figures for the log."""

    network: str
    loss: Tensor
    figures: Mapping[str, Tensor]


class Experiment(ABC, Generic[O]):
    """One network, or a pair that plays against each other, and how it learns. One file in training/experiments."""

    name: ClassVar[str]
    summary: ClassVar[str]
    shipped: ClassVar[str] = "network"  # the network whose averaged weights are kept for use
    defaults: ClassVar[dict[str, Any]] = {}  # of the training's settings
    Options: ClassVar[type[Any]] = Options

    def __init__(self, config: TrainingConfig) -> None:
        self.config = config
        try:
            self.options: O = self.Options.model_validate(config.options)
        except ValidationError as error:
            option, reason = first_fault(error)
            raise WrongExperimentOption(experiment=self.name, option=option, reason=reason) from error

    @abstractmethod
    def networks(self) -> dict[str, nn.Module]:
        """The networks, new; the one named `shipped` is what the experiment is for."""

    def begin(self, networks: Mapping[str, nn.Module]) -> None:
        """What is done once to new networks, and not to those of a checkpoint: pretrained weights, for one."""

    @abstractmethod
    def sample(self, crop: NDArray[np.uint8], rng: Generator) -> Sample:
        """What a step learns from, made of a crop (height, width, 3) uint8; every random choice comes from ``rng``."""

    @abstractmethod
    def updates(self, networks: Mapping[str, nn.Module], batch: dict[str, Tensor], step: int) -> Iterator[Update]:
        """The updates of one step, in order; each is made before the next is asked for."""

    @abstractmethod
    def sheet(self, network: nn.Module, batch: dict[str, Tensor]) -> list[Tensor]:
        """Columns of a picture that shows how far the network is: each (N, 3, H, W), 0 to 1."""


def to_planes(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(height, width, channels) to (channels, height, width)."""
    return np.ascontiguousarray(pixels.transpose(2, 0, 1))


def unit(batch: Tensor) -> Tensor:
    """uint8 planes to float32, 0 to 1, channels last in memory."""
    import torch

    scaled: Tensor = batch.float().div_(255).contiguous(memory_format=torch.channels_last)
    return scaled
