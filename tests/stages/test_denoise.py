"""Denoising: cleaner pictures by both methods, at every bit depth, at the strength that was asked for."""

from __future__ import annotations

import numpy as np
import pytest

from restoration_studio.config import Config
from restoration_studio.context import StageContext
from restoration_studio.evaluation.metrics import psnr
from restoration_studio.image.picture import FloatArray, Picture
from restoration_studio.models import ModelManager
from restoration_studio.stages.denoise import Denoise, DenoiseSettings


@pytest.fixture(scope="module")
def models(weights_config: Config) -> ModelManager:
    return ModelManager(weights_config)


def noisy(photograph: FloatArray, sigma: float) -> FloatArray:
    noise = np.random.default_rng(3).normal(0, sigma / 255, photograph.shape)
    return np.clip(photograph + noise, 0, 1).astype(np.float32)


def run(pixels: FloatArray, models: ModelManager | None = None, **settings: object) -> tuple[FloatArray, StageContext]:
    context = StageContext(models=models)  # type: ignore[arg-type]
    return Denoise().run(Picture(pixels), DenoiseSettings.model_validate(settings), context).pixels, context


def test_non_local_means_cleans(photograph: FloatArray) -> None:
    dirty = noisy(photograph, 15)
    made, _ = run(dirty, method="nlm", level=15)
    assert psnr(made, photograph) > psnr(dirty, photograph) + 1


def test_non_local_means_keeps_digits_beyond_eight_bits() -> None:
    """A ramp finer than 1/255 comes out as fine as it went in."""
    ramp = np.linspace(0.4, 0.42, 200, dtype=np.float32)
    made, _ = run(np.repeat(np.tile(ramp, (40, 1))[:, :, None], 3, axis=2), method="nlm", level=5)
    assert len(np.unique(made[20, :, 0])) > 100


def test_strips_make_no_difference_to_non_local_means(photograph: FloatArray, monkeypatch: pytest.MonkeyPatch) -> None:
    dirty = noisy(photograph, 20)
    whole, _ = run(dirty, method="nlm", level=20)
    monkeypatch.setattr("restoration_studio.strips.STRIP_PIXELS", 128 * 10)
    pieces, _ = run(dirty, method="nlm", level=20)
    np.testing.assert_array_equal(pieces, whole)


def test_auto_measures_and_says_what(photograph: FloatArray) -> None:
    _, context = run(noisy(photograph, 15), method="nlm", level="auto")
    (note,) = context.notes
    assert 11 < float(note.split(" is ")[1].split(" grey")[0]) < 19


def test_a_picture_without_noise_is_left_alone_and_it_is_said() -> None:
    smooth = np.full((64, 64, 3), 0.5, np.float32)
    made, context = run(smooth, method="nlm", level="auto")
    np.testing.assert_array_equal(made, smooth)
    assert "nothing was denoised" in context.notes[0]


def test_noise_beyond_the_dial_is_said(photograph: FloatArray) -> None:
    _, context = run(noisy(np.full_like(photograph, 0.5), 60), method="nlm", level="auto")
    assert "strongest" in context.notes[0]


@pytest.mark.network
def test_ffdnet_cleans_more_than_non_local_means(photograph: FloatArray, models: ModelManager) -> None:
    dirty = noisy(photograph, 25)
    by_network, _ = run(dirty, models, level=25)
    by_filter, _ = run(dirty, method="nlm", level=25)
    assert psnr(by_network, photograph) > psnr(by_filter, photograph) + 1 > psnr(dirty, photograph) + 3


@pytest.mark.network
def test_ffdnet_strength_is_a_dial(photograph: FloatArray, models: ModelManager) -> None:
    dirty = noisy(photograph, 25)
    left = [np.std(run(dirty, models, level=level)[0] - dirty) for level in (2, 10, 25)]
    assert left[0] < left[1] < left[2]


@pytest.mark.network
@pytest.mark.parametrize("shape", [(1, 1, 3), (5, 3, 3), (1, 77, 3), (33, 51, 3)])
def test_ffdnet_takes_every_size(shape: tuple[int, int, int], models: ModelManager) -> None:
    made, _ = run(np.full(shape, 0.4, np.float32), models, level=10)
    assert made.shape == shape and np.abs(made - 0.4).max() < 0.05


@pytest.mark.network
def test_ffdnet_in_tiles_equals_the_whole(photograph: FloatArray, models: ModelManager) -> None:
    dirty = noisy(photograph, 20)
    whole, _ = run(dirty, models, level=20, tile=0)
    tiles, context = run(dirty, models, level=20, tile=72)
    assert psnr(tiles, whole) > 50
    assert context.pinned == {"tile": 72}
