"""The about page: what each stage does, with pictures, and what the studio promises."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import streamlit as st

from restoration_studio.config import VERSION
from restoration_studio.stages import STAGES
from restoration_studio.stages.base import Stage
from restoration_studio.stages.describe import controls
from restoration_studio.studio.component import ASSETS
from restoration_studio.video.steps import VIDEO_STEPS
from restoration_studio.weights.catalogue import ALTERNATIVES, MODELS

PROMISES = f"""
Restoration Studio {VERSION} brings damaged, faded, noisy and small pictures back. Nothing is done to a picture that is
not in its recipe, and every result can be downloaded with a record of what was done.

**Your pictures and films** stay on this server only while you work on them; nothing is kept unless you save it. EXIF,
colour profile, resolution, transparency and 16 bits come out as they went in.

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
    if find_spec("av") is not None:
        st.header("What is done to films as well", anchor=False)
        for step in VIDEO_STEPS:
            st.markdown(f"**{step.title}.** {step.summary}")
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
            if shown is None:
                st.caption(_why_no_picture(stage))
        if shown is not None:
            shown.image(picture, caption=f"{stage.title}: before on the left, after on the right", width="stretch")


def _why_no_picture(stage: Stage[Any]) -> str:
    """Nothing is shown that this program did not make."""
    needed = [ALTERNATIVES.get(name, (name,))[0] for name in stage.models(stage.Settings())]
    if not needed:
        return "There is no picture of it yet."
    titles = ", ".join(MODELS[name].title if name in MODELS else name for name in needed)
    return f"There is no picture of it: not all its weights ({titles}) could be fetched where the others were made."
