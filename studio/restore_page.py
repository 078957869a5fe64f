"""The main page: a picture, what it seems to need, the controls, the run and the result."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from errors import RestorationError
from pipeline.propose import propose
from pipeline.recipe import Recipe, preset_files
from stages import STAGES
from stages.region import Region
from studio import controls
from studio.examples import examples
from studio.masks import mask_panel
from studio.paste import pasted_picture
from studio.progress import job_panel
from studio.results import downloads, figures, shares_panel
from studio.service import service, visitor
from studio.session import (
    Loaded,
    Result,
    Session,
    collect,
    load,
    restoration,
    screen_pixels,
    session,
    thumbnail_of,
    with_shares,
)
from studio.viewer import compare
from utils import format_bytes, format_seconds

UPLOADS = ["jpg", "jpeg", "png", "tif", "tiff", "webp", "bmp", "gif", "avif", "heic", "heif"]
PROPOSED = "proposed for this picture"


def restore_page() -> None:
    """Draw the page once; Streamlit calls it again after every change."""
    state = session()
    collect(state)
    st.title("Bring a picture back", anchor=False)
    if state.loaded is None:
        st.markdown("Drop a damaged, faded, noisy or small photograph below, or try one of the examples.")
    _choose(state)
    if state.problem:
        st.error(state.problem, icon=":material/error:")
    loaded = state.loaded
    if loaded is None:
        return
    side, main = st.columns([1, 2.4], gap="large")
    with main:
        regions = mask_panel(loaded, disabled=state.job is not None)
    with side:
        _settings(state, loaded, regions)
    with main:
        _pictures(state, loaded)


def _choose(state: Session) -> None:
    """Upload or example; a new choice replaces the picture, not the results."""
    busy = state.job is not None
    _pasted(state, busy)
    with st.expander("Choose a picture", expanded=state.loaded is None, icon=":material/add_photo_alternate:"):
        upload = st.file_uploader(
            "Upload a picture", UPLOADS, disabled=busy, help="JPEG, PNG, TIFF, WebP, AVIF or HEIC. It is not kept."
        )
        if upload is not None and state.source != f"upload:{upload.file_id}":
            _open(state, f"upload:{upload.file_id}", upload.name, upload.getvalue())
        st.caption("or paste one from the clipboard (Ctrl+V), or take an example")
        columns = st.columns(len(examples()) or 1)
        for column, (title, path) in zip(columns, examples().items(), strict=False):
            with column:
                st.image(_example_image(str(path)), width="stretch")
                if st.button(title, key=f"example:{path.name}", disabled=busy, width="stretch"):
                    _open(state, f"example:{path.name}", path.name, path.read_bytes())
                    st.rerun()


def _pasted(state: Session, busy: bool) -> None:
    """A picture pasted anywhere on the page is opened as an upload is."""
    try:
        pasted = pasted_picture("paste")
    except RestorationError as error:
        state.problem = str(error)
        return
    if pasted is not None and not busy:
        _open(state, "paste", pasted.name, pasted.data)
        st.rerun()


@st.cache_data(show_spinner=False)
def _example_image(path: str) -> bytes:
    from media.read import read_picture
    from studio.viewer import encode

    data: bytes = encode(screen_pixels(thumbnail_of(read_picture(path), 220)))[1]
    return data


def _open(state: Session, source: str, name: str, data: bytes) -> None:
    state.source = source
    try:
        state.loaded = load(name, data, service().pipeline.config.max_input_megapixels)
    except RestorationError as error:
        state.problem = str(error)
        return
    state.problem, state.shown = "", -1
    controls.set_recipe(state.loaded.proposal.recipe)
    st.session_state.preset = PROPOSED


def _settings(state: Session, loaded: Loaded, regions: dict[str, Region]) -> None:
    """Preset, a panel per stage, the estimate, and the button."""
    busy = state.job is not None
    controls.hold(busy)
    names = [PROPOSED, *sorted(preset_files(service().pipeline.config))]
    st.selectbox("Start from", names, key="preset", disabled=busy, on_change=_preset_chosen, args=(loaded,))
    for stage in STAGES:
        if controls.switch_key(stage) not in st.session_state:
            controls.set_recipe(loaded.proposal.recipe)
        with st.container(border=True):
            reason = loaded.proposal.reasons.get(stage.name, "") if st.session_state.preset == PROPOSED else ""
            controls.stage_panel(stage, reason, disabled=busy)
    recipe = controls.recipe_of_page(regions)
    if st.button("Restore", type="primary", width="stretch", disabled=busy or not recipe.stages, key="restore"):
        _start(state, loaded, recipe)
    _estimate(loaded, recipe)
    st.button("Reset settings", width="stretch", disabled=busy, key="reset", on_click=_preset_chosen, args=(loaded,))


def _preset_chosen(loaded: Loaded) -> None:
    """Put every control where the chosen preset, or the proposal, has it."""
    name = st.session_state.preset
    controls.set_recipe(loaded.proposal.recipe if name == PROPOSED else Recipe.preset(name, service().pipeline.config))


def _start(state: Session, loaded: Loaded, recipe: Recipe) -> None:
    shared = service()
    state.problem = ""
    try:
        state.job = shared.queue.submit(visitor(), loaded.name, restoration(shared.pipeline, loaded, recipe))
    except RestorationError as error:
        state.problem = str(error)
    st.rerun()


def _start_again(state: Session, result: Result, shares: dict[int, float]) -> None:
    """The exact run: the recipe of ``result`` with each stage's strength times its share."""
    loaded = Loaded(result.name, result.before, propose(result.before))
    _start(state, loaded, with_shares(result.recipe, shares))


