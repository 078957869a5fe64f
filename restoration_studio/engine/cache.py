"""The stage cache: moving the last slider runs only the last stage."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from restoration_studio.image.picture import FloatArray, Picture


def next_key(
    key: str, stage: str, settings: dict[str, Any], models: list[str], machine: str, keep_colours: bool = True
) -> str:
    """The key of a stage's result: that of its input, with all that the result depends on.

    Args:
        key: of the picture the stage is given.
        settings: of the stage, as JSON takes them.
        models: SHA-256 of the weights it uses.
        machine: device and precision, and the seed.
        keep_colours: whether the stage is held to the colour contract.
    """
    text = json.dumps([key, stage, settings, models, machine, keep_colours], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


class StageCache:
    """Results of stages, and what they found on the way, in memory; the least recently used are dropped first.

    Args:
        limit_bytes: a result larger than this is not kept; 0 keeps nothing.
    """

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self._entries: OrderedDict[str, tuple[Any, int]] = OrderedDict()  # what is kept, and its bytes
        self._lock = threading.Lock()

    def get(self, key: str) -> tuple[Picture, Any] | None:
        """The picture kept under ``key`` with what its stage did, or None."""
        found: tuple[Picture, Any] | None = self._get(key)
        return found

    def put(self, key: str, picture: Picture, result: Any) -> None:
        """Keep a result. Its arrays are made read-only, since others will be given them."""
        arrays = [array for array in (picture.pixels, picture.alpha) if array is not None]
        self._keep(key, (picture, result), arrays)

    def remember(self, key: str, make: Callable[[], FloatArray]) -> FloatArray:
        """The array kept under ``key``, made and kept where it is not; read-only where it is kept."""
        found: FloatArray | None = self._get(key)
        if found is None:
            found = make()
            self._keep(key, found, [found])
        return found

    def _get(self, key: str) -> Any:
        with self._lock:
            if key not in self._entries:
                return None
            self._entries.move_to_end(key)
            return self._entries[key][0]

    def _keep(self, key: str, value: Any, arrays: Sequence[FloatArray]) -> None:
        size = sum(array.nbytes for array in arrays)
        if size > self.limit_bytes:
            return
        for array in arrays:
            array.flags.writeable = False
        with self._lock:
            self._entries[key] = (value, size)
            while sum(kept for _, kept in self._entries.values()) > self.limit_bytes:
                self._entries.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()
