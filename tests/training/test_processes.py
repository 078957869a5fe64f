"""Several processes train one network together: what `accelerate launch` and `torchrun` start on several GPUs."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from restoration_studio.training.checkpoint import FILENAME, read

ROOT = Path(__file__).resolve().parents[2]


def _together(run: Path, config: Path, *more: str, processes: int = 2) -> list[str]:
    """What each process printed."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "restoration_studio.training",
        "context-conditional-gan",
        "--config",
        config,
        "--run",
        run,
        *more,
    ]
    started = []
    for rank in range(processes):
        places = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": processes, "LOCAL_WORLD_SIZE": processes}
        places |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "ACCELERATE_USE_CPU": "true", "OMP_NUM_THREADS": 1}
        environment = os.environ | {name: str(value) for name, value in places.items()}
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        started.append(subprocess.Popen([str(word) for word in command], cwd=ROOT, env=environment, **pipes))
    said = []
    for process in started:
        out, err = process.communicate(timeout=240)
        assert process.returncode == 0, err
        said.append(out)
    return said


@pytest.mark.slow
def test_two_processes_share_the_samples_and_go_on_bit_for_bit(pictures: Path, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    small = {"crop": [32, 32], "zoom": [1, 1], "batch": 2, "steps": 4, "log_steps": 1, "device": "cpu", "average": 0.5}
    config.write_text(json.dumps({"data": [str(pictures)], "options": {"widths": [8, 16]}, **small}))

    first, second = _together(tmp_path / "whole", config)
    assert first.count("\n") == 5 and "4 of 4 steps are done" in first
    assert second == ""  # told once
    _together(tmp_path / "parts", config, "--stop-after", "2")
    assert "4 of 4 steps are done" in _together(tmp_path / "parts", config)[0]
    _together(tmp_path / "alone", config, processes=1)

    whole, parts, alone = (
        read(tmp_path / name / FILENAME)["networks"]["generator"] for name in ("whole", "parts", "alone")
    )
    assert all(torch.equal(whole[name], parts[name]) for name in whole)
    assert not all(torch.equal(whole[name], alone[name]) for name in whole)  # which saw half of the samples
