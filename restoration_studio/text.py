"""Numbers and names as people read them."""

from __future__ import annotations

from unicodedata import category


def format_seconds(seconds: float) -> str:
    """``75`` becomes ``1:15``, ``3700`` becomes ``1:01:40``."""
    minutes, rest = divmod(round(max(0.0, seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def format_bytes(count: float) -> str:
    """``33424520`` becomes ``33.4 MB`` (decimal units)."""
    units = ["bytes", "kB", "MB", "GB"]
    while len(units) > 1 and count >= (999.5 if units[0] == "bytes" else 999.95):  # would be shown as 1000
        units.pop(0)
        count /= 1000
    return f"{count:.0f} bytes" if units[0] == "bytes" else f"{count:.1f} {units[0]}"


def printable(text: str) -> str:
    """``text`` in one line that any terminal shows and none obeys.

    Names of files may hold line ends, escape sequences and bytes that are no text; each becomes ``\\x1b`` or
    the like. Letters of every script stay.
    """
    odd = ("Cc", "Cs", "Zl", "Zp")
    return "".join(c.encode("unicode_escape").decode() if category(c) in odd else c for c in text)
