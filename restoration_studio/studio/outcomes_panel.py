"""Several ways of filling the same holes: made in one go, seen side by side, one of them chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from restoration_studio.engine.outcomes import Variant, variants
from restoration_studio.engine.recipe import Recipe
from restoration_studio.errors import RestorationError
from restoration_studio.inpainting.base import FillOptions
from restoration_studio.inpainting.methods import METHODS, get_method
from restoration_studio.studio.core.notes import page_notes
from restoration_studio.studio.core.outcomes import places_apart, possible, several, shown_part
from restoration_studio.studio.core.session import LoadedPicture, Session
from restoration_studio.studio.error_wording import worded
from restoration_studio.studio.server_state import bytes_to_fetch, service, visitor
from restoration_studio.text import format_bytes, format_seconds

MOST = 6  # side by side on a page, and in memory
_LAYERS_MEGAPIXELS = 24.0  # of all outcomes together; above, they are kept without layers
_SHOWN = 720  # pixels of the longer side of each
_CLOSE = 0.3  # share of width and height that is seen close up
WHOLE, CLOSE = "Whole picture", "Where they differ most"


def outcomes_panel(state: Session, loaded: LoadedPicture, recipe: Recipe, *, disabled: bool) -> None:
    """Methods and seeds to try, and the button; nothing where the recipe fills nothing."""
    step = next((step for step in recipe.stages if step.runs.fills), None)
    if step is None:
        return
    settings: Any = step.settings
    config = service().pipeline.config
    with st.expander("Several ways of filling", icon=":material/view_cozy:"):
        offered = [name for name in METHODS if name != "network" or name == settings.method]
        usual = [settings.method, *(n for n in offered if n != settings.method and get_method(n).is_here(config))]

        def label_of(name: str) -> str:
            return _method_label(name, settings.options() if name == settings.method else FillOptions())

        methods = st.multiselect(
            "Methods", offered, default=usual, format_func=label_of, key=f"outcome_methods:{settings.method}",
            disabled=disabled, help="They take turns, the first one first; those that draw by seed again and again.",
        )  # fmt: skip
        if any(get_method(name).seeded for name in methods):
            seed = st.number_input("First seed", 0, 2**31, recipe.seed, key="outcome_seed", disabled=disabled)
            recipe = recipe.model_copy(update={"seed": int(seed)})
        most = possible(recipe, methods)
        if most < 2:
            st.caption("That gives one way only; choose another method beside it.")
            return
        count = 2
        if most > 2:
            usual_count = min(most, 4)
            count = st.slider("How many", 2, most, usual_count, key=f"outcome_count:{most}", disabled=disabled)
        chosen_variants = variants(recipe, count, methods=methods)
        st.caption(_cost(loaded, chosen_variants))
        if st.button("Fill in these ways", width="stretch", key="outcomes", disabled=disabled):
            pipeline = service().pipeline
            state.problem = ""
            try:
                state.job = service().queue.submit(visitor(), loaded.name, several(pipeline, loaded, chosen_variants))
            except RestorationError as error:
                state.problem = worded(error)
            st.rerun()


def _method_label(name: str, options: FillOptions) -> str:
    method = get_method(name)
    if method.is_here(service().pipeline.config):
        return method.title
    size = bytes_to_fetch(method.models(options))
    return method.title + (f" ({format_bytes(size)} to fetch)" if size else "")


def _cost(loaded: LoadedPicture, chosen_variants: Sequence[Variant]) -> str:
    pipeline = service().pipeline
    costs = [pipeline.estimate(loaded.picture.height, loaded.picture.width, one.recipe) for one in chosen_variants]
    fetch = bytes_to_fetch(dict.fromkeys(name for cost in costs for name in cost.models))
    text = f"{len(chosen_variants)} results in about {format_seconds(sum(cost.seconds for cost in costs))} together"
    return text + (f", {format_bytes(fetch)} of weights to fetch first" if fetch else "")


def outcomes_side_by_side(state: Session) -> None:
    """The outcomes with what sets them apart; the one that is chosen becomes the result in sight."""
    if state.outcomes is None:
        return
    results = state.outcomes.results
    st.subheader("Choose one", anchor=False)
    close = places_apart(results)
    view = WHOLE
    if close is not None:
        view = st.segmented_control("View", [WHOLE, CLOSE], default=CLOSE, key=f"outcome_view:{id(state.outcomes)}",
                                    required=True, label_visibility="collapsed")  # fmt: skip
    with st.container(key="outcomes_grid"):
        in_a_row = len(results) if len(results) < 4 else 2 if len(results) == 4 else 3
        columns = [column for _ in range(0, len(results), in_a_row) for column in st.columns(in_a_row)]
        for number, (result, column) in enumerate(zip(results, columns, strict=False), 1):
            with column:
                st.image(shown_part(result, close if view == CLOSE else None), width="stretch")
                st.markdown(f"**{number}. {result.label}** · {_took(result.stats['seconds'])}")
                chosen = result is state.shown
                if st.button(
                    f"Chosen: {number}" if chosen else f"Take {number}",
                    key=f"take:{id(result)}",
                    icon=":material/check:" if chosen else None,
                    width="stretch",
                    disabled=chosen or state.job is not None,
                ):
                    state.show(result)
                    st.rerun()
    notes = dict.fromkeys(note for result in results for note in page_notes(result.stats["notes"]))
    for note in notes:
        st.caption(note[:1].upper() + note[1:])


def _took(seconds: float) -> str:
    return f"{seconds:.1f} seconds" if seconds < 60 else format_seconds(seconds)
