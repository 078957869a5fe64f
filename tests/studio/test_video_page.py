"""The film page without a browser: upload, facts, preview, run, stop, resume, refusals."""

from __future__ import annotations

import gc
import io
import json
from collections.abc import Iterator

import pytest
from PIL import Image

pytest.importorskip("av", reason="PyAV is not installed")

pytest.importorskip("streamlit", reason="the extra 'studio' is not installed")

from streamlit.testing.v1 import AppTest

from restoration_studio.stages import STAGES
from restoration_studio.studio.core.video_example import write_example
from restoration_studio.studio.core.video_session import VideoVisit
from restoration_studio.video.steps import VIDEO_STEPS
from tests.waiting import wait_for

PAGE = "from restoration_studio.studio.video_page import video_page as page\npage()"


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Two seconds, 96x72, with sound."""
    return write_example(tmp_path_factory.mktemp("clip") / "clip.mp4", 2.0, (96, 72)).read_bytes()


@pytest.fixture
def page() -> Iterator[AppTest]:
    import streamlit as st

    st.cache_resource.clear()
    shown = AppTest.from_string(PAGE, default_timeout=60).run()
    assert not shown.exception
    yield shown
    st.cache_resource.clear()


def opened(page: AppTest, data: bytes, name: str = "holiday 1962.mp4") -> VideoVisit:
    page.file_uploader[0].set_value((name, data, "video/mp4")).run()
    assert not page.exception
    visit: VideoVisit = page.session_state.video_visit
    return visit


def only(page: AppTest, *wanted: str) -> None:
    for stage in (*STAGES, *VIDEO_STEPS):
        page.toggle(key=f"video:on:{stage.name}").set_value(stage.name in wanted)
    page.run()
    assert not page.exception


def finished(page: AppTest) -> None:
    visit: VideoVisit = page.session_state.video_visit
    wait_for(visit.job)
    page.run()
    assert not page.exception


def press(page: AppTest, key: str) -> None:
    page.button(key=f"video:{key}").click().run()
    assert not page.exception


def test_facts_estimate_and_proposal_stand_beside_the_film(page: AppTest, clip: bytes) -> None:
    opened(page, clip)
    told = " ".join(caption.value for caption in page.caption)
    assert "holiday 1962.mp4: 96x72 pixels · 25 frames a second · 0:02 · H.264 · sound: AAC" in told
    assert "192x144 pixels, about 50 frames" in told and "a file of some" in told
    assert page.toggle(key="video:on:super_resolution").value
    assert page.selectbox(key="video:set:super_resolution.model").value == "realesr-animevideov3"


@pytest.mark.slow
def test_preview_then_the_whole_film_with_its_files(page: AppTest, clip: bytes) -> None:
    visit = opened(page, clip)
    only(page, "detail")
    page.slider(key="video:part").set_value((0.0, 1.0)).run()
    press(page, "try")
    finished(page)
    preview = visit.preview
    assert preview is not None and not page.error
    assert preview.before.is_file() and preview.after.is_file()
    assert preview.stats["film"]["duration"] == pytest.approx(2.0, abs=0.05)
    assert any("by the preview" in caption.value for caption in page.caption)
    press(page, "restore")
    finished(page)
    result = visit.result
    assert result is not None and visit.begun is None and not page.error
    assert result.path.name == "holiday 1962_restored.mp4"
    assert result.stats["film"]["frames"] == 25, "only the part was asked for"
    assert Image.open(io.BytesIO(result.poster)).size == (96, 72)
    assert Image.open(io.BytesIO(result.sheet)).width > 1000
    assert str(visit.space.folder) not in json.dumps(result.stats, default=str), "the server's folders are its own"


@pytest.mark.slow
def test_what_was_stopped_goes_on_from_its_finished_parts(page: AppTest, clip: bytes) -> None:
    from restoration_studio.studio.core.video_jobs import FinishedSegments

    visit = opened(page, clip)
    only(page, "detail")
    press(page, "restore")
    assert visit.job is not None
    run_folder = visit.space.folder / visit.run_name
    pieces = FinishedSegments(run_folder)
    visit.job.stop()
    finished(page)
    assert visit.result is None and visit.begun is not None
    assert any("Stopped" in caption.value for caption in page.caption)
    had = pieces.look()
    press(page, "resume")
    finished(page)
    assert visit.result is not None and visit.result.path.parent == run_folder
    assert visit.result.stats["film"]["resumed_frames"] >= had[1]
    assert visit.result.stats["film"]["frames"] == 50


def test_discarding_a_stopped_run_removes_its_parts(page: AppTest, clip: bytes) -> None:
    visit = opened(page, clip)
    only(page, "detail")
    press(page, "restore")
    assert visit.job is not None
    visit.job.stop()
    finished(page)
    folder = visit.space.folder / visit.run_name
    press(page, "discard")
    assert visit.begun is None and not folder.exists()
    assert not [button for button in page.button if button.key == "video:resume"]


def test_a_broken_film_is_one_sentence_and_the_page_goes_on(page: AppTest, clip: bytes) -> None:
    visit = opened(page, b"this is no film", "holiday.mp4")
    (error,) = page.error
    assert error.value.startswith("holiday.mp4 is no film that FFmpeg can read") and "/" not in error.value
    opened(page, clip)
    assert visit.video is not None and not page.error


def test_nothing_to_restore_cannot_be_started(page: AppTest, clip: bytes) -> None:
    opened(page, clip)
    only(page)
    assert page.button(key="video:restore").disabled and page.button(key="video:try").disabled


def test_a_visit_that_ends_stops_its_work_and_takes_its_files(page: AppTest, clip: bytes) -> None:
    from restoration_studio.progress import CancelToken

    visit = opened(page, clip)
    folder, cancel, ended = visit.space.folder, CancelToken(), visit.space.ended
    visit.space.watch(cancel)
    assert (folder / "upload").is_dir()
    del page.session_state["video_visit"], visit
    page.run()  # the page itself holds nothing of the old visit any more
    gc.collect()
    assert cancel.cancelled and ended.is_set() and not folder.exists()


def test_what_only_films_have_is_a_panel_like_any_stage(page: AppTest, clip: bytes) -> None:
    """The example flickers; with that step alone the result flickers less."""
    visit = opened(page, clip)
    only(page, "deflicker")
    press(page, "restore")
    finished(page)
    assert visit.result is not None and not page.error
    flicker = visit.result.stats["metrics"]["flicker"]
    assert flicker["after"] < 0.7 * flicker["before"]
    page.toggle(key="video:on:frame_rate").set_value(True).run()
    told = " ".join(caption.value for caption in page.caption)
    assert "about 100 frames" in told, "twice as many, as the control proposes"


@pytest.mark.slow
def test_the_example_needs_no_upload(page: AppTest) -> None:
    press(page, "example")
    assert page.session_state.video_visit.video.name == "old_film.mp4"
    assert page.toggle(key="video:on:denoise").value, "its grain is seen"
    assert page.toggle(key="video:on:deflicker").value, "and its flicker"
    assert any("brightness jumps" in caption.value for caption in page.caption)
