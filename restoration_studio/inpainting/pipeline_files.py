"""Which files a diffusers pipeline's weights come from, and their SHA-256, for the record of a result."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from restoration_studio.inpainting.errors import (
    PipelineIndexUnreadable,
    PipelineWeightsDamaged,
    PipelineWeightsUnreadable,
)
from restoration_studio.weights.hashes import sha256_of

if TYPE_CHECKING:
    from restoration_studio.config import Config

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class WeightsFile:
    """One file of weights of a pipeline.

    Attributes:
        name: within the pipeline's folder, for example ``unet/diffusion_pytorch_model.safetensors``.
        sha256: of its bytes.
        size_bytes: their number.
    """

    name: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where a pipeline comes from: a folder, or a repository of the hub at a revision; and which of its files."""

    name: str
    revision: str | None = None
    variant: str | None = None


def folder_of(place: Place, config: Config) -> Path:
    """The folder that holds the pipeline: a person's own, or the snapshot of the hub's revision."""
    if place.revision is None:
        return Path(place.name)
    repository = config.weights_dir / "huggingface" / f"models--{place.name.replace('/', '--')}"
    return repository / "snapshots" / place.revision


def weights_files(folder: Path, variant: str | None, *, safety_checker: bool) -> tuple[Path, ...]:
    """The files that ``from_pretrained`` loads, in the order of ``model_index.json``.

    Of each part the files of ``variant`` where it has them, else those without one, as diffusers chooses them.

    Raises:
        WeightsError: ``model_index.json`` cannot be read.
    """
    index = folder / "model_index.json"
    try:
        parts = json.loads(index.read_text(encoding="utf-8"))
        named = [part for part, meant in parts.items() if isinstance(meant, list) and meant[0] is not None]
    except (OSError, ValueError, AttributeError, IndexError) as error:
        raise PipelineIndexUnreadable(path=index) from error
    found: list[Path] = []
    for part in named:
        if part == "safety_checker" and not safety_checker:
            continue
        files = sorted((folder / part).glob("*.safetensors"))
        wanted = [path for path in files if variant is not None and _variant(path) == variant]
        found += wanted or [path for path in files if _variant(path) is None]
    return tuple(found)


def _variant(path: Path) -> str | None:
    """``fp16`` of ``model.fp16.safetensors``, also where it is one of several parts; None where there is none."""
    middle = re.sub(r"-\d{5}-of-\d{5}", "", path.name.removesuffix(".safetensors")).split(".")[1:]
    return middle[0] if middle else None


def hash_files(folder: Path, paths: tuple[Path, ...]) -> tuple[WeightsFile, ...]:
    """Name, SHA-256 and size of each file; bytes that have been hashed before are not read again.

    Raises:
        WeightsError: a file cannot be read, or is not what the hub says it is (its cache names large files by their
            SHA-256).
    """
    found = []
    for path in paths:
        try:
            real = path.resolve(strict=True)
            sha256, size = sha256_of(real), real.stat().st_size
        except OSError as error:
            raise PipelineWeightsUnreadable(path=path, reason=error.strerror or str(error)) from error
        if path.is_symlink() and _SHA256.fullmatch(real.name) and real.name != sha256:
            raise PipelineWeightsDamaged(path=path, file=real)
        found.append(WeightsFile(path.relative_to(folder).as_posix(), sha256, size))
    return tuple(found)
