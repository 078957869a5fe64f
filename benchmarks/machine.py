"""The machine a figure was measured on, and clocks that are fair to everything measured beside each other."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PACKAGES = ("torch", "numpy", "opencv-python", "pillow", "spandrel")


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds that repeated runs took."""

    seconds: tuple[float, ...]

    @property
    def best(self) -> float:
        return min(self.seconds)

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    def __str__(self) -> str:
        return f"{self.median:.3f} ({self.best:.3f} to {max(self.seconds):.3f})"


def description() -> str:
    """Processor, cores, memory, versions and how busy it is, in one line; nothing that names the machine."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    parts = [_processor(), f"{cores} cores", _memory(), platform.system(), f"Python {platform.python_version()}"]
    parts += [f"{name} {importlib.metadata.version(name)}" for name in PACKAGES]
    if hasattr(os, "getloadavg"):
        parts.append(f"load of the last minute {os.getloadavg()[0]:.1f}")  # well above 0 before a start: not quiet
    return ", ".join(parts)


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    text = cpuinfo.read_text(encoding="utf-8") if cpuinfo.exists() else ""
    fields = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    fields = {key.strip(): value.strip() for key, value in fields.items()}
    name = fields.get("model name") or platform.processor() or platform.machine()
    model = ", ".join(f"{key.removeprefix('cpu ')} {fields[key]}" for key in ("cpu family", "model") if key in fields)
    wide = [flag for flag in ("avx2", "avx512f", "avx512_bf16", "amx_bf16") if flag in fields.get("flags", "").split()]
    return " ".join([name, *([f"({model})"] if model else []), *wide])


def _memory() -> str:
    if not hasattr(os, "sysconf") or "SC_PHYS_PAGES" not in os.sysconf_names:
        return "memory unknown"
    return f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 1e9:.0f} GB"


def alternating(jobs: Mapping[str, Callable[[], Any]], repeats: int) -> dict[str, Times]:
    """Time jobs in turn, ``repeats`` times each, after one run of each that does not count.

    In turn, because the speed of a shared or warm machine drifts: whatever happens to it happens to all.
    """
    seconds: dict[str, list[float]] = {name: [] for name in jobs}
    for turn in range(repeats + 1):
        for name, job in jobs.items():
            started = time.perf_counter()
            job()
            if turn:
                seconds[name].append(time.perf_counter() - started)
    return {name: Times(tuple(taken)) for name, taken in seconds.items()}


def bfloat16_products(size: int, count: int = 3) -> Callable[[], None]:
    """A job that multiplies two square bfloat16 matrices ``count`` times: 2 * count * size ** 3 FLOP."""
    import torch

    left, right = (torch.randn(size, size).to(torch.bfloat16) for _ in range(2))
    result = torch.empty_like(left)

    def job() -> None:
        for _ in range(count):
            torch.mm(left, right, out=result)

    return job


def main() -> int:
    """Print the machine and its bfloat16 matrix rate."""
    sizes = (2048, 4096)
    jobs = {str(size): bfloat16_products(size, 1) for size in sizes}
    best = max(2 * int(size) ** 3 / times.best for size, times in alternating(jobs, 8).items())
    print(description())
    print(f"bfloat16 matrix products: {best / 1e9:.0f} GFLOP/s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
