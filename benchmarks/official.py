"""The official Real-ESRGAN (realesrgan 0.3.0 on basicsr 1.4.2), kept apart and repaired just enough to import.

Both packages have had no release since 2022. They import ``torchvision.transforms.functional_tensor``, which
torchvision removed in 0.17; a module of that name with the one function they take is put in its place. Nothing
of what is measured is touched.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import os
import subprocess
import sys
import tempfile
import types
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FOLDER = Path(__file__).with_name("output") / "reference"
REQUIREMENTS = ("basicsr==1.4.2", "realesrgan==0.3.0")
# What they import or are built with, beside what the studio has itself.
NEEDED = {"requests": "requests", "yaml": "pyyaml", "setuptools": "setuptools", "wheel": "wheel"}


def install() -> int:
    """Install the packages into ``FOLDER``, where nothing but these benchmarks finds them; gives pip's status."""
    missing = [name for module, name in NEEDED.items() if importlib.util.find_spec(module) is None]
    pip = [sys.executable, "-m", "pip", "install", "--upgrade", "--target", str(FOLDER)]
    # basicsr's setup.py imports torch, so it is built beside the torch that is there; its own requirements would
    # bring a second torch, and tb-nightly, which only training needs.
    wanted = ["--no-deps", "--no-build-isolation", *REQUIREMENTS]
    environment = os.environ | {"PYTHONPATH": str(FOLDER)}
    return max(subprocess.call([*pip, *what], env=environment) for what in (missing, wanted) if what)


class Official:
    """``RealESRGANer`` with the x4plus weights given, on the CPU in float32 without tiles.

    Args:
        state: the weights of an RRDBNet by BasicSR's names.
        pre_pad: pixels it pads right and below: 0 in the official script, 10 in the class.
    """

    def __init__(self, state: dict[str, Any], pre_pad: int = 0) -> None:
        import torch

        package = _packages()
        network = package["basicsr.archs.rrdbnet_arch"].RRDBNet(
            num_in_ch=3, num_out_ch=3, num_feat=64, num_block=23, num_grow_ch=32, scale=4
        )
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "RealESRGAN_x4plus.pth"
            torch.save({"params_ema": state}, path)
            self._upsampler = package["realesrgan"].RealESRGANer(
                scale=4,
                model_path=str(path),
                model=network,
                tile=0,
                pre_pad=pre_pad,
                half=False,
                device=torch.device("cpu"),
            )

    def __call__(self, pixels: NDArray[Any]) -> NDArray[Any]:
        """(height, width, 3) RGB, uint8 or uint16, to four times the size in the same type."""
        with contextlib.redirect_stdout(sys.stderr):  # it prints what depth it found
            made: NDArray[Any] = self._upsampler.enhance(np.ascontiguousarray(pixels[..., ::-1]))[0]
        return made[..., ::-1]


def _packages() -> dict[str, types.ModuleType]:
    if not (FOLDER / "realesrgan").is_dir():
        sys.exit("the official Real-ESRGAN is not installed; run: python -m benchmarks.reference --install")
    from torchvision.transforms.functional import rgb_to_grayscale  # type: ignore[import-untyped]

    stand_in = types.ModuleType("torchvision.transforms.functional_tensor")
    stand_in.rgb_to_grayscale = rgb_to_grayscale  # type: ignore[attr-defined]
    sys.modules[stand_in.__name__] = stand_in
    if str(FOLDER) not in sys.path:
        sys.path.append(str(FOLDER))  # behind the studio's own packages
    return {name: importlib.import_module(name) for name in ("realesrgan", "basicsr.archs.rrdbnet_arch")}
