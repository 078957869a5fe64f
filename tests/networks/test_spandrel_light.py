"""spandrel comes without torchvision's models and torch's compiler, and torchvision is whole for whoever wants it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import sys
import restoration_studio.networks.described
assert "torch._dynamo" not in sys.modules and "torchvision" not in sys.modules
import torch
from torchvision.ops import nms
from torchvision.models import vgg16
assert nms(torch.tensor([[0.0, 0.0, 1.0, 1.0]]), torch.tensor([1.0]), 0.5).tolist() == [0]
from restoration_studio.networks.spandrel_light import import_spandrel
import_spandrel()
assert "torchvision" in sys.modules
"""


@pytest.mark.slow
def test_only_what_is_needed_is_imported() -> None:
    made = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stderr
