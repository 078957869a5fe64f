from __future__ import annotations

import re

import pytest
import torch

from restoration_studio.errors import WeightsError
from restoration_studio.weights.catalogue import MODELS, Model, get
from restoration_studio.weights.sources import FORMATS, HuggingFaceSource, ShippedSource, UrlSource, WheelSource

ENDINGS = {"torch": (".pth", ".pkl", ".pt", ".ckpt"), "torchscript": (".pt",), "safetensors": (".safetensors",),
           "ncnn": (".bin",), "onnx": (".onnx",)}  # fmt: skip


@pytest.fixture(params=MODELS.values(), ids=MODELS)
def model(request: pytest.FixtureRequest) -> Model:
    return request.param  # type: ignore[no-any-return]


def test_every_source_is_pinned_and_its_kind_is_known(model):
    assert model.sources
    for source in model.sources:
        if source.sha256 or not isinstance(source, HuggingFaceSource):  # else the hub states it: weights/hub.py
            assert re.fullmatch(r"[0-9a-f]{64}", source.sha256)
            assert source.size and source.size > 1000
        assert source.format in FORMATS and source.filename.endswith(ENDINGS[source.format])
        if isinstance(source, UrlSource | HuggingFaceSource):
            assert source.url.startswith("https://")
        if isinstance(source, HuggingFaceSource):
            assert re.fullmatch(r"[0-9a-f]{40}", source.revision)
        if isinstance(source, WheelSource):
            assert re.fullmatch(r"\d+(\.\d+)+", source.version)


def test_names_on_disk_tell_different_bytes_apart(model):
    """The same bytes have one name; other bytes (another format) have another."""
    by_name = {source.filename: source.sha256 for source in model.sources}
    assert len(by_name) == len({source.sha256 for source in model.sources})
    assert all(by_name[source.filename] == source.sha256 for source in model.sources)


def test_the_entry_says_what_a_person_must_know(model):
    assert re.fullmatch(r"[a-z0-9.-]+", model.name)
    assert MODELS[model.name] is model
    assert model.title and model.purpose and model.architecture and model.licence and model.scale in (1, 2, 4)
    assert model.commercial == (model.licence in {"MIT", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0"})
    assert model.commercial or not model.default  # what needs a yes is never fetched unasked


def test_no_bytes_are_listed_twice():
    hashes = [sha256 for model in MODELS.values() for sha256 in {source.sha256 for source in model.sources} if sha256]
    assert len(hashes) == len(set(hashes))


def test_shipped_files_are_there(model):
    from restoration_studio.weights.store import SHIPPED_DIR

    for source in model.sources:
        if isinstance(source, ShippedSource):
            assert (SHIPPED_DIR / source.filename).is_file()


def test_get_finds_entries_and_suggests_names_that_come_close():
    assert get("codeformer").commercial is False
    with pytest.raises(WeightsError, match=r"did you mean gfpgan-1.4 or gfpgan-1.3"):
        get("GFPGAN")
    with pytest.raises(WeightsError, match=r"python -m restoration_studio.weights list shows the names"):
        get("zzzz")


def giga_multiply_adds_per_megapixel(network: torch.nn.Module, side: int = 64) -> float:
    """Run the network without data on a picture of side x side and count each convolution's work."""
    done = 0

    def count(layer: torch.nn.Module, given: object, made: torch.Tensor) -> None:
        nonlocal done
        done += made.numel() * layer.weight[0].numel()  # type: ignore[index, union-attr, operator]

    for layer in network.modules():
        if isinstance(layer, torch.nn.Conv2d):
            layer.register_forward_hook(count)
    network(torch.zeros(1, 3, side, side, device=next(network.parameters()).device))
    return done / side**2 * 1e6 / 1e9


def _ffdnet() -> torch.nn.Module:
    """FFDNet for colour as its checkpoint has it: 12 convolutions on a picture folded to half its sides."""

    class NoiseLevel(torch.nn.Module):
        def forward(self, pixels: torch.Tensor) -> torch.Tensor:
            return torch.cat([pixels, pixels[:, :1]], 1)

    layers: list[torch.nn.Module] = [torch.nn.PixelUnshuffle(2), NoiseLevel(), torch.nn.Conv2d(13, 96, 3, padding=1)]
    layers += [torch.nn.Conv2d(96, 96, 3, padding=1) for _ in range(10)]
    return torch.nn.Sequential(*layers, torch.nn.Conv2d(96, 12, 3, padding=1), torch.nn.PixelShuffle(2))


def _networks() -> dict[str, torch.nn.Module]:
    from spandrel.architectures.Compact import Compact
    from spandrel.architectures.ESRGAN import ESRGAN

    from restoration_studio.networks.colorizer import ColorizerNetwork
    from restoration_studio.networks.damage_unet import DamageUNet
    from restoration_studio.weights.load import load_state_dict
    from restoration_studio.weights.store import SHIPPED_DIR

    colours, damage = (
        load_state_dict(SHIPPED_DIR / f"{name}.safetensors") for name in ("small-colorizer", "damage-unet")
    )
    own = {
        "small-colorizer": ColorizerNetwork.from_state_dict(colours).to("meta"),
        "damage-unet": DamageUNet.from_state_dict(damage).eval(),
    }
    with torch.device("meta"):
        return own | {
            "realesrgan-x4plus": ESRGAN(num_blocks=23),
            "realesrgan-x4plus-anime": ESRGAN(num_blocks=6),
            "realesrgan-x2plus": ESRGAN(in_nc=12, num_blocks=23, scale=2, shuffle_factor=2),
            "realesr-animevideov3": Compact(num_conv=16),
            "realesr-general-x4v3": Compact(num_conv=32),
            "realesr-general-wdn-x4v3": Compact(num_conv=32),
            "ffdnet-color": _ffdnet(),
        }


def test_the_stated_work_is_that_of_the_layers():
    networks = _networks()
    stated = {m.name: m.giga_multiply_adds_per_megapixel for m in MODELS.values() if m.giga_multiply_adds_per_megapixel}
    assert stated.keys() == networks.keys()
    for name, network in networks.items():
        assert stated[name] == pytest.approx(giga_multiply_adds_per_megapixel(network), rel=1e-6), name
