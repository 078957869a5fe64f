"""Colour hints by hand: dots with a colour on the picture, kept as the text of the colouriser's own setting."""

from __future__ import annotations

from typing import Any

import streamlit as st

from restoration_studio.errors import RestorationError
from restoration_studio.stages import STAGES
from restoration_studio.stages.base import Stage
from restoration_studio.stages.describe import Control, controls
from restoration_studio.stages.hints import MOST, parse_hints
from restoration_studio.studio.component import as_item, component
from restoration_studio.studio.controls import control_key, switch_key
from restoration_studio.studio.core.browser_pictures import Pixels, digest_of, encoded
from restoration_studio.studio.core.display import screen_pixels
from restoration_studio.studio.core.hints import placed, received
from restoration_studio.studio.core.session import LoadedPicture
from restoration_studio.studio.core.uploads import read_bytes
from restoration_studio.studio.error_wording import worded
from restoration_studio.studio.viewer import media_url


def hint_setting() -> tuple[Stage[Any], Control]:
    """The stage and the setting that hints belong to."""
    stage = next(stage for stage in STAGES if stage.hint_field)
    return stage, next(control for control in controls(stage) if control.field == stage.hint_field)


def hints_panel(loaded: LoadedPicture, *, disabled: bool, max_megapixels: float) -> None:
    """The panel, where colourisation is on; what is drawn goes into its setting, and what is typed there is drawn."""
    stage, control = hint_setting()
    if not st.session_state.get(switch_key(stage)):
        return
    setting = control_key(stage, control)
    with st.expander("Colour hints", icon=":material/colorize:"):
        if not st.toggle("Say which colour things have", key="hinting", disabled=disabled):
            st.caption("Click a coat and choose brown. Hints are kept per cent of the picture, for a whole series.")
            return
        editor = st.container()
        upload = st.file_uploader(
            "Take colours from another picture", ["jpg", "jpeg", "png", "tif", "tiff", "webp"], key="hint_reference",
            disabled=disabled,
        )  # fmt: skip
        try:
            other = None
            if upload is not None:
                other = screen_pixels(read_bytes(upload.name, upload.getvalue(), max_megapixels))
            with editor:
                hint_editor(screen_pixels(loaded.picture), setting, key="hint_editor", reference=other)
        except RestorationError as error:
            st.error(worded(error), icon=":material/error:")


def hint_editor(picture: Pixels, setting: str, *, key: str, reference: Pixels | None = None, height: int = 560) -> None:
    """Let a person place hints on a picture.

    Args:
        picture: (height, width, 3) uint8.
        setting: where ``st.session_state`` keeps the hints, as ``stages.hints`` reads them.
        key: names the editor; once per page.
        reference: (height, width, 3) uint8, another picture that colours can be taken from.

    Raises:
        RecipeError: what is typed in the setting is no hint.
        InputError: a hint lies outside the picture.
    """
    picture_id = digest_of(picture).hex()

    def changed() -> None:
        st.session_state[setting] = received(
            st.session_state.get(key), picture_id, str(st.session_state.get(setting, ""))
        )

    text = str(st.session_state.get(setting, ""))
    file = encoded(picture)
    seen = None if reference is None else media_url(encoded(reference, longest=1200), f"hints-{key}-reference")
    component("hints")(
        key=key,
        data=as_item(
            {
                "picture": {
                    "id": picture_id,
                    "url": media_url(file, f"hints-{key}-picture"),
                    "width": file.width,
                    "height": file.height,
                },
                "reference": seen,
                "text": text,
                "hints": placed(parse_hints(text), picture.shape[0], picture.shape[1]),
                "most": MOST,
                "height": height,
            }
        ),
        height="content",
        on_hints_change=changed,
    )
