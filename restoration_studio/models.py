"""ModelManager: loads a network the first time a stage asks, keeps one copy, frees what is not used.

A model is named by its entry in ``weights.catalogue``, or by the path of a file that spandrel can read.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from importlib import import_module
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from restoration_studio.config import Config
from restoration_studio.errors import UsageError, WeightsError
from restoration_studio.files import sha256_of_file
from restoration_studio.memory import is_out_of_memory, release_accelerator_memory, return_freed_memory
from restoration_studio.networks import ARCHITECTURES

if TYPE_CHECKING:
    import torch

    from restoration_studio.image.picture import FloatArray
    from restoration_studio.weights.fetch import Progress

MODEL_SUFFIXES = (".pth", ".pt", ".ckpt", ".safetensors")
_SMALLEST_SIDE = 16  # networks that pad by reflection or unshuffle need a few pixels to do so


_Key = tuple[str, tuple[int, int]]  # name, stamp


def _stamp(name: str) -> tuple[int, int]:
    """What shows that a person's own file has changed; those of the catalogue never do."""
    if not is_model_path(name) or not Path(name).is_file():
        return (0, 0)
    status = Path(name).stat()
    return status.st_mtime_ns, status.st_size


def is_model_path(name: str) -> bool:
    """Whether ``name`` means a file with weights and not an entry of the catalogue."""
    return name.lower().endswith(MODEL_SUFFIXES)


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A network in memory, ready for pictures.

    Attributes:
        name: in the catalogue, or the path of the file.
        sha256: of the file its weights came from.
        source: where that file came from.
        scale: output side divided by input side.
        precision: "float32", "bfloat16" or "float16": what its convolutions run in, all but the first and last.
        size_bytes: memory its weights take.
        seconds: loading took.
    """

    name: str
    sha256: str
    source: str
    scale: int
    device: str
    precision: str
    size_bytes: int
    seconds: float
    network: Any

    def __call__(self, pixels: FloatArray, *conditions: float | FloatArray) -> FloatArray:
        """Send a picture through the network.

        Args:
            pixels: (height, width, 3) float32, 0 to 1; several pictures of one size at once as
                (height, width, 3 * count), one after the other.
            conditions: what the network takes beside the picture: numbers, such as a noise level from 0 to 1, and
                maps of (height, width) float32, such as a mask with 1 = to be filled.

        Returns:
            (height * scale, width * scale, 3) float32, 0 to 1, or 3 * count as given.
        """
        import torch

        from restoration_studio.networks.precision import exact_kernels

        height, width = pixels.shape[:2]
        missing = [(0, max(0, _SMALLEST_SIDE - side)) for side in (height, width)]
        if missing != [(0, 0), (0, 0)]:
            pixels = np.pad(pixels, (*missing, (0, 0)), mode="edge")
            conditions = tuple(np.pad(c, missing, mode="edge") if isinstance(c, np.ndarray) else c for c in conditions)
        kind = self.device.split(":")[0]
        half = torch.autocast(kind, getattr(torch, self.precision), enabled=self.precision != "float32")
        with torch.inference_mode(), exact_kernels(), half:
            apart = pixels.reshape(*pixels.shape[:2], -1, 3).transpose(2, 3, 0, 1)
            batch = torch.from_numpy(np.ascontiguousarray(apart))
            batch = batch.to(self.device, memory_format=torch.channels_last)
            given = [
                torch.from_numpy(np.ascontiguousarray(value))[None, None].to(self.device)
                if isinstance(value, np.ndarray)
                else torch.full((1, 1, 1, 1), value, device=self.device)
                for value in conditions
            ]
            try:
                signature(getattr(self.network, "forward", self.network)).bind(batch, *given)
            except TypeError as error:
                raise WeightsError(
                    f"the network {self.name} is made for other work than this: it takes something else beside a "
                    "picture; use another model."
                ) from error
            try:
                result = self.network(batch, *given)
            except RuntimeError as error:
                if is_out_of_memory(error):
                    raise  # whoever called can try a smaller picture
                raise WeightsError(
                    f"the network {self.name} cannot work on {width}x{height} pixels ({str(error).splitlines()[0]}); "
                    "use another model."
                ) from error
            made = result.float().clamp_(0, 1).permute(2, 3, 0, 1).flatten(2).cpu().numpy()
        if not np.isfinite(made).all():
            raise WeightsError(
                f"the network {self.name} gave values that are no numbers in {self.precision}; use --precision float32."
            )
        cropped: FloatArray = made[: height * self.scale, : width * self.scale]
        return cropped


class ModelManager:
    """Gives networks by name; safe to share between threads and pipelines.

    Args:
        config: device, precision, folders, the memory budget; read from the environment when not given.
    """

    _shared: ModelManager | None = None
    _shared_lock = threading.Lock()

    def __init__(self, config: Config | None = None) -> None:
        self.config = config or Config.load()
        self._loaded: OrderedDict[_Key, LoadedModel] = OrderedDict()
        self._lock = threading.RLock()

    @classmethod
    def shared(cls) -> ModelManager:
        """The manager every pipeline of this process uses unless it is given another."""
        with cls._shared_lock:
            if cls._shared is None:
                cls._shared = cls()
            return cls._shared

    @property
    def device(self) -> str:
        """Where networks run: "cuda", "cuda:1", "mps" or "cpu".

        Raises:
            UsageError: the device that was asked for is not there.
        """
        import torch

        wanted = self.config.device
        if wanted == "auto":
            return "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
        kind, _, index = wanted.partition(":")
        there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}[kind]
        if not there or (index and (not index.isdigit() or int(index) >= torch.cuda.device_count())):
            raise UsageError(f"device '{wanted}' is not on this machine; use --device cpu or auto.")
        return wanted

    def precision(self, wanted: str = "auto", bit_depth: int = 8) -> str:
        """The number format convolutions run in.

        "auto" is bfloat16 where device and processor compute in it (emulated it is slower than float32) and
        the picture has 8 bits a channel; bfloat16 carries too few digits for pictures with more.
        """
        from restoration_studio.networks.precision import has_bfloat16

        wanted = self.config.precision if wanted == "auto" else wanted
        if wanted != "auto":
            return wanted
        return "bfloat16" if bit_depth <= 8 and has_bfloat16(self.device) else "float32"

    def get(self, name: str, *, precision: str = "float32", progress: Progress | None = None) -> LoadedModel:
        """The network of that name, loaded (and its weights fetched) if this is the first time.

        Raises:
            WeightsError: the weights are unknown, missing, damaged, unsafe or of no known architecture.
        """
        name = self.chosen(name)
        key = (name, _stamp(name))
        with self._lock:
            if key in self._loaded:
                self._loaded.move_to_end(key)
                return replace(self._loaded[key], precision=precision)
        _ = self.device  # raises where it is not here, before anything is downloaded
        file = self._file(name, progress)  # may take minutes, in which other threads go on
        with self._lock:
            if key not in self._loaded:
                for old in [old for old in self._loaded if old[0] == name]:  # the file has changed since
                    del self._loaded[old]
                self._loaded[key] = self._load(name, *file)
                self._evict(keep=key)
            self._loaded.move_to_end(key)
            return replace(self._loaded[key], precision=precision)

    def fetch(self, name: str, progress: Progress | None = None) -> str:
        """Make sure the weights are on this machine, without loading them; gives their SHA-256."""
        return self._file(self.chosen(name), progress)[1]

    def chosen(self, name: str) -> str:
        """The model that a name of ``weights.catalogue.ALTERNATIVES`` means here; any other name itself."""
        from restoration_studio.weights.store import chosen

        return chosen(name, self.config)

    def load_models(self, names: Iterable[str], *, precision: str = "auto") -> list[LoadedModel]:
        """Load now what would be loaded on first use."""
        return [self.get(name, precision=self.precision(precision)) for name in names]

    def loaded(self) -> list[LoadedModel]:
        """What is in memory, least recently used first."""
        with self._lock:
            return list(self._loaded.values())

    def unload(self, name: str | None = None) -> None:
        """Forget one model, or all; its memory is free as soon as no running stage uses it."""
        with self._lock:
            for key in [key for key in self._loaded if name in (None, key[0])]:
                del self._loaded[key]
        release_accelerator_memory()

    def _evict(self, keep: _Key) -> None:
        budget = self.config.model_memory_mb * 1_000_000
        for key in list(self._loaded):
            if sum(model.size_bytes for model in self._loaded.values()) <= budget:
                return
            if key != keep:
                del self._loaded[key]
                release_accelerator_memory()

    def _file(self, name: str, progress: Progress | None) -> tuple[Any, str, str]:
        """The file of ``name`` for ``load_state_dict``, its SHA-256 and where it came from."""
        if is_model_path(name):
            path = Path(name)
            if not path.is_file():
                raise WeightsError(f"the model file {name} does not exist; give the path of a file with weights.")
            return path, sha256_of_file(path), str(path)
        from restoration_studio.weights.fetch import ensure

        file = ensure(name, config=self.config, progress=progress)
        return file, file.sha256, str(file.source)

    def _load(self, name: str, file: Any, sha256: str, source: str) -> LoadedModel:

        from restoration_studio.weights.load import load_state_dict

        started = time.perf_counter()
        device = self.device
        network, scale = _build(name, load_state_dict(file))
        place(network, device)
        return_freed_memory()
        size = sum(weight.numel() * weight.element_size() for weight in network.parameters())
        return LoadedModel(
            name=name,
            sha256=sha256,
            source=source,
            scale=scale,
            device=device,
            precision="float32",
            size_bytes=size,
            seconds=time.perf_counter() - started,
            network=network,
        )


def _build(name: str, weights: dict[str, torch.Tensor]) -> tuple[torch.nn.Module, int]:
    """The network for a state dict, and its scale."""
    from restoration_studio.weights.catalogue import get
    from restoration_studio.weights.load import stated_architecture

    own = ARCHITECTURES.get(stated_architecture(Path(name)) if is_model_path(name) else get(name).architecture)
    if own is not None:
        module, _, builder = own.partition(":")
        network = getattr(import_module(module), builder).from_state_dict(weights)
    else:
        from restoration_studio.networks.described import DescribedNetwork

        network = DescribedNetwork.from_state_dict(weights, name)
    return network, network.scale


def place(network: torch.nn.Module, device: str) -> None:
    """Make a network ready to be used on ``device``."""
    import torch

    from restoration_studio.networks.precision import prepare_convolutions

    network.eval().requires_grad_(False).to(device)
    if getattr(network, "channels_last", True):  # faster, and some networks cannot be laid out so
        network.to(memory_format=torch.channels_last)
    prepare_convolutions(network, device.split(":")[0])
