"""Pasting a picture anywhere on the page, with the keyboard or the system's menu."""

from __future__ import annotations

from typing import Any

import streamlit as st

from restoration_studio.studio.core.uploads import PastedPicture, decode_pasted

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


_listen = st.components.v2.component("restoration_studio.paste", html="<span></span>", js=_SCRIPT)


def pasted_picture(key: str) -> PastedPicture | None:
    """The picture that was pasted since the page was last drawn, or None."""
    result: Any = _listen(key=key, on_pasted_change=lambda: None)
    value = result.pasted
    return decode_pasted(value) if value else None
