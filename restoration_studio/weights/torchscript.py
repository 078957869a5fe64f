"""Reads the tensors out of a TorchScript archive without running, or even reading, the program it holds.

Such an archive is a zip file. ``data.pkl`` is a pickle of the modules as plain objects whose classes are named
``__torch__...``; the bytes of each tensor lie beside it under ``data/``. The pickle is read by an unpickler that
knows nothing but empty stand-ins for those classes and how to put a tensor together.
"""

from __future__ import annotations

import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from restoration_studio.weights.errors import TorchScriptUnsafe

if TYPE_CHECKING:
    import torch

_DTYPES = {
    "DoubleStorage": "float64",
    "FloatStorage": "float32",
    "HalfStorage": "float16",
    "BFloat16Storage": "bfloat16",
    "LongStorage": "int64",
    "IntStorage": "int32",
    "ShortStorage": "int16",
    "CharStorage": "int8",
    "ByteStorage": "uint8",
    "BoolStorage": "bool",
}


class _Module:
    """Stands for any module of the archive; its parts become attributes."""


def read_torchscript(path: Path) -> dict[str, torch.Tensor]:
    """The tensors of a TorchScript archive by their names, as ``state_dict()`` of the module would name them.

    Raises:
        TorchScriptUnsafe: the archive holds anything but modules and tensors.
        zipfile.BadZipFile, pickle.UnpicklingError, KeyError, ValueError, RuntimeError: it is damaged.
    """
    with zipfile.ZipFile(path) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith("/data.pkl")]
        with archive.open(name) as stream:
            root = _Unpickler(stream, archive, name.removesuffix("data.pkl"), path).load()
    found: dict[str, torch.Tensor] = {}
    _collect(root, "", found)
    return found


def _collect(module: Any, prefix: str, found: dict[str, torch.Tensor]) -> None:
    import torch

    for name, value in vars(module).items() if isinstance(module, _Module) else ():
        if torch.is_tensor(value):
            found[prefix + name] = value
        else:
            _collect(value, f"{prefix}{name}.", found)


class _Unpickler(pickle.Unpickler):
    """Knows modules and tensors only; whatever else a pickle asks for is refused."""

    def __init__(self, stream: IO[bytes], archive: zipfile.ZipFile, folder: str, path: Path) -> None:
        super().__init__(stream)
        self._archive, self._folder, self._path = archive, folder, path
        self._storages: dict[str, torch.Tensor] = {}

    def find_class(self, module: str, name: str) -> Any:
        if module == "__torch__" or module.startswith("__torch__."):
            return _Module
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuild
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if module == "torch" and name in _DTYPES:
            return name  # the kind of a storage, by name
        if module == "torch.jit._pickle" and name.startswith("build_") and name.endswith("list"):
            return list
        raise TorchScriptUnsafe(path=self._path, wanted=f"{module}.{name}")

    def persistent_load(self, pid: Any) -> torch.Tensor:
        import torch

        _, kind, key, _, _ = pid
        if key not in self._storages:
            data = bytearray(self._archive.read(f"{self._folder}data/{key}"))
            self._storages[key] = torch.frombuffer(data, dtype=getattr(torch, _DTYPES[kind]))
        return self._storages[key]


def _rebuild(storage: torch.Tensor, offset: int, size: tuple[int, ...], stride: tuple[int, ...], *_: Any) -> Any:
    return storage.as_strided(size, stride, offset).clone()
