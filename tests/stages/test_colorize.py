"""Colours come from the network, luminance from the picture; the official key layout loads as official files do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from restoration_studio.config import Config
from restoration_studio.context import StageContext
from restoration_studio.errors import RecipeError, WeightsError
from restoration_studio.image.picture import FloatArray, Picture
from restoration_studio.image.srgb import LUMINANCE, decode, encode
from restoration_studio.models import LoadedModel, ModelManager
from restoration_studio.networks.capabilities import Capabilities
from restoration_studio.networks.ddcolor import DDColorNetwork
from restoration_studio.pipeline import RestorationPipeline
from restoration_studio.stages.colorize import Colorize, ColorizeSettings
from restoration_studio.stages.luminance import colour_at_luminance


class _OneColour(torch.nn.Module):
    """Stands for a network: the same a and b everywhere, but in the left half."""

    scale = 1

    def __init__(self, a: float, b: float) -> None:
        super().__init__()
        self.colour = torch.tensor([a, b]).view(1, 2, 1, 1) / 256 + 0.5

    def forward(self, grey: torch.Tensor) -> torch.Tensor:
        assert torch.equal(grey[:, 0], grey[:, 1]) and torch.equal(grey[:, 0], grey[:, 2])
        made = self.colour.expand(-1, -1, *grey.shape[-2:]).clone()
        made[..., : grey.shape[-1] // 2] = 0.5
        return made


class _Models:
    def __init__(self, network: torch.nn.Module) -> None:
        self.network = network

    def get(self, name: str, *, precision: str, progress: object) -> LoadedModel:
        return LoadedModel(name, "0" * 64, "test", Capabilities(), "cpu", "float32", 0, 0.0, self.network)


def _work(network: torch.nn.Module) -> StageContext:
    return StageContext(_Models(network))  # type: ignore[arg-type]


def _grey(photograph: FloatArray) -> Picture:
    grey = np.repeat(photograph.mean(axis=2, keepdims=True), 3, axis=2)
    return Picture(grey, grey=True)


@pytest.mark.parametrize("colour", [(0.0, 0.0), (40.0, 30.0), (-90.0, 80.0), (20.0, -120.0)])
def test_luminance_is_the_originals(photograph: FloatArray, colour: tuple[float, float]) -> None:
    picture = _grey(photograph)
    made = Colorize().run(picture, ColorizeSettings(), _work(_OneColour(*colour)))
    assert not made.grey and made.pixels.shape == picture.pixels.shape
    assert made.pixels.min() >= 0 and made.pixels.max() <= 1
    before, after = (decode(p.pixels) @ LUMINANCE for p in (picture, made))
    np.testing.assert_allclose(after, before, atol=2e-5)
    left = made.pixels[:, : picture.width // 2 - 8]
    np.testing.assert_allclose(left, picture.pixels[:, : picture.width // 2 - 8], atol=2e-3)  # greys stay grey


def test_colours_are_where_the_network_put_them(photograph: FloatArray) -> None:
    made = Colorize().run(_grey(photograph), ColorizeSettings(), _work(_OneColour(30.0, 20.0)))
    right = made.pixels[:, made.width // 2 + 8 :]
    assert (right[..., 0] - right[..., 2]).mean() > 0.05
    twice = Colorize().run(_grey(photograph), ColorizeSettings(saturation=2.0), _work(_OneColour(30.0, 20.0)))
    none = Colorize().run(_grey(photograph), ColorizeSettings(saturation=0.0), _work(_OneColour(30.0, 20.0)))
    spread = [np.ptp(p.pixels[:, p.width // 2 + 8 :], axis=2).mean() for p in (none, made, twice)]
    assert spread[0] < 1e-3 < spread[1] < spread[2]


def test_weak_colour_fades_to_none(photograph: FloatArray) -> None:
    made = Colorize().run(_grey(photograph), ColorizeSettings(), _work(_OneColour(1.0, 1.0)))
    assert np.ptp(made.pixels, axis=2).max() < 2 / 255


def test_a_colour_photograph_is_left_alone_unless_asked(photograph: FloatArray) -> None:
    picture, context = Picture(photograph), _work(_OneColour(30.0, 20.0))
    assert Colorize().run(picture, ColorizeSettings(), context) is picture
    assert "colours of its own" in context.notes[0]
    asked = Colorize().run(picture, ColorizeSettings(when="always"), context)
    assert np.ptp(asked.pixels[:, : picture.width // 2 - 8], axis=2).max() < 4e-3


def test_a_toned_print_counts_as_grey(photograph: FloatArray) -> None:
    toned = _grey(photograph).pixels * np.float32([1.0, 0.9, 0.7])
    context = _work(_OneColour(30.0, 20.0))
    made = Colorize().run(Picture(np.asarray(toned, np.float32)), ColorizeSettings(), context)
    assert not context.notes
    assert np.ptp(made.pixels[:, : made.width // 2 - 8], axis=2).max() < 4e-3  # the tone has gone


@pytest.mark.parametrize("shape", [(1, 1), (3, 500), (40, 2)])
def test_any_shape(shape: tuple[int, int]) -> None:
    picture = Picture(np.full((*shape, 3), 0.5, np.float32), grey=True)
    assert Colorize().run(picture, ColorizeSettings(quality=128), _work(_OneColour(5, 5))).pixels.shape == (*shape, 3)


def test_colour_out_of_reach_keeps_its_hue_and_luminance() -> None:
    luminance = np.linspace(0, 1, 50, dtype=np.float32)[None]
    made = colour_at_luminance(luminance, np.full((1, 50, 2), 100, np.float32))
    np.testing.assert_allclose(decode(made) @ LUMINANCE, luminance, atol=2e-5)
    assert made.min() >= 0 and made.max() <= 1
    np.testing.assert_allclose(decode(encode(luminance)), luminance, atol=1e-6)


def test_colours_agree_with_opencvs_lab() -> None:
    import cv2

    lab = np.array([[[60.0, 20.0, -30.0], [40.0, -15.0, 20.0], [5.0, 2.0, -1.0]]], np.float32)
    expected = cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)
    luminance = decode(expected) @ LUMINANCE
    np.testing.assert_allclose(colour_at_luminance(luminance, lab[..., 1:]), expected, atol=4e-3)


def test_a_model_for_something_else_is_refused() -> None:
    with pytest.raises(RecipeError, match="not for colourisation"):
        ColorizeSettings(model="ffdnet-color")


def test_a_network_that_gives_no_colours_is_refused() -> None:
    class Doubles:
        name = "doubles.pth"

        def __call__(self, pixels: FloatArray) -> FloatArray:
            return np.repeat(np.repeat(pixels, 2, axis=0), 2, axis=1)

    picture = Picture(np.full((40, 50, 3), 0.5, np.float32), grey=True)
    with pytest.raises(RecipeError, match=r"doubles\.pth' is no colouriser"):
        Colorize().run(picture, ColorizeSettings(model="doubles.pth", quality=128), _work(Doubles()))


def test_hints_lie_on_top_of_the_networks_colours_and_nowhere_else(photograph: FloatArray) -> None:
    y, x = np.mgrid[:120, :200]
    grey = np.where(np.hypot(x - 50, y - 60) < 35, 0.7, 0.3).astype(np.float32)
    picture = Picture(np.repeat(grey[..., None], 3, axis=2), grey=True)
    alone = Colorize().run(picture, ColorizeSettings(), _work(_OneColour(30.0, 20.0))).pixels
    hinted = Colorize().run(picture, ColorizeSettings(hints="50,60,#2040c0"), _work(_OneColour(30.0, 20.0))).pixels
    assert hinted[60, 50, 2] - hinted[60, 50, 0] > 0.2
    np.testing.assert_array_equal(hinted[:, 100:], alone[:, 100:])
    weak = Colorize().run(picture, ColorizeSettings(hints="50,60,#2040c0", saturation=0.0), _work(_OneColour(30, 20)))
    assert np.ptp(weak.pixels, axis=2).max() < 1e-3


@pytest.mark.parametrize("mode", ["L", "RGB", "P", "CMYK"])
def test_a_grey_picture_is_coloured_however_it_was_stored(photograph: FloatArray, mode: str) -> None:
    import io

    from PIL import Image

    from restoration_studio.image.pillow import picture_from_image

    grey = Image.fromarray((photograph * 255).astype(np.uint8)).convert("L")
    black = Image.merge("CMYK", [*[Image.new("L", grey.size)] * 3, grey.point(lambda value: 255 - value)])
    stream = io.BytesIO()
    (black if mode == "CMYK" else grey.convert(mode)).save(stream, "TIFF" if mode == "CMYK" else "PNG")
    picture = picture_from_image(Image.open(stream))
    assert picture.grey
    made = Colorize().run(picture, ColorizeSettings(), _work(_OneColour(40.0, 30.0)))
    right = made.pixels[:, made.width // 2 + 8 :]
    assert not made.grey and (right[..., 0] - right[..., 2]).mean() > 0.05


@pytest.fixture
def small_colorizer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tiny checkpoint of the small colouriser's layout in the catalogue, shipped; nothing else is on the machine."""
    from safetensors.torch import save_file

    from restoration_studio.files import sha256_of_file
    from restoration_studio.networks.colorizer import Colorizer
    from restoration_studio.weights import catalogue, store
    from restoration_studio.weights.sources import ShippedSource

    torch.manual_seed(0)
    path = tmp_path / "small.safetensors"
    save_file(Colorizer(widths=(8, 8, 8)).state_dict(), path)
    entry = catalogue.Model(
        name=catalogue.SMALL_COLORIZER, title="Small colouriser", purpose="colourisation", architecture="Colorizer",
        scale=1, licence="MIT", sources=(ShippedSource(path.name, sha256_of_file(path)),),
    )  # fmt: skip
    monkeypatch.setitem(catalogue.MODELS, entry.name, entry)
    monkeypatch.setattr(store, "SHIPPED_DIR", tmp_path)
    return path


