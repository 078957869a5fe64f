"""The film page: upload, facts, settings, a preview of some seconds, the run with Stop and Resume, the result."""

from __future__ import annotations

import functools
import io
from collections.abc import Callable
from typing import IO, Any

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from restoration_studio.errors import RestorationError
from restoration_studio.progress import Progress
from restoration_studio.studio.core.jobs import Job
from restoration_studio.studio.core.video_example import example_card, example_video
from restoration_studio.studio.core.video_jobs import FinishedSegments, JobEnvironment, preview_of, whole_video
from restoration_studio.studio.core.video_overview import LoadedVideo
from restoration_studio.studio.core.video_session import VideoRequest, VideoVisit, open_video_file
from restoration_studio.studio.core.video_store import Workspace
from restoration_studio.studio.error_wording import worded
from restoration_studio.studio.progress import job_panel
from restoration_studio.studio.server_state import service, visitor
from restoration_studio.studio.video_controls import (
    PROPOSED,
    expectation,
    expected_bytes,
    preset_box,
    proposed_request,
    reset_button,
    set_controls,
    settings,
)
from restoration_studio.studio.video_results import preview_panel, result_panel
from restoration_studio.text import format_bytes, format_seconds
from restoration_studio.video.probe import VIDEO_SUFFIXES

TITLE = "Restore a film"
_USUAL = ("mp4", "mov", "mkv", "webm", "avi", "mpg")
_LONGEST_PREVIEW = 10  # seconds
_SHOWN_CODECS = {"h264": "H.264", "hevc": "H.265", "vp8": "VP8", "vp9": "VP9", "av1": "AV1", "mpeg4": "MPEG-4"}


def video_visit() -> VideoVisit:
    """This visitor's work on videos.

    Raises:
        OutputError: the server has no place for videos.
    """
    if "video_visit" not in st.session_state or st.session_state.video_visit.space.ended.is_set():
        context = get_script_run_ctx(suppress_warning=True)
        here = functools.partial(_is_here, context.session_id if context is not None else "")
        st.session_state.video_visit = VideoVisit(Workspace(here))
    visit: VideoVisit = st.session_state.video_visit
    return visit


def _is_here(session_id: str) -> bool:
    """Whether the visitor of a session of Streamlit's is connected; outside a server everybody is."""
    return not runtime.exists() or runtime.get_instance().is_active_session(session_id)


def video_page() -> None:
    """Draw the page once."""
    st.title(TITLE, anchor=False)
    try:
        visit = video_visit()
    except RestorationError as error:
        st.error(worded(error), icon=":material/error:")
        return
    visit.collect()
    video = visit.video
    if video is None:
        st.markdown("Noisy, small or flickering: a few seconds from the middle show what the settings do, then the "
                    "whole film is restored with its sound, subtitles and timing as they are.")  # fmt: skip
        _upload(visit)
        _problem(visit)
        _example(visit)
        return
    with st.expander("Choose another film", icon=":material/movie:"):
        _upload(visit)
    _problem(visit)
    with st.container(key="work"):
        side, main = st.columns([1, 2.4], gap="large")
    with side:
        _settings(visit, video)
    with main:
        _pictures(visit, video)


def _problem(visit: VideoVisit) -> None:
    if visit.problem:
        st.error(visit.problem, icon=":material/error:")


def _upload(visit: VideoVisit) -> None:
    """A new name for the field after each film lets go of the uploaded bytes; the film is on disk."""
    upload = st.file_uploader(
        "Upload a film",
        [*_USUAL, *sorted({suffix[1:] for suffix in VIDEO_SUFFIXES} - set(_USUAL))],
        disabled=visit.job is not None,
        help="MP4, MOV, Matroska, WebM, AVI, MPEG and whatever else FFmpeg reads. It is kept until you leave.",
        key=f"video:upload:{visit.uploads}",
    )
    if upload is None:
        return
    visit.uploads += 1
    _open(visit, upload.name, upload)


def _example(visit: VideoVisit) -> None:
    """A short film for who has none at hand."""
    st.subheader("Or try this one", anchor=False)
    with st.container(key="video_example", width=320):
        st.image(example_card(), width="stretch")
        if st.button("Short old film: grain and flicker", key="video:example", width="stretch"):
            _open(visit, "old_film.mp4", io.BytesIO(example_video()))


def _open(visit: VideoVisit, name: str, stream: IO[bytes]) -> None:
    visit.problem = ""
    try:
        open_video_file(visit, name, stream)
    except RestorationError as error:
        visit.problem = worded(error)
    else:
        if visit.video is not None:
            set_controls(visit.video, proposed_request(visit.video))
            st.session_state["video:preset"] = PROPOSED
    st.rerun()


def facts(video: LoadedVideo) -> str:
    """One line about the film."""
    info = video.info
    height, width = info.upright_size
    sounds = [track.codec for track in info.tracks if track.kind == "audio"]
    texts = sum(track.kind == "subtitle" for track in info.tracks)
    parts = [
        f"{width}x{height} pixels",
        f"{float(info.frame_rate):.5g} frames a second" if info.frame_rate else "no frame rate said",
        format_seconds(video.length),
        _SHOWN_CODECS.get(info.codec, info.codec.upper()),
        f"sound: {', '.join(name.removesuffix('float').upper() for name in sounds)}" if sounds else "silent",
    ]
    if texts:
        parts.append(f"{texts} subtitle track{'s' * (texts > 1)}")
    if info.bit_depth > 8:
        parts.append(f"{info.bit_depth} bits")
    return " · ".join(parts)


