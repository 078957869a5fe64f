"""Checkpoints of the official key layouts, built with random values, restore real photographs as the official files do.

They lie where the official files lie, are checked and loaded by the same code, and run in a whole pipeline: values are
random, geometry is real.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from PIL import Image

from restoration_studio.config import Config
from restoration_studio.context import StageContext
from restoration_studio.faces.align import alignment, face_weights, unwarp, warp
from restoration_studio.faces.detect import find_faces
from restoration_studio.files import sha256_of_file
from restoration_studio.image.picture import FloatArray, Picture
from restoration_studio.image.srgb import LUMINANCE, decode
from restoration_studio.models import ModelManager
from restoration_studio.pipeline import RestorationPipeline
from restoration_studio.weights import catalogue
from restoration_studio.weights.fetch import ensure

pytestmark = [pytest.mark.slow, pytest.mark.network]
NEEDED = ("retinaface-mobile0.25", "sface")


def _gfpgan() -> Any:
    from spandrel.architectures.GFPGAN.__arch.gfpganv1_clean_arch import GFPGANv1Clean

    return GFPGANv1Clean(
        out_size=512, num_style_feat=512, channel_multiplier=2, narrow=1, sft_half=True, different_w=True,
        input_is_latent=True,
    )  # fmt: skip


def _restoreformer() -> Any:
    from spandrel.architectures.RestoreFormer import RestoreFormer

    return RestoreFormer()


def _codeformer() -> Any:
    from spandrel_extra_arches.architectures.CodeFormer.__arch.codeformer import CodeFormer

    return CodeFormer()


def _ddcolor(encoder: str) -> Any:
    from spandrel_extra_arches.architectures.DDColor import DDColor

    return DDColor(
        encoder_name=encoder, input_size=(256, 256), nf=512, num_output_channels=2, last_norm="Spectral",
        num_queries=100, num_scales=3, dec_layers=9,
    )  # fmt: skip


@pytest.fixture
def config(weights_config: Config, tmp_path: Path) -> Config:
    """A machine with the detector and SFace, and nothing else."""
    made = Config(cache_dir=tmp_path / "cache", offline=True, device="cpu", accept_licences=("codeformer",))
    made.weights_dir.mkdir(parents=True)
    for name in NEEDED:
        (made.weights_dir / name).symlink_to(ensure(name, config=weights_config).path.parent)
    return made


@pytest.fixture
def in_place(config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Puts a checkpoint where the official file of a catalogue's model lies; gives what the recipe names."""

    def put(build: Callable[[], Any], name: str, key: str) -> str:
        torch.manual_seed(0)
        if name not in catalogue.MODELS:
            path = tmp_path / f"{name}.pth"
            torch.save({key: build().state_dict()}, path)
            return str(path)
        entry = catalogue.MODELS[name]
        path = config.weights_dir / name / entry.sources[0].filename
        path.parent.mkdir()
        torch.save({key: build().state_dict()}, path)
        source: Any = dataclasses.replace(entry.sources[0], sha256=sha256_of_file(path), size=path.stat().st_size)
        monkeypatch.setitem(catalogue.MODELS, name, dataclasses.replace(entry, sources=(source,)))
        return name

    return put


@pytest.fixture
def portrait(tmp_path: Path) -> Path:
    from skimage.data import astronaut

    path = tmp_path / "portrait.png"
    Image.fromarray(astronaut()[:256, 90:350]).save(path)
    return path


def _pixels(path: Path) -> FloatArray:
    return np.asarray(Image.open(path).convert("RGB"), np.float32) / np.float32(255)


def _ovals(pixels: FloatArray, config: Config) -> tuple[FloatArray, int]:
    """How much restored faces count at each pixel, (height, width), and how many there are."""
    faces = find_faces(pixels, StageContext(ModelManager(config)), smallest=24)
    weights = np.zeros(pixels.shape[:2], np.float32)
    for face in faces:
        whole = np.repeat(face_weights()[..., None], 3, axis=2)
        top, left, part = unwarp(whole, alignment(face), pixels.shape)
        window = weights[top : top + part.shape[0], left : left + part.shape[1]]
        np.maximum(window, part[..., 0], out=window)
    return weights, len(faces)


def _steps(pixels: FloatArray) -> FloatArray:
    """The largest difference to the pixel below and to the right, (height - 1, width - 1)."""
    down, right = np.abs(np.diff(pixels, axis=0))[:, :-1], np.abs(np.diff(pixels, axis=1))[:-1]
    return np.asarray(np.maximum(down, right).max(axis=2), np.float32)


