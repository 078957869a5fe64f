"""Pictures as files for the browser: encoded once, reduced to what it moves without stuttering, kept by content."""

from __future__ import annotations

import hashlib
import io
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]

JPEG_QUALITY = 92
PNG_MEGAPIXELS = 0.3  # up to here a lossless file is made as fast and single pixels can be judged
SHOWN_MEGAPIXELS = 16.0  # what a browser decodes and moves without stuttering
_CACHE_BYTES = 128 * 2**20


def encode(array: Pixels) -> tuple[str, bytes]:
    """A picture as the bytes of a file that browsers show.

    Args:
        array: (height, width, 3) uint8, sRGB.

    Returns:
        The MIME type and the file: PNG up to 0.3 megapixels, else JPEG of quality 92 with full colour resolution.

    Raises:
        ValueError: the array has another shape or type.
    """
    _check(array)
    image = Image.fromarray(np.ascontiguousarray(array))
    stream = io.BytesIO()
    if array.shape[0] * array.shape[1] <= PNG_MEGAPIXELS * 1e6:
        image.save(stream, "PNG", compress_level=1)
        return "image/png", stream.getvalue()
    # Not 4:2:0: a viewer that goes to 4:1 must not add colour smears of its own.
    image.save(stream, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    return "image/jpeg", stream.getvalue()


def shown_size(width: int, height: int, megapixels: float = SHOWN_MEGAPIXELS) -> tuple[int, int]:
    """The size (width, height) a picture is shown at: its own, or the largest within ``megapixels``."""
    if width * height <= megapixels * 1e6:
        return width, height
    factor = (megapixels * 1e6 / (width * height)) ** 0.5
    shorter = max(1, int(min(width, height) * factor))
    longer = min(int(max(width, height) * factor), int(megapixels * 1e6) // shorter)
    return (longer, shorter) if width > height else (shorter, longer)


@dataclass(frozen=True, slots=True)
class EncodedPicture:
    """A picture ready for the page: the file, its own size and the size it has in the file."""

    mime: str
    content: bytes
    width: int
    height: int
    shown_width: int
    shown_height: int

    @property
    def reduced(self) -> bool:
        return (self.width, self.height) != (self.shown_width, self.shown_height)


class EncodedCache:
    """Encoded pictures by a digest of what they show, the least recently used dropped above a number of bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._items: OrderedDict[bytes, EncodedPicture] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, key: bytes, make: Callable[[], EncodedPicture]) -> EncodedPicture:
        with self._lock:
            if key in self._items:
                self._items.move_to_end(key)
                return self._items[key]
        picture = make()
        with self._lock:
            if key not in self._items:
                self._items[key] = picture
                self._bytes += len(picture.content)
            while self._bytes > self._limit and len(self._items) > 1:
                self._bytes -= len(self._items.popitem(last=False)[1].content)
        return picture


cache_of_encoded = EncodedCache(_CACHE_BYTES)


def digest_of(array: Pixels, *settings: object) -> bytes:
    """SHA-256 of an array's shape and content, with whatever else matters."""
    digest = hashlib.sha256(repr((array.shape, *settings)).encode())
    digest.update(np.ascontiguousarray(array).data)
    return digest.digest()


def encoded(array: Pixels, *, megapixels: float = SHOWN_MEGAPIXELS, longest: int | None = None) -> EncodedPicture:
    """The picture as a file for the page, reduced to ``megapixels`` and a ``longest`` side; kept by content.

    Raises:
        ValueError: the array is not (height, width, 3) uint8.
    """
    _check(array)
    array = np.ascontiguousarray(array)
    key = digest_of(array, megapixels, longest)
    return cache_of_encoded.get(key, lambda: _reduce_and_encode(array, megapixels, longest))


def _check(array: Pixels) -> None:
    if array.ndim != 3 or array.shape[2] != 3 or array.dtype != np.uint8 or 0 in array.shape:
        raise ValueError(f"a picture to show must be (height, width, 3) uint8, not {array.shape} {array.dtype}")


def _reduce_and_encode(array: Pixels, megapixels: float, longest: int | None) -> EncodedPicture:
    height, width = array.shape[:2]
    size = shown_size(width, height, megapixels)
    if longest is not None and max(size) > longest:
        factor = longest / max(size)
        size = max(1, round(size[0] * factor)), max(1, round(size[1] * factor))
    smaller = array
    if size != (width, height):
        # The gap keeps the average over whole blocks, which is several times faster and looks the same.
        resized = Image.fromarray(array).resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)
        smaller = np.asarray(resized, dtype=np.uint8)
    mime, content = encode(smaller)
    return EncodedPicture(mime, content, width, height, *size)
