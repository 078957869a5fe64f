"""The unsharp mask: sharper, without halos, clipping or tint."""

from __future__ import annotations

import numpy as np
import pytest

from restoration_studio.context import StageContext
from restoration_studio.image.picture import FloatArray, Picture
from restoration_studio.measure.sharpness import sharpness
from restoration_studio.stages.detail import Detail, DetailSettings, unsharp_mask


def run(picture: Picture, **settings: float) -> Picture:
    return Detail().run(picture, DetailSettings(**settings), StageContext(models=None))  # type: ignore[arg-type]


def test_strength_one_changes_nothing(photograph: FloatArray) -> None:
    np.testing.assert_allclose(run(Picture(photograph), amount=1.0).pixels, photograph, atol=1e-6)


def test_strength_two_is_sharper_than_one_and_a_half(photograph: FloatArray) -> None:
    figures = [sharpness(run(Picture(photograph), amount=amount).pixels) for amount in (1.0, 1.5, 2.0)]
    assert figures[0] * 1.2 < figures[1] < figures[2]


def test_an_edge_gets_no_halo() -> None:
    """A soft step: sharpening may steepen it, not draw bright and dark lines beside it."""
    profile = np.clip((np.arange(64) - 28) / 8, 0, 1).astype(np.float32) * 0.5 + 0.25
    step = np.repeat(np.repeat(profile[None, :, None], 32, axis=0), 3, axis=2)
    made = unsharp_mask(step, 2.0, 2.0)
    assert made.max() <= 0.75 + 0.03 and made.min() >= 0.25 - 0.03
    assert np.abs(np.diff(made[16, :, 0])).max() > np.abs(np.diff(step[16, :, 0])).max()


def test_nothing_new_is_clipped(photograph: FloatArray) -> None:
    made = unsharp_mask(photograph, 2.0, 3.0)
    assert made.min() >= 0 and made.max() <= 1
    for bound in (0.0, 1.0):
        assert np.count_nonzero(made == bound) <= np.count_nonzero(photograph == bound)


def test_the_three_channels_change_alike(photograph: FloatArray) -> None:
    change = unsharp_mask(photograph, 1.6, 1.5) - photograph
    assert np.abs(change - change.mean(axis=2, keepdims=True)).max() < 1e-5


def test_strips_make_no_difference(photograph: FloatArray, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = run(Picture(photograph), amount=1.8).pixels
    monkeypatch.setattr("restoration_studio.strips.STRIP_PIXELS", 128 * 7)
    np.testing.assert_array_equal(run(Picture(photograph), amount=1.8).pixels, whole)


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 300, 3), (300, 1, 3)])
def test_the_smallest_pictures(shape: tuple[int, int, int]) -> None:
    assert run(Picture(np.full(shape, 0.5, np.float32)), amount=2.0).pixels.shape == shape
