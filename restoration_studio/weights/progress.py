"""Shows how far a download is: a bar in a terminal, a plain line per step elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from restoration_studio.weights.download import ByteCallback

_STEP = 25  # per cent between two plain lines


@contextmanager
def reporter(stream: TextIO) -> Iterator[ByteCallback]:
    """A progress callback that writes to ``stream``; a bar still open at the end is closed."""
    if not stream.isatty():
        yield _plain_lines(stream)
        return
    from tqdm import tqdm  # type: ignore[import-untyped,unused-ignore]

    bar: tqdm | None = None
    shown = ""

    def show(done: int, total: int | None, message: str) -> None:
        nonlocal bar, shown
        if bar is None or message != shown:
            if bar is not None:
                bar.close()
            bar, shown = tqdm(desc=message, unit="B", unit_scale=True, file=stream), message
        bar.total = total
        bar.update(done - bar.n)

    try:
        yield show
    finally:
        if bar is not None:
            bar.close()


def _plain_lines(stream: TextIO) -> ByteCallback:
    last: tuple[str, int | None] | None = None

    def show(done: int, total: int | None, message: str) -> None:
        nonlocal last
        step = done * 100 // total // _STEP * _STEP if total else None
        if last is None or last[0] != message or (step and step != last[1]):
            last = (message, step)
            print(message + (f": {step}% of {total / 1e6:.1f} MB" if total and step else ""), file=stream, flush=True)

    return show