def _estimate(loaded: Loaded, recipe: Recipe) -> None:
    """What the run will take, before it runs."""
    from weights.catalogue import MODELS
    from weights.store import present

    config = service().pipeline.config
    cost = service().pipeline.estimate(loaded.picture.height, loaded.picture.width, recipe)
    missing = [MODELS[name] for name in cost.models if name in MODELS and not any(present(MODELS[name], config))]
    fetch = sum(model.sources[0].size or 0 for model in missing)
    parts = [f"about {format_seconds(cost.seconds)}", f"{format_bytes(cost.memory_bytes)} of memory"]
    if fetch:
        parts.append(f"{format_bytes(fetch)} of weights to fetch first")
    guess = "" if cost.measured else " (a first guess)"
    st.caption(f"{cost.size[1]}x{cost.size[0]} pixels, {', '.join(parts)}{guess}")


def _pictures(state: Session, loaded: Loaded) -> None:
    """The running job, the newest result, or the picture as it came."""
    if state.job is not None:
        job_panel(state.job)
    if not 0 <= state.shown < len(state.results):
        st.image(screen_pixels(thumbnail_of(loaded.picture)), width="stretch")
        found = " ".join(finding.sentence for finding in loaded.proposal.findings)
        st.caption(f"{loaded.name}: {found}")
        for note in loaded.picture.notes:
            st.caption(note)
        return
    if len(state.results) > 1:
        labels = [f"{i + 1}. {Path(r.name).stem}" for i, r in enumerate(state.results)]
        chosen = st.pills("Results of this visit", range(len(labels)), format_func=labels.__getitem__,
                          default=state.shown, key=f"history:{len(labels)}:{state.shown}")  # fmt: skip
        if chosen is not None and chosen != state.shown:
            state.shown = chosen
            st.rerun()
    _result(state)


@st.fragment
def _result(state: Session) -> None:
    """Only this part runs again when a strength moves."""
    result = state.results[state.shown]
    place = st.container()
    with st.expander("Strength of each stage", expanded=True, icon=":material/tune:"):
        mixed, shares = shares_panel(result)
        if any(share < 1 for share in shares.values()):
            st.caption(
                "The picture above mixes the changes the stages made. Restoring again runs the networks with these "
                "strengths, so that later stages see the weaker change: usually nearly the same, and exact."
            )
            if st.button(
                "Restore again with these strengths", key=f"again:{id(result)}", disabled=state.job is not None
            ):
                _start_again(state, result, shares)
    with place:
        compare(
            screen_pixels(result.before),
            screen_pixels(mixed),
            key="viewer",
            stages=[(title, screen_pixels(picture)) for title, picture in result.steps],
        )
        for note in result.stats["notes"]:
            st.caption(note)
    downloads(result, mixed)
    with st.expander("Figures", icon=":material/monitoring:"):
        figures(result, mixed)
