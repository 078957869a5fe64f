"""The film's settings: preset, stages, what only films have, how the file is written; and what it will take."""

from __future__ import annotations

import streamlit as st

from restoration_studio.engine.recipe import Recipe, preset_files
from restoration_studio.stages import STAGES
from restoration_studio.studio import controls
from restoration_studio.studio.core.video_overview import LoadedVideo, codecs_for
from restoration_studio.studio.core.video_session import QUALITIES, Preview, VideoRequest, VideoVisit
from restoration_studio.studio.server_state import bytes_to_fetch, service
from restoration_studio.text import format_bytes, format_seconds
from restoration_studio.video.steps import VIDEO_STEPS

SCOPE = "video:"
PROPOSED = "proposed for this film"
_USUAL_RATE = "2x"  # where the stage that changes the rate is switched on
_KINDS = {".mp4": "MP4", ".mov": "MOV", ".mkv": "Matroska", ".webm": "WebM"}
_CODECS = {"auto": "automatic", "h264": "H.264", "h265": "H.265", "vp9": "VP9", "av1": "AV1",
           "ffv1": "FFV1, lossless", "prores": "ProRes"}  # fmt: skip
# Bits for each pixel of each frame at the usual quality, for a first guess at a file's size.
_BITS = {"h264": 0.12, "h265": 0.08, "vp9": 0.08, "av1": 0.06, "ffv1": 9.0, "prores": 3.0}
_SOUND_BYTES = 16_000  # a second
_PIXELS_A_SECOND = 15e6  # read, encoded and checked, whatever else is done to them


def proposed_request(video: LoadedVideo) -> VideoRequest:
    """What the page proposes for a film."""
    return VideoRequest(video.proposal.recipe, video.suffixes[0])


def set_controls(video: LoadedVideo, request: VideoRequest) -> None:
    """Move every control to where ``request`` has it."""
    state = st.session_state
    _put_recipe(request.recipe)
    state["video:suffix"], state["video:codec"], state["video:quality"] = request.suffix, request.codec, request.quality
    state["video:part"] = request.part or (0.0, _whole(video))
    state["video:alpha"] = request.ignore_alpha


def _put_recipe(recipe: Recipe) -> None:
    controls.set_recipe(recipe, SCOPE)
    for step in VIDEO_STEPS:
        controls.set_stage(step, getattr(recipe.video, step.name), SCOPE)
    rate = f"{SCOPE}set:frame_rate.rate"
    st.session_state[rate] = st.session_state[rate] or _USUAL_RATE


def settings(visit: VideoVisit, video: LoadedVideo, *, busy: bool) -> VideoRequest:
    """Draw the controls; gives what they ask for."""
    controls.hold(busy, SCOPE)
    if controls.switch_key(STAGES[0], SCOPE) not in st.session_state or "video:suffix" not in st.session_state:
        set_controls(video, visit.settings or proposed_request(video))
    proposed = st.session_state.get("video:preset", PROPOSED) == PROPOSED
    for stage in STAGES:
        with st.container(border=True):
            reason = video.proposal.reasons.get(stage.name, "") if proposed else ""
            controls.stage_panel(stage, reason, disabled=busy, scope=SCOPE)
    for step in VIDEO_STEPS:
        with st.container(border=True):
            reason = video.proposal.reasons.get(step.name, "") if proposed else ""
            controls.stage_panel(step, reason, disabled=busy, scope=SCOPE)
    with st.container(border=True):
        _of_videos(video, busy)
    with st.expander("The file", icon=":material/movie:"):
        _of_the_file(video, busy)
    visit.settings = request = _request(video)
    return request


def preset_box(video: LoadedVideo, *, busy: bool) -> None:
    """Where the settings begin."""
    names = [PROPOSED, *sorted(preset_files(service().pipeline.config))]
    st.selectbox("Start from", names, key="video:preset", disabled=busy, on_change=_preset_chosen, args=(video,))


def reset_button(video: LoadedVideo, *, busy: bool) -> None:
    """Puts the controls back to the preset or the proposal."""
    st.button("Reset settings", width="stretch", disabled=busy, key="video:reset", on_click=_reset, args=(video,))


def _preset_chosen(video: LoadedVideo) -> None:
    name = st.session_state["video:preset"]
    recipe = video.proposal.recipe if name == PROPOSED else Recipe.preset(name, service().pipeline.config)
    _put_recipe(recipe)


def _reset(video: LoadedVideo) -> None:
    set_controls(video, proposed_request(video))
    _preset_chosen(video)


