"""The studio's own components in the browser, and the files that they share."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

ASSETS = Path(__file__).parent / "assets"


def asset(*names: str) -> str:
    """The texts of files in ``studio/assets``, one after the other; ``<!-- name -->`` brings in another file."""
    text = "\n".join((ASSETS / name).read_text(encoding="utf-8") for name in names)
    return text.replace("<!-- zoom.html -->", (ASSETS / "zoom.html").read_text(encoding="utf-8"))


@cache
def component(name: str) -> Any:
    """The component made of ``name``.html, .css and .js, with what all that pan and zoom have in common."""
    import streamlit as st

    return st.components.v2.component(
        f"restoration_studio_{name}",
        html=asset(f"{name}.html"),
        css=asset("controls.css", f"{name}.css"),
        js=asset("panzoom.js", f"{name}.js"),
    )


def as_item(data: dict[str, Any]) -> tuple[dict[str, Any]]:
    """``data`` as a component of ours takes it, as the only item of a list.

    Streamlit searches a dictionary for tables and imports pandas for that, half of a first visitor's wait.
    """
    return (data,)
