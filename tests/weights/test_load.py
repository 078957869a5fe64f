from __future__ import annotations

import pickle
import subprocess
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from restoration_studio.errors import WeightsError
from restoration_studio.weights.load import load_state_dict

STATE = {"a.weight": torch.arange(6.0).reshape(2, 3), "a.bias": torch.tensor([1.0, 2.0])}


def _same(state: dict[str, torch.Tensor]) -> bool:
    return state.keys() == STATE.keys() and all(torch.equal(state[name], STATE[name]) for name in STATE)


class Evil:
    """What runs ``touch`` when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return subprocess.check_call, (["touch", str(self.path)],)


@pytest.mark.parametrize("ending", ["pth", "pt", "pkl", "ckpt"])
@pytest.mark.parametrize("zipped", [True, False])
def test_checkpoints_old_and_new(tmp_path, ending, zipped):
    path = tmp_path / f"some.{ending}"
    torch.save(STATE, path, _use_new_zipfile_serialization=zipped)
    assert _same(load_state_dict(path))


def test_safetensors(tmp_path):
    save_file(STATE, tmp_path / "some.safetensors")
    assert _same(load_state_dict(tmp_path / "some.safetensors"))


@pytest.mark.parametrize(
    "content",
    [
        {"params_ema": STATE, "params": {"x": torch.zeros(1)}},
        {"params": STATE, "iter": 5},
        {"state_dict": STATE, "optimizer": {"lr": 1.0}},
        {"model": {"params_ema": STATE}},
        {"generator": STATE},
        {f"module.{name}": value for name, value in STATE.items()},
        {"params": {f"module.{name}": value for name, value in STATE.items()}},
        STATE | {"step": 5},
    ],
    ids=["averaged first", "params", "state_dict", "two deep", "generator", "module", "params of module", "beside"],
)
def test_what_training_programs_wrap_around_the_weights(tmp_path, content):
    torch.save(content, tmp_path / "some.pth")
    assert _same(load_state_dict(tmp_path / "some.pth"))


def test_module_stays_when_only_some_names_have_it(tmp_path):
    torch.save({"module.a": torch.zeros(1), "b": torch.zeros(1)}, tmp_path / "some.pth")
    assert set(load_state_dict(tmp_path / "some.pth")) == {"module.a", "b"}


def test_a_tensor_called_model_is_a_tensor(tmp_path):
    torch.save({"model": torch.zeros(1), "params": torch.ones(1)}, tmp_path / "some.pth")
    assert set(load_state_dict(tmp_path / "some.pth")) == {"model", "params"}


@pytest.mark.parametrize("kind", ["zipped", "legacy", "bare pickle"])
def test_a_pickle_that_would_run_code_is_refused_and_does_not_run(tmp_path, kind):
    trace, path = tmp_path / "it-ran", tmp_path / "evil.pth"
    content = {"params": STATE, "extra": Evil(trace)}
    if kind == "bare pickle":
        path.write_bytes(pickle.dumps(content, protocol=2))
    else:
        torch.save(content, path, _use_new_zipfile_serialization=kind == "zipped")
    with pytest.raises(WeightsError) as caught:
        load_state_dict(path)
    assert not trace.exists()
    assert str(path) in str(caught.value)
    if kind != "bare pickle":  # in a bare one torch stops before it sees the call
        assert "could run code" in str(caught.value)
        torch.load(path, weights_only=False)  # the file is as evil as the test says
        assert trace.exists()


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("part", [0.0, 0.1, 0.5, 0.99])
def test_a_checkpoint_cut_short_is_refused(tmp_path, zipped, part):
    path = tmp_path / "some.pth"
    torch.save({"a": torch.rand(100, 100)}, path, _use_new_zipfile_serialization=zipped)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * part)])
    with pytest.raises(WeightsError, match="damaged, cut short or not a checkpoint"):
        load_state_dict(path)


@pytest.mark.parametrize("ending", ["pth", "safetensors"])
@pytest.mark.parametrize(
    "content", [b"<html>404 not found</html>", bytes(5000), b"PK\x03\x04" + bytes(500), b"\xff" * 99]
)
def test_a_file_of_another_kind_is_refused(tmp_path, ending, content):
    path = tmp_path / f"some.{ending}"
    path.write_bytes(content)
    with pytest.raises(WeightsError, match="damaged, cut short or not a checkpoint"):
        load_state_dict(path)


def test_safetensors_cut_short_is_refused(tmp_path):
    path = tmp_path / "some.safetensors"
    save_file(STATE, path)
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(WeightsError, match="damaged"):
        load_state_dict(path)


@pytest.mark.parametrize(
    "content", [{}, [torch.zeros(1)], torch.zeros(3), {"params": {}}, {"iter": 5}, {1: torch.zeros(1)}]
)
def test_a_checkpoint_without_named_tensors_is_refused(tmp_path, content):
    torch.save(content, tmp_path / "some.pth")
    with pytest.raises(WeightsError, match="holds no tensors by name"):
        load_state_dict(tmp_path / "some.pth")


@pytest.mark.parametrize(
    ("name", "reason"),
    [("some.onnx", "ONNX graph"), ("some.txt", "of no kind known"), ("missing.pth", "does not exist")],
)
def test_what_cannot_be_loaded_says_why(tmp_path, name, reason):
    if name != "missing.pth":
        (tmp_path / name).write_bytes(b"x")
    with pytest.raises(WeightsError, match=reason):
        load_state_dict(tmp_path / name)
