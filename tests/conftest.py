"""Fixtures for every room: weights fetched once, networks small enough for tests, pictures made on the spot."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from restoration_studio.config import Config
from restoration_studio.image.picture import FloatArray

REPOSITORY = Path(__file__).parent.parent
SHARED_DATA = REPOSITORY.parent / "shared" / "data"
NOT_BESIDE = "needs data that does not lie beside the repository"
BESIDE = pytest.StashKey[int]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[BESIDE] = 0


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark whoever takes the data beside the repository, and leave it out where the data is missing."""
    for item in items:
        if "shared_data" in getattr(item, "fixturenames", ()) and not item.get_closest_marker("shared_data"):
            item.add_marker(pytest.mark.shared_data)
        wanted = [SHARED_DATA / path for mark in item.iter_markers("shared_data") for path in mark.args or ("",)]
        config.stash[BESIDE] += bool(wanted)
        if missing := [path for path in wanted if not path.exists()]:
            item.add_marker(pytest.mark.skip(reason=f"{NOT_BESIDE}: ../{missing[0].relative_to(REPOSITORY.parent)}"))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say what a run has left out for want of data, and that there is more than it was asked for."""
    left_out = sum(NOT_BESIDE in str(report.longrepr) for report in terminalreporter.stats.get("skipped", ()))
    if left_out:
        terminalreporter.write_sep(
            "-", f"LEFT OUT: {left_out} tests of {config.stash[BESIDE]} that need data beside the repository"
        )
    elif config.stash[BESIDE]:
        terminalreporter.write_line(f"{config.stash[BESIDE]} of the tests collected need data beside the repository")


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
    """Photographs and films that are not part of the repository; the test is left out where they are missing."""
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


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    """Chromium without a window; the test is skipped where there is none."""
    from scripts.studio_browser import NoBrowser, chromium

    with contextlib.ExitStack() as stack:
        try:
            started = stack.enter_context(chromium())
        except NoBrowser as error:
            pytest.skip(str(error))
        yield started