def _settings(visit: VideoVisit, video: LoadedVideo) -> None:
    busy = visit.job is not None
    preset_box(video, busy=busy)
    action = st.container()
    try:
        request = settings(visit, video, busy=busy)
    except RestorationError as error:
        action.error(worded(error), icon=":material/error:")
        return
    finally:
        reset_button(video, busy=busy)
    with action:
        try:
            st.caption(expectation(video, request, visit.preview))
        except RestorationError as error:
            st.error(worded(error), icon=":material/error:")
            return
        needs_alpha = video.info.alpha and not request.ignore_alpha
        if needs_alpha:
            st.caption("This film has transparency, which is not restored: switch on 'Without transparency' below.")
        _buttons(visit, video, request, disabled=busy or request.nothing or needs_alpha)
        if visit.job is not None:
            job_panel(visit.job, _size_so_far(visit, video))


def _buttons(visit: VideoVisit, video: LoadedVideo, request: VideoRequest, *, disabled: bool) -> None:
    longest = max(1, min(_LONGEST_PREVIEW, int(video.length)))
    seconds = 1
    if longest > 1:
        seconds = st.slider("Preview from the middle", 1, longest, min(2, longest), format="%d s",
                            key="video:seconds", disabled=disabled)  # fmt: skip
    if st.button("Preview", width="stretch", disabled=disabled, key="video:try", icon=":material/visibility:"):
        _start_preview(visit, video, request, seconds)
    stopped = visit.begun if visit.job is None else None
    kind: Any = "primary" if stopped is None else "secondary"
    if st.button("Restore film", type=kind, width="stretch", disabled=disabled, key="video:restore"):
        visit.forget_run()
        _start(visit, video, request)
    if stopped is not None:
        _stopped(visit, video, stopped, same=stopped == request)


def _stopped(visit: VideoVisit, video: LoadedVideo, stopped: VideoRequest, *, same: bool) -> None:
    """What can be done with a run that did not come to its end."""
    with st.container(border=True):
        frames = visit.progress.task if isinstance(visit.progress, Progress) else None
        if frames is not None and frames.total:
            st.caption(
                f"Stopped at frame {frames.completed:.0f} of {frames.total:.0f}; finished parts are "
                "kept until you leave."
            )
        else:
            st.caption("Stopped; finished parts are kept until you leave.")
        if not same:
            st.caption("Resume goes on with the settings it began with; Restore film begins anew with these.")
        resume, discard = st.columns(2)
        if resume.button("Resume", type="primary", width="stretch", key="video:resume"):
            _start(visit, video, stopped)
        if discard.button("Discard", width="stretch", key="video:discard"):
            visit.forget_run()
            st.rerun()


def _start_preview(visit: VideoVisit, video: LoadedVideo, request: VideoRequest, seconds: float) -> None:
    def work(around: JobEnvironment) -> Callable[..., Any]:
        visit.preview = None
        return preview_of(video, request, seconds, visit.space.fresh("preview"), around)

    _submit(visit, f"preview of {video.name}", 0.0, work)


def _start(visit: VideoVisit, video: LoadedVideo, request: VideoRequest) -> None:
    def work(around: JobEnvironment) -> Callable[..., Any]:
        if visit.begun is None:
            visit.runs += 1
            visit.space.fresh(visit.run_name)
        visit.begun, folder = request, visit.space.folder / visit.run_name
        return whole_video(video, request, folder, around)

    _submit(visit, video.name, 2.2 * expected_bytes(video, request, visit.preview), work)


def _submit(visit: VideoVisit, title: str, room: float, work: Callable[[JobEnvironment], Callable[..., Any]]) -> None:
    """Queue the work, with room on the disk for segments and result; what is wrong is told on the page."""
    shared = service()
    visit.problem = ""
    try:
        visit.space.check_room(room)
        around = JobEnvironment(shared.pipeline, shared.queue, visit.space.ended)
        visit.job = shared.queue.submit(visitor(), title, work(around), long=True)
        visit.space.watch(visit.job.cancel)
    except RestorationError as error:
        visit.problem = worded(error)
    st.rerun()


def _size_so_far(visit: VideoVisit, video: LoadedVideo) -> Callable[[Job], str]:
    """What the file will come to, by the segments that are finished."""
    pieces = FinishedSegments(visit.space.folder / visit.run_name)

    def size_so_far(job: Job) -> str:
        expected = pieces.expected_bytes(visit.begun.frames(video)[1]) if visit.begun is not None else None
        return f"By what is finished, the film will have some {format_bytes(expected)}." if expected else ""

    return size_so_far


def _pictures(visit: VideoVisit, video: LoadedVideo) -> None:
    """What there is to see: the result, the preview, or a frame of the film as it came."""
    if visit.result is not None:
        st.subheader("The restored film", anchor=False)
        result_panel(visit.result)
    if visit.preview is not None:
        many = "s" * (visit.preview.seconds != 1)
        st.subheader(f"Preview of {visit.preview.seconds:g} second{many}", anchor=False)
        preview_panel(video, visit.preview)
    if visit.result is None and visit.preview is None:
        st.image(video.middle, width="stretch")
    st.caption(f"{video.name}: {facts(video)}")
