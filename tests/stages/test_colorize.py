"""Colours come from the network, luminance from the picture; the official key layout loads as official files do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from errors import RecipeError, WeightsError
from media.picture import FloatArray, Picture
from media.srgb import LUMINANCE, decode, encode
from models import LoadedModel
from networks.ddcolor import DDColorNetwork
from stages.base import Work
from stages.colorize import Colorize, ColorizeSettings, colour_at_luminance


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
        return LoadedModel(name, "0" * 64, "test", 1, "cpu", "float32", 0, 0.0, self.network)


def _work(network: torch.nn.Module) -> Work:
    return Work(_Models(network))  # type: ignore[arg-type]


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
    picture, work = Picture(photograph), _work(_OneColour(30.0, 20.0))
    assert Colorize().run(picture, ColorizeSettings(), work) is picture
    assert "colours of its own" in work.notes[0]
    asked = Colorize().run(picture, ColorizeSettings(when="always"), work)
    assert np.ptp(asked.pixels[:, : picture.width // 2 - 8], axis=2).max() < 4e-3


def test_a_toned_print_counts_as_grey(photograph: FloatArray) -> None:
    toned = _grey(photograph).pixels * np.float32([1.0, 0.9, 0.7])
    work = _work(_OneColour(30.0, 20.0))
    made = Colorize().run(Picture(np.asarray(toned, np.float32)), ColorizeSettings(), work)
    assert not work.notes
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
        Colorize().models(ColorizeSettings(model="ffdnet-color"))


@pytest.mark.slow
def test_official_key_layout_loads_and_colours_a_photograph(photograph: FloatArray, tmp_path: Path) -> None:
    from spandrel_extra_arches.architectures.DDColor import DDColor

    from weights.load import load_state_dict

    torch.manual_seed(0)
    official = DDColor(
        encoder_name="convnext-t", input_size=(256, 256), nf=512, num_output_channels=2, last_norm="Spectral",
        num_queries=100, num_scales=3, dec_layers=9,
    )  # fmt: skip
    torch.save({"params": official.state_dict()}, tmp_path / "ddcolor.pth")
    network = DDColorNetwork.from_state_dict(load_state_dict(tmp_path / "ddcolor.pth")).eval()
    picture = _grey(photograph)
    made = Colorize().run(picture, ColorizeSettings(quality=256), _work(network))
    np.testing.assert_allclose(decode(made.pixels) @ LUMINANCE, decode(picture.pixels) @ LUMINANCE, atol=2e-5)
    again = Colorize().run(picture, ColorizeSettings(quality=256), _work(network))
    np.testing.assert_array_equal(made.pixels, again.pixels)


def test_weights_of_something_else_are_told() -> None:
    with pytest.raises(WeightsError, match="not those of DDColor"):
        DDColorNetwork.from_state_dict({"conv.weight": torch.zeros(3, 3, 3, 3)})
