from __future__ import annotations

import numpy as np
import pytest

from evaluation.metrics import psnr
from film.flicker import FlickerMeter, flicker_score, steadied
from film.shots import find_cuts


def test_a_steady_film_and_a_fade_have_none() -> None:
    assert flicker_score([100.0] * 20, [0]) == 0
    assert flicker_score(list(np.linspace(0, 200, 50)), [0]) == pytest.approx(0, abs=1e-9)


def test_jumps_count_and_cuts_do_not() -> None:
    assert flicker_score([100.0, 110.0] * 20, [0]) == pytest.approx(10)
    assert flicker_score([50.0] * 20 + [200.0] * 20, [0, 20]) == 0
    assert flicker_score([50.0] * 20 + [200.0] * 20, [0]) > 3


def test_shots_too_short_to_tell() -> None:
    assert flicker_score([1.0, 2.0], [0, 1]) == 0


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


def test_known_flicker_is_more_than_halved_and_the_truth_comes_nearer() -> None:
    import cv2

    true, seen = flickering()
    meter = FlickerMeter()
    for frame in seen:
        luma = (frame @ np.array([0.299, 0.587, 0.114], np.float32)) * 255
        meter.add(cv2.resize(luma, (64, 48), interpolation=cv2.INTER_AREA), 0.02)
    curves = meter.curves([0])
    made = [steadied(frame, curve, 1.0, True) for frame, curve in zip(seen, curves, strict=True)]
    before, after, none = ([float(f.mean()) * 255 for f in frames] for frames in (seen, made, true))
    assert flicker_score(none, [0]) < 0.5
    assert flicker_score(after, [0]) < 0.4 * flicker_score(before, [0])
    gains = [psnr(m, t) - psnr(s, t) for m, s, t in zip(made, seen, true, strict=True)]
    assert np.mean(gains) > 4
    half = [steadied(frame, curve, 0.5, True) for frame, curve in zip(seen, curves, strict=True)]
    assert flicker_score(after, [0]) < flicker_score([float(f.mean()) * 255 for f in half], [0])


def test_a_steady_pan_keeps_its_contrast() -> None:
    import cv2

    true, _ = flickering()
    meter = FlickerMeter()
    for frame in true:
        luma = (frame @ np.array([0.299, 0.587, 0.114], np.float32)) * 255
        meter.add(cv2.resize(luma, (64, 48), interpolation=cv2.INTER_AREA), 0.02)
    for frame, curve in zip(true, meter.curves([0]), strict=True):
        assert psnr(steadied(frame, curve, 1.0, True), frame) > 38


def test_a_cut_is_no_flicker() -> None:
    meter = FlickerMeter()
    random = np.random.default_rng(1)
    scenes = [random.uniform(20, 90, (48, 64)), random.uniform(150, 240, (48, 64))]
    unlike = [0.9 if number == 30 else 0.01 for number in range(60)]
    for number in range(60):
        meter.add(scenes[number >= 30].astype(np.float32), unlike[number])
    assert find_cuts(unlike) == [0, 30]
    assert np.abs(meter.curves([0, 30])[:, 1]).max() < 0.5