def test_the_shipped_colouriser_works_on_a_fresh_machine(
    photograph: FloatArray, small_colorizer: Path, tmp_path: Path
) -> None:
    pipeline = RestorationPipeline(Config(cache_dir=tmp_path / "cache", offline=True, device="cpu"))
    picture = _grey(photograph)
    made, stats = pipeline.restore_image(picture, {"stages": [{"stage": "colorize", "quality": 128}]})
    np.testing.assert_allclose(decode(made.pixels) @ LUMINANCE, decode(picture.pixels) @ LUMINANCE, atol=2e-5)
    (stage,) = stats["stages"]
    assert (
        stage["models"][0]["name"] == "small-colorizer" and stage["models"][0]["source"] == "shipped with the program"
    )
    assert stats["recipe"]["stages"][0]["model"] == "small-colorizer"
    assert any("weights fetch ddcolor-modelscope" in note for note in stats["notes"])
    again, said = pipeline.restore_image(picture, stats["recipe"])
    np.testing.assert_array_equal(again.pixels, made.pixels)
    assert not said["notes"], "whoever asks for it by name knows"


def test_ddcolor_comes_first_where_it_is(small_colorizer: Path, tmp_path: Path) -> None:
    from restoration_studio.weights.catalogue import ANY_COLORIZER
    from restoration_studio.weights.store import resolve_alias

    config = Config(cache_dir=tmp_path / "cache", offline=True)
    assert resolve_alias(ANY_COLORIZER, config) == "small-colorizer"
    (config.weights_dir / "ddcolor-modelscope").mkdir(parents=True)
    (config.weights_dir / "ddcolor-modelscope" / "ddcolor_modelscope.pth").write_bytes(b"damaged")
    assert resolve_alias(ANY_COLORIZER, config) == "ddcolor-modelscope"
    assert resolve_alias("realesrgan-x4plus", config) == "realesrgan-x4plus"
    with pytest.raises(WeightsError, match="damaged or another file"):
        ModelManager(config).fetch(ANY_COLORIZER)


def test_without_any_colouriser_one_sentence_says_so(
    photograph: FloatArray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from restoration_studio.weights import catalogue

    monkeypatch.delitem(catalogue.MODELS, catalogue.SMALL_COLORIZER, raising=False)
    pipeline = RestorationPipeline(Config(cache_dir=tmp_path, offline=True, device="cpu"))
    with pytest.raises(WeightsError, match="ddcolor-modelscope are not on this machine") as caught:
        pipeline.restore_image(_grey(photograph), {"stages": [{"stage": "colorize"}]})
    assert caught.value.exit_code == 3


def test_weights_of_something_else_are_told() -> None:
    pytest.importorskip("spandrel_extra_arches", reason="the extra 'extra-architectures' is not installed")
    with pytest.raises(WeightsError, match="not those of DDColor"):
        DDColorNetwork.from_state_dict({"conv.weight": torch.zeros(3, 3, 3, 3)})
