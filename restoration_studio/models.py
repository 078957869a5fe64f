"""ModelManager: loads a model the first time a stage asks, keeps one copy, frees what is not used.

A network is named by its entry in ``weights.catalogue``, or by the path of a file that spandrel can read. Models that
other libraries run (OpenCV's networks, the pipelines of diffusers) are kept here too, in the same budget.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

import numpy as np

from restoration_studio.config import Config
from restoration_studio.memory import is_out_of_memory, release_accelerator_memory, return_freed_memory
from restoration_studio.models_errors import (
    DeviceMissing,
    ModelFileMissing,
    NetworkFailed,
    OpenCVCannotRead,
    OtherConditions,
    ResultNotFinite,
)
from restoration_studio.networks import ARCHITECTURES
from restoration_studio.networks.capabilities import Capabilities

if TYPE_CHECKING:
    import torch

    from restoration_studio.image.picture import FloatArray
    from restoration_studio.weights.fetch import ByteCallback
    from restoration_studio.weights.store import WeightsFile

MODEL_SUFFIXES = (".pth", ".pt", ".ckpt", ".safetensors")

T = TypeVar("T")
_Key = tuple[str, Hashable]  # name, stamp


def _stamp(name: str) -> Hashable:
    """What shows that a person's own file has changed; those of the catalogue never do."""
    if not is_model_path(name) or not Path(name).is_file():
        return None
    status = Path(name).stat()
    return status.st_mtime_ns, status.st_size, status.st_ino


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
        capabilities: what it takes and gives.
        precision: "float32", "bfloat16" or "float16": what its convolutions run in, all but the first and last.
        size_bytes: memory its weights take.
        seconds: loading took.
    """

    name: str
    sha256: str
    source: str
    capabilities: Capabilities
    device: str
    precision: str
    size_bytes: int
    seconds: float
    network: Any

    @property
    def scale(self) -> int:
        """Output side divided by input side."""
        return self.capabilities.scale

    def __call__(self, pixels: FloatArray, *conditions: float | FloatArray) -> FloatArray:
        """Send a picture through the network.

        Args:
            pixels: (height, width, 3) float32, 0 to 1; several pictures of one size at once as
                (height, width, 3 * count), one after the other.
            conditions: what the network takes beside the picture: numbers, such as a noise level from 0 to 1, and
                maps of (height, width) float32, such as a mask with 1 = to be filled.

        Returns:
            (height * scale, width * scale, 3) float32, 0 to 1, or 3 * count as given.

        Raises:
            OtherConditions: the network takes something else beside the picture.
            NetworkFailed: it cannot work on this picture.
            ResultNotFinite: it gave values that are no numbers.
        """
        import torch

        from restoration_studio.networks.precision import exact_kernels

        takes = self.capabilities.conditions
        if [isinstance(given, np.ndarray) for given in conditions] != [one.is_map for one in takes]:
            kinds = tuple("map" if isinstance(given, np.ndarray) else "number" for given in conditions)
            raise OtherConditions(name=self.name, takes=tuple(one.name for one in takes), given=kinds)
        height, width = pixels.shape[:2]
        missing = [(0, max(0, self.capabilities.smallest_side - side)) for side in (height, width)]
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
                result = self.network(batch, *given)
            except RuntimeError as error:
                if is_out_of_memory(error):
                    raise  # whoever called can try a smaller picture
                reason = str(error).splitlines()[0]
                raise NetworkFailed(name=self.name, width=width, height=height, reason=reason) from error
            restored = result.float().clamp_(0, 1).permute(2, 3, 0, 1).flatten(2).cpu().numpy()
        if not np.isfinite(restored).all():
            raise ResultNotFinite(name=self.name, precision=self.precision)
        cropped: FloatArray = restored[: height * self.scale, : width * self.scale]
        return cropped


@dataclass(frozen=True, slots=True)
class HeldModel(Generic[T]):
    """A model in memory that another library runs, such as a network of OpenCV or a pipeline of diffusers.

    Attributes:
        name: in the catalogue, or what whoever loaded it calls it.
        value: the library's own object.
        size_bytes: memory its weights take.
        seconds: loading took.
        file: the file of the catalogue it was read from; None where it came from elsewhere.
    """

    name: str
    value: T
    size_bytes: int
    seconds: float
    file: WeightsFile | None = None


_Held = LoadedModel | HeldModel[Any]


@dataclass(slots=True)
class _Loading:
    """The lock that whoever loads a model of one name holds, and how many hold it or wait for it."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    users: int = 0


