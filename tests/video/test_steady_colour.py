"""Colours that are guessed frame by frame are held steady along what moves, within a shot, whatever is read first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from restoration_studio.image.picture import FloatArray, Picture
from restoration_studio.image.srgb import LUMINANCE, decode
from restoration_studio.video.steady_colour import REACH, SteadyColours

SIDE = 64


def pan(number: int) -> FloatArray:
    """A grey photograph that passes by, (96, 128, 3)."""
    from skimage.data import astronaut

    picture = (astronaut()[100:292:2, 2 * number : 2 * number + 256 : 2] / 255).astype(np.float32).mean(axis=2)
    return np.repeat(picture[:, :, None], 3, axis=2)


def guess(picture: Picture) -> np.ndarray:
    """Colours that follow the picture, and are another from frame to frame."""
    import cv2

    small = cv2.resize(picture.pixels[..., 0], (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    shift = np.random.default_rng(int(picture.pixels[:8].sum() * 1e4)).normal(0, 6, 2)
    return np.stack([small * 40 + shift[0], 30 - small * 40 + shift[1]], axis=-1).astype(np.float32)


def ready(frames: int, low: int, first: int, stop: int, strength: float = 1.0, cut: int = 99) -> dict[int, np.ndarray]:
    work, got = SteadyColours(strength, guess), {}
    pictures: Iterator[Picture] = (Picture(pixels=pan(number)) for number in range(low, min(frames, stop + REACH)))
    for number, picture in enumerate(work.follow(pictures, low, first, stop, lambda n: int(n >= cut)), first):
        np.testing.assert_array_equal(picture.pixels, pan(number))  # the frames themselves stay
        got[number] = work.ready.pop(number)
    assert not work.ready
    return got


def jumping(colours: dict[int, np.ndarray]) -> float:
    means = np.array([colours[number].mean((0, 1)) for number in sorted(colours)])
    return float(np.abs(np.diff(means, axis=0)).mean())


@pytest.mark.slow
def test_colours_jump_less_than_half_as_much_and_stay_where_they_are() -> None:
    alone, steady = ready(16, 0, 0, 16, strength=0.0), ready(16, 0, 0, 16)
    assert len(alone) == len(steady) == 16
    assert jumping(steady) < 0.5 * jumping(alone)
    # What the colours are of has not moved: they follow the luminance as well as the guesses do.
    for number in (5, 10):
        pattern = guess(Picture(pixels=pan(number)))[..., 0]
        assert np.corrcoef(pattern.ravel(), steady[number][..., 0].ravel())[0, 1] > 0.97
    np.testing.assert_allclose(alone[3], guess(Picture(pixels=pan(3))), atol=1e-5)


def test_a_cut_is_not_looked_across() -> None:
    steady = ready(12, 0, 0, 12, cut=6)
    alone = ready(6, 0, 0, 6)
    np.testing.assert_allclose(steady[5], alone[5], atol=1e-5)


def test_colours_are_the_same_from_wherever_they_are_read() -> None:
    whole, part = ready(20, 0, 0, 20), ready(20, 8 - REACH, 8, 11)
    assert sorted(part) == [8, 9, 10]
    for number in part:
        np.testing.assert_array_equal(part[number], whole[number])


@pytest.mark.slow
def test_a_colourised_film_keeps_its_luminance_and_holds_its_colours(
    tmp_path: Path, make_clip: Any, pipeline: Any, read_back: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import restoration_studio.stages.colorize as colorize

    monkeypatch.setattr(colorize, "_guess", lambda pixels, settings, work: guess(Picture(pixels=pixels)))
    monkeypatch.setattr(pipeline.models, "fetch", lambda name, progress=None: "0" * 64)
    source = make_clip("grey.mkv", codec="ffv1", frames=14, size=(128, 96),
                       picture=lambda n, w, h: (pan(n) * 255 + 0.5).astype(np.uint8))  # fmt: skip
    recipe, results = {"stages": [{"stage": "colorize", "when": "always"}]}, {}
    for strength in (0.0, 1.0):
        target = tmp_path / f"out{strength:g}.mkv"
        pipeline.restore_video(source, target, recipe, steady_colour=strength, codec="ffv1")
        results[strength] = np.stack([frame / 255 for frame in read_back(target).frames])
    before = np.stack([frame / 255 for frame in read_back(source).frames])
    for made in results.values():
        assert np.abs(made - made.mean(axis=3, keepdims=True)).mean() > 0.03  # it has colours
        luminances = [decode(frames.astype(np.float32)) @ LUMINANCE for frames in (before, made)]
        assert np.abs(luminances[1] - luminances[0]).mean() < 0.004  # 8 bits, chroma at half size
    jumps = {key: np.abs(np.diff((made[..., 0] - made[..., 2]).mean((1, 2)))).mean() for key, made in results.items()}
    assert jumps[1.0] < 0.5 * jumps[0.0]
    # Where nothing is said, they are held steady.
    stats = pipeline.restore_video(source, tmp_path / "usual.mkv", recipe, codec="ffv1")
    assert [step["step"] for step in stats["film"]["steps"]] == ["steady_colour"]
    assert read_back(tmp_path / "usual.mkv").frames[5].tolist() == read_back(tmp_path / "out1.mkv").frames[5].tolist()
