"""From a checkpoint to the small file that is shipped: averaged weights, float16, safetensors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from restoration_studio.files import atomic_file, sha256_of_file
from restoration_studio.networks import architecture_of
from restoration_studio.training.checkpoint import FILENAME, read
from restoration_studio.training.config import TrainingConfig, first_fault
from restoration_studio.training.errors import NoRun, RunOfAnotherVersion, WeightsOverflow
from restoration_studio.training.experiments import build
from restoration_studio.weights.load import ARCHITECTURE

if TYPE_CHECKING:
    from torch import nn


def averaged_network(run: Path) -> tuple[nn.Module, dict[str, Any]]:
    """The network of a run with its averaged weights, and the checkpoint's facts (config, step, seconds …).

    Raises:
        UsageError: there is no checkpoint in ``run``, or it cannot be read.
    """
    path = run / FILENAME
    if not path.is_file():
        raise NoRun(run=run, filename=FILENAME)
    state = read(path)
    try:
        config = TrainingConfig.model_validate_json(state["config"])
    except ValidationError as error:
        setting, reason = first_fault(error)
        raise RunOfAnotherVersion(run=run, setting=setting, reason=reason) from error
    experiment = build(config)
    network = experiment.networks()[experiment.shipped]
    prefix = "module."
    weights = {name[len(prefix) :]: value for name, value in state["average"].items() if name.startswith(prefix)}
    network.load_state_dict(weights)
    facts = {name: state[name] for name in ("fingerprint", "version", "torch", "step", "seconds")}
    return network.eval(), facts | {"config": json.loads(state["config"])}


def export(run: Path, output: Path) -> dict[str, Any]:
    """Write the averaged weights of ``run`` in float16 to ``output``; gives facts, size and SHA-256 for its card."""
    import torch
    from safetensors.torch import save

    network, facts = averaged_network(run)
    weights = {
        name: (value.half() if value.is_floating_point() else value).contiguous()
        for name, value in network.state_dict().items()
    }
    broken = [name for name, value in weights.items() if value.is_floating_point() and not torch.isfinite(value).all()]
    if broken:
        raise WeightsOverflow(name=broken[0], run=run)
    with atomic_file(output) as temporary:
        # Not its save_file, whose files only their owner can read.
        temporary.write_bytes(save(weights, metadata={ARCHITECTURE: architecture_of(network)}))
    return facts | {"bytes": output.stat().st_size, "sha256": sha256_of_file(output)}
