"""A picture inside the studio: pixels with everything that must come out again as it went in."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from restoration_studio.lazy import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

FloatArray: TypeAlias = "NDArray[np.float32]"


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a file says about its picture. The bytes are carried as they were found.

    ``exif`` starts with the TIFF header (no ``Exif\\0\\0`` before it) and its orientation is 1, since
    the pixels have been turned upright. ``xmp`` is the XML packet, ``iptc`` the IPTC-IIM records,
    ``icc`` the profile the pixels are in, ``dpi`` horizontal and vertical dots per inch.
    """

    exif: bytes | None = None
    xmp: bytes | None = None
    iptc: bytes | None = None
    icc: bytes | None = None
    dpi: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """Pixels as the stages see them, with alpha, metadata and the bit depth of the file.

    Attributes:
        pixels: (height, width, 3) float32, 0 to 1, RGB in the file's own profile (sRGB without one).
        alpha: (height, width) float32, 0 transparent to 1 opaque, or None.
        bit_depth: 8, 16 or 32 (float) bits a channel, as read and as it will be written.
        grey: the picture has no colour; its three channels are equal and stay so.
        metadata: what the file says about the picture.
        source: the file it came from, or None.
        format: the file's format in Pillow's name ("JPEG", "PNG", "TIFF", ...), or None.
        channels: the shape of the caller's own data: "L", "LA", "RGB" or "RGBA".
        grey_axis: a grey picture came as an array of shape (height, width, 1), not (height, width).
        notes: what reading had to change, one plain sentence each.
    """

    pixels: FloatArray
    alpha: FloatArray | None = None
    bit_depth: int = 8
    grey: bool = False
    metadata: Metadata = field(default_factory=Metadata)
    source: Path | None = None
    format: str | None = None
    channels: str = "RGB"
    grey_axis: bool = False
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.pixels.ndim != 3 or self.pixels.shape[2] != 3 or self.pixels.dtype != np.float32:
            raise ValueError(f"pixels must be (height, width, 3) float32, not {self.pixels.shape} {self.pixels.dtype}")
        if self.alpha is not None and self.alpha.shape != self.pixels.shape[:2]:
            raise ValueError(f"alpha is {self.alpha.shape}, the pixels are {self.pixels.shape[:2]}")
        if self.bit_depth not in (8, 16, 32):
            raise ValueError(f"bit_depth must be 8, 16 or 32, not {self.bit_depth}")

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])

    @property
    def megapixels(self) -> float:
        return self.height * self.width / 1e6

    def with_(self, **changes: Any) -> Picture:
        """A copy with some attributes changed; arrays that stay are shared, not copied."""
        return replace(self, **changes)

    def content_hash(self) -> str:
        """SHA-256 of what stages can see (pixels, alpha, greyness), for keys of caches and records."""
        digest = hashlib.sha256(f"{self.pixels.shape}{self.grey}{self.alpha is not None}".encode())
        for array in (self.pixels, self.alpha):
            if array is not None:
                digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()
