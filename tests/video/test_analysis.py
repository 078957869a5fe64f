from __future__ import annotations

from array import array
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from restoration_studio.video.analysis import Part, VideoAnalysis, resolve_part
from restoration_studio.video.probe import probe_video
from restoration_studio.video.scan import analyze_video


def make_analysis(frames: int, cuts: list[int]) -> VideoAnalysis:
    return VideoAnalysis(array("q", [512 * n for n in range(frames)]), 512, cuts, array("f", [100.0] * frames))


@pytest.mark.parametrize(("frames", "cuts"), [(1, [0]), (500, [0]), (500, [0, 3, 130, 131, 499]), (25, [0, 24])])
def test_segments_cover_every_frame_once(frames: int, cuts: list[int]) -> None:
    segments = make_analysis(frames, cuts).segments(25.0)
    assert [n for first, stop in segments for n in range(first, stop)] == list(range(frames))
    assert all(stop - first <= 100 for first, stop in segments)


def test_segments_end_with_shots_that_are_long_enough() -> None:
    assert (0, 60) in make_analysis(200, [0, 60]).segments(25.0)
    assert (0, 5) not in make_analysis(200, [0, 5]).segments(25.0)


def test_noise_is_that_of_the_shot() -> None:
    made = make_analysis(100, [0, 50])
    made.noise = {0: 1.0, 20: 3.0, 40: 2.0, 60: 9.0}
    assert (made.shot_noise(0), made.shot_noise(1)) == (2.0, 9.0)
    assert [made.shot_of(n) for n in (0, 49, 50, 99)] == [0, 0, 1, 1]
    assert make_analysis(10, [0]).shot_noise(0) is None


def test_a_plan_is_read_back_as_it_was(tmp_path: Path) -> None:
    made = make_analysis(30, [0, 12])
    made.noise = {3: 1.5}
    made.findings = {"deflicker": {"curves": np.ones((30, 2, 6), np.float32)}}
    made.save(tmp_path / "plan.npz")
    loaded = VideoAnalysis.load(tmp_path / "plan.npz")
    assert loaded == made
    np.testing.assert_array_equal(loaded.findings["deflicker"]["curves"], made.findings["deflicker"]["curves"])
    (tmp_path / "plan.npz").write_text("{}")
    assert VideoAnalysis.load(tmp_path / "plan.npz") is None
    assert VideoAnalysis.load(tmp_path / "nothing.json") is None


def test_a_film_is_looked_through(make_clip: Any) -> None:
    info = probe_video(make_clip("film.mp4", frames=80, size=(96, 64)))
    seen: list[int] = []
    made = analyze_video(info, Part(), lambda picture: float(picture.width), on_frame=seen.append)
    assert made.frames == 80
    assert made.cuts == [0, 40]  # where the pattern changes
    assert set(made.noise.values()) == {96.0}
    assert {0, 40} <= set(made.noise)
    assert not made.grey
    assert made.complete
    assert seen == list(range(1, 81))


def test_a_preview_is_the_middle(make_clip: Any) -> None:
    info = probe_video(make_clip("film.mp4", frames=100))
    part = resolve_part(info, Part(preview=1.0))
    assert (part.start, part.end) == pytest.approx((1.5, 2.5), abs=0.05)
    assert analyze_video(info, part).frames == 25
