from __future__ import annotations

import struct

import numpy as np
import pytest

from restoration_studio.errors import WeightsError
from restoration_studio.weights import ncnn
from restoration_studio.weights.load import load_state_dict

LAYOUT = ncnn.srvggnet(convolutions=2, scale=2, features=5)  # 5 * 3 * 9 = 135 weights: float16 needs filling up


def _numbers(layout: ncnn.Layout, seed: int = 0) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    numbers: dict[str, np.ndarray] = {}
    for layer in layout:
        if isinstance(layer, ncnn.PReLU):
            shapes = {"weight": (layer.channels,)}
        else:
            shapes = {"weight": (layer.outputs, layer.inputs, 3, 3), "bias": (layer.outputs,)}
        for kind, shape in shapes.items():
            numbers[f"{layer.name}.{kind}"] = (random.standard_normal(shape) * 0.05).astype(np.float32)
    return numbers


def _write(layout: ncnn.Layout, numbers: dict[str, np.ndarray], *, half: bool) -> bytes:
    """The file as ncnn's own converter writes it."""
    data = b""
    for layer in layout:
        weight = numbers[f"{layer.name}.weight"]
        if isinstance(layer, ncnn.PReLU):
            data += weight.astype("<f4").tobytes()
            continue
        data += struct.pack("<I", 0x01306B47 if half else 0)
        data += weight.astype("<f2" if half else "<f4").tobytes()
        data += b"\0" * (-len(data) % 4)
        data += numbers[f"{layer.name}.bias"].astype("<f4").tobytes()
    return data


@pytest.mark.parametrize("half", [True, False])
def test_every_number_comes_back_under_its_name(half):
    numbers = _numbers(LAYOUT)
    state = ncnn.to_state_dict(_write(LAYOUT, numbers, half=half), LAYOUT, "tiny.bin")
    assert list(state) == list(numbers)
    for name, expected in numbers.items():
        if half and expected.ndim == 4:
            expected = expected.astype(np.float16).astype(np.float32)
        np.testing.assert_array_equal(state[name].numpy(), expected)


@pytest.mark.parametrize("half", [True, False])
def test_a_file_cut_short_anywhere_is_refused(half):
    data = _write(LAYOUT, _numbers(LAYOUT), half=half)
    for length in (0, 3, 4, 100, len(data) // 2, len(data) - 1):
        with pytest.raises(WeightsError, match=r"tiny.bin is cut short|unknown tag|not numbers"):
            ncnn.to_state_dict(data[:length], LAYOUT, "tiny.bin")


def test_bytes_left_over_are_refused():
    data = _write(LAYOUT, _numbers(LAYOUT), half=True)
    with pytest.raises(WeightsError, match="4 bytes are left over"):
        ncnn.to_state_dict(data + b"\0\0\0\0", LAYOUT, "tiny.bin")


def test_quantised_weights_are_refused():
    data = struct.pack("<I", 0x000D4B38) + bytes(1000)
    with pytest.raises(WeightsError, match=r"body.0 starts with the unknown tag 0x000d4b38"):
        ncnn.to_state_dict(data, LAYOUT, "tiny.bin")


def test_values_that_are_not_numbers_are_refused():
    numbers = _numbers(LAYOUT)
    numbers["body.2.bias"][1] = np.nan
    with pytest.raises(WeightsError, match=r"layer body.2 holds values that are not numbers"):
        ncnn.to_state_dict(_write(LAYOUT, numbers, half=False), LAYOUT, "tiny.bin")


@pytest.mark.parametrize(
    ("name", "architecture", "size"),
    [("realesrgan-x4plus-anime", "ESRGAN", 8943500), ("realesr-animevideov3", "RealESRGAN Compact", 1247368)],
)
def test_spandrel_recognises_what_is_made(name, architecture, size, tmp_path):
    """A file of unknown architecture of the real one's length becomes the right network."""
    import torch
    from spandrel import ImageModelDescriptor, ModelLoader

    data = _write(ncnn.LAYOUTS[name], _numbers(ncnn.LAYOUTS[name]), half=True)
    assert len(data) == size
    (tmp_path / "some.bin").write_bytes(data)
    state = load_state_dict(tmp_path / "some.bin")
    model = ModelLoader().load_from_state_dict(dict(state))
    assert isinstance(model, ImageModelDescriptor)
    assert (model.architecture.name, model.scale, model.input_channels) == (architecture, 4, 3)
    loaded = {tuple(value.shape): value for value in model.model.state_dict().values()}
    first = next(iter(state.values()))
    assert torch.equal(loaded[tuple(first.shape)], first)


def test_a_bin_that_is_no_model_known_here_is_refused(tmp_path):
    (tmp_path / "some.bin").write_bytes(bytes(10_000))
    with pytest.raises(WeightsError, match="fits none of the ncnn models known here"):
        load_state_dict(tmp_path / "some.bin")
