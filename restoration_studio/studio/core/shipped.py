"""Where files lie that have a place of their own in a checkout and are put into the package when it is built."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parents[2]


def _shipped(installed: Path, checkout: Path) -> Path:
    return installed if installed.is_dir() else checkout


def examples_folder() -> Path:
    """The folder of the example pictures."""
    return _shipped(_PACKAGE / "examples", _PACKAGE.parent / "examples" / "input")


def settings_file() -> Path:
    """The page's look and limits, in TOML as Streamlit reads it."""
    return _shipped(_PACKAGE / "studio" / "settings", _PACKAGE.parent / ".streamlit") / "config.toml"
