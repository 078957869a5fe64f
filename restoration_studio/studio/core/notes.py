"""Notes on a result for the page, where the command line's flags mean nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

# What notes say for the command line; they stand in records as they are.
_CONTROLS = {
    "python -m restoration_studio.weights fetch ddcolor-modelscope": "the Models page fetches it",
    "(when=always does it anyway)": "('always' under 'When' does it anyway)",
    "--codec h265 keeps 10": "the codec H.265 keeps 10",
    "--codec ffv1 keeps all": "the codec FFV1 keeps all",
    "--codec ffv1 in .mkv keeps all": "the codec FFV1 in .mkv keeps all",
    "--sr-scale makes it smaller": "a smaller scale makes it smaller",
}
_WITHOUT_DIGITS = str.maketrans("", "", "0123456789")


def page_notes(notes: Iterable[str], files: Mapping[Path, str] | None = None) -> list[str]:
    """``notes`` with the page's controls for flags, and the visitor's names for the server's ``files``."""
    words = {str(path): name for path, name in (files or {}).items()} | _CONTROLS
    return [_replaced(note, words) for note in notes]


def _replaced(note: str, words: Mapping[str, str]) -> str:
    for text, own in words.items():
        note = note.replace(text, own)
    return note


def one_of_each_kind(notes: Iterable[str]) -> list[str]:
    """The first of those notes that differ in their figures alone, as many frames of a film give."""
    kinds: dict[str, str] = {}
    for note in notes:
        kinds.setdefault(note.translate(_WITHOUT_DIGITS), note)
    return list(kinds.values())
