"""The theme's colours keep WCAG's contrast (AA: 4.5 for text, 3 for what a control is made of)."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

THEME = tomllib.loads((Path(__file__).parents[2] / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]


def luminance(colour: str) -> float:
    """WCAG 2's relative luminance of ``#rrggbb``."""
    values = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in values]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_wcags() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_links_and_accent_can_be_read_on_both_backgrounds(scheme: str) -> None:
    colours = THEME[scheme]
    for back in ("backgroundColor", "secondaryBackgroundColor"):
        assert contrast(colours["textColor"], colours[back]) >= 7
        for name in ("primaryColor", "linkColor"):
            assert contrast(colours[name], colours[back]) >= 4.5, (name, back)


@pytest.mark.parametrize(("scheme", "text"), [("light", "#ffffff"), ("dark", "#191714")])
def test_text_on_the_main_button_can_be_read(scheme: str, text: str) -> None:
    """Streamlit writes white there; ``assets/page.css`` writes the dark background's colour where it is dark."""
    assert contrast(text, THEME[scheme]["primaryColor"]) >= 4.5


@pytest.mark.parametrize(("scheme", "quiet"), [("light", "#625c54"), ("dark", "#bdb6ab")])
def test_quiet_text_can_be_read_too(scheme: str, quiet: str) -> None:
    style = (Path(__file__).parents[2] / "restoration_studio" / "studio" / "assets" / "page.css").read_text(
        encoding="utf-8"
    )
    assert quiet in style
    for back in ("backgroundColor", "secondaryBackgroundColor"):
        assert contrast(quiet, THEME[scheme][back]) >= 4.5
