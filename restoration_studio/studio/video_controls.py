"""The film's settings: preset, stages, what only films have, how the file is written; and what it will take."""

from __future__ import annotations

import streamlit as st

from restoration_studio.engine.recipe import Recipe, preset_files
from restoration_studio.stages import STAGES
from restoration_studio.studio import controls
from restoration_studio.studio.core.video_overview import LoadedVideo, codecs_for
from restoration_studio.studio.core.video_session import QUALITIES, Order, Preview, VideoVisit
from restoration_studio.studio.server_state import bytes_to_fetch, service
from restoration_studio.text import format_bytes, format_seconds
from restoration_studio.video.steps import VIDEO_STEPS

SCOPE = "film:"
PROPOSED = "proposed for this film"
_USUAL_RATE = "2x"  # where the stage that changes the rate is switched on
_KINDS = {".mp4": "MP4", ".mov": "MOV", ".mkv": "Matroska", ".webm": "WebM"}
_CODECS = {"auto": "automatic", "h264": "H.264", "h265": "H.265", "vp9": "VP9", "av1": "AV1",
           "ffv1": "FFV1, lossless", "prores": "ProRes"}  # fmt: skip
# Bits for each pixel of each frame at the usual quality, for a first guess at a file's size.
_BITS = {"h264": 0.12, "h265": 0.08, "vp9": 0.08, "av1": 0.06, "ffv1": 9.0, "prores": 3.0}
_SOUND_BYTES = 16_000  # a second
_PIXELS_A_SECOND = 15e6  # read, encoded and checked, whatever else is done to them


def first_order(film: LoadedVideo) -> Order:
    """What the page proposes for a film."""
    return Order(film.proposal.recipe, film.suffixes[0])


def put(film: LoadedVideo, order: Order) -> None:
    """Move every control to where ``order`` has it."""
    state = st.session_state
    _put_recipe(order.recipe)
    state["film:suffix"], state["film:codec"], state["film:quality"] = order.suffix, order.codec, order.quality
    state["film:part"] = order.part or (0.0, _whole(film))
    state["film:alpha"] = order.ignore_alpha


def _put_recipe(recipe: Recipe) -> None:
    controls.set_recipe(recipe, SCOPE)
    for step in VIDEO_STEPS:
        controls.set_stage(step, getattr(recipe.film, step.name), SCOPE)
    rate = f"{SCOPE}set:frame_rate.rate"
    st.session_state[rate] = st.session_state[rate] or _USUAL_RATE


def settings(visit: VideoVisit, film: LoadedVideo, *, busy: bool) -> Order:
    """Draw the controls; gives what they ask for."""
    controls.hold(busy, SCOPE)
    if controls.switch_key(STAGES[0], SCOPE) not in st.session_state or "film:suffix" not in st.session_state:
        put(film, visit.settings or first_order(film))
    proposed = st.session_state.get("film:preset", PROPOSED) == PROPOSED
    for stage in STAGES:
        with st.container(border=True):
            reason = film.proposal.reasons.get(stage.name, "") if proposed else ""
            controls.stage_panel(stage, reason, disabled=busy, scope=SCOPE)
    for step in VIDEO_STEPS:
        with st.container(border=True):
            reason = film.proposal.reasons.get(step.name, "") if proposed else ""
            controls.stage_panel(step, reason, disabled=busy, scope=SCOPE)
    with st.container(border=True):
        _of_films(film, busy)
    with st.expander("The file", icon=":material/movie:"):
        _of_the_file(film, busy)
    visit.settings = order = _order(film)
    return order


def preset_box(film: LoadedVideo, *, busy: bool) -> None:
    """Where the settings begin."""
    names = [PROPOSED, *sorted(preset_files(service().pipeline.config))]
    st.selectbox("Start from", names, key="film:preset", disabled=busy, on_change=_preset_chosen, args=(film,))


def reset_button(film: LoadedVideo, *, busy: bool) -> None:
    """Puts the controls back to the preset or the proposal."""
    st.button("Reset settings", width="stretch", disabled=busy, key="film:reset", on_click=_reset, args=(film,))


def _preset_chosen(film: LoadedVideo) -> None:
    name = st.session_state["film:preset"]
    recipe = film.proposal.recipe if name == PROPOSED else Recipe.preset(name, service().pipeline.config)
    _put_recipe(recipe)


def _reset(film: LoadedVideo) -> None:
    put(film, first_order(film))
    _preset_chosen(film)


