from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest

from restoration_studio.evaluation.metrics import psnr
from restoration_studio.video.flicker import FlickerMeter, apply_curve
from restoration_studio.video.flicker_score import Jumps, flicker_score
from restoration_studio.video.shots import find_cuts


def score(frames: Iterable[np.ndarray]) -> float:
    jumps = Jumps()
    for frame in frames:
        jumps.add(frame if frame.ndim == 2 else small(frame))
    return flicker_score(jumps.values, [0])


def small(frame: np.ndarray) -> np.ndarray:
    import cv2

    luma = (frame @ np.array([0.299, 0.587, 0.114], np.float32)) * 255
    return np.asarray(cv2.resize(luma, (64, 48), interpolation=cv2.INTER_AREA), np.float32)


def level(values: Iterable[float]) -> list[np.ndarray]:
    return [np.full((48, 64), value, np.float32) for value in values]


def test_a_steady_film_and_a_fade_have_none() -> None:
    assert score(level([100.0] * 20)) == 0
    assert score(level(np.linspace(30, 200, 50))) == pytest.approx(0, abs=1e-3)


def test_jumps_count_and_cuts_and_black_bars_do_not() -> None:
    assert score(level([100.0, 110.0] * 20)) == pytest.approx(10)
    jumps = Jumps()
    for frame in level([50.0] * 20 + [200.0] * 20):
        jumps.add(frame)
    assert flicker_score(jumps.values, [0, 20]) == 0
    assert flicker_score(jumps.values, [0]) > 3
    barred = level([100.0, 110.0] * 20)
    for frame in barred:
        frame[:, :40] = 16
    assert score(barred) == pytest.approx(10)


def test_what_moves_is_no_flicker() -> None:
    frames = level([100.0] * 40)
    for number, frame in enumerate(frames):
        frame[10:30, number : number + 20] = 230 if number % 2 else 20  # brighter and darker while it goes by
    assert score(frames) == 0
    assert np.abs(np.diff([frame.mean() for frame in frames])).max() > 10


def test_shots_too_short_to_tell() -> None:
    assert flicker_score([-1.0, -1.0], [0, 1]) == 0


def flickering(frames: int = 60) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """A pan with a figure moving through it, without and with flicker of known strength; 0 to 1, full range."""
    from skimage.data import astronaut

    picture = (astronaut() / 255).astype(np.float32) * 0.8 + 0.1
    random = np.random.default_rng(5)
    true, seen = [], []
    for number in range(frames):
        frame = picture[100:292, number : number + 256].copy()
        frame[60:120, 3 * number : 3 * number + 30] = 0.85
        true.append(frame)
        seen.append(np.clip(frame ** random.uniform(0.85, 1.18) * random.uniform(0.88, 1.08), 0, 1).astype(np.float32))
    return true, seen


def steady(seen: list[np.ndarray], strength: float = 1.0, local: bool = True) -> list[np.ndarray]:
    meter = FlickerMeter()
    for frame in seen:
        meter.add(small(frame), 0.02)
    return [
        apply_curve(frame, curve, strength, True, parts if local else None)
        for frame, curve, parts in zip(seen, *meter.finish([0]).values(), strict=True)
    ]


def test_known_flicker_is_more_than_halved_and_the_truth_comes_nearer() -> None:
    true, seen = flickering()
    made = steady(seen)
    assert score(true) < 0.5
    assert score(made) < 0.4 * score(seen)
    assert np.mean([psnr(m, t) - psnr(s, t) for m, s, t in zip(made, seen, true, strict=True)]) > 4
    assert score(made) < score(steady(seen, strength=0.5)) < score(seen)


def test_parts_that_flicker_by_themselves_are_steadied() -> None:
    import cv2
    from skimage.data import astronaut

    picture = (astronaut()[100:292, 60:316] / 255).astype(np.float32) * 0.8 + 0.1
    random = np.random.default_rng(3)
    fields = [
        cv2.resize(random.normal(1, 0.05, (2, 3)).astype(np.float32), (256, 192), interpolation=cv2.INTER_CUBIC)
        for _ in range(40)
    ]
    seen = [np.clip(picture * field[..., None], 0, 1).astype(np.float32) for field in fields]
    gains = {
        local: float(
            np.mean([psnr(m, picture) - psnr(s, picture) for m, s in zip(steady(seen, 1, local), seen, strict=True)])
        )
        for local in (False, True)
    }
    assert gains[True] > 4.5
    assert gains[True] > gains[False] + 3


def test_a_steady_pan_keeps_its_contrast() -> None:
    true, _ = flickering()
    for frame, made in zip(true, steady(true), strict=True):
        assert psnr(made, frame) > 38


def test_a_cut_is_no_flicker() -> None:
    meter = FlickerMeter()
    random = np.random.default_rng(1)
    scenes = [random.uniform(20, 90, (48, 64)), random.uniform(150, 240, (48, 64))]
    unlike = [0.9 if number == 30 else 0.01 for number in range(60)]
    for number in range(60):
        meter.add(scenes[number >= 30].astype(np.float32), unlike[number])
    assert find_cuts(unlike) == [0, 30]
    curves, places = meter.finish([0, 30]).values()
    assert np.abs(curves[:, 1]).max() < 0.5
    assert np.abs(places).max() < 0.5
