"""Eight visitors restoring at once on one studio: everybody gets their own picture, and memory stays bounded.

    python -m benchmarks.studio_visitors [--visitors 8]

A real server, and as many browsers of their own in one Chromium. Each visitor uploads another photograph, chooses the
preset "fast" (three stages, two networks), and all press Restore before anybody's is done; then the same once more with
other photographs. What each downloads is compared with what the pipeline makes of that photograph alone, to the bit.
The server's resident memory is read ten times a second (Linux).
"""

from __future__ import annotations

import argparse
import io
import re
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks import machine
from benchmarks.report import Targets, table
from restoration_studio.engine.recipe import Recipe
from scripts.studio_browser import Visitor, chromium, running_studio

WIDTH, HEIGHT = 320, 240
ROUNDS = 2
ALLOWED_MB = 600.0  # more than the server holds after one visitor's restoration


class Memory:
    """Watches the resident memory of a process; the peak since ``forget``, in megabytes."""

    def __init__(self, process_id: int) -> None:
        self._status = Path(f"/proc/{process_id}/status")
        self.peak = 0.0
        self._ended = threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()

    def now(self) -> float:
        found = re.search(r"VmRSS:\s+(\d+) kB", self._status.read_text(encoding="utf-8"))
        return int(found[1]) * 1024 / 1e6 if found else 0.0

    def forget(self) -> None:
        self.peak = self.now()

    def close(self) -> None:
        self._ended.set()

    def _watch(self) -> None:
        while not self._ended.wait(0.1) and self._status.exists():
            self.peak = max(self.peak, self.now())


def photographs(count: int) -> list[bytes]:
    """PNG files of ``count`` different noisy parts of scikit-image's photographs."""
    from skimage.data import astronaut, chelsea, coffee

    rng, files = np.random.default_rng(0), []
    sources = [astronaut(), coffee(), chelsea()]
    for number in range(count):
        source = sources[number % 3]
        top, left = rng.integers(0, source.shape[0] - HEIGHT), rng.integers(0, source.shape[1] - WIDTH)
        part = source[top : top + HEIGHT, left : left + WIDTH].astype(np.float32)
        noisy = np.clip(part + rng.normal(0, 10, part.shape), 0, 255).astype(np.uint8)
        stream = io.BytesIO()
        Image.fromarray(noisy).save(stream, "PNG")
        files.append(stream.getvalue())
    return files


def prepare(visitor: Visitor, name: str, data: bytes, files: int) -> None:
    """Upload a photograph and choose the preset, up to the button."""
    if files:
        visitor.page.get_by_text("Choose another picture").click()
    visitor.upload(name, data)
    visitor.page.get_by_text(f"{name}:").first.wait_for()
    visitor.page.get_by_role("combobox", name=re.compile("Start from")).click()
    visitor.page.get_by_role("option", name="fast", exact=True).click()
    visitor.idle()


def pixels(data: bytes) -> Any:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.studio_visitors", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--visitors", type=int, default=8)
    count = parser.parse_args().visitors
    print(machine.description())
    files = photographs(count * ROUNDS + 1)
    downloads: dict[int, bytes] = {}
    rows, seconds = [], []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        browser = stack.enter_context(chromium())
        server = stack.enter_context(running_studio(folder / "log.txt"))
        memory = Memory(server.process.pid)
        stack.callback(memory.close)
        alone = Visitor(browser, server.address)
        prepare(alone, "alone.png", files[-1], 0)
        rows.append(("page shown, nothing restored yet", memory.now(), memory.peak))
        memory.forget()
        alone.restore()
        alone.restored()
        after_one = memory.now()
        rows.append(("one visitor has restored", after_one, memory.peak))
        alone.leave()
        visitors = [Visitor(browser, server.address) for _ in range(count)]
        peak = 0.0
        for turn in range(ROUNDS):
            for number, visitor in enumerate(visitors):
                index = turn * count + number
                prepare(visitor, f"photograph{index}.png", files[index], turn)
            memory.forget()
            started = time.perf_counter()
            for visitor in visitors:
                visitor.restore()
            for number, visitor in enumerate(visitors):
                visitor.restored()
                visitor.idle()
                name, downloads[turn * count + number] = visitor.download("Download picture")
                assert name == f"photograph{turn * count + number}_restored.png", name
            seconds.append(time.perf_counter() - started)
            peak = max(peak, memory.peak)
            rows.append((f"round {turn + 1}: {count} visitors at once, {seconds[-1]:.1f} s", memory.now(), memory.peak))
        for visitor in visitors:
            visitor.leave()
    wrong = sum(not right(downloads[index], files[index]) for index in downloads)
    table(
        ("server", "resident memory (MB)", "highest (MB)"),
        [(what, f"{now:.0f}", f"{top:.0f}") for what, now, top in rows],
    )
    targets = Targets()
    targets.check("restorations that finished", len(downloads), "==", count * ROUNDS)
    targets.check("pictures that differ from the pipeline's own", wrong, "==", 0)
    targets.check("highest memory above one visitor's (MB)", peak - after_one, "<=", ALLOWED_MB)
    return targets.finish()


def right(download: bytes, file: bytes) -> bool:
    """Whether a download is, to the bit, what the pipeline makes of the file alone."""
    from restoration_studio.pipeline import RestorationPipeline

    pipeline = RestorationPipeline()
    with Image.open(io.BytesIO(file)) as image:
        expected, _ = pipeline.restore_image(image.convert("RGB"), Recipe.preset("fast"))
    return np.array_equal(pixels(download), np.asarray(expected))


if __name__ == "__main__":
    sys.exit(main())
