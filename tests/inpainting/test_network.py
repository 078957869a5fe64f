"""Filling with networks: what they are given, what is taken from them, and the official LaMa's layout."""

from __future__ import annotations

import types
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch

from restoration_studio.config import Config
from restoration_studio.context import StageContext
from restoration_studio.errors import WeightsError
from restoration_studio.image.picture import FloatArray
from restoration_studio.inpainting.base import FillOptions
from restoration_studio.inpainting.errors import MethodNeedsWeights
from restoration_studio.inpainting.fill import fill
from restoration_studio.inpainting.methods import get_method
from restoration_studio.inpainting.network import NetworkFill, call_at_most
from restoration_studio.models import LoadedModel, ModelManager
from restoration_studio.networks.capabilities import HOLE, Capabilities
from restoration_studio.networks.partial_convolution import PartialConvUNet


def loaded(network: torch.nn.Module) -> LoadedModel:
    takes = getattr(network, "capabilities", Capabilities(conditions=(HOLE,)))
    return LoadedModel("tiny", "0" * 64, "here", takes, "cpu", "float32", 1, 0.0, network.eval())


def context(network: torch.nn.Module, seed: int = 0) -> StageContext:
    model = loaded(network)
    return StageContext(models=types.SimpleNamespace(get=lambda *_, **__: model), seed=seed)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def tiny() -> PartialConvUNet:
    torch.manual_seed(0)
    return PartialConvUNet((8, 8, 8))


@pytest.fixture
def hole(photograph: FloatArray) -> np.ndarray:
    made = np.zeros(photograph.shape[:2], bool)
    made[30:50, 40:70] = made[80, 5:120] = True
    return made


METHOD = NetworkFill("tiny", "Tiny", "A network for tests.", model="tiny")


def test_outside_the_holes_nothing_changes(photograph: FloatArray, hole: np.ndarray, tiny: PartialConvUNet) -> None:
    made = fill(photograph, hole, METHOD, FillOptions(), context(tiny))
    np.testing.assert_array_equal(made[~hole], photograph[~hole])
    assert np.isfinite(made).all() and made.min() >= 0 and made.max() <= 1


def test_what_was_in_the_hole_makes_no_difference(
    photograph: FloatArray, hole: np.ndarray, tiny: PartialConvUNet
) -> None:
    other = photograph.copy()
    other[hole] = 1
    one, two = (fill(pixels, hole, METHOD, FillOptions(), context(tiny)) for pixels in (photograph, other))
    np.testing.assert_array_equal(one, two)


class Darker(torch.nn.Module):
    """Knows the truth, and has a cast: a network whose colours are off, as many are."""

    def __init__(self, truth: FloatArray) -> None:
        super().__init__()
        self.truth = torch.from_numpy(truth.transpose(2, 0, 1))[None] * 0.6
        self.seen: list[tuple[torch.Tensor, torch.Tensor]] = []

    def forward(self, picture: torch.Tensor, hole: torch.Tensor) -> torch.Tensor:
        self.seen.append((picture, hole))
        assert picture.shape == self.truth.shape and hole.shape == (1, 1, *picture.shape[2:])
        return self.truth


def test_a_networks_colours_are_brought_in_line_with_the_picture() -> None:
    y, x = np.mgrid[:100, :100].astype(np.float32) / 100
    truth = np.stack([0.4 + 0.2 * x, 0.5 + 0.1 * y, 0.6 - 0.2 * x], axis=2).astype(np.float32)
    hole = np.hypot(x - 0.5, y - 0.5) < 0.2
    network = Darker(truth)
    made = fill(truth, hole, METHOD, FillOptions(), context(network))
    assert np.abs(made - truth).max() < 0.03, "the network is off by 0.2"
    ((picture, given),) = network.seen
    assert (given[0, 0].numpy() == hole).all() and (picture[0].numpy()[:, hole] == 0).all()


def test_large_holes_are_filled_at_reduced_size(photograph: FloatArray) -> None:
    large = np.repeat(np.repeat(photograph, 4, axis=0), 4, axis=1)
    hole = np.zeros(large.shape[:2], bool)
    hole[100:300, 100:400] = True
    sizes = []

    def call(pixels: FloatArray, marked: np.ndarray) -> FloatArray:
        sizes.append(pixels.shape)
        assert (pixels[marked] == 0).all() and marked.mean() == pytest.approx(hole.mean(), rel=0.05)
        return pixels

    large[hole] = 0
    made = call_at_most(128, large, hole, call)
    assert sizes == [(96, 128, 3)] and made.shape == large.shape
    assert np.abs(made - large)[~hole].mean() < 0.03


def test_the_method_network_must_be_told_which() -> None:
    assert get_method("network").models(FillOptions(model="mine.pth")) == ("mine.pth",)
    with pytest.raises(MethodNeedsWeights, match="inpaint_model"):
        get_method("network").check(FillOptions())


# ---- LaMa


