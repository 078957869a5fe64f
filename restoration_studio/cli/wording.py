"""Errors in the command line's own words, which name flags where an error's own sentence names settings."""

from __future__ import annotations

from restoration_studio.errors import RestorationError, Words, render

# By room, from the top down, and within a room by code. Errors that are not here have the same words everywhere.
WORDS: Words = {}


def worded(error: RestorationError) -> str:
    """The error as the terminal shows it."""
    return render(error, WORDS)
