"""Tracks that are copied packet for packet: what is remembered of them, so that the result can be compared."""

from __future__ import annotations

import hashlib
from array import array
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class CopiedTrack:
    """A track that was copied: how many packets, a hash of their bytes and times, and where it begins in seconds."""

    index: int
    kind: str
    codec: str
    packets: int = 0
    first: float | None = None
    times: array[float] = field(default_factory=lambda: array("d"))
    _digest: Any = field(default_factory=hashlib.sha256)

    def is_gap(self, packet: Any) -> bool:
        """Whether it is the empty line between two of MP4's subtitles, which its writer puts there by itself."""
        return self.codec == "mov_text" and bytes(packet) == b"\0\0"

    def add(self, packet: Any, time: float) -> None:
        self.packets += 1
        self.first = time if self.first is None else min(self.first, time)
        self.times.append(time)
        data = bytes(packet)
        if self.codec.startswith("aac"):
            data = _without_adts(data)
        self._digest.update(len(data).to_bytes(8, "little") + data)

    @property
    def sha256(self) -> str:
        return str(self._digest.hexdigest())


def _without_adts(data: bytes) -> bytes:
    """An AAC packet without the header it has in transport streams, which says what other files say once."""
    if len(data) > 9 and data[0] == 0xFF and data[1] & 0xF6 == 0xF0:
        return data[7 if data[1] & 1 else 9 :]
    return data