@pytest.fixture(scope="module")
def official_lama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A TorchScript archive as the official big-lama.pt is, by its names and shapes, with random values."""
    from spandrel.architectures.LaMa.__arch.LaMa import LaMa

    torch.manual_seed(0)
    root = torch.nn.Module()
    for name, value in LaMa(in_nc=4, out_nc=3).state_dict().items():
        *folders, last = name.split(".")
        module = root
        for folder in folders:
            if not hasattr(module, folder):
                module.add_module(folder, torch.nn.Module())
            module = getattr(module, folder)
        module.register_buffer(last, value)
    path = tmp_path_factory.mktemp("lama") / "big-lama.pt"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch.jit is old; the official file is too
        torch.jit.save(torch.jit.script(root), str(path))
    return path


@pytest.mark.slow
def test_the_official_lama_layout_fills_and_leaves_the_rest(
    official_lama: Path, photograph: FloatArray, hole: np.ndarray, tmp_path: Path
) -> None:
    """Sizes that are no multiple of eight, from a TorchScript archive, through the whole stage."""
    from restoration_studio.pipeline import RestorationPipeline

    manager = ModelManager(Config(cache_dir=tmp_path, device="cpu", offline=True))
    pipeline = RestorationPipeline(models=manager)
    given = photograph[:91, :117]
    made, stats = pipeline.restore_image(
        given, {"stages": [{"stage": "inpaint"}]}, mask=hole[:91, :117], inpaint_method="lama",
        inpaint_model=str(official_lama), mask_grow=0, mask_feather=0, inpaint_grain=0, precision="bfloat16",
    )  # fmt: skip
    np.testing.assert_array_equal(made[~hole[:91, :117]], given[~hole[:91, :117]])
    assert np.isfinite(made).all() and (made != given).any()
    assert stats["stages"][0]["models"][0]["name"] == str(official_lama)

    network = manager.get(str(official_lama))
    inside = hole[:91, :117].astype(np.float32)
    whole = network(given, inside)
    assert whole.shape == given.shape and np.abs(whole - given)[inside == 0].max() > 0.01, "the network's own picture"
    with pytest.raises(WeightsError, match="fills holes and does nothing else"):
        network(given)


def test_lama_without_its_weights_says_how_to_get_them(tmp_path: Path) -> None:
    config = Config(cache_dir=tmp_path, device="cpu", offline=True)
    with pytest.raises(WeightsError, match=r"big-lama.*offline"):
        StageContext(models=ModelManager(config)).model(get_method("lama").models(FillOptions())[0])
    assert not get_method("lama").is_here(config) and get_method("telea").is_here(config)


@pytest.mark.parametrize("size", [(3, 4), (5, 40), (17, 8)])
def test_the_smallest_pictures(photograph: FloatArray, tiny: PartialConvUNet, size: tuple[int, int]) -> None:
    """Networks are given at least 16 pixels on a side; the mask is enlarged as the picture is."""
    small = photograph[: size[0], : size[1]]
    hole = np.zeros(size, bool)
    hole[1, 1:3] = True
    made = fill(small, hole, METHOD, FillOptions(), context(tiny))
    assert made.shape == small.shape and np.isfinite(made).all()
    np.testing.assert_array_equal(made[~hole], small[~hole])


@pytest.mark.parametrize("upright", [False, True])
def test_a_network_of_one_size_gets_that_size_lying_down(photograph: FloatArray, upright: bool) -> None:
    """One that gives back what it saw: the result is the window reduced and enlarged, at its own place."""
    seen = []

    class Mirror(torch.nn.Module):
        capabilities = Capabilities(conditions=(HOLE,), fixed_size=(64, 96))

        def forward(self, picture: torch.Tensor, hole: torch.Tensor) -> torch.Tensor:
            seen.append((picture.shape[-2:], float(hole.mean())))
            slope = torch.linspace(0, 1, 96).expand(64, 96)
            return picture * (1 - hole) + slope * hole

    pixels = photograph[:120, :180] if not upright else photograph.transpose(1, 0, 2)[:180, :120]
    marked = np.zeros(pixels.shape[:2], bool)
    marked[50:70, 40:60] = True
    method = NetworkFill("one", "One", "A network of one size.", model="one")
    part = np.where(marked[..., None], 0, pixels)
    made = method.fill(np.ascontiguousarray(part), marked, FillOptions(), context(Mirror()), 0)
    assert seen[0][0] == (64, 96) and seen[0][1] == pytest.approx(marked.mean(), abs=0.01)
    assert made.shape == pixels.shape
    along = np.linspace(0, 1, max(pixels.shape[:2]))
    wanted = along[50:70][:, None] if upright else along[40:60][None]
    assert (
        np.abs(made[50:70, 40:60].mean(axis=2)[4:-4, 4:-4] - np.broadcast_to(wanted, (20, 20))[4:-4, 4:-4]).max() < 0.05
    )


@pytest.mark.parametrize("dense", [False, True])
def test_context_encoders_fill_pictures_of_any_size(photograph: FloatArray, hole: np.ndarray, dense: bool) -> None:
    from restoration_studio.networks.context_encoder import ContextEncoder

    torch.manual_seed(0)
    encoder = ContextEncoder((8, 8, 8), dense=dense, size=(64, 96))
    method = NetworkFill("encoder", "Encoder", "A context encoder.", model="encoder")
    made = fill(photograph, hole, method, FillOptions(), context(encoder))
    np.testing.assert_array_equal(made[~hole], photograph[~hole])
    assert np.isfinite(made).all() and not np.array_equal(made[hole], photograph[hole])
