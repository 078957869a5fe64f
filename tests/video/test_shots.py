from __future__ import annotations

from itertools import pairwise

import av
import numpy as np
import pytest
from skimage.data import astronaut, coffee

from restoration_studio.video.shots import Thumbnail, dissimilarity, find_cuts


def thumbnail(pixels: np.ndarray) -> Thumbnail:
    return Thumbnail.of(av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels.astype(np.uint8)), "rgb24"))


@pytest.fixture(scope="module")
def scenes() -> list[np.ndarray]:
    return [astronaut()[:400, :500], coffee()[:400, :500]]


def test_brightness_is_no_cut_and_another_picture_is(scenes: list[np.ndarray]) -> None:
    first, second = scenes
    assert dissimilarity(thumbnail(first), thumbnail(first)) == pytest.approx(0, abs=1e-3)
    assert dissimilarity(thumbnail(first), thumbnail(first * 0.6)) < 0.3
    assert dissimilarity(thumbnail(first), thumbnail(second)) > 0.6


def test_black_between_shots(scenes: list[np.ndarray]) -> None:
    black = np.zeros_like(scenes[0])
    assert dissimilarity(thumbnail(black), thumbnail(black)) == 0
    assert dissimilarity(thumbnail(scenes[0]), thumbnail(black)) >= 1


def test_cuts_are_found_in_a_flickering_film_with_a_pan(scenes: list[np.ndarray]) -> None:
    random = np.random.default_rng(3)
    frames = []
    for scene in scenes:
        for step in range(20):
            shown = scene[:300, 5 * step : 5 * step + 380] * random.uniform(0.75, 1.0)
            frames.append(thumbnail(shown + random.normal(0, 4, shown.shape).clip(-9, 9)))
    unlike = [0.0, *(dissimilarity(a, b) for a, b in pairwise(frames))]
    assert find_cuts(unlike) == [0, 20]


def test_a_fast_pan_is_no_row_of_cuts() -> None:
    assert find_cuts([0.0, *[0.5] * 30]) == [0]
    assert find_cuts([0.0, *[0.02] * 10, 0.9, *[0.02] * 10]) == [0, 11]
    assert find_cuts([]) == [0]
