"""Marking a part of the picture: paint or upload a mask, choose the stages that keep to it, download it."""

from __future__ import annotations

import streamlit as st

from restoration_studio.errors import RestorationError
from restoration_studio.stages import STAGES
from restoration_studio.stages.region import Region
from restoration_studio.studio.controls import switch_key
from restoration_studio.studio.core.damage import damage_found
from restoration_studio.studio.core.display import screen_pixels
from restoration_studio.studio.core.masks import mask_file, mask_of, regions_of, targets, usual
from restoration_studio.studio.core.session import LoadedPicture, Session
from restoration_studio.studio.damage_panel import look_button, page_settings
from restoration_studio.studio.error_wording import worded
from restoration_studio.studio.mask_editor import marked_now, mask_editor
from restoration_studio.studio.server_state import service


def mask_panel(state: Session, loaded: LoadedPicture, *, disabled: bool) -> dict[tuple[str, str], Region]:
    """The panel; gives the region for each setting, by stage and field, that the marked part is for."""
    with st.expander("Work on a part only", icon=":material/brush:"):
        if not st.toggle("Mark a part of the picture", key="mark", disabled=disabled):
            st.caption(
                "Paint over what a stage shall work on, or look at the damage that would be filled and correct it; "
                "the rest of the picture stays exactly as it is."
            )
            return {}
        editor = st.container()
        on = [stage.name for stage in STAGES if st.session_state.get(switch_key(stage))]
        likely = usual(on)
        chosen = st.multiselect(
            "What the marked part is for", targets(), format_func=lambda target: target.title, default=likely,
            key="mark_targets:" + ",".join(f"{target.stage}.{target.field}" for target in likely), disabled=disabled,
        )  # fmt: skip
        feather = st.slider(
            "Soft edge of 'only here' (pixels)", 0, 60, 8, key="mark_feather", disabled=disabled,
            help="Inpainting has a soft edge of its own.",
        )  # fmt: skip
        upload = st.file_uploader(
            "Begin with a mask file", ["png", "tif", "tiff", "bmp"], disabled=disabled, key="mask_file"
        )
        pixels, key = screen_pixels(loaded.picture), f"mask:{id(loaded)}"
        try:
            start = mask_of(upload.getvalue(), upload.name, loaded) if upload is not None else None
            regions = regions_of(marked_now(pixels, key=key, mask=start), chosen, feather)
            settings = page_settings(regions)
            found = damage_found(service().pipeline.models, state.damage_map, loaded, settings)
            with editor:
                mask = mask_editor(pixels, key=key, mask=start, found=found.found, overlay=found.filled)
                look_button(state, loaded, settings, found, disabled=disabled)
        except RestorationError as error:
            st.error(worded(error), icon=":material/error:")
            return {}
        if mask is None:
            st.caption("Nothing is marked yet: stages work everywhere.")
            return {}
        st.download_button(
            "Download mask", lambda: mask_file(mask), f"{loaded.name}_mask.png", "image/png", on_click="ignore",
            help="255 is marked.",
        )  # fmt: skip
        return regions_of(mask, chosen, feather)
