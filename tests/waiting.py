"""Waiting for what another thread or process does, said once: no test sleeps or looks at a clock."""

from __future__ import annotations

import threading
from collections.abc import Callable

INTERVAL = 0.005


def wait_until(condition: Callable[[], object], seconds: float = 60) -> None:
    """Come back as soon as ``condition`` holds.

    Args:
        seconds: the longest that is waited, far more than any machine needs; nothing that a test shows depends on it.

    Raises:
        AssertionError: it does not hold even then.
    """
    pause = threading.Event()
    for _ in range(round(seconds / INTERVAL)):
        if condition():
            return
        pause.wait(INTERVAL)
    raise AssertionError(f"waited {seconds:g} seconds in vain")


def wait_for(*jobs: object, seconds: float = 60) -> None:
    """Come back when none of the studio's jobs waits or runs any more; None is no job."""
    wait_until(lambda: not any(job is not None and job.active for job in jobs), seconds)  # type: ignore[attr-defined]