LAYOUTS = {
    "gfpgan-1.4": (_gfpgan, "params_ema"),
    "gfpgan-1.3": (_gfpgan, "params_ema"),
    "codeformer": (_codeformer, "params_ema"),
    "RestoreFormer": (_restoreformer, "params"),
}


def _untouched_outside_and_no_seam(before: FloatArray, after: FloatArray, config: Config) -> int:
    weights, count = _ovals(before, config)
    changed = (before != after).any(axis=2)
    assert changed.any() and not changed[weights == 0].any(), "outside the ovals every pixel is as it was"
    rim = (cv2.dilate(weights, np.ones((5, 5))) > 0) & (weights < 0.05)
    added = np.where(rim[:-1, :-1], _steps(after) - _steps(before), 0)
    assert added.max() < np.percentile(_steps(before), 90), "no step at the rim above the photograph's own"
    return count


@pytest.mark.parametrize("name", LAYOUTS)
def test_faces(name: str, config: Config, in_place: Callable[..., str], portrait: Path, tmp_path: Path) -> None:
    model = in_place(LAYOUTS[name][0], name, LAYOUTS[name][1])
    pipeline = RestorationPipeline(config)
    recipe = {"stages": [{"stage": "faces", "model": model, "guard": 0.0}]}
    stats = pipeline.restore_file(portrait, tmp_path / "made.png", recipe)
    before, after = _pixels(portrait), _pixels(tmp_path / "made.png")
    assert _untouched_outside_and_no_seam(before, after, config) == 1
    used = {used["name"]: used["sha256"] for used in stats["stages"][0]["models"]}
    file = Path(model) if name not in catalogue.MODELS else next((config.weights_dir / name).glob("*.pth"))
    assert used[model] == sha256_of_file(file)
    if name == "gfpgan-1.4":
        _again_and_guarded(pipeline, portrait, stats)


def _again_and_guarded(pipeline: RestorationPipeline, portrait: Path, stats: dict[str, Any]) -> None:
    """The record gives the same bytes; random values draw no person, so the guard sees to it that the face stays."""
    again = RestorationPipeline(pipeline.config).restore_file(
        portrait, portrait.with_name("again.png"), stats["recipe"]
    )
    assert again["output"]["sha256"] == stats["output"]["sha256"]
    guarded = pipeline.restore_file(portrait, portrait.with_name("guarded.png"), stats["asked"], faces_guard=0.6)
    (said,) = guarded["stages"][0]["figures"]["faces"]
    assert said["strength"] == 0 or said["similarity"] >= 0.6


def test_several_faces_of_an_old_photograph(config: Config, in_place: Callable[..., str], shared_data: Path) -> None:
    model = in_place(_gfpgan, "gfpgan-1.4", "params_ema")
    before = _pixels(shared_data / "eval/old_photos/00067.jpg")
    recipe = {"stages": [{"stage": "faces", "model": model, "guard": 0.0}]}
    made, _ = RestorationPipeline(config).restore_image(Picture(before), recipe)
    assert _untouched_outside_and_no_seam(before, made.pixels, config) == 3


def test_the_network_sees_the_face_upright_and_whole(config: Config, portrait: Path) -> None:
    pixels = _pixels(portrait)
    (face,) = find_faces(pixels, StageContext(ModelManager(config)))
    seen = warp(pixels, alignment(face))
    assert seen.shape == (512, 512, 3) and np.ptp(seen) > 0.5


@pytest.mark.parametrize(
    ("name", "encoder"), [("ddcolor-paper-tiny", "convnext-t"), ("ddcolor-modelscope", "convnext-l")]
)
def test_ddcolor(name: str, encoder: str, config: Config, in_place: Callable[..., str], portrait: Path) -> None:
    model = in_place(lambda: _ddcolor(encoder), name, "params")
    grey = np.asarray(Image.open(portrait).convert("L"), np.float32)[..., None] / np.float32(255)
    picture = Picture(np.repeat(grey, 3, axis=2), grey=True)
    recipe = {"stages": [{"stage": "colorize", "model": model, "quality": 256}]}
    made, stats = RestorationPipeline(config).restore_image(picture, recipe)
    np.testing.assert_allclose(decode(made.pixels) @ LUMINANCE, decode(picture.pixels) @ LUMINANCE, atol=2e-5)
    assert stats["stages"][0]["models"][0]["name"] == model
    again, _ = RestorationPipeline(config).restore_image(picture, stats["recipe"])
    np.testing.assert_array_equal(again.pixels, made.pixels)
    none, _ = RestorationPipeline(config).restore_image(picture, recipe, colorize_saturation=0.0)
    assert np.ptp(none.pixels, axis=2).max() < 2e-3 < np.ptp(made.pixels, axis=2).mean()
