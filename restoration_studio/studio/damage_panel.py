"""What inpainting would fill, seen before it runs: looked for once, then following threshold, areas and growth."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from restoration_studio.errors import RecipeError, RestorationError
from restoration_studio.stages import STAGES
from restoration_studio.stages.describe import controls
from restoration_studio.stages.mask import MaskSettings
from restoration_studio.stages.region import Region
from restoration_studio.studio.controls import auto_key, control_key, switch_key, values_of
from restoration_studio.studio.core.damage import WouldFill, search_work, without_areas
from restoration_studio.studio.core.session import LoadedPicture, Session
from restoration_studio.studio.error_wording import worded
from restoration_studio.studio.server_state import service, visitor

Mask = NDArray[np.bool_]


def page_settings(regions: Mapping[tuple[str, str], Region]) -> MaskSettings | None:
    """Inpainting's settings as the page stands; None where it is off, or its controls have yet to be drawn.

    Raises:
        RestorationError: a text in them cannot be meant.
    """
    stage = next(stage for stage in STAGES if stage.fills)
    if not st.session_state.get(switch_key(stage)):
        return None
    for control in controls(stage):
        keys = (control_key(stage, control), auto_key(stage, control))
        if control.kind != "region" and not any(key in st.session_state for key in keys):
            return None
    areas = {field: region for (name, field), region in regions.items() if name == stage.name}
    try:
        settings: MaskSettings = stage.Settings.model_validate(values_of(stage) | areas)
    except (ValueError, RecipeError):  # said where the recipe is made of the same values
        return None
    return settings


def look_button(
    state: Session, loaded: LoadedPicture, settings: MaskSettings | None, known: WouldFill, *, disabled: bool
) -> None:
    """The button that looks for damage off the page's thread, or what is known already."""
    if settings is None:
        st.caption("Switch on Inpainting to see which damage it would fill.")
        return
    if known.filled is not None:
        share = float(known.filled.mean())
        st.caption(
            f"{share:.2%} of the picture would be filled, shown in amber. It follows threshold, grow and kinds of "
            "damage among Inpainting's settings, and what is marked here."
        )
    if known.found is None and without_areas(settings).found_kinds():
        label = "Show what would be filled" if known.filled is None else "Look for damage too"
        if st.button(label, icon=":material/search:", key="look_for_damage", disabled=disabled):
            try:
                job = service().queue.submit(visitor(), loaded.name, search_work(service().pipeline, loaded, settings))
            except RestorationError as error:
                state.problem = worded(error)
            else:
                state.problem, state.job = "", job
            st.rerun()
    if known.found is not None and settings.area is not None and not settings.found_kinds():
        st.caption(
            "Where something is marked, that alone is filled: “Add found” takes what was found into it, or choose "
            "“all” under Find damage."
        )
