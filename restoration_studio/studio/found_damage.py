"""What inpainting would fill, seen before it runs: looked for once, then following threshold, areas and growth."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from restoration_studio.context import StageContext
from restoration_studio.errors import RestorationError
from restoration_studio.pipeline import RestorationPipeline
from restoration_studio.progress import CancelToken, Progress, ProgressCallback
from restoration_studio.stages import STAGES
from restoration_studio.stages.describe import controls
from restoration_studio.stages.mask import MaskSettings, damage_confidence, make_mask
from restoration_studio.stages.region import Region
from restoration_studio.studio.controls import auto_key, control_key, switch_key, values_of
from restoration_studio.studio.server_state import service, visitor
from restoration_studio.studio.session import Found, Loaded, Session

STAGE = "inpaint"
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class WouldFill:
    """(height, width) each: the damage over the threshold, and all that would be filled; None where not known."""

    found: Mask | None = None
    filled: Mask | None = None


def page_settings(regions: Mapping[tuple[str, str], Region]) -> MaskSettings | None:
    """Inpainting's settings as the page stands; None where it is off, or its controls have yet to be drawn.

    Raises:
        RestorationError: a text in them cannot be meant.
    """
    stage = next(stage for stage in STAGES if stage.name == STAGE)
    if not st.session_state.get(switch_key(stage)):
        return None
    for control in controls(stage):
        keys = (control_key(stage, control), auto_key(stage, control))
        if control.kind != "region" and not any(key in st.session_state for key in keys):
            return None
    areas = {field: region for (name, field), region in regions.items() if name == STAGE}
    try:
        made: MaskSettings = stage.Settings.model_validate(values_of(stage) | areas)
    except ValueError:  # said where the recipe is made of the same values
        return None
    return made


def _search(settings: MaskSettings) -> MaskSettings:
    """The same without areas: what is looked for where none is drawn."""
    return settings.model_copy(update={"area": None, "keep": None})


def _key(loaded: Loaded, settings: MaskSettings) -> tuple[Any, ...]:
    return id(loaded.picture), _search(settings).found_kinds(), settings.protect


def damage_found(state: Session, loaded: Loaded, settings: MaskSettings | None) -> WouldFill:
    """What is known of what would be filled, at the threshold, areas and growth of now.

    Raises:
        InputError: an area lies outside the picture.
    """
    if settings is None:
        return WouldFill()
    search = _search(settings)
    sure = state.found.sure if state.found is not None and state.found.key == _key(loaded, settings) else None
    found = None if sure is None or not search.found_kinds() else sure >= settings.threshold
    if settings.found_kinds() and sure is None:
        return WouldFill(found)
    if not settings.found_kinds() and settings.area is None:
        return WouldFill(found)
    return WouldFill(found, make_mask(loaded.picture, settings, StageContext(service().pipeline.models), sure=sure))


def look_button(
    state: Session, loaded: Loaded, settings: MaskSettings | None, known: WouldFill, *, disabled: bool
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
    if known.found is None and _search(settings).found_kinds():
        label = "Show what would be filled" if known.filled is None else "Look for damage too"
        if st.button(label, icon=":material/search:", key="look_for_damage", disabled=disabled):
            try:
                job = service().queue.submit(visitor(), loaded.name, search(service().pipeline, loaded, settings))
            except RestorationError as error:
                state.problem = str(error)
            else:
                state.problem, state.job = "", job
            st.rerun()
    if known.found is not None and settings.area is not None and not settings.found_kinds():
        st.caption(
            "Where something is marked, that alone is filled: “Add found” takes what was found into it, or choose "
            "“all” under Find damage."
        )


def search(
    pipeline: RestorationPipeline, loaded: Loaded, settings: MaskSettings
) -> Callable[[ProgressCallback, CancelToken], Found]:
    """The work for the queue: looks for damage; every threshold is served by what it gives."""

    def run(progress: ProgressCallback, cancel: CancelToken) -> Found:
        progress(Progress("Looking for damage", 0, 1, 0, 0, "", 0.0, 0.0, None))
        context = StageContext(pipeline.models, check_cancelled=cancel.check, kept=pipeline.cache.remember)
        looking = _search(settings)
        for name in looking.mask_models():
            pipeline.models.fetch(name, context.fetching)
        return Found(_key(loaded, settings), damage_confidence(loaded.picture, looking, context))

    return run
