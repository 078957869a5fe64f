"""The stage cache: moving the last slider runs only the last stage."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from typing import Any

from media.picture import Picture


def next_key(key: str, stage: str, settings: dict[str, Any], models: list[str], machine: str) -> str:
    """The key of a stage's result: that of its input, with all that the result depends on.

    Args:
        key: of the picture the stage is given.
        settings: of the stage, as JSON takes them.
        models: SHA-256 of the weights it uses.
        machine: device and precision, and the seed.
    """
    text = json.dumps([key, stage, settings, models, machine], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


class StageCache:
    """Results of stages in memory, the least recently used dropped first.

    Args:
        limit_bytes: a result larger than this is not kept; 0 keeps nothing.
    """

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self._entries: OrderedDict[str, tuple[Picture, dict[str, Any]]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str) -> tuple[Picture, dict[str, Any]] | None:
        """The picture kept under ``key`` with what its stage said, or None."""
        with self._lock:
            if key in self._entries:
                self._entries.move_to_end(key)
            return self._entries.get(key)

    def put(self, key: str, picture: Picture, said: dict[str, Any]) -> None:
        """Keep a result. Its arrays are made read-only, since others will be given them."""
        if size_of(picture) > self.limit_bytes:
            return
        for array in (picture.pixels, picture.alpha):
            if array is not None:
                array.flags.writeable = False
        with self._lock:
            self._entries[key] = (picture, said)
            while sum(size_of(kept) for kept, _ in self._entries.values()) > self.limit_bytes:
                self._entries.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()


def size_of(picture: Picture) -> int:
    """Bytes of a picture's arrays."""
    return picture.pixels.nbytes + (picture.alpha.nbytes if picture.alpha is not None else 0)
