"""The faces stage on a real photograph with real detection; stand-ins for the networks that cannot be had."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from config import Config
from errors import RecipeError, RestorationError
from faces.align import aligned, alignment
from faces.detect import find_faces
from media.picture import FloatArray, Picture
from media.resize import resize
from models import LoadedModel, ModelManager, place
from stages.base import Work
from stages.faces import Faces, FacesSettings

pytestmark = pytest.mark.network
STANDS_FOR = ("gfpgan-1.4", "gfpgan-1.3", "codeformer")


class _Models(ModelManager):
    """The real models, and a given network in place of those that restore faces."""

    def __init__(self, config: Config, network: Callable[..., Tensor]) -> None:
        super().__init__(config)
        self.stand_in = network

    def get(self, name: str, **more: Any) -> LoadedModel:
        if name in STANDS_FOR:
            return LoadedModel(name, "0" * 64, "test", 1, "cpu", "float32", 0, 0.0, self.stand_in)
        return super().get(name, **more)


@pytest.fixture
def portrait() -> FloatArray:
    from skimage.data import astronaut

    return np.ascontiguousarray((astronaut()[:256, 90:350] / 255).astype(np.float32))


def _work(config: Config, network: Callable[..., Tensor], before: FloatArray) -> Work:
    return Work(_Models(config, network), unenlarged=Picture(before))


def _lighter(face: Tensor, *_: Tensor) -> Tensor:
    return face * 0.9 + 0.05  # nothing clips


def test_only_the_face_changes(weights_config: Config, portrait: FloatArray) -> None:
    work = _work(weights_config, _lighter, portrait)
    made = Faces().run(Picture(portrait), FacesSettings(), work)
    changed = (made.pixels != portrait).any(axis=2)
    (face,) = find_faces(portrait, work)
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    assert 0.01 < changed.mean() < 0.5
    assert columns[0] < face.middle[0] < columns[-1] and rows[0] < face.middle[1] < rows[-1]
    steps = [np.abs(np.diff(pixels, axis=0)).max() for pixels in (made.pixels, portrait)]
    assert steps[0] <= steps[1] + 0.01  # no seam
    assert any("stayed itself" in note for note in work.notes)


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
    work = _work(weights_config, lambda face, *_: strange, portrait)
    made = Faces().run(Picture(portrait), FacesSettings(guard=0.8), work)
    (note,) = [note for note in work.notes if "became another's" in note]
    if "left as it was" in note:
        np.testing.assert_array_equal(made.pixels, portrait)
    else:
        assert "lowered" in note
    overruled = _work(weights_config, lambda face, *_: strange, portrait)
    forced = Faces().run(Picture(portrait), FacesSettings(guard=0.0), overruled)
    assert np.abs(forced.pixels - portrait).max() > np.abs(made.pixels - portrait).max()
    assert not any("another's" in note for note in overruled.notes)


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
    work = _work(weights_config, _lighter, pixels)
    picture = Picture(pixels)
    assert Faces().run(picture, FacesSettings(), work) is picture
    assert "no face was found" in work.notes[0]


def test_it_says_what_it_needs(weights_config: Config, portrait: FloatArray) -> None:
    with pytest.raises(RestorationError, match="before it was enlarged"):
        Faces().run(Picture(portrait), FacesSettings(), Work(ModelManager(weights_config)))


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


@pytest.mark.slow
@pytest.mark.parametrize("name", ["GFPGAN", "CodeFormer"])
def test_official_key_layout_restores_a_photograph(
    weights_config: Config, portrait: FloatArray, tmp_path: Any, name: str
) -> None:
    """Values are random, geometry is real: the face changes, everything else stays, twice the same."""
    from networks.face_restorers import CodeFormerNetwork, GfpganNetwork
    from weights.load import load_state_dict

    torch.manual_seed(0)
    if name == "GFPGAN":
        from spandrel.architectures.GFPGAN.__arch.gfpganv1_clean_arch import GFPGANv1Clean

        official: Any = GFPGANv1Clean(
            out_size=512, num_style_feat=512, channel_multiplier=2, narrow=1, sft_half=True, different_w=True,
            input_is_latent=True,
        )  # fmt: skip
        wrapper: Any = GfpganNetwork
    else:
        from spandrel_extra_arches.architectures.CodeFormer.__arch.codeformer import CodeFormer

        official, wrapper = CodeFormer(), CodeFormerNetwork
    torch.save({"params_ema": official.state_dict()}, tmp_path / "face.pth")
    network = wrapper.from_state_dict(load_state_dict(tmp_path / "face.pth"))
    place(network, "cpu")
    model = "gfpgan-1.4" if name == "GFPGAN" else "codeformer"
    settings = FacesSettings(model=model, guard=0.0)
    made, again = (
        Faces().run(Picture(portrait), settings, _work(weights_config, network, portrait)).pixels for _ in range(2)
    )
    np.testing.assert_array_equal(made, again)
    changed = (made != portrait).any(axis=2)
    assert 0.01 < changed.mean() < 0.5 and np.isfinite(made).all()
    (face,) = find_faces(portrait, _work(weights_config, _lighter, portrait))
    seen = aligned(portrait, alignment(face))
    assert seen.shape == (512, 512, 3)
