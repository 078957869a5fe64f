"""Figures and names as people read them."""

from __future__ import annotations

import pytest

from restoration_studio.text import format_bytes, format_seconds, printable


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (999.7, "1.0 kB"),
        (33_424_520, "33.4 MB"),
        (999_999, "1.0 MB"),
        (5e12, "5000.0 GB"),
    ],
)
def test_bytes_for_people(count: float, text: str) -> None:
    assert format_bytes(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0:00"), (59.6, "1:00"), (75, "1:15"), (3700, "1:01:40"), (-2, "0:00")]
)
def test_seconds_for_people(seconds: float, text: str) -> None:
    assert format_seconds(seconds) == text


def test_names_cannot_command_the_terminal() -> None:
    assert printable("a\x1b[2Jb\nc\r\t\udcff\u2028") == r"a\x1b[2Jb\nc\r\t\udcff\u2028"
    assert printable("Großmutter 写真 семья नमस्ते \u200c☕") == "Großmutter 写真 семья नमस्ते \u200c☕"
