"""Fixtures for every room: weights fetched once, networks small enough for tests, pictures made on the spot."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from restoration_studio.config import Config
from restoration_studio.image.picture import FloatArray

REPOSITORY = Path(__file__).parent.parent
SHARED_DATA = REPOSITORY.parent / "shared" / "data"


@pytest.fixture(scope="session")
def weights_config() -> Config:
    """The person's own cache, so that real weights are fetched once and not for every run of the tests."""
    return Config.load(stage_cache_mb=64)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder of somebody with a fresh machine: nothing configured, no weights, no network."""
    for name in [name for name in os.environ if name.startswith("RESTORATION_STUDIO_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home" / "etc"))
    monkeypatch.setenv("RESTORATION_STUDIO_CACHE_DIR", str(tmp_path / "home" / "cache"))
    monkeypatch.setenv("RESTORATION_STUDIO_OFFLINE", "1")
    monkeypatch.setenv("RESTORATION_STUDIO_DEVICE", "cpu")
    folder = tmp_path / "desk"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Photographs that are not part of the repository."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the shared photographs are not beside the repository")
    return SHARED_DATA


@pytest.fixture(scope="session")
def tiny_model_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Real-ESRGAN's compact architecture in its official key layout, tiny, with random values: x4, and close to
    nearest-neighbour enlargement, since the network adds its small random output to that."""
    import torch

    from restoration_studio.weights.ncnn import PReLU, srvggnet

    generator = torch.Generator().manual_seed(1)
    state: dict[str, torch.Tensor] = {}
    for layer in srvggnet(2, features=8):
        if isinstance(layer, PReLU):
            state[f"{layer.name}.weight"] = torch.full((layer.channels,), 0.2)
            continue
        shape = (layer.outputs, layer.inputs, 3, 3)
        state[f"{layer.name}.weight"] = torch.randn(shape, generator=generator) * 0.08
        state[f"{layer.name}.bias"] = torch.randn(layer.outputs, generator=generator) * 0.01
    path = tmp_path_factory.mktemp("models") / "tiny_x4.pth"
    torch.save({"params": state}, path)
    return path


@pytest.fixture
def photograph() -> FloatArray:
    """A crop of scikit-image's astronaut: (96, 128, 3) float32."""
    from skimage.data import astronaut

    return (astronaut()[20:116, 160:288] / 255).astype(np.float32)
