"""Results play where everybody's films play: in a browser."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

PLAY = """async (source) => {
    const video = document.createElement('video');
    video.muted = true;
    video.src = source;
    document.body.append(video);
    await new Promise((done, fail) => { video.onloadeddata = done; video.onerror = () => fail(video.error.message); });
    await video.play();
    await new Promise((done) => { video.ontimeupdate = () => { if (video.currentTime > 0.2) done(); }; });
    return [video.videoWidth, video.videoHeight, video.duration, video.currentTime];
}"""


@pytest.fixture(scope="module")
def page(browser: Any) -> Iterator[Any]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


def play(page: Any, film: Path) -> list[float]:
    kind = "video/webm" if film.suffix == ".webm" else "video/mp4"
    played: list[float] = page.evaluate(PLAY, f"data:{kind};base64,{base64.b64encode(film.read_bytes()).decode()}")
    return played


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".mp4", ".webm"])
def test_a_result_plays(suffix: str, page: Any, tmp_path: Path, make_clip: Any, restore: Any) -> None:
    source = make_clip(f"film{'.mkv' if suffix == '.webm' else suffix}", frames=50,
                       audio=0 if suffix == ".webm" else 1, size=(160, 120))  # fmt: skip
    restore(source, tmp_path / f"out{suffix}")
    width, height, duration, _ = play(page, tmp_path / f"out{suffix}")
    assert (width, height) == (160, 120)
    assert duration == pytest.approx(2.0, abs=0.1)


@pytest.mark.slow
@pytest.mark.parametrize("name", [
    "chaplin_bw_audio.mp4", "cockatoo_audio.mp4", "failing_audio.mp4", "film_1940_bw_audio.mp4",
    "flower_cc0_audio.webm", "no_duration.webm", "smpte_2997fps.mp4", "transparent.webm",
])  # fmt: skip
def test_real_clips_play_and_keep_their_tracks(
    name: str, page: Any, tmp_path: Path, shared_data: Path, restore: Any, read_back: Any
) -> None:
    source = shared_data / "video" / name
    target = tmp_path / f"out{source.suffix}"
    stats = restore(source, target, max_frames=25, ignore_alpha=True)
    before, after = read_back(source), read_back(target)
    assert after.times == before.times[:25]
    copied = [data for _, data in after.packets[0]]
    assert copied == [data for _, data in before.packets[0][: len(copied)]]
    assert len(copied) > 10
    shift = max(abs(a - b) for (a, _), (b, _) in zip(after.packets[0], before.packets[0], strict=False))
    assert shift == 0
    width, height, *_ = play(page, target)
    assert (width, height) == (stats["output"]["width"], stats["output"]["height"])
