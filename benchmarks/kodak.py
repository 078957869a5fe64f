"""Kodak's 24 photographs and the noise put on them, for the benchmarks of denoising."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from restoration_studio.image.picture import Picture
from restoration_studio.image.read import read_picture

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data" / "eval" / "kodak24"
Pixels = NDArray[np.float32]


def parser(name: str, description: str) -> argparse.ArgumentParser:
    """A parser with ``--data``."""
    made = argparse.ArgumentParser(prog=f"python -m benchmarks.{name}", description=description)
    made.add_argument("--data", type=Path, default=FOLDER, metavar="FOLDER", help="the 24 PNG files of Kodak24")
    made.add_argument("--count", type=int, default=24, help="take only the first so many")
    return made


def load(folder: Path, count: int = 24) -> list[Pixels]:
    """The photographs, float32, 0 to 1; ends the program with a sentence when they are not there."""
    files = sorted(folder.glob("*.png"))
    if len(files) != 24:
        sys.exit(f"{folder} does not hold Kodak's 24 PNG files (it has {len(files)}); name their folder with --data.")
    return [read_picture(path).pixels for path in files[:count]]


def noisy(clean: Pixels, sigma: float, index: int, *, eight_bit: bool = False) -> Picture:
    """``clean`` with Gaussian noise of ``sigma`` grey levels, seeded by the picture's ``index``.

    Not clipped, as in the papers; with ``eight_bit`` clipped and rounded, as a file would hold it.
    """
    noise = np.random.default_rng(index).normal(0, sigma / 255, clean.shape).astype(np.float32)
    pixels = clean + noise
    if eight_bit:
        pixels = np.round(np.clip(pixels, 0, 1) * 255) / np.float32(255)
    return Picture(pixels=pixels.astype(np.float32), bit_depth=8 if eight_bit else 32)
