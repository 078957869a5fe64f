"""The memory a 24-megapixel photograph takes when it is made twice as large, to PNG, TIFF and JPEG.

    python -m benchmarks.memory [--format png]

The photograph is made of scikit-image's, side by side, at 6000x4000. ``restore.py`` runs as its own process; the peak
of its resident memory is what the system says when it ends. Some minutes for each format.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks import machine
from benchmarks.report import Targets, table

Image.MAX_IMAGE_PIXELS = None  # the result is meant to be large
PROGRAM = Path(__file__).resolve().parents[1] / "restore.py"
WIDTH, HEIGHT, SCALE = 6000, 4000, 2
OUTPUT_BYTES = WIDTH * HEIGHT * SCALE**2 * 3
ALLOWED_BYTES = 2e9  # beside the 8-bit result itself
# the result's format and the format it is made from
CASES = {"png": "png", "tiff": "jpg", "jpeg": "jpg"}


def make_picture(folder: Path) -> None:
    """``picture.png`` and ``picture.jpg`` in ``folder``."""
    import skimage.data

    tiles = [skimage.data.astronaut()[:, :500], skimage.data.coffee()[:, :500], skimage.data.rocket()[:, :500]]
    rows, height, turn = [], 0, 0
    while height < HEIGHT:
        parts = [tiles[(turn + index) % 3][:400] for index in range(-(-WIDTH // 500))]
        rows.append(np.concatenate(parts, axis=1)[:, :WIDTH])
        height, turn = height + 400, turn + 1
    picture = Image.fromarray(np.concatenate(rows)[:HEIGHT])
    assert picture.size == (WIDTH, HEIGHT)
    picture.save(folder / "picture.png", compress_level=1)
    picture.save(folder / "picture.jpg", quality=92)


def peak_of(command: list[str]) -> tuple[float, float]:
    """Run a command; the peak of its resident memory in bytes and the seconds it took."""
    started = time.perf_counter()
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)} ended with status {process.returncode}")
    unit = 1 if sys.platform == "darwin" else 1024  # macOS counts bytes, Linux kilobytes
    return usage.ru_maxrss * unit, time.perf_counter() - started


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--format", choices=tuple(CASES), action="append", help="only this one")
    wanted = parser.parse_args().format or list(CASES)
    print(machine.description())
    rows, targets = [], Targets()
    flags = ["--no-denoise", "--no-detail", "--sr-model", "realesr-animevideov3", "--sr-scale", str(SCALE), "--quiet"]
    idle, _ = peak_of([sys.executable, "-c", "import torch, spandrel"])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_picture(folder)
        for form in wanted:
            target = folder / f"result.{form}"
            source = folder / f"picture.{CASES[form]}"
            command = [sys.executable, str(PROGRAM), str(source), "-o", str(target), "--device", "cpu", *flags]
            peak, seconds = peak_of(command)
            with Image.open(target) as result:
                assert result.size == (WIDTH * SCALE, HEIGHT * SCALE), f"the result has the size {result.size}"
            rows.append(
                (CASES[form], form, f"{peak / 1e6:.0f}", f"{(peak - OUTPUT_BYTES) / 1e6:.0f}", f"{seconds:.0f}")
            )
            targets.check(
                f"peak beside the 8-bit result, {form} (MB)", (peak - OUTPUT_BYTES) / 1e6, "<=", ALLOWED_BYTES / 1e6
            )
    head = ("from", "to", "peak (MB)", f"beside the result's {OUTPUT_BYTES / 1e6:.0f} MB", "seconds")
    table(head, rows)
    print(f"Python with torch and spandrel imported and nothing done: {idle / 1e6:.0f} MB")
    return targets.finish()


if __name__ == "__main__":
    sys.exit(main())
