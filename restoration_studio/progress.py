"""Progress and stopping: what every long call reports, and how a person ends it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from restoration_studio.errors import Cancelled


class CancelToken:
    """Given to a long call and set from anywhere to stop it at its next tile."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        self._event.set()

    @property
    def cancelled(self) -> bool:
        return self._event.is_set()

    def check(self) -> None:
        """Raises ``Cancelled`` once ``cancel`` was called."""
        if self._event.is_set():
            raise Cancelled("stopped; nothing was written.")


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a long call is.

    Attributes:
        stage: title of the running stage, or what is being done.
        stage_index, stage_count: from 0.
        done, total: pieces of the stage, ``total`` 0 when not known.
        what: what the pieces are ("tile"), or a sentence when something is fetched.
        fraction: of the whole call, 0 to 1.
        elapsed: seconds since it began.
        seconds_left: a guess, or None before there is anything to guess from.
        file_index, file_count: of a batch; 0 and 1 for one picture.
        file: the picture being worked on.
        rate: frames a second of a film, or None before there is anything to measure.
    """

    stage: str
    stage_index: int
    stage_count: int
    done: int
    total: int
    what: str
    fraction: float
    elapsed: float
    seconds_left: float | None
    file_index: int = 0
    file_count: int = 1
    file: str = ""
    rate: float | None = None


ProgressCallback = Callable[[Progress], None]


class Reporter:
    """Turns pieces of stages into fractions of the whole, each stage weighing what it is expected to cost."""

    def __init__(self, titles: list[str], weights: list[float], callback: ProgressCallback | None) -> None:
        total = sum(weights) or 1.0
        self._titles = titles
        self._shares = [weight / total for weight in weights]
        self._callback = callback
        self._started = time.perf_counter()
        self._stage_started = self._started
        self._index = 0
        self._furthest = 0.0

    def stage(self, index: int) -> None:
        """The stage of that index begins."""
        self._index = index
        self._stage_started = time.perf_counter()
        self.piece(0, 0, "")

    def piece(self, done: int, total: int, what: str) -> None:
        """``done`` of ``total`` pieces of the running stage are finished."""
        if self._callback is None:
            return
        within = done / total if total and what in ("tile", "strip") else 0.0
        before = sum(self._shares[: self._index])
        # A stage that begins anew, with smaller tiles for one, waits there until it is past where it was.
        fraction = self._furthest = max(self._furthest, min(1.0, before + self._shares[self._index] * within))
        elapsed = time.perf_counter() - self._started
        self._callback(
            Progress(
                stage=self._titles[self._index],
                stage_index=self._index,
                stage_count=len(self._titles),
                done=done,
                total=total,
                what=what,
                fraction=fraction,
                elapsed=elapsed,
                seconds_left=self._left(fraction, within, elapsed),
            )
        )

    def _left(self, fraction: float, within: float, elapsed: float) -> float | None:
        """From the running stage's own pace, since guesses of how stages compare are rough."""
        if fraction <= 0.0:
            return None
        if within <= 0.0:
            return elapsed / fraction * (1 - fraction)
        here = (time.perf_counter() - self._stage_started) / within
        later = sum(self._shares[self._index + 1 :]) / self._shares[self._index] if self._shares[self._index] else 0.0
        return here * (1 - within) + here * later
