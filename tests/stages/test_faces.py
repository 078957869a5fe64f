"""The faces stage on a real photograph with real detection; stand-ins for the networks that cannot be had."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from restoration_studio.config import Config
from restoration_studio.context import StageContext
from restoration_studio.errors import RecipeError, RestorationError, UsageError, WeightsError
from restoration_studio.faces.detect import find_faces
from restoration_studio.faces.layers import FaceLayer, mix_faces
from restoration_studio.files import sha256_of_file
from restoration_studio.image.picture import FloatArray, Picture
from restoration_studio.image.resize import resize
from restoration_studio.models import LoadedModel, ModelManager
from restoration_studio.networks.capabilities import Capabilities, Condition
from restoration_studio.pipeline import RestorationPipeline
from restoration_studio.stages.faces import Faces, FacesSettings

pytestmark = pytest.mark.network
STANDS_FOR = ("gfpgan-1.4", "gfpgan-1.3", "codeformer")


class _Models(ModelManager):
    """The real models, and a given network in place of those that restore faces."""

    def __init__(self, config: Config, network: Callable[..., Tensor]) -> None:
        super().__init__(config)
        self.stand_in = network

    def get(self, name: str, **more: Any) -> LoadedModel:
        if name in STANDS_FOR:
            takes = Capabilities(conditions=(Condition("fidelity"),) if name == "codeformer" else ())
            return LoadedModel(name, "0" * 64, "test", takes, "cpu", "float32", 0, 0.0, self.stand_in)
        return super().get(name, **more)


@pytest.fixture
def portrait() -> FloatArray:
    from skimage.data import astronaut

    return np.ascontiguousarray((astronaut()[:256, 90:350] / 255).astype(np.float32))


def _work(config: Config, network: Callable[..., Tensor], before: FloatArray) -> StageContext:
    return StageContext(_Models(config, network), unenlarged=Picture(before))


def _lighter(face: Tensor, *_: Tensor) -> Tensor:
    return face * 0.9 + 0.05  # nothing clips


def test_only_the_face_changes(weights_config: Config, portrait: FloatArray) -> None:
    context = _work(weights_config, _lighter, portrait)
    made = Faces().run(Picture(portrait), FacesSettings(), context)
    changed = (made.pixels != portrait).any(axis=2)
    (face,) = find_faces(portrait, context)
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    assert 0.01 < changed.mean() < 0.5
    assert columns[0] < face.middle[0] < columns[-1] and rows[0] < face.middle[1] < rows[-1]
    steps = [np.abs(np.diff(pixels, axis=0)).max() for pixels in (made.pixels, portrait)]
    assert steps[0] <= steps[1] + 0.01  # no seam
    assert any("stayed itself" in note for note in context.notes)


def test_the_enlarged_picture_gets_the_face_at_its_place(weights_config: Config, portrait: FloatArray) -> None:
    large = resize(portrait, (512, 520))
    made = Faces().run(Picture(large), FacesSettings(), _work(weights_config, _lighter, portrait))
    change = (made.pixels - large).mean(axis=2)
    (face,) = find_faces(portrait, _work(weights_config, _lighter, portrait))
    y, x = (int(2 * v) for v in face.landmarks[2][::-1])
    assert made.pixels.shape == large.shape and change[y, x] == pytest.approx(0, abs=0.06)


@pytest.mark.parametrize("strengths", ["0", "0.5"])
def test_each_face_has_its_strength(weights_config: Config, portrait: FloatArray, strengths: str) -> None:
    full = Faces().run(Picture(portrait), FacesSettings(), _work(weights_config, _lighter, portrait)).pixels
    settings = FacesSettings(strengths=strengths)
    made = Faces().run(Picture(portrait), settings, _work(weights_config, _lighter, portrait)).pixels
    np.testing.assert_allclose(made - portrait, float(strengths) * (full - portrait), atol=2e-3)


def test_another_persons_face_is_caught(weights_config: Config, portrait: FloatArray) -> None:
    strange = torch.rand(1, 3, 512, 512, generator=torch.Generator().manual_seed(0))
    context = _work(weights_config, lambda face, *_: strange, portrait)
    made = Faces().run(Picture(portrait), FacesSettings(guard=0.8), context)
    (note,) = [note for note in context.notes if "became another's" in note]
    if "left as it was" in note:
        np.testing.assert_array_equal(made.pixels, portrait)
    else:
        assert "lowered" in note
    overruled = _work(weights_config, lambda face, *_: strange, portrait)
    forced = Faces().run(Picture(portrait), FacesSettings(guard=0.0), overruled)
    assert np.abs(forced.pixels - portrait).max() > np.abs(made.pixels - portrait).max()
    assert not any("another's" in note for note in overruled.notes)


def test_the_record_lists_each_face(weights_config: Config, portrait: FloatArray) -> None:
    context = _work(weights_config, _lighter, portrait)
    Faces().run(Picture(portrait), FacesSettings(strengths="0.5", turned=False), context)
    (said,) = context.figures["faces"]
    (face,) = find_faces(portrait, context)
    assert said["number"] == 1 and said["box"] == [round(value, 1) for value in face.box]
    assert said["strength"] == said["strength_asked"] == 0.5 and said["similarity"] == said["similarity_asked"] > 0.6
    json.dumps(said)


def test_strengths_move_after_the_run_without_a_network(weights_config: Config, portrait: FloatArray) -> None:
    def run(strengths: str) -> tuple[FloatArray, list[FaceLayer], list[int]]:
        calls: list[int] = []

        def network(face: Tensor, *_: Tensor) -> Tensor:
            calls.append(1)
            return (face * 0.6 + face.flip(3) * 0.2 + 0.1).clamp(0, 1)

        context = _work(weights_config, network, portrait)
        layers: list[FaceLayer] = []
        context.on_layer = layers.append
        settings = FacesSettings(strengths=strengths, guard=0.0, turned=False)
        return Faces().run(Picture(portrait), settings, context).pixels, layers, calls

    full, layers, calls = run("1")
    assert len(layers) == len(calls) == 1
    for strength in (0.0, 0.4, 1.0):
        mixed = mix_faces(Picture(full), layers, {1: strength}).pixels
        np.testing.assert_allclose(mixed, run(str(strength))[0], atol=2e-3)
        window = (layers[0].change != 0).any(axis=2)
        outside = np.ones(full.shape[:2], bool)
        rows, columns = (
            slice(start, start + side)
            for start, side in zip((layers[0].top, layers[0].left), window.shape, strict=True)
        )
        outside[rows, columns] = ~window
        np.testing.assert_array_equal(mixed[outside], portrait[outside])
    assert len(calls) == 1, "mixing asks no network"
    picture = Picture(full)
    assert mix_faces(picture, layers, {}) is picture and mix_faces(picture, layers, {1: 1.0}) is picture
    with pytest.raises(UsageError, match="face 2 was not restored; those that were are 1"):
        mix_faces(picture, layers, {2: 0.5})
    with pytest.raises(UsageError, match="0 to 1, not 2"):
        mix_faces(picture, layers, {1: 2.0})
    with pytest.raises(UsageError, match="another size"):
        mix_faces(Picture(full[:-1]), layers, {1: 0.5})


def test_what_the_guard_took_back_can_be_given_by_a_person(weights_config: Config, portrait: FloatArray) -> None:
    strange = torch.rand(1, 3, 512, 512, generator=torch.Generator().manual_seed(0))
    context = _work(weights_config, lambda face, *_: strange, portrait)
    layers: list[FaceLayer] = []
    context.on_layer = layers.append
    made = Faces().run(Picture(portrait), FacesSettings(guard=0.99, turned=False), context)
    (layer,) = layers
    assert layer.strength < 0.5 and layer.similarity_asked is not None and layer.similarity_asked < 0.9
    forced = mix_faces(made, [layer], {1: 1.0})
    assert np.abs(forced.pixels - portrait).max() > 0.1


def test_the_pipeline_hands_out_layers(weights_config: Config, portrait: FloatArray) -> None:
    pipeline = RestorationPipeline(weights_config, _Models(weights_config, _lighter))
    pipeline.models.fetch = lambda name, progress=None: "0" * 64  # type: ignore[method-assign]
    recipe = pipeline.recipe({"stages": [{"stage": "faces", "turned": False}]})
    first = pipeline.run(lambda: Picture(portrait), recipe).picture
    layers: list[FaceLayer] = []
    again = pipeline.run(lambda: Picture(portrait), recipe, on_layer=layers.append)
    assert len(layers) == 1 and not again.stages[0].cached
    assert again.stages[0].figures["faces"] == [layers[0].to_record()]
    np.testing.assert_array_equal(first.pixels, again.picture.pixels)


def test_tone_and_tint_stay_those_of_the_picture(weights_config: Config, portrait: FloatArray) -> None:
    def sunburnt(face: Tensor, *_: Tensor) -> Tensor:
        return (face * torch.tensor([1.25, 0.95, 0.8]).view(1, 3, 1, 1)).clamp(0, 1)

    settings = FacesSettings(guard=0.0, turned=False)
    made = Faces().run(Picture(portrait), settings, _work(weights_config, sunburnt, portrait)).pixels
    changed = (made != portrait).any(axis=2)
    colours = [pixels[changed].mean(axis=0) for pixels in (made, portrait)]
    np.testing.assert_allclose(colours[0], colours[1], atol=0.01)


def test_which_faces(weights_config: Config, portrait: FloatArray) -> None:
    smaller = np.pad(resize(portrait, (200, 203)), ((0, 56), (0, 0), (0, 0)))
    two = np.concatenate([portrait, smaller], axis=1)
    half = portrait.shape[1]

    def changes(which: str) -> tuple[bool, bool]:
        made = Faces().run(Picture(two), FacesSettings(which=which), _work(weights_config, _lighter, two)).pixels
        changed = (made != two).any(axis=2)
        return bool(changed[:, :half].any()), bool(changed[:, half:].any())

    assert changes("all") == (True, True) and changes("1") == (True, False) and changes("2") == (False, True)
    assert sum(changes("centre")) == 1
    with pytest.raises(RecipeError, match="face 3 is asked for, but the picture has 2"):
        changes("3")


def test_no_face_is_said(weights_config: Config) -> None:
    from skimage.data import coffee

    pixels = (coffee() / 255).astype(np.float32)
    context = _work(weights_config, _lighter, pixels)
    picture = Picture(pixels)
    assert Faces().run(picture, FacesSettings(), context) is picture
    assert "no face was found" in context.notes[0]


def test_it_says_what_it_needs(weights_config: Config, portrait: FloatArray) -> None:
    with pytest.raises(RestorationError, match="before it was enlarged"):
        Faces().run(Picture(portrait), FacesSettings(), StageContext(ModelManager(weights_config)))


def test_fidelity_goes_to_codeformer_only(weights_config: Config, portrait: FloatArray) -> None:
    given: list[tuple[Tensor, ...]] = []

    def network(face: Tensor, *conditions: Tensor) -> Tensor:
        given.append(conditions)
        return face

    for model in STANDS_FOR:
        Faces().run(
            Picture(portrait), FacesSettings(model=model, fidelity=0.3), _work(weights_config, network, portrait)
        )
    assert [len(conditions) for conditions in given] == [0, 0, 1]
    assert float(given[2][0].flatten()[0]) == pytest.approx(0.3)


def test_a_file_of_ones_own_restores_faces(
    weights_config: Config, portrait: FloatArray, tiny_model_path: Path, tmp_path: Path
) -> None:
    """Any network spandrel reads that leaves the size alone; here RestoreFormer's place is taken by a small one."""
    from spandrel.architectures.Compact import Compact

    torch.manual_seed(0)
    torch.save({"params": Compact(num_feat=8, num_conv=2, upscale=1).state_dict()}, tmp_path / "own.pth")
    settings = FacesSettings(model=str(tmp_path / "own.pth"), guard=0.0, turned=False)
    assert Faces().models(settings)[0] == str(tmp_path / "own.pth")
    context = StageContext(ModelManager(weights_config), unenlarged=Picture(portrait))
    made = Faces().run(Picture(portrait), settings, context)
    assert (made.pixels != portrait).any() and context.used[-1].sha256 == sha256_of_file(tmp_path / "own.pth")
    larger = settings.model_copy(update={"model": str(tiny_model_path)})
    with pytest.raises(WeightsError, match="makes 2048x2048 pixels of a face of 512x512; use one made for faces"):
        Faces().run(Picture(portrait), larger, StageContext(ModelManager(weights_config), unenlarged=Picture(portrait)))


def test_restoreformer_is_named_by_its_file() -> None:
    with pytest.raises(RecipeError, match=r"RestoreFormer: save https://github.com/TencentARC/.*RestoreFormer.pth"):
        FacesSettings(model="restoreformer")
    with pytest.raises(RecipeError, match="not for faces"):
        FacesSettings(model="ffdnet-color")
