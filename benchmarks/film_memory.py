"""Peak memory of restoring a film of 1 minute and one of 10: it must not grow with length.

    python -m benchmarks.film_memory [--minutes 10]

A real clip at 160x96, looped; ``restore.py`` with the detail stage runs as its own process.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks import machine
from benchmarks.film_clips import looped_clip
from benchmarks.memory import PROGRAM, peak_of
from benchmarks.report import Targets, table

MOST = 1.1  # times the peak of one minute


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.film_memory", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--minutes", type=float, default=10.0, help="length of the long film")
    parser.add_argument("--deflicker", default="1", help="0 to 1")
    parser.add_argument("--dirt", default="1", help="0 to 1")
    arguments = parser.parse_args()
    print(machine.description())
    rows, peaks, targets = [], [], Targets()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for minutes in (1.0, arguments.minutes):
            source = looped_clip(folder / f"{minutes:g}.mp4", minutes * 60, (160, 96))
            command = [sys.executable, str(PROGRAM), str(source), "-o", str(folder / f"out{minutes:g}.mp4")]
            command += ["--no-sr", "--no-denoise", "--deflicker", arguments.deflicker, "--quiet"]
            command += ["--dirt", arguments.dirt]
            peak, seconds = peak_of(command)
            peaks.append(peak)
            rows.append((f"{minutes:g}", f"{peak / 1e6:.1f}", f"{seconds:.1f}", f"{minutes * 1500 / seconds:.0f}"))
    table(("minutes", "peak (MB)", "seconds", "frames a second"), rows)
    targets.check(f"peak of {arguments.minutes:g} minutes / peak of 1 minute", peaks[1] / peaks[0], "<=", MOST)
    return targets.finish()


if __name__ == "__main__":
    sys.exit(main())