def _of_films(film: LoadedVideo, busy: bool) -> None:
    st.slider("Part", 0.0, _whole(film), step=0.1, format="%.1f s", key="film:part", disabled=busy,
              help="Only what lies between the two ends is restored, with its sound.")  # fmt: skip
    if film.info.alpha:
        st.toggle("Without transparency", key="film:alpha", disabled=busy,
                  help="Films with transparency are restored without it: their colours alone.")  # fmt: skip


def _of_the_file(film: LoadedVideo, busy: bool) -> None:
    suffix = st.selectbox("Kind of file", film.suffixes, key="film:suffix", disabled=busy,
                          format_func=lambda name: _KINDS.get(name, name),
                          help="Those that all of the film's sound and subtitles go into.")  # fmt: skip
    codecs = codecs_for(film, suffix)
    if st.session_state["film:codec"] not in codecs:
        st.session_state["film:codec"] = "auto"
    st.selectbox("Codec", codecs, key="film:codec", disabled=busy, format_func=lambda name: _CODECS.get(name, name),
                 help="Automatic plays everywhere: H.264, in WebM VP9, with more than 8 bits H.265.")  # fmt: skip
    st.segmented_control("Quality", QUALITIES, key="film:quality", disabled=busy, required=True)


def _order(film: LoadedVideo) -> Order:
    state = st.session_state
    start, end = state["film:part"]
    whole = start <= 0 and end >= film.length
    on = [step for step in VIDEO_STEPS if state[controls.switch_key(step, SCOPE)]]
    recipe = controls.recipe_of_page({}, SCOPE).dump() | {
        "film": {step.name: controls.values_of(step, SCOPE) for step in on}
    }
    return Order(
        recipe=Recipe.parse(recipe, "the page's settings"),
        suffix=state["film:suffix"],
        codec=state["film:codec"],
        quality=state["film:quality"],
        part=None if whole else (float(start), float(end)),
        # A control that is not drawn forgets its value; only films with transparency have it.
        ignore_alpha=film.info.alpha and bool(state.get("film:alpha")),
    )


def _whole(film: LoadedVideo) -> float:
    """The film's length on the slider, rounded up so that nothing at its end is left out."""
    return round(film.length + 0.05, 1)


def expected_bytes(film: LoadedVideo, order: Order, preview: Preview | None) -> float:
    """About how large the file will be: by the preview of the same settings, else by a rule of thumb."""
    codec = order.settled_codec(film.info)
    if fits(preview, order) and preview is not None and preview.stats["film"]["encoding"]["codec"] == codec:
        made = preview.stats
        return float(made["output"]["bytes"] / made["film"]["duration"] * order.span(film))
    height, width = service().pipeline.estimate(*film.info.upright_size, order.recipe).size
    sound = _SOUND_BYTES * sum(track.kind == "audio" for track in film.info.tracks)
    return height * width * _BITS[codec] / 8 * order.frames(film)[1] + sound * order.span(film)


def fits(preview: Preview | None, order: Order) -> bool:
    """Whether a preview was made with these settings; which part is to be restored changes nothing."""
    if preview is None:
        return False
    had = preview.order
    return (had.recipe, had.quality) == (order.recipe, order.quality)


def expectation(film: LoadedVideo, order: Order, preview: Preview | None) -> str:
    """What a run will take: pixels, frames, time, size, what is to be fetched."""
    cost = service().pipeline.estimate(*film.info.upright_size, order.recipe)
    restored, made = order.frames(film)
    pace = preview.stats["film"]["frames_per_second"] if preview is not None and fits(preview, order) else None
    plain = (restored * film.info.width * film.info.height + made * cost.size[0] * cost.size[1]) / _PIXELS_A_SECOND
    seconds, by = (made / pace, "by the preview") if pace else (cost.seconds * restored + plain, "a first guess")
    if not pace and cost.measured:
        by = "by earlier runs"
    of_films = [name for step, chosen in order.recipe.film.items() for name in step.models(chosen)]
    fetch = bytes_to_fetch([*cost.models, *of_films])
    parts = [
        f"{cost.size[1]}x{cost.size[0]} pixels",
        f"about {made} frames",
        f"{format_seconds(seconds)} ({by})",
        f"a file of some {format_bytes(expected_bytes(film, order, preview))}",
    ]
    if fetch:
        parts.append(f"{format_bytes(fetch)} of weights to fetch first")
    return ", ".join(parts)
