"""A run that is killed at random moments and begun again gives the bytes of an undisturbed one.

    python -m benchmarks.film_kill [--times 10] [--seed 0]

``restore.py`` with the detail stage, steady brightness and dirt on 400 frames of a real clip; SIGKILL to the whole
group of processes.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import machine
from benchmarks.film_clips import looped_clip
from benchmarks.memory import PROGRAM
from benchmarks.report import Targets, table
from restoration_studio.files import sha256_of_file


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.film_kill", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--times", type=int, default=10, help="how often it is killed")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    print(machine.description())
    draw, targets, rows = random.Random(arguments.seed), Targets(), []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = looped_clip(folder / "film.mp4", 16, (320, 180))
        words = [sys.executable, str(PROGRAM), str(source), "--no-sr", "--no-denoise", "--quiet"]
        words += ["--deflicker", "1", "--dirt", "1", "-o"]
        started = time.perf_counter()
        subprocess.run([*words, str(folder / "undisturbed.mp4")], check=True)
        takes = time.perf_counter() - started
        target, killed, runs = folder / "killed" / "out.mp4", 0, 0
        while killed < arguments.times:
            runs += 1
            process = subprocess.Popen([*words, str(target)], start_new_session=True)
            moment = draw.uniform(0.1, 0.7) * takes
            try:
                process.wait(timeout=moment)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                killed += 1
                pieces = len(list(target.parent.glob(".out.mp4.*/[0-9]*[0-9].mkv")))
                rows.append((killed, f"{moment:.1f}", pieces))
                continue
            targets.check(f"difference after {killed} kills", _different(folder, target), "==", 0)
            target.unlink()
        if not target.exists():
            subprocess.run([*words, str(target)], check=True)
        targets.check(f"difference after {killed} kills", _different(folder, target), "==", 0)
        left = [path.name for path in target.parent.iterdir() if path.name not in ("out.mp4", "out.mp4.record.json")]
        targets.check("files left behind", len(left), "==", 0)
    table(("kill", "after (s)", "segments kept"), rows)
    return targets.finish()


def _different(folder: Path, target: Path) -> int:
    return int(sha256_of_file(target) != sha256_of_file(folder / "undisturbed.mp4"))


if __name__ == "__main__":
    sys.exit(main())
