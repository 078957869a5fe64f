"""The about page: what each stage does, with pictures, and what the studio promises."""

from __future__ import annotations

from typing import Any

import streamlit as st

from config import VERSION
from stages import STAGES
from stages.base import Stage
from stages.describe import controls
from studio.component import ASSETS

PROMISES = f"""
Restoration Studio {VERSION} brings damaged, faded, noisy and small pictures back. Nothing is done to a picture that is
not in its recipe, and every result can be downloaded with a record of what was done.

**Your pictures** stay on this server only while you work on them; nothing is kept unless you save it. EXIF, colour
profile, resolution, transparency and 16 bits come out as they went in.

**Networks invent.** Super-resolution and inpainting draw what is likely, not what was there. For a family album that is
a gift; for evidence it is not.
"""


def about_page() -> None:
    """Draw the page once."""
    st.title("About", anchor=False)
    st.markdown(PROMISES)
    st.header("What each stage does", anchor=False)
    for stage in STAGES:
        _stage(stage)
    st.caption(
        "The pictures are scikit-image's, in the public domain or CC0, damaged on purpose and restored by the stage "
        "beside them alone."
    )


def _stage(stage: Stage[Any]) -> None:
    with st.container(border=True):
        picture = ASSETS / f"about_{stage.name}.webp"
        words, shown = st.columns([1, 1.25], gap="large") if picture.is_file() else (st.container(), None)
        with words:
            st.subheader(stage.title, anchor=False)
            st.markdown(stage.summary)
            with st.expander("Its settings"):
                for control in controls(stage):
                    unit = f" ({control.unit})" if control.unit else ""
                    st.markdown(f"**{control.title}**{unit}: {control.description}")
        if shown is not None:
            shown.image(picture, caption=f"{stage.title}: before on the left, after on the right", width="stretch")
