"""Bounds the memory that the results of all visits take together."""

from __future__ import annotations

import threading
import weakref
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from restoration_studio.studio.core.session import Session

RESULTS_BYTES = 2_000_000_000  # of all visits together


class ResultMemoryLimiter:
    """Knows every visit's results and lets the oldest go where they take too much memory.

    Whoever holds most gives first: their oldest results, those to choose from,
    then the layers of the one in sight. So a visitor with many
    large pictures loses history and never somebody else's. A visit that ends takes its results with it.

    Args:
        limit_bytes: what the results of all visits may take together; one result of a visit always stays.
    """

    def __init__(self, limit_bytes: int = RESULTS_BYTES) -> None:
        self.limit_bytes = limit_bytes
        self._visits: weakref.WeakSet[Session] = weakref.WeakSet()
        self._lock = threading.Lock()

    def watch(self, visit: Session) -> None:
        """Count this visit from now on."""
        with self._lock:
            self._visits.add(visit)

    def bytes_held(self) -> int:
        with self._lock:
            return sum(visit.bytes_held for visit in self._visits)

    def tidy(self) -> None:
        """Let results go until the rest is within the limit or nothing may go."""
        with self._lock:
            while sum(visit.bytes_held for visit in self._visits) > self.limit_bytes:
                if not any(_give(visit) for visit in sorted(self._visits, key=_held, reverse=True)):
                    return


def _held(visit: Session) -> int:
    return visit.bytes_held


def _give(visit: Session) -> bool:
    """Let the least valuable thing of a visit go; False where nothing is left that may."""
    for result in visit.results:
        if result is not visit.shown:
            visit.results = [other for other in visit.results if other is not result]
            return True
    if visit.outcomes is not None:
        visit.outcomes = None
        return True
    if visit.damage_map is not None:
        visit.damage_map = None
        return True
    for result in visit.results:
        if result.layers is not None:
            result.layers = None
            return True
    return False
