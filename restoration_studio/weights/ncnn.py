"""Reads the weights of an ncnn ``.bin`` file into a PyTorch state dict.

The file has no names and no shapes: the layers' numbers follow each other in the order of the graph
(Tencent ncnn, ``ModelBinFromDataReader``). A convolution is a 32-bit tag, the weights, then float32
biases; with tag 0x01306B47 the weights are float16, filled up to a multiple of 4 bytes, with tag 0
float32. A PReLU is float32 slopes without a tag. Shapes and names therefore come from the
architecture, and a file that does not fit it to the last byte is refused.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from restoration_studio.errors import WeightsError
from restoration_studio.weights.errors import NcnnCutShort, NcnnDoesNotFit, NcnnNotNumbers, NcnnUnknown

if TYPE_CHECKING:
    import torch

_FLOAT16_TAG = 0x01306B47
_FLOAT32_TAG = 0


@dataclass(frozen=True, slots=True)
class Convolution:
    """A 3x3 convolution with bias."""

    name: str
    inputs: int
    outputs: int


@dataclass(frozen=True, slots=True)
class PReLU:
    """A leaky rectifier with one learnt slope a channel."""

    name: str
    channels: int


Layout = tuple[Convolution | PReLU, ...]


def rrdbnet(blocks: int, features: int = 64, growth: int = 32, channels: int = 3) -> Layout:
    """The layers of a x4 RRDBNet (ESRGAN, Wang et al. 2018) with BasicSR's names, in running order."""
    layers = [Convolution("conv_first", channels, features)]
    for block in range(blocks):
        for dense in (1, 2, 3):
            prefix = f"body.{block}.rdb{dense}"
            layers += [Convolution(f"{prefix}.conv{i}", features + (i - 1) * growth, growth) for i in (1, 2, 3, 4)]
            layers.append(Convolution(f"{prefix}.conv5", features + 4 * growth, features))
    layers += [Convolution(name, features, features) for name in ("conv_body", "conv_up1", "conv_up2", "conv_hr")]
    return (*layers, Convolution("conv_last", features, channels))


def srvggnet(convolutions: int, scale: int = 4, features: int = 64, channels: int = 3) -> Layout:
    """The layers of a SRVGGNetCompact (Real-ESRGAN, Wang et al. 2021) with BasicSR's names."""
    layers: list[Convolution | PReLU] = [Convolution("body.0", channels, features), PReLU("body.1", features)]
    for index in range(2, 2 * convolutions + 2, 2):
        layers += [Convolution(f"body.{index}", features, features), PReLU(f"body.{index + 1}", features)]
    return (*layers, Convolution(f"body.{2 * convolutions + 2}", features, channels * scale * scale))


LAYOUTS: dict[str, Layout] = {
    "realesrgan-x4plus": rrdbnet(23),
    "realesrgan-x4plus-anime": rrdbnet(6),
    "realesr-animevideov3": srvggnet(16),
}


def to_state_dict(data: bytes, layout: Layout, name: str) -> dict[str, torch.Tensor]:
    """Cut the bytes of an ncnn ``.bin`` into the tensors of ``layout``, all float32.

    Args:
        data: the whole file.
        layout: the architecture's layers in running order.
        name: the file's name, for the error.

    Returns:
        ``<layer>.weight`` of shape (outputs, inputs, 3, 3) or (channels,), and ``<layer>.bias`` (outputs,).

    Raises:
        NcnnCutShort, NcnnDoesNotFit, NcnnNotNumbers: the bytes are too few, too many, of a kind not
            understood, or not finite.
    """
    import torch

    reader = _Reader(data, name)
    state: dict[str, torch.Tensor] = {}
    for layer in layout:
        if isinstance(layer, PReLU):
            state[f"{layer.name}.weight"] = torch.from_numpy(reader.numbers(layer.channels, "<f4", layer.name))
            continue
        kernel = reader.weights(layer.outputs * layer.inputs * 9, layer.name)
        state[f"{layer.name}.weight"] = torch.from_numpy(kernel.reshape(layer.outputs, layer.inputs, 3, 3))
        state[f"{layer.name}.bias"] = torch.from_numpy(reader.numbers(layer.outputs, "<f4", layer.name))
    reader.end()
    return state


def recognise(data: bytes, name: str) -> dict[str, torch.Tensor]:
    """Read an ncnn ``.bin`` of unknown architecture as the first known layout it fits to the last byte.

    Raises:
        NcnnUnknown: it fits none.
    """
    for layout in LAYOUTS.values():
        try:
            return to_state_dict(data, layout, name)
        except WeightsError:
            continue
    raise NcnnUnknown(name=name, known=tuple(LAYOUTS))


class _Reader:
    """Takes numbers from the front of the bytes and complains by file and layer."""

    def __init__(self, data: bytes, name: str) -> None:
        self.data, self.name, self.position = data, name, 0

    def weights(self, count: int, layer: str) -> NDArray[np.float32]:
        (tag,) = struct.unpack("<I", self._take(4, layer))
        if tag == _FLOAT32_TAG:
            return self.numbers(count, "<f4", layer)
        if tag != _FLOAT16_TAG:
            raise NcnnDoesNotFit(name=self.name, reason=f"layer {layer} starts with the unknown tag {tag:#010x}")
        values = self.numbers(count, "<f2", layer)
        self._take(-2 * count % 4, layer)
        return values

    def numbers(self, count: int, kind: str, layer: str) -> NDArray[np.float32]:
        values = np.frombuffer(self._take(count * np.dtype(kind).itemsize, layer), kind).astype(np.float32)
        if not np.isfinite(values).all():
            raise NcnnNotNumbers(name=self.name, layer=layer)
        return values

    def _take(self, count: int, layer: str) -> bytes:
        piece = self.data[self.position : self.position + count]
        if len(piece) < count:
            raise NcnnCutShort(name=self.name, layer=layer)
        self.position += count
        return piece

    def end(self) -> None:
        left = len(self.data) - self.position
        if left:
            raise NcnnDoesNotFit(name=self.name, reason=f"{left} bytes are left over")
