"""What a person may hand to the faces stage: nothing breaks or is pretended, and the record says what was done."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from restoration_studio.config import Config
from restoration_studio.context import StageContext
from restoration_studio.errors import WeightsError
from restoration_studio.image.picture import FloatArray, Picture
from restoration_studio.image.pillow import picture_from_image
from restoration_studio.image.resize import resize
from restoration_studio.models import LoadedModel, ModelManager
from restoration_studio.networks.capabilities import Capabilities
from restoration_studio.pipeline import RestorationPipeline
from restoration_studio.stages.faces import Faces, FacesSettings


class _Models(ModelManager):
    """The real detector; a network that lightens in place of GFPGAN."""

    def get(self, name: str, **more: Any) -> LoadedModel:
        if name == "gfpgan-1.4":
            return LoadedModel(
                name, "0" * 64, "test", Capabilities(), "cpu", "float32", 0, 0.0, lambda face, *_: face * 0.7 + 0.15
            )
        return super().get(name, **more)

    def fetch(self, name: str, progress: Any = None) -> str:
        return "0" * 64 if name == "gfpgan-1.4" else super().fetch(name, progress)


@pytest.fixture
def portrait() -> FloatArray:
    from skimage.data import astronaut

    return np.ascontiguousarray((astronaut()[:256, 90:346] / 255).astype(np.float32))


@pytest.fixture
def restore(weights_config: Config) -> Callable[..., tuple[FloatArray, StageContext]]:
    def run(pixels: FloatArray, **settings: Any) -> tuple[FloatArray, StageContext]:
        picture = Picture(np.ascontiguousarray(pixels))
        context = StageContext(_Models(weights_config), unenlarged=picture)
        made = Faces().run(picture, FacesSettings(**({"guard": 0.0, "turned": False} | settings)), context)
        assert made.pixels.shape == pixels.shape and np.isfinite(made.pixels).all()
        return made.pixels, context

    return run


Restore = Callable[..., tuple[FloatArray, StageContext]]
pytestmark = pytest.mark.network


def _count(context: StageContext) -> int:
    return len(context.figures.get("faces", []))


def test_a_cat_is_no_face(restore: Restore) -> None:
    from skimage.data import chelsea

    pixels = (chelsea() / 255).astype(np.float32)
    made, context = restore(pixels)
    np.testing.assert_array_equal(made, pixels)
    assert "no face was found" in context.notes[0]


@pytest.mark.slow
def test_forty_faces(restore: Restore, portrait: FloatArray) -> None:
    crowd = np.tile(resize(portrait, (160, 160)), (5, 8, 1))
    made, context = restore(crowd, smallest=8)
    assert _count(context) == 40 and context.notes[-1] == "40 faces found, 40 restored or tried."
    changed = (made != crowd).any(axis=2).reshape(5, 160, 8, 160).any(axis=(1, 3))
    assert changed.all()


@pytest.mark.parametrize("cut", ["left", "right", "top", "bottom"])
def test_a_face_cut_by_the_border(restore: Restore, portrait: FloatArray, cut: str) -> None:
    left, top, right, bottom = {
        "left": (110, 0, 256, 256), "right": (0, 0, 150, 256), "top": (0, 85, 256, 256), "bottom": (0, 0, 256, 150),
    }[cut]  # fmt: skip
    pixels = np.ascontiguousarray(portrait[top:bottom, left:right])
    made, context = restore(pixels)
    if _count(context) == 0:
        np.testing.assert_array_equal(made, pixels)
    else:
        assert (made != pixels).any()
    steps = [np.abs(np.diff(array, axis=0)).max() for array in (made, pixels)]
    assert steps[0] <= steps[1] + 0.02


@pytest.mark.slow
@pytest.mark.parametrize("turn", [1, 2, 3])
def test_a_face_upside_down_or_lying(restore: Restore, portrait: FloatArray, turn: int) -> None:
    turned = np.ascontiguousarray(np.rot90(portrait, turn))
    made, context = restore(turned, turned=True)
    upright, _ = restore(portrait)
    assert _count(context) == 1
    back = np.rot90(made, -turn)
    changed = [(a != b).any(axis=2) for a, b in ((back, portrait), (upright, portrait))]
    overlap = (changed[0] & changed[1]).sum() / (changed[0] | changed[1]).sum()
    assert overlap > 0.8, "the same oval, turned"


def test_a_face_of_thirty_pixels(restore: Restore, portrait: FloatArray) -> None:
    small = resize(portrait, (72, 72))  # the face is about a third of it
    made, context = restore(small, smallest=16)
    (said,) = context.figures["faces"]
    left, _, right, _ = said["box"]
    assert 18 < right - left < 40 and (made != small).any()
    same, left_alone = restore(small, smallest=64)
    np.testing.assert_array_equal(same, small)
    assert "no face" in left_alone.notes[0]


@pytest.mark.parametrize("mode", ["L", "RGB", "P", "CMYK"])
def test_a_grey_picture_stays_grey_however_it_was_stored(
    weights_config: Config, portrait: FloatArray, mode: str
) -> None:
    grey = Image.fromarray((portrait * 255).astype(np.uint8)).convert("L")
    stream = io.BytesIO()
    stored = Image.merge("CMYK", [Image.new("L", grey.size)] * 3 + [grey.point(lambda v: 255 - v)])
    (stored if mode == "CMYK" else grey.convert(mode)).save(stream, "TIFF" if mode == "CMYK" else "PNG")
    picture = picture_from_image(Image.open(stream))
    pipeline = RestorationPipeline(weights_config, _Models(weights_config))
    recipe = {"stages": [{"stage": "faces", "turned": False}, {"stage": "detail"}, {"stage": "grain"}]}
    made, _ = pipeline.restore_image(picture, recipe)
    assert picture.grey and made.grey
    np.testing.assert_array_equal(made.pixels[..., 0], made.pixels[..., 1])
    np.testing.assert_array_equal(made.pixels[..., 0], made.pixels[..., 2])


def test_weights_that_are_not_here(portrait: FloatArray, tmp_path: Path) -> None:
    pipeline = RestorationPipeline(Config(cache_dir=tmp_path, offline=True, device="cpu"))
    with pytest.raises(WeightsError, match="not on this machine and offline is set") as caught:
        pipeline.restore_image(Picture(portrait), {"stages": [{"stage": "faces"}]})
    assert caught.value.exit_code == 3


def test_weights_for_non_commercial_work_need_a_yes(portrait: FloatArray, tmp_path: Path) -> None:
    pipeline = RestorationPipeline(Config(cache_dir=tmp_path, offline=True, device="cpu"))
    recipe = {"stages": [{"stage": "faces", "model": "codeformer", "detector": "retinaface-mobile0.25", "guard": 0.0}]}
    asked: list[str] = []
    pipeline.models.fetch = _only_the_restorer(pipeline.models, asked)  # type: ignore[method-assign]
    with pytest.raises(WeightsError, match=r"forbids commercial use.*--accept-licence") as caught:
        pipeline.restore_image(Picture(portrait), recipe)
    assert asked[-1] == "codeformer" and caught.value.exit_code == 3


def _only_the_restorer(models: ModelManager, asked: list[str]) -> Callable[..., str]:
    real = models.fetch

    def fetch(name: str, progress: Any = None) -> str:
        asked.append(name)
        return real(name, progress) if name == "codeformer" else "0" * 64

    return fetch


@pytest.mark.parametrize("name", ["00011", "00066"])
def test_a_face_in_profile(restore: Restore, shared_data: Path, name: str) -> None:
    image = Image.open(shared_data / f"eval/old_photos/{name}.jpg").convert("RGB")
    image.thumbnail((640, 640))
    pixels = np.asarray(image, np.float32) / np.float32(255)
    made, context = restore(pixels)
    assert _count(context) >= 1
    for said in context.figures["faces"]:
        left, top, right, bottom = said["box"]
        middle = (slice(int(top * 0.6 + bottom * 0.4), int(bottom)), slice(int(left), int(right)))
        assert (made[middle] != pixels[middle]).any(axis=2).mean() > 0.8, "the oval lies on the face"
    assert (made != pixels).any(axis=2).mean() < 0.5
