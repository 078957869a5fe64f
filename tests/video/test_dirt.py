"""Dirt on single frames is found and repaired; what moves, and what lies at a cut, is left alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from restoration_studio.evaluation.metrics import psnr
from restoration_studio.image.picture import Picture
from restoration_studio.video.dirt_repair import DirtRepair, repair_frames
from restoration_studio.video.motion import dis_flow, fill_hidden, flow_at_size, warp

SPOTS = {3: (60, 90), 4: (120, 200), 7: (30, 40), 9: (150, 60)}


def pan(number: int, height: int = 192, width: int = 256) -> np.ndarray:
    """A picture that passes by, a brighter square moving through it; 0 to 1."""
    from skimage.data import astronaut

    frame = (astronaut()[100 : 100 + height, 2 * number + 20 : 2 * number + 20 + width] / 255).astype(np.float32)
    frame[110:130, 20 + 3 * number : 40 + 3 * number] = (0.9, 0.8, 0.3)
    return np.ascontiguousarray(frame)


def spotted(frame: np.ndarray, y: int, x: int, radius: int = 4) -> np.ndarray:
    tone = 0.03 if frame[y - 8 : y + 8, x : x + 30].mean() > 0.4 else 0.95
    rows, columns = np.mgrid[: frame.shape[0], : frame.shape[1]]
    dirty = frame.copy()
    dirty[np.hypot(rows - y, columns - x) < radius] = tone
    dirty[y : y + 2, x : x + 30] = tone  # and a hair
    return dirty


def film(frames: int = 12) -> tuple[list[np.ndarray], list[np.ndarray]]:
    true = [pan(number) for number in range(frames)]
    return true, [spotted(frame, *SPOTS[n]) if n in SPOTS else frame for n, frame in enumerate(true)]


def clean(frames: list[np.ndarray], low: int, first: int, stop: int, cut: int = 1000, **wishes: Any) -> Any:
    high = min(len(frames), stop + 1)
    work = DirtRepair(**({"strength": 1.0, "sensitivity": 0.6} | wishes))
    pictures: Iterator[Picture] = (Picture(pixels=frame) for frame in frames[low:high])
    return [
        picture.pixels for picture in repair_frames(pictures, low, first, stop, lambda n: int(n >= cut), work)
    ], work


def test_dirt_is_repaired_and_everything_else_stays() -> None:
    true, seen = film()
    made, work = clean(seen, 0, 0, 12)
    assert len(made) == 12
    for number, (before, after, truth) in enumerate(zip(seen, made, true, strict=True)):
        if number in SPOTS:
            assert psnr(after, truth) > psnr(before, truth) + 12
            y, x = SPOTS[number]
            far = np.ones(truth.shape[:2], bool)
            far[max(0, y - 20) : y + 20, max(0, x - 20) : x + 50] = False
            np.testing.assert_array_equal(after[far], before[far])
        else:
            assert np.mean(np.abs(after - before).max(axis=2) > 1 / 255) < 1e-3
    assert work.frames == 10 and work.touched >= len(SPOTS) and 0 < work.share < 0.02


def test_half_the_strength_repairs_half() -> None:
    _, seen = film()
    y, x = SPOTS[4]
    full, half = (clean(seen, 0, 0, 12, strength=strength)[0][4][y, x] for strength in (1.0, 0.5))
    np.testing.assert_allclose(half, (full + seen[4][y, x]) / 2, atol=1e-5)


def test_nothing_is_taken_across_a_cut() -> None:
    _, seen = film()
    made, _ = clean(seen, 0, 0, 12, cut=4)
    for number in (0, 3, 4, 11):  # beside the cut and at the ends there is only one neighbour
        assert made[number] is seen[number]
    assert made[7] is not seen[7]


def test_frames_are_the_same_from_wherever_they_are_read() -> None:
    _, seen = film()
    whole, _ = clean(seen, 0, 0, 12)
    part, _ = clean(seen, 5, 6, 9)
    assert len(part) == 3
    for a, b in zip(whole[6:9], part, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_thing_that_flies_through_is_no_dirt() -> None:
    from skimage.data import astronaut

    still = (astronaut()[100:292, 60:316] / 255).astype(np.float32)
    frames = []
    for number in range(8):
        frame = still.copy()
        frame[80:96, 10 + 30 * number : 30 + 30 * number] = 0.02  # further in a frame than it is wide
        frames.append(frame)
    made, work = clean(frames, 0, 0, 8)
    assert work.touched == 0
    assert all(after is before for after, before in zip(made, frames, strict=True))


def test_motion_of_a_pan_is_found_and_filled_in() -> None:
    here, there = (pan(number) @ np.array([0.299, 0.587, 0.114], np.float32) * 255 for number in (0, 2))
    flow = dis_flow(here, there)
    assert np.median(flow[..., 0]) == pytest.approx(-4, abs=0.2)
    assert np.abs(warp(there, flow) - here).mean() < 0.3 * np.abs(there - here).mean()
    smaller = flow_at_size(dis_flow, here, there, long_side=128)
    assert smaller.shape == flow.shape
    assert np.median(smaller[..., 0]) == pytest.approx(-4, abs=0.5)
    wrong = np.full((40, 60, 2), 3.0, np.float32)
    hidden = np.zeros((40, 60), bool)
    hidden[10:25, 20:40] = True
    wrong[hidden] = 99
    np.testing.assert_allclose(fill_hidden(wrong, hidden), 3.0, atol=0.05)


def test_a_film_is_cleaned_through_the_pipeline(tmp_path: Path, make_clip: Any, pipeline: Any, read_back: Any) -> None:
    def drawn(dirty: bool) -> Any:
        def draw(number: int, width: int, height: int) -> np.ndarray:
            frame = pan(number, height, width)
            frame = spotted(frame, *SPOTS[number]) if dirty and number in SPOTS else frame
            return (frame * 255 + 0.5).astype(np.uint8)

        return draw

    true = make_clip("true.mkv", codec="ffv1", frames=12, size=(256, 192), picture=drawn(False))
    seen = make_clip("seen.mkv", codec="ffv1", frames=12, size=(256, 192), picture=drawn(True))
    stats = pipeline.restore_video(seen, tmp_path / "out.mkv", {"stages": []}, dirt=1.0, codec="ffv1")
    before, after, truth = (read_back(path).frames for path in (seen, tmp_path / "out.mkv", true))
    for number in SPOTS:
        assert psnr(after[number] / 255, truth[number] / 255) > psnr(before[number] / 255, truth[number] / 255) + 6
    (step,) = stats["film"]["steps"]
    assert step["step"] == "dirt" and step["settings"]["strength"] == 1.0
    assert any("dirt was repaired in" in note for note in stats["notes"])
    assert stats["recipe"]["video"]["dirt"]["sensitivity"] == 0.6
