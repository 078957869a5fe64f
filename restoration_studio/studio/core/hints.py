"""Colour hints between the browser, which draws dots, and the text of the colouriser's own setting."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from restoration_studio.stages.hints import KEEP, Hint, format_hints, parse_hints
from restoration_studio.studio.errors import PlacedHintsUnusable


def placed(hints: Iterable[Hint], height: int, width: int) -> list[tuple[float, float, str]]:
    """Hints as the page draws them: shares of width and height, and a colour or "keep"."""
    return [
        (*hint.place(height, width), KEEP if hint.colour is None else f"#{bytes(hint.colour).hex()}") for hint in hints
    ]


def received(state: Any, picture_id: str, before: str) -> str:
    """The hints the browser sent, in the form of the setting; ``before`` where they belong to another picture.

    Raises:
        PlacedHintsUnusable: it is not what the page sends.
    """
    value = state.get("hints") if hasattr(state, "get") else None
    if value is None:
        return before
    if not isinstance(value, dict) or not isinstance(value.get("text"), str):
        raise PlacedHintsUnusable
    return format_hints(parse_hints(value["text"])) if value.get("picture") == picture_id else before
