"""TorchScript archives: their tensors come out, their program stays untouched."""

from __future__ import annotations

import pickle
import warnings
import zipfile
from pathlib import Path

import pytest
import torch

from restoration_studio.errors import WeightsError
from restoration_studio.weights.load import load_state_dict


class Small(torch.nn.Module):
    """Convolution, normalisation, a list of numbers, half precision: what archives hold."""

    def __init__(self) -> None:
        super().__init__()
        self.model = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4))
        self.sizes = [1, 2]
        self.register_buffer("table", torch.arange(6).reshape(2, 3).t())
        self.register_buffer("short", torch.rand(5, dtype=torch.float16))

    def forward(self, picture: torch.Tensor) -> torch.Tensor:
        return self.model(picture) + self.sizes[0]


def save(path: Path, kind: str) -> dict[str, torch.Tensor]:
    module = Small().eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch.jit is old; the official file is too
        made = torch.jit.script(module) if kind == "script" else torch.jit.trace(module, torch.zeros(1, 3, 8, 8))
        torch.jit.save(made, str(path))
    return dict(module.state_dict())


@pytest.mark.parametrize("kind", ["script", "trace"])
def test_the_tensors_of_an_archive(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "some.pt"
    state = save(path, kind)
    loaded = load_state_dict(path)
    assert loaded.keys() == state.keys()
    for name, value in state.items():
        assert loaded[name].dtype == value.dtype and torch.equal(loaded[name], value)


class Evil:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.path,)


def test_a_pickle_that_would_run_code_is_refused_and_does_not_run(tmp_path: Path) -> None:
    path, trace = tmp_path / "evil.pt", tmp_path / "it-ran"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("evil/constants.pkl", b"")
        archive.writestr("evil/data.pkl", pickle.dumps(Evil(trace), protocol=2))
    with pytest.raises(WeightsError, match="refused"):
        load_state_dict(path)
    assert not trace.exists()


@pytest.mark.parametrize("missing", ["data.pkl", "data/0"])
def test_an_archive_that_lacks_a_part_is_refused(tmp_path: Path, missing: str) -> None:
    save(tmp_path / "some.pt", "script")
    with zipfile.ZipFile(tmp_path / "some.pt") as whole, zipfile.ZipFile(tmp_path / "less.pt", "w") as less:
        for name in whole.namelist():
            if not name.endswith(missing):
                less.writestr(name, whole.read(name))
    with pytest.raises(WeightsError, match="damaged, cut short"):
        load_state_dict(tmp_path / "less.pt")


def test_an_archive_cut_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "some.pt"
    save(path, "script")
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(WeightsError, match="damaged, cut short"):
        load_state_dict(path)
