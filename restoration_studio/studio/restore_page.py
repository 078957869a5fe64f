"""The main page: a picture, what it seems to need, the controls, the run and the result."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from restoration_studio.engine.propose import propose
from restoration_studio.engine.recipe import Recipe, preset_files
from restoration_studio.errors import RestorationError
from restoration_studio.stages import STAGES
from restoration_studio.stages.region import Region
from restoration_studio.studio import controls
from restoration_studio.studio.core.display import screen_pixels, thumbnail_of
from restoration_studio.studio.core.examples import card, examples, hero
from restoration_studio.studio.core.faces import with_face_strengths
from restoration_studio.studio.core.notes import page_notes
from restoration_studio.studio.core.restoration import restoration, with_opacities
from restoration_studio.studio.core.session import LoadedPicture, RestoredPicture, Session
from restoration_studio.studio.core.uploads import load
from restoration_studio.studio.error_wording import worded
from restoration_studio.studio.faces_panel import faces_panel
from restoration_studio.studio.figures import figures
from restoration_studio.studio.hint_panel import hints_panel
from restoration_studio.studio.mask_panel import mask_panel
from restoration_studio.studio.outcomes_panel import outcomes_panel, outcomes_side_by_side
from restoration_studio.studio.paste import pasted_picture
from restoration_studio.studio.progress import job_panel
from restoration_studio.studio.result_panel import downloads, opacity_panel
from restoration_studio.studio.server_state import bytes_to_fetch, service, session, visitor
from restoration_studio.studio.viewer import compare
from restoration_studio.text import format_bytes, format_seconds

UPLOADS = ["jpg", "jpeg", "png", "tif", "tiff", "webp", "bmp", "gif", "avif", "heic", "heif"]
PROPOSED = "proposed for this picture"
TITLE = "Bring a picture back"


def restore_page() -> None:
    """Draw the page once; Streamlit calls it again after every change."""
    state = session()
    if state.collect():
        service().result_memory.tidy()
    _pasted(state, busy=state.job is not None)
    loaded = state.loaded
    if loaded is None:
        _welcome(state)
        return
    st.title(TITLE, anchor=False)
    with st.expander("Choose another picture", icon=":material/add_photo_alternate:"):
        _upload(state)
        _examples(state)
    if state.problem:
        st.error(state.problem, icon=":material/error:")
    with st.container(key="work"):
        side, main = st.columns([1, 2.4], gap="large")
    with main:
        regions = mask_panel(state, loaded, disabled=state.job is not None)
        limit = service().pipeline.config.max_input_megapixels
        hints_panel(loaded, disabled=state.job is not None, max_megapixels=limit)
    with side:
        _settings(state, loaded, regions)
    with main:
        _pictures(state, loaded, marking=bool(st.session_state.get("mark") or st.session_state.get("hinting")))


def _welcome(state: Session) -> None:
    """What a visitor sees first: what this is for, a place to drop a picture, examples to try."""
    with st.container(key="hero"):
        words, picture = st.columns([1, 1], gap="large", vertical_alignment="center")
        with words:
            st.title(TITLE, anchor=False)
            st.markdown("Damaged, faded, noisy or small: the studio looks at it, says what it needs, and restores it.")
            _upload(state)
            if state.problem:
                st.error(state.problem, icon=":material/error:")
    st.subheader("Or try one of these", anchor=False)
    _examples(state)
    with picture:  # last, so that what a visitor can do is there first
        compare(*hero(), key="hero_viewer", height=460)


def _upload(state: Session) -> None:
    upload = st.file_uploader(
        "Upload a picture, or paste one with Ctrl+V",
        UPLOADS,
        disabled=state.job is not None,
        help="JPEG, PNG, TIFF, WebP, AVIF or HEIC. It is not kept.",
        key="upload",
    )
    if upload is not None and state.source != f"upload:{upload.file_id}":
        _open(state, f"upload:{upload.file_id}", upload.name, upload.getvalue())
        st.rerun()


def _examples(state: Session) -> None:
    """Cards to choose an example by; a new choice replaces the picture, not the results."""
    with st.container(key="examples"):
        columns = st.columns(len(examples()) or 1)
        for column, (title, path) in zip(columns, examples().items(), strict=False):
            with column:
                st.image(card(path), width="stretch")
                if st.button(title, key=f"example:{path.name}", disabled=state.job is not None, width="stretch"):
                    _open(state, f"example:{path.name}", path.name, path.read_bytes())
                    st.rerun()


def _pasted(state: Session, *, busy: bool) -> None:
    """A picture pasted anywhere on the page is opened as an upload is."""
    try:
        pasted = pasted_picture("paste")
    except RestorationError as error:
        state.problem = worded(error)
        return
    if pasted is not None and not busy:
        _open(state, "paste", pasted.name, pasted.data)
        st.rerun()


def _open(state: Session, source: str, name: str, data: bytes) -> None:
    state.source = source
    try:
        state.loaded = load(name, data, service().pipeline.models)
    except RestorationError as error:
        state.problem = worded(error)
        return
    state.problem, state.shown, state.outcomes, state.damage_map, state.recipe = "", None, None, None, None
    controls.set_recipe(state.loaded.proposal.recipe)
    st.session_state.preset = PROPOSED


def _settings(state: Session, loaded: LoadedPicture, regions: dict[tuple[str, str], Region]) -> None:
    """Preset, a panel per stage, the estimate, and the button."""
    busy = state.job is not None
    controls.hold(busy)
    names = [PROPOSED, *sorted(preset_files(service().pipeline.config))]
    st.selectbox("Start from", names, key="preset", disabled=busy, on_change=_preset_chosen, args=(loaded,))
    action = st.container()
    for stage in STAGES:
        if controls.switch_key(stage) not in st.session_state:  # back from another page, which drops all controls
            controls.set_recipe(state.recipe or loaded.proposal.recipe)
        with st.container(border=True):
            reason = loaded.proposal.reasons.get(stage.name, "") if st.session_state.preset == PROPOSED else ""
            controls.stage_panel(stage, reason, disabled=busy)
    st.button("Reset settings", width="stretch", disabled=busy, key="reset", on_click=_preset_chosen, args=(loaded,))
    with action:
        recipe = _recipe(regions)
        can_run = recipe is not None and _estimate(loaded, recipe) and bool(recipe.stages)
        if recipe is not None:
            state.recipe = recipe
        pressed = st.button("Restore", type="primary", width="stretch", disabled=busy or not can_run, key="restore")
        if recipe is not None and pressed:
            _start(state, loaded, recipe)
        if recipe is not None and can_run:
            outcomes_panel(state, loaded, recipe, disabled=busy)
        if state.job is not None:
            job_panel(state.job)


def _recipe(regions: dict[tuple[str, str], Region]) -> Recipe | None:
    """The recipe of the page; None where its settings do not go together, which is said instead."""
    try:
        return controls.recipe_of_page(regions)
    except RestorationError as error:
        st.error(worded(error), icon=":material/error:")
        return None


def _preset_chosen(loaded: LoadedPicture) -> None:
    """Put every control where the chosen preset, or the proposal, has it."""
    name = st.session_state.preset
    controls.set_recipe(loaded.proposal.recipe if name == PROPOSED else Recipe.preset(name, service().pipeline.config))


def _start(state: Session, loaded: LoadedPicture, recipe: Recipe) -> None:
    shared = service()
    state.problem = ""
    try:
        state.job = shared.queue.submit(visitor(), loaded.name, restoration(shared.pipeline, loaded, recipe))
    except RestorationError as error:
        state.problem = worded(error)
    st.rerun()


def _start_again(state: Session, result: RestoredPicture, opacities: dict[int, float], faces: dict[int, float]) -> None:
    """The exact run: the recipe of ``result`` with each stage at the opacity chosen, and faces as they are set."""
    loaded = LoadedPicture(result.name, result.before, propose(result.before, models=service().pipeline.models))
    data = with_opacities(result.recipe, opacities).dump()
    _start(state, loaded, Recipe.parse(with_face_strengths(data, result, faces)))


def _estimate(loaded: LoadedPicture, recipe: Recipe) -> bool:
    """What the run will take, before it runs; False where the settings cannot be run, which is said instead."""
    try:
        cost = service().pipeline.estimate(loaded.picture.height, loaded.picture.width, recipe)
    except RestorationError as error:
        st.error(worded(error), icon=":material/error:")
        return False
    fetch = bytes_to_fetch(cost.models)
    parts = [f"about {format_seconds(cost.seconds)}", f"{format_bytes(cost.memory_bytes)} of memory"]
    if fetch:
        parts.append(f"{format_bytes(fetch)} of weights to fetch first")
    guess = "" if cost.measured else " (a first guess)"
    st.caption(f"{cost.size[1]}x{cost.size[0]} pixels, {', '.join(parts)}{guess}")
    return True


def _pictures(state: Session, loaded: LoadedPicture, *, marking: bool) -> None:
    """The result that was chosen, or the picture as it came; above them results to choose from."""
    outcomes_side_by_side(state)
    result = state.shown
    if result is None:
        if not marking:  # the mask editor shows the picture already
            st.image(screen_pixels(thumbnail_of(loaded.picture)), width="stretch")
        found = " ".join(finding.sentence for finding in loaded.proposal.findings)
        st.caption(f"{loaded.name}: {found}")
        for note in loaded.picture.notes:
            st.caption(note)
        return
    if len(state.results) > 1:
        labels = {id(r): _name_of(number, r) for number, r in enumerate(state.results, 1)}
        chosen = st.pills("Results of this visit", list(labels), format_func=labels.__getitem__, default=id(result),
                          key=f"history:{len(labels)}:{id(result)}", required=True)  # fmt: skip
        if chosen != id(result):
            state.shown = next((r for r in state.results if id(r) == chosen), result)
            st.rerun()
    _result(state)


def _name_of(number: int, result: RestoredPicture) -> str:
    return f"{number}. {Path(result.name).stem}" + (f", {result.label}" if result.label else "")


@st.fragment
def _result(state: Session) -> None:
    """Only this part runs again when an opacity moves."""
    result = state.shown
    if result is None:
        return
    place = st.container()
    with st.expander("Opacity of each stage", expanded=True, icon=":material/tune:"):
        mixed, opacities = opacity_panel(result)
        again = st.container()
    mixed, faces = faces_panel(result, mixed, opacities)
    with again:
        if faces or any(opacity < 1 for opacity in opacities.values()):
            st.caption(
                "The picture above mixes the changes the stages made. Restoring again runs the networks with these "
                "strengths, so that later stages see the weaker change: usually nearly the same, and exact."
            )
            if st.button(
                "Restore again with these strengths", key=f"again:{id(result)}", disabled=state.job is not None
            ):
                _start_again(state, result, opacities, faces)
    with place:
        compare(
            result.before_shown,
            screen_pixels(mixed),
            key="viewer",
            stages=result.steps,
        )
        for note in page_notes(result.stats["notes"]):
            st.caption(note[:1].upper() + note[1:])
    moved = {"shares": {i: opacity for i, opacity in opacities.items() if opacity < 1}, "faces": faces}
    downloads(result, mixed, {name: values for name, values in moved.items() if values})
    # Plots take longer than everything else here: they are drawn only while somebody looks.
    panel = st.expander("Figures", icon=":material/monitoring:", key="figures", on_change="rerun")
    if panel.open:
        with panel:
            figures(result, mixed)
