"""Pasting a picture anywhere on the page, with the keyboard or the system's menu."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any

import streamlit as st

from restoration_studio.errors import InputError

_SCRIPT = """
export default function ({ setTriggerValue }) {
  const paste = (event) => {
    const item = [...(event.clipboardData?.items ?? [])].find((i) => i.type.startsWith("image/"));
    const file = item?.getAsFile();
    if (!file) return;
    event.preventDefault();
    const reader = new FileReader();
    reader.onload = () => setTriggerValue("pasted", { name: file.name || "pasted.png", data: reader.result });
    reader.readAsDataURL(file);
  };
  document.addEventListener("paste", paste);
  return () => document.removeEventListener("paste", paste);
}
"""


@dataclass(frozen=True, slots=True)
class Pasted:
    """A picture from the clipboard."""

    name: str
    data: bytes


_listen = st.components.v2.component("restoration_studio.paste", html="<span></span>", js=_SCRIPT)


def pasted_picture(key: str) -> Pasted | None:
    """The picture that was pasted since the page was last drawn, or None."""
    result: Any = _listen(key=key, on_pasted_change=lambda: None)
    value = result.pasted
    return decode(value) if value else None


def decode(value: dict[str, str]) -> Pasted:
    """The file in what the browser sent.

    Raises:
        InputError: it is not a picture in a data address.
    """
    head, comma, body = str(value.get("data", "")).partition(",")
    try:
        if not comma or not head.startswith("data:image/"):
            raise ValueError("no data address")
        return Pasted(str(value.get("name") or "pasted.png"), base64.b64decode(body, validate=True))
    except (ValueError, binascii.Error) as error:
        raise InputError("what was pasted is not a picture; copy a picture and paste again.") from error
