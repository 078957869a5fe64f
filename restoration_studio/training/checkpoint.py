"""A run's state on disk: enough to go on to the very weights an uninterrupted run would have had."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from restoration_studio.training.config import TrainingConfig
from restoration_studio.training.errors import (
    CheckpointOfOtherPictures,
    CheckpointOfOtherSettings,
    NoCheckpoint,
    RunFolderNotMade,
    UnreadableCheckpoint,
)

FILENAME = "checkpoint.pt"
# What may be another when a run goes on: where and how it runs, not what it computes.
_FREE = {"device", "workers", "checkpoint_minutes", "log_steps", "sheet_steps", "steps", "data"}
_PARTS = {"config", "fingerprint", "step", "seconds", "networks", "optimizers", "average", "random"}


@dataclass
class Checkpoint:
    """The state of a run.

    Attributes:
        run: its folder.
        config: its configuration.
        fingerprint: of the pictures it sees.
        step: steps done.
        seconds: they took.
        state: weights, optimisers and random state as read from disk; None for a new run.
    """

    run: Path
    config: TrainingConfig
    fingerprint: str
    step: int = 0
    seconds: float = 0.0
    state: dict[str, Any] | None = field(default=None, repr=False)

    @classmethod
    def open(cls, run: Path, config: TrainingConfig, fingerprint: str, *, other_pictures: bool = False) -> Checkpoint:
        """The checkpoint in ``run``, or the beginning of a new run there.

        Args:
            other_pictures: go on although the pictures are not those it was made with.

        Raises:
            UsageError: the checkpoint belongs to another configuration or other pictures, or cannot be read.
            OutputError: the folder cannot be made.
        """
        path = run / FILENAME
        if not path.exists():
            try:
                run.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise RunFolderNotMade(run=run, reason=error.strerror or str(error)) from error
            return cls(run, config, fingerprint)
        state = read(path)
        before, now = json.loads(state["config"]), config.model_dump(mode="json")
        changed = [name for name in now if name not in _FREE and before.get(name) != now[name]]
        if changed:
            raise CheckpointOfOtherSettings(run=run, settings=tuple(changed))
        if state["fingerprint"] != fingerprint and not other_pictures:
            raise CheckpointOfOtherPictures(run=run)
        return cls(run, config, fingerprint, state["step"], state["seconds"], state)

    def restore(self, networks: Mapping[str, Any], optimizers: Mapping[str, Any], average: Any) -> None:
        """Put the state into what was built anew; nothing to do for a new run."""
        import torch

        if self.state is None:
            return
        for name, network in networks.items():
            network.load_state_dict(self.state["networks"][name])
            optimizers[name].load_state_dict(self.state["optimizers"][name])
        average.load_state_dict(self.state["average"])
        torch.set_rng_state(self.state["random"])

    def save(self, networks: Mapping[str, Any], optimizers: Mapping[str, Any], average: Any) -> None:
        """Write the state, in one move."""
        import torch

        from restoration_studio.config import VERSION

        state = {
            "config": self.config.model_dump_json(),
            "fingerprint": self.fingerprint,
            "version": VERSION,
            "torch": str(torch.__version__),
            "step": self.step,
            "seconds": self.seconds,
            "networks": {name: network.state_dict() for name, network in networks.items()},
            "optimizers": {name: optimizer.state_dict() for name, optimizer in optimizers.items()},
            "average": average.state_dict(),
            "random": torch.get_rng_state(),
        }
        temporary = self.run / f"{FILENAME}.{os.getpid()}.part"
        torch.save(state, temporary)
        os.replace(temporary, self.run / FILENAME)


def read(path: Path) -> dict[str, Any]:
    """A checkpoint as saved.

    Raises:
        UsageError: the file is no checkpoint of a training.
    """
    import pickle

    import torch

    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise UnreadableCheckpoint(path=path) from error
    if not isinstance(state, dict) or _PARTS - state.keys():
        raise NoCheckpoint(path=path)
    return state
