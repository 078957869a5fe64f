"""The film page as a visitor meets it: a real browser, a real film, from the upload to the downloaded result."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

pytest.importorskip("av", reason="PyAV is not installed")

from restoration_studio.studio.core.video_example import write_example
from restoration_studio.video.probe import probe_video
from scripts.page_checks import NAMELESS, QUIETEST
from scripts.studio_browser import Visitor

pytestmark = [pytest.mark.slow, pytest.mark.network]

FILM = """(action) => {
    const roots = [document, ...[...document.querySelectorAll('*')].map((e) => e.shadowRoot).filter(Boolean)];
    const { video } = roots.map((root) => root.querySelector('.rs-video')).find(Boolean);
    if (action) video[action]();
    const { before, after } = video;
    return { times: [before.currentTime, after.currentTime], sizes: [before.videoWidth, after.videoWidth],
             lasts: after.duration, playing: video.playing, divider: video.position };
}"""


@pytest.fixture
def page(browser: Any, address: str) -> Iterator[Visitor]:
    """A visitor on the film page; an error in the browser's console fails the test."""
    visitor = Visitor(browser, address)
    visitor.page.goto(f"{address}/film")
    visitor.page.get_by_role("heading", name="Restore a film").wait_for()
    yield visitor
    visitor.leave()


def opened(visitor: Visitor, path: Path) -> None:
    """The film uploaded, with the one stage that needs no network."""
    visitor.page.locator("input[type=file]").first.set_input_files(path)
    visitor.button("Restore film").wait_for()
    visitor.idle()
    visitor.only("Detail")


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_example(tmp_path_factory.mktemp("clip") / "clip.mp4", 2.0, (160, 120))


def test_a_preview_plays_before_and_after_in_step(page: Visitor, clip: Path) -> None:
    opened(page, clip)
    page.button("Preview").click()
    page.page.wait_for_selector(".rs-video[aria-busy=false]", timeout=120_000)
    page.page.wait_for_timeout(1500)
    now = page.page.evaluate(FILM)
    assert now["sizes"] == [160, 160] and now["lasts"] == pytest.approx(2, abs=0.1)
    assert now["playing"] and now["times"][1] > 0
    paused = page.page.evaluate(FILM, "pause")
    assert not paused["playing"] and abs(paused["times"][0] - paused["times"][1]) < 0.02
    divider = page.page.get_by_role("slider", name="Divider between before and after")
    divider.press("Home")
    assert page.page.evaluate(FILM)["divider"] == 0
    page.page.get_by_role("button", name="Side by side").click()
    page.page.get_by_role("button", name="Play", exact=True).press("Enter")
    page.page.wait_for_timeout(300)
    assert page.page.evaluate(FILM)["playing"]


def test_stop_then_resume_then_everything_downloads(page: Visitor, shared_data: Path, tmp_path: Path) -> None:
    """The public-domain film of 1940, six seconds with sound."""
    opened(page, shared_data / "video" / "film_1940_bw_audio.mp4")
    page.button("Restore film").click()
    page.page.get_by_text("frames a second").first.wait_for(timeout=60_000)
    stop = page.button("Stop")
    stop.click()
    stop.wait_for(state="detached", timeout=60_000)
    page.page.get_by_text("finished parts are kept until you leave").wait_for()
    page.button("Resume").click()
    page.page.get_by_role("button", name="Download film").wait_for(timeout=180_000)
    page.idle()
    name, data = page.download("Download film")
    (tmp_path / name).write_bytes(data)
    made = probe_video(tmp_path / name)
    assert name == "film_1940_bw_audio_restored.mp4"
    assert (made.frames_promised, made.upright_size) == (185, (480, 640))
    assert [track.codec for track in made.tracks] == ["aac"]
    _, poster = page.download("Poster")
    assert Image.open(io.BytesIO(poster)).size == (640, 480)
    _, sheet = page.download("Contact sheet")
    assert Image.open(io.BytesIO(sheet)).width > 1000
    _, record = page.download("Record")
    assert b'"recipe"' in record and b"/tmp" not in record
    playable = page.page.evaluate("document.querySelector('video').readyState")
    assert playable >= 1, "the result plays on the page"


def test_a_broken_film_is_one_sentence(page: Visitor) -> None:
    page.upload("holiday.mp4", b"this is no film")
    alert = page.page.get_by_role("alert").first
    alert.wait_for()
    assert "holiday.mp4 is no film" in alert.inner_text() and "Traceback" not in alert.inner_text()
    assert "/" not in alert.inner_text()


@pytest.mark.parametrize(("width", "scheme"), [(1400, "light"), (390, "dark")])
def test_a_preview_has_names_contrast_and_fits(browser: Any, address: str, clip: Path, width: int, scheme: str) -> None:
    visitor = Visitor(browser, address, width=width, color_scheme=scheme)
    visitor.page.goto(f"{address}/film")
    opened(visitor, clip)
    visitor.button("Preview").click()
    visitor.page.wait_for_selector(".rs-video[aria-busy=false]", timeout=120_000)
    visitor.idle()
    assert visitor.page.evaluate(NAMELESS) == []
    assert visitor.page.evaluate(QUIETEST, 4.5) == []
    main = "document.querySelector('[data-testid=stMain]')"
    assert visitor.page.evaluate(f"{main}.scrollWidth - {main}.clientWidth") <= 1
    visitor.leave()