def _of_videos(video: LoadedVideo, busy: bool) -> None:
    st.slider("Part", 0.0, _whole(video), step=0.1, format="%.1f s", key="video:part", disabled=busy,
              help="Only what lies between the two ends is restored, with its sound.")  # fmt: skip
    if video.info.alpha:
        st.toggle("Without transparency", key="video:alpha", disabled=busy,
                  help="Films with transparency are restored without it: their colours alone.")  # fmt: skip


def _of_the_file(video: LoadedVideo, busy: bool) -> None:
    suffix = st.selectbox("Kind of file", video.suffixes, key="video:suffix", disabled=busy,
                          format_func=lambda name: _KINDS.get(name, name),
                          help="Those that all of the film's sound and subtitles go into.")  # fmt: skip
    codecs = codecs_for(video, suffix)
    if st.session_state["video:codec"] not in codecs:
        st.session_state["video:codec"] = "auto"
    st.selectbox("Codec", codecs, key="video:codec", disabled=busy, format_func=lambda name: _CODECS.get(name, name),
                 help="Automatic plays everywhere: H.264, in WebM VP9, with more than 8 bits H.265.")  # fmt: skip
    st.segmented_control("Quality", QUALITIES, key="video:quality", disabled=busy, required=True)


def _request(video: LoadedVideo) -> VideoRequest:
    state = st.session_state
    start, end = state["video:part"]
    whole = start <= 0 and end >= video.length
    on = [step for step in VIDEO_STEPS if state[controls.switch_key(step, SCOPE)]]
    recipe = controls.recipe_of_page({}, SCOPE).dump() | {
        "video": {step.name: controls.values_of(step, SCOPE) for step in on}
    }
    return VideoRequest(
        recipe=Recipe.parse(recipe, "the page's settings"),
        suffix=state["video:suffix"],
        codec=state["video:codec"],
        quality=state["video:quality"],
        part=None if whole else (float(start), float(end)),
        # A control that is not drawn forgets its value; only films with transparency have it.
        ignore_alpha=video.info.alpha and bool(state.get("video:alpha")),
    )


def _whole(video: LoadedVideo) -> float:
    """The film's length on the slider, rounded up so that nothing at its end is left out."""
    return round(video.length + 0.05, 1)


def expected_bytes(video: LoadedVideo, request: VideoRequest, preview: Preview | None) -> float:
    """About how large the file will be: by the preview of the same settings, else by a rule of thumb."""
    codec = request.settled_codec(video.info)
    if fits(preview, request) and preview is not None and preview.stats["film"]["encoding"]["codec"] == codec:
        stats = preview.stats
        return float(stats["output"]["bytes"] / stats["film"]["duration"] * request.span(video))
    height, width = service().pipeline.estimate(*video.info.upright_size, request.recipe).size
    sound = _SOUND_BYTES * sum(track.kind == "audio" for track in video.info.tracks)
    return height * width * _BITS[codec] / 8 * request.frames(video)[1] + sound * request.span(video)


def fits(preview: Preview | None, request: VideoRequest) -> bool:
    """Whether a preview was made with these settings; which part is to be restored changes nothing."""
    if preview is None:
        return False
    had = preview.request
    return (had.recipe, had.quality) == (request.recipe, request.quality)


def expectation(video: LoadedVideo, request: VideoRequest, preview: Preview | None) -> str:
    """What a run will take: pixels, frames, time, size, what is to be fetched."""
    cost = service().pipeline.estimate(*video.info.upright_size, request.recipe)
    restored, written = request.frames(video)
    pace = preview.stats["film"]["frames_per_second"] if preview is not None and fits(preview, request) else None
    plain = (restored * video.info.width * video.info.height + written * cost.size[0] * cost.size[1]) / _PIXELS_A_SECOND
    seconds, by = (written / pace, "by the preview") if pace else (cost.seconds * restored + plain, "a first guess")
    if not pace and cost.measured:
        by = "by earlier runs"
    of_videos = [name for step, chosen in request.recipe.video.items() for name in step.models(chosen)]
    fetch = bytes_to_fetch([*cost.models, *of_videos])
    parts = [
        f"{cost.size[1]}x{cost.size[0]} pixels",
        f"about {written} frames",
        f"{format_seconds(seconds)} ({by})",
        f"a file of some {format_bytes(expected_bytes(video, request, preview))}",
    ]
    if fetch:
        parts.append(f"{format_bytes(fetch)} of weights to fetch first")
    return ", ".join(parts)
