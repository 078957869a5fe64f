"""Loads a weights file into a PyTorch state dict without ever running code that the file may hold."""

from __future__ import annotations

import errno
import pickle
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from restoration_studio.weights import ncnn
from restoration_studio.weights.errors import (
    NoTensors,
    OnnxHasNoTensors,
    WeightsDamaged,
    WeightsFileMissing,
    WeightsFormatUnknown,
    WeightsUnreadable,
    WeightsUnsafe,
)
from restoration_studio.weights.store import WeightsFile
from restoration_studio.weights.torchscript import read_torchscript

if TYPE_CHECKING:
    import torch

# Where training programs put the weights inside a checkpoint: averaged ones first, as their authors use them.
WRAPPERS = ("params_ema", "g_ema", "params", "state_dict", "model_state_dict", "model", "generator")
ARCHITECTURE = "restoration_studio.architecture"  # key of a safetensors file's metadata
_PICKLE_ENDINGS = (".pth", ".pt", ".pkl", ".ckpt")


def load_state_dict(file: WeightsFile | Path) -> dict[str, torch.Tensor]:
    """Read the weights' tensors, on the CPU, by name.

    The ending says how: ``.safetensors``; ``.pth``, ``.pt``, ``.pkl`` and ``.ckpt`` as checkpoints of
    ``torch.save``, tensors only; ``.bin`` as ncnn (``weights/ncnn.py``). As long as the content has one of
    the keys ``WRAPPERS`` with a mapping under it, the first of them in that order is stepped into;
    what is beside the tensors (step counts, settings) is left out; ``module.`` is taken off when every
    name begins with it.

    Raises:
        WeightsError: the file is missing, damaged, of another kind, or would run code; nothing was run.
    """
    path = file.path if isinstance(file, WeightsFile) else Path(file)
    if not path.is_file():
        raise WeightsFileMissing(path=path)
    ending = path.suffix.lower()
    if ending == ".bin":
        return _load_ncnn(path, file.model.name if isinstance(file, WeightsFile) else None)
    if ending == ".safetensors":
        return _tensors(_load_safetensors(path), path)
    if ending in _PICKLE_ENDINGS:
        return _tensors(_load_checkpoint(path), path)
    if ending == ".onnx":
        raise OnnxHasNoTensors(path=path)
    raise WeightsFormatUnknown(path=path, endings=_PICKLE_ENDINGS)


def stated_architecture(path: Path) -> str:
    """The architecture that a network trained here states in its file; "" when the file states none.

    Raises:
        OSError, safetensors.SafetensorError: the file cannot be read, which `load_state_dict` tells in a sentence.
    """
    from safetensors import safe_open

    if path.suffix.lower() != ".safetensors":
        return ""
    with safe_open(path, framework="np") as file:
        return str((file.metadata() or {}).get(ARCHITECTURE, ""))


def _load_ncnn(path: Path, model: str | None) -> dict[str, torch.Tensor]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from error
    if model in ncnn.LAYOUTS:
        return ncnn.to_state_dict(data, ncnn.LAYOUTS[model], str(path))
    return ncnn.recognise(data, str(path))


def _load_safetensors(path: Path) -> dict[str, torch.Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path)
    except OSError as error:
        raise _unreadable(path, error) from error
    except SafetensorError as error:
        raise WeightsDamaged(path=path) from error


def _load_checkpoint(path: Path) -> Any:
    import torch

    try:
        zipped = zipfile.is_zipfile(path)
        if zipped and _is_torchscript(path):
            return read_torchscript(path)  # its tensors; the program beside them is never looked at
        # The newer, zipped kind can be mapped: pages come from the disk as they are used, without a second copy.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # on pickles it then refuses; we say it in our own words
            return torch.load(path, map_location="cpu", weights_only=True, mmap=zipped)
    except pickle.UnpicklingError as error:
        if any(word in str(error) for word in ("Unsupported global", "Unsupported class", "Trying to")):
            raise WeightsUnsafe(path=path) from error
        raise WeightsDamaged(path=path) from error
    except OSError as error:
        if error.errno == errno.EINVAL:  # torch looked for a place before the start of a file cut short
            raise WeightsDamaged(path=path) from error
        raise _unreadable(path, error) from error
    except (RuntimeError, EOFError, ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise WeightsDamaged(path=path) from error  # what torch raises for a file that breaks off


def _is_torchscript(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name.endswith("/constants.pkl") or "/code/" in name for name in archive.namelist())
    except zipfile.BadZipFile as error:
        raise WeightsDamaged(path=path) from error


def _tensors(content: Any, path: Path) -> dict[str, torch.Tensor]:
    import torch

    while isinstance(content, Mapping):
        inside = next((content[key] for key in WRAPPERS if isinstance(content.get(key), Mapping)), None)
        if inside is None:
            break
        content = inside
    state = {}
    if isinstance(content, Mapping):
        state = {name: value for name, value in content.items() if isinstance(name, str) and torch.is_tensor(value)}
    if not state:
        raise NoTensors(path=path)
    if all(name.startswith("module.") for name in state):  # left by DataParallel
        state = {name.removeprefix("module."): value for name, value in state.items()}
    return state


def _unreadable(path: Path, error: OSError) -> WeightsUnreadable:
    return WeightsUnreadable(path=path, reason=error.strerror or str(error))