class ModelManager:
    """Gives models by name; safe to share between threads and pipelines.

    Args:
        config: device, precision, folders, the memory budget; read from the environment when not given.
    """

    _shared: ModelManager | None = None
    _shared_lock = threading.Lock()

    def __init__(self, config: Config | None = None) -> None:
        self.config = config or Config.load()
        self._held: OrderedDict[_Key, _Held] = OrderedDict()
        self._lock = threading.Lock()  # of the two dictionaries; never held while something loads
        self._loading: dict[str, _Loading] = {}

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
            DeviceMissing: the device that was asked for is not there.
        """
        import torch

        wanted = self.config.device
        if wanted == "auto":
            return "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
        kind, _, index = wanted.partition(":")
        available = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}[kind]
        if not available or (index and (not index.isdigit() or int(index) >= torch.cuda.device_count())):
            raise DeviceMissing(device=wanted)
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

    def get(self, name: str, *, precision: str = "float32", progress: ByteCallback | None = None) -> LoadedModel:
        """The network of that name, loaded (and its weights fetched) if this is the first time.

        Raises:
            WeightsError: the weights are unknown, missing, damaged, unsafe or of no known architecture.
        """
        name = self.resolve_alias(name)
        key = (name, _stamp(name))
        held = self._find(key)
        if held is None:
            _ = self.device  # raises where it is not here, before anything is downloaded
            file = self._file(name, progress)  # may take minutes, and waits for others by itself
            held = self._obtain(key, lambda: self._load(name, *file), progress)
        return replace(cast("LoadedModel", held), precision=precision)

    def open(self, name: str, opener: Callable[[str], T], *, progress: ByteCallback | None = None) -> HeldModel[T]:
        """A model of the catalogue that OpenCV runs, opened (and its file fetched) if this is the first time.

        Args:
            opener: makes OpenCV's object of the file's path.

        Raises:
            WeightsError: the file is damaged or cannot be fetched.
            OpenCVCannotRead: this version of OpenCV cannot read it.
        """
        from restoration_studio.weights.fetch import ensure

        return self.open_file(ensure(name, config=self.config, progress=progress), opener)

    def open_file(self, file: WeightsFile, opener: Callable[[str], T]) -> HeldModel[T]:
        """The same for a file that was found and checked already."""
        import cv2

        def load() -> HeldModel[T]:
            started = time.perf_counter()
            try:
                value = opener(str(file.path))
            except cv2.error as error:
                raise OpenCVCannotRead(version=cv2.__version__, path=file.path) from error
            return HeldModel(name, value, file.path.stat().st_size, time.perf_counter() - started, file)

        name = file.model.name
        key = (name, (str(file.path), file.sha256))
        return cast("HeldModel[T]", self._find(key) or self._obtain(key, load, None))

    def hold(
        self,
        name: str,
        stamp: Callable[[], Hashable],
        load: Callable[[], T],
        size_bytes: Callable[[T], int],
        *,
        progress: ByteCallback | None = None,
    ) -> HeldModel[T]:
        """A model that a stage loads by itself, kept in the budget; there is one of a name, the one before goes first.

        Args:
            stamp: what the model is made of; asked anew after ``load``, which may have fetched files.
            load: makes it; nothing else is held up meanwhile but others who ask for this name.
            size_bytes: memory its weights take.
        """

        def measured() -> HeldModel[T]:
            started = time.perf_counter()
            value = load()
            return HeldModel(name, value, size_bytes(value), time.perf_counter() - started)

        key = (name, stamp())
        return cast("HeldModel[T]", self._find(key) or self._obtain(key, measured, progress, restamp=stamp))

    def fetch(self, name: str, progress: ByteCallback | None = None) -> str:
        """Make sure the weights are on this machine, without loading them; gives their SHA-256."""
        return self._file(self.resolve_alias(name), progress)[1]

    def resolve_alias(self, name: str) -> str:
        """The model that a name of ``weights.catalogue.ALTERNATIVES`` means here; any other name itself."""
        from restoration_studio.weights.store import resolve_alias

        return resolve_alias(name, self.config)

    def load_models(self, names: Iterable[str], *, precision: str = "auto") -> list[LoadedModel]:
        """Load now what would be loaded on first use."""
        return [self.get(name, precision=self.precision(precision)) for name in names]

    def loaded(self) -> list[LoadedModel | HeldModel[Any]]:
        """What is in memory, least recently used first."""
        with self._lock:
            return list(self._held.values())

    def unload(self, name: str | None = None) -> None:
        """Forget one model, or all; its memory is free as soon as no running stage uses it."""
        with self._lock:
            for key in [key for key in self._held if name in (None, key[0])]:
                del self._held[key]
        release_accelerator_memory()

    def _find(self, key: _Key) -> _Held | None:
        with self._lock:
            held = self._held.get(key)
            if held is not None:
                self._held.move_to_end(key)
            return held

    def _obtain(
        self,
        key: _Key,
        load: Callable[[], _Held],
        progress: ByteCallback | None,
        restamp: Callable[[], Hashable] | None = None,
    ) -> _Held:
        """Load a model, unless another thread did while this one waited for it."""
        with self._only_one_loads(key[0], progress):
            held = self._find(key)
            if held is not None:
                return held
            self._forget(key[0])  # its file has changed since; freed before the new one needs room
            held = load()
            if restamp is not None:
                key = (key[0], restamp())
            with self._lock:
                self._held[key] = held
            self._evict(keep=key)
            return held

    @contextmanager
    def _only_one_loads(self, name: str, progress: ByteCallback | None) -> Iterator[None]:
        """Wait until no other thread loads the model of that name; ``progress`` may end the waiting by raising."""
        with self._lock:
            loading = self._loading.setdefault(name, _Loading())
            loading.users += 1
        try:
            while not loading.lock.acquire(timeout=0.5):
                if progress is not None:
                    progress(0, None, f"waiting for {name}, which is being loaded")
            try:
                yield
            finally:
                loading.lock.release()
        finally:
            with self._lock:
                loading.users -= 1
                if not loading.users:
                    del self._loading[name]

    def _forget(self, name: str) -> None:
        with self._lock:
            for key in [key for key in self._held if key[0] == name]:
                del self._held[key]

    def _evict(self, keep: _Key) -> None:
        budget = self.config.model_memory_mb * 1_000_000
        dropped = False
        with self._lock:
            size = sum(model.size_bytes for model in self._held.values())
            for key in [key for key in self._held if key != keep]:
                if size <= budget:
                    break
                size -= self._held.pop(key).size_bytes
                dropped = True
        if dropped:
            release_accelerator_memory()

    def _file(self, name: str, progress: ByteCallback | None) -> tuple[Any, str, str]:
        """The file of ``name`` for ``load_state_dict``, its SHA-256 and where it came from."""
        from restoration_studio.weights.fetch import ensure
        from restoration_studio.weights.hashes import sha256_of

        if is_model_path(name):
            path = Path(name)
            if not path.is_file():
                raise ModelFileMissing(name=name)
            return path, sha256_of(path), str(path)
        file = ensure(name, config=self.config, progress=progress)
        return file, file.sha256, str(file.source)

    def _load(self, name: str, file: Any, sha256: str, source: str) -> LoadedModel:
        from restoration_studio.weights.load import load_state_dict

        started = time.perf_counter()
        device = self.device
        network = _build(name, load_state_dict(file))
        capabilities: Capabilities = network.capabilities
        place(network, device, channels_last=capabilities.channels_last)
        return_freed_memory()
        size = sum(weight.numel() * weight.element_size() for weight in network.parameters())
        return LoadedModel(
            name=name,
            sha256=sha256,
            source=source,
            capabilities=capabilities,
            device=device,
            precision="float32",
            size_bytes=size,
            seconds=time.perf_counter() - started,
            network=network,
        )


def _build(name: str, weights: dict[str, torch.Tensor]) -> Any:
    """The network of this package for a state dict; it declares its ``capabilities``."""
    from restoration_studio.networks.spandrel_light import importing
    from restoration_studio.weights.catalogue import get
    from restoration_studio.weights.load import stated_architecture

    own = ARCHITECTURES.get(stated_architecture(Path(name)) if is_model_path(name) else get(name).architecture)
    if own is not None:
        module, _, builder = own.partition(":")
        with importing():
            network_class = getattr(import_module(module), builder)
        return network_class.from_state_dict(weights)
    with importing():
        from restoration_studio.networks.described import DescribedNetwork

    return DescribedNetwork.from_state_dict(weights, name)


def place(network: torch.nn.Module, device: str, *, channels_last: bool = True) -> None:
    """Make a network ready to be used on ``device``."""
    import torch

    from restoration_studio.networks.precision import prepare_convolutions

    network.eval().requires_grad_(False).to(device)
    if channels_last:  # faster, and some networks cannot be laid out so
        network.to(memory_format=torch.channels_last)
    prepare_convolutions(network, device.split(":")[0])
