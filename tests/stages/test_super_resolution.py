"""Super-resolution: sizes, alpha, tiles, custom files; and the real weights against plain enlarging."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from restoration_studio.config import Config
from restoration_studio.context import StageContext
from restoration_studio.errors import RecipeError, WeightsError
from restoration_studio.evaluation.metrics import psnr
from restoration_studio.image.picture import FloatArray, Picture
from restoration_studio.image.resize import resize
from restoration_studio.measure.sharpness import sharpness
from restoration_studio.models import ModelManager
from restoration_studio.stages.super_resolution import MODELS, SuperResolution, SuperResolutionSettings, is_fast


@pytest.fixture(scope="module")
def models(weights_config: Config) -> ModelManager:
    return ModelManager(weights_config)


def run(picture: Picture, models: ModelManager, **settings: object) -> tuple[Picture, StageContext]:
    context = StageContext(models=models)
    return SuperResolution().run(picture, SuperResolutionSettings.model_validate(settings), context), context


@pytest.mark.parametrize("scale", [1, 1.7, 2, 3, 4, 8])
def test_every_scale_gives_its_size(
    photograph: FloatArray, models: ModelManager, tiny_model_path: Path, scale: float
) -> None:
    made, _ = run(Picture(photograph), models, model=str(tiny_model_path), scale=scale, tile=48)
    assert made.pixels.shape == (round(96 * scale), round(128 * scale), 3)
    assert psnr(resize(made.pixels, (96, 128)), photograph) > 25


@pytest.mark.parametrize("shape", [(1, 1, 3), (3, 50, 3), (17, 1, 3)])
def test_the_smallest_pictures(models: ModelManager, tiny_model_path: Path, shape: tuple[int, int, int]) -> None:
    made, _ = run(Picture(np.full(shape, 0.5, np.float32)), models, model=str(tiny_model_path), scale=4)
    assert made.pixels.shape == (shape[0] * 4, shape[1] * 4, 3)


def test_tiles_equal_the_whole(photograph: FloatArray, models: ModelManager, tiny_model_path: Path) -> None:
    whole, _ = run(Picture(photograph), models, model=str(tiny_model_path), tile=0)
    tiles, context = run(Picture(photograph), models, model=str(tiny_model_path), tile=40)
    assert psnr(tiles.pixels, whole.pixels) > 60
    assert context.pinned["tile"] == 40


def test_alpha_is_enlarged_with_the_network(
    photograph: FloatArray, models: ModelManager, tiny_model_path: Path
) -> None:
    alpha = np.zeros((96, 128), np.float32)
    alpha[20:70, 30:90] = 1
    made, _ = run(Picture(photograph, alpha=alpha), models, model=str(tiny_model_path), scale=2)
    assert made.alpha is not None and made.alpha.shape == (192, 256)
    assert made.alpha[100, 120] > 0.9 and made.alpha[10, 10] < 0.1


def test_constant_alpha_stays_exact(photograph: FloatArray, models: ModelManager, tiny_model_path: Path) -> None:
    made, _ = run(Picture(photograph, alpha=np.ones((96, 128), np.float32)), models, model=str(tiny_model_path))
    assert made.alpha is not None and (made.alpha == 1).all()


def test_memory_that_runs_out_halves_the_tile_and_it_is_said(
    photograph: FloatArray, models: ModelManager, tiny_model_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = models.get(str(tiny_model_path))

    class Narrow:
        scale = 4

        def __call__(self, pixels: FloatArray) -> FloatArray:
            if max(pixels.shape) > 70:
                raise RuntimeError("CUDA out of memory. Tried to allocate 20.00 GiB")
            return network(pixels)

    monkeypatch.setattr(StageContext, "model", lambda self, name: Narrow())
    made, context = run(Picture(photograph), models, model=str(tiny_model_path), tile=0)
    assert made.pixels.shape == (384, 512, 3)
    assert context.pinned["tile"] == 64
    assert "memory ran out" in context.notes[0]


def test_a_file_that_is_no_network_is_refused(photograph: FloatArray, models: ModelManager, tmp_path: Path) -> None:
    import torch

    path = tmp_path / "numbers.pth"
    torch.save({"weights": torch.zeros(3)}, path)
    with pytest.raises(WeightsError, match=r"numbers\.pth"):
        run(Picture(photograph), models, model=str(path))


@pytest.mark.network
@pytest.mark.parametrize("model", ["realesr-animevideov3", "realesrgan-x4plus-anime"])
def test_real_weights_draw_more_than_plain_enlarging(photograph: FloatArray, models: ModelManager, model: str) -> None:
    """Sharper than Lanczos by far, and made small again it is the picture it came from."""
    small = resize(photograph, (48, 64))
    made, context = run(Picture(small), models, model=model)
    assert sharpness(made.pixels) > 2 * sharpness(resize(small, (192, 256)))
    assert psnr(resize(made.pixels, (48, 64)), small) > 24
    assert context.used[0].name == model


@pytest.mark.network
@pytest.mark.slow
def test_x4plus_keeps_colours_and_scale(photograph: FloatArray, models: ModelManager) -> None:
    made, _ = run(Picture(photograph), models, scale=4)
    assert psnr(resize(made.pixels, (96, 128)), photograph) > 25
    assert np.abs(made.pixels.mean(axis=(0, 1)) - photograph.mean(axis=(0, 1))).max() < 0.02


def test_hidden_colours_draw_no_fringe(models: ModelManager, tiny_model_path: Path) -> None:
    """A disc cut out on transparent black has its own colour up to its outline when enlarged."""
    rows, columns = np.mgrid[:64, :64]
    alpha = np.clip(20.5 - np.hypot(rows - 32, columns - 32), 0, 1).astype(np.float32)
    colour = np.array([0.9, 0.7, 0.2], np.float32)
    cut_out, whole = np.where(alpha[..., None] > 0, colour, 0), np.broadcast_to(colour, (64, 64, 3)).copy()
    made, _ = run(Picture(cut_out.astype(np.float32), alpha=alpha), models, model=str(tiny_model_path), scale=2)
    plain, _ = run(Picture(whole), models, model=str(tiny_model_path), scale=2)
    np.testing.assert_array_equal(made.pixels, plain.pixels)


def test_a_model_for_something_else_is_refused() -> None:
    with pytest.raises(RecipeError, match="'ffdnet-color' is for denoising"):
        SuperResolutionSettings(model="ffdnet-color")
    for name in MODELS:
        assert SuperResolution().models(SuperResolutionSettings(model=name)) == (name,)


def test_small_frames_go_through_a_fast_network_whole(
    photograph: FloatArray, models: ModelManager, tiny_model_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = [Picture(resize(photograph, (200, 300)))]
    context, settings = StageContext(models), SuperResolutionSettings(model=str(tiny_model_path), scale=4)
    assert not is_fast(str(tiny_model_path)) and is_fast("realesr-animevideov3")
    (as_photograph,) = SuperResolution().run_frames(frames, settings, [context])
    monkeypatch.setattr("restoration_studio.stages.super_resolution.is_fast", lambda model: True)
    (made,) = SuperResolution().run_frames(frames, settings, [context])
    assert context.pinned["tile"] == 0
    np.testing.assert_allclose(made.pixels, as_photograph.pixels, atol=1e-4)
