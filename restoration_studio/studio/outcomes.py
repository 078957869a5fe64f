"""Several ways of filling the same holes: made in one go, seen side by side, one of them chosen."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from restoration_studio.engine.outcomes import Variant, variants
from restoration_studio.engine.recipe import Recipe
from restoration_studio.errors import Cancelled, RestorationError, UsageError
from restoration_studio.inpainting.base import Options
from restoration_studio.inpainting.methods import METHODS, get_method
from restoration_studio.pipeline import RestorationPipeline
from restoration_studio.progress import CancelToken, Progress, ProgressCallback
from restoration_studio.studio.server_state import bytes_to_fetch, service, visitor
from restoration_studio.studio.session import (
    Loaded,
    Outcomes,
    Result,
    Session,
    restoration,
    screen_pixels,
    thumbnail_of,
)
from restoration_studio.text import format_bytes, format_seconds

MOST = 6  # side by side on a page, and in memory
_LAYERS_MEGAPIXELS = 24.0  # of all outcomes together; above, they are kept without layers
_SHOWN = 720  # pixels of the longer side of each
_CLOSE = 0.3  # share of width and height that is seen close up
WHOLE, CLOSE = "Whole picture", "Where they differ most"


def outcomes_panel(state: Session, loaded: Loaded, recipe: Recipe, *, disabled: bool) -> None:
    """Methods and seeds to try, and the button; nothing where the recipe fills nothing."""
    step = next((step for step in recipe.stages if step.stage == "inpaint"), None)
    if step is None:
        return
    settings: Any = step.settings
    config = service().pipeline.config
    with st.expander("Several ways of filling", icon=":material/view_cozy:"):
        offered = [name for name in METHODS if name != "network" or name == settings.method]
        usual = [settings.method, *(n for n in offered if n != settings.method and get_method(n).is_here(config))]

        def label_of(name: str) -> str:
            return _method_label(name, settings.options() if name == settings.method else Options())

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
        made = variants(recipe, count, methods=methods)
        st.caption(_cost(loaded, made))
        if st.button("Fill in these ways", width="stretch", key="outcomes", disabled=disabled):
            pipeline = service().pipeline
            state.problem = ""
            try:
                state.job = service().queue.submit(visitor(), loaded.name, several(pipeline, loaded, made))
            except RestorationError as error:
                state.problem = str(error)
            st.rerun()


def _method_label(name: str, options: Options) -> str:
    method = get_method(name)
    if method.is_here(service().pipeline.config):
        return method.title
    size = bytes_to_fetch(method.models(options))
    return method.title + (f" ({format_bytes(size)} to fetch)" if size else "")


def possible(recipe: Recipe, methods: Sequence[str]) -> int:
    """How many different outcomes these methods can give, up to ``MOST``."""
    for count in range(MOST, 0, -1):
        try:
            return len(variants(recipe, count, methods=methods)) if methods else 0
        except UsageError:
            continue
    return 0


def _cost(loaded: Loaded, made: Sequence[Variant]) -> str:
    pipeline = service().pipeline
    costs = [pipeline.estimate(loaded.picture.height, loaded.picture.width, one.recipe) for one in made]
    fetch = bytes_to_fetch(dict.fromkeys(name for cost in costs for name in cost.models))
    said = f"{len(made)} results in about {format_seconds(sum(cost.seconds for cost in costs))} together"
    return said + (f", {format_bytes(fetch)} of weights to fetch first" if fetch else "")


def several(
    pipeline: RestorationPipeline, loaded: Loaded, made: Sequence[Variant]
) -> Callable[[ProgressCallback, CancelToken], Outcomes]:
    """The work for the queue: every variant; one that cannot be made is told and stops no other."""

    def run(progress: ProgressCallback, cancel: CancelToken) -> Outcomes:
        started = time.perf_counter()
        outcomes = Outcomes([])
        for number, variant in enumerate(made):

            def report(one: Progress, number: int = number, label: str = variant.label) -> None:
                fraction = (number + one.fraction) / len(made)
                elapsed = time.perf_counter() - started
                left = elapsed / fraction * (1 - fraction) if number else None
                stage = f"{number + 1} of {len(made)}, {label}: {one.stage}"
                progress(replace(one, fraction=fraction, elapsed=elapsed, seconds_left=left, stage=stage))

            work = restoration(
                pipeline, loaded, variant.recipe, label=variant.label,
                layers_megapixels=_LAYERS_MEGAPIXELS / len(made),
            )  # fmt: skip
            try:
                outcomes.results.append(work(report, cancel))
            except Cancelled:
                raise
            except RestorationError as error:
                outcomes.problems.append(f"{variant.label}: {error}")
                failed = error
        if not outcomes.results:
            raise failed
        return outcomes

    return run


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
                st.image(_seen(result, close if view == CLOSE else None), width="stretch")
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
    notes = dict.fromkeys(note for result in results for note in result.stats["notes"])
    for note in notes:
        st.caption(note[:1].upper() + note[1:])


def _took(seconds: float) -> str:
    return f"{seconds:.1f} seconds" if seconds < 60 else format_seconds(seconds)


Box = tuple[int, int, int, int]  # top, left, bottom, right in per mille of the picture


def places_apart(results: Sequence[Result]) -> Box | None:
    """The part of the picture in which the results differ most, in thousandths of its sides; None where nowhere."""
    if len(results) < 2:
        return None
    small = [screen_pixels(thumbnail_of(result.after, 200)).astype(np.int16) for result in results]
    stack = np.stack(small)
    apart = (stack.max(axis=0) - stack.min(axis=0)).sum(axis=2).astype(np.float64)
    if not apart.any():
        return None
    height, width = (max(1, round(side * _CLOSE)) for side in apart.shape)
    sums = np.pad(apart, ((1, 0), (1, 0))).cumsum(axis=0).cumsum(axis=1)
    within = sums[height:, width:] - sums[:-height, width:] - sums[height:, :-width] + sums[:-height, :-width]
    top, left = (int(index) for index in np.unravel_index(int(within.argmax()), within.shape))
    rows, columns = apart.shape
    return 1000 * top // rows, 1000 * left // columns, 1000 * (top + height) // rows, 1000 * (left + width) // columns


def _seen(result: Result, box: Box | None) -> NDArray[np.uint8]:
    picture = result.after
    if box is not None:
        height, width = picture.height, picture.width
        top, bottom = (edge * height // 1000 for edge in (box[0], box[2]))
        left, right = (edge * width // 1000 for edge in (box[1], box[3]))
        part = np.ascontiguousarray(picture.pixels[top : max(bottom, top + 1), left : max(right, left + 1)])
        picture = picture.with_(pixels=part, alpha=None)
    return screen_pixels(thumbnail_of(picture, _SHOWN))
