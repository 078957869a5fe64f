"""PNG files: a check of every chunk before decoding, and a writer that streams row by row.

Our own and not a library, since libraries decode a cut-off PNG with no more than a warning, and none (Pillow, OpenCV,
imagecodecs) writes 16 bits with metadata from strips. Follows the PNG specification, third edition (W3C).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from restoration_studio.image.parallel import map_in_order
from restoration_studio.image.picture import Metadata

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOUR_TYPES = {"L": 0, "RGB": 2, "LA": 4, "RGBA": 6}
_CHUNK_BYTES = 1 << 20
_LEVEL = 3  # on filtered photographs as small as level 6, in half the time
_KEPT = frozenset((b"acTL", b"fcTL", b"cICP", b"gAMA", b"sRGB"))
_METADATA = frozenset((b"iCCP", b"pHYs", b"eXIf", b"iTXt", b"tEXt", b"zTXt"))
_LARGEST_METADATA = 1 << 25


class DamagedPNGError(Exception):
    """The chunks of a PNG file do not add up; the message says how."""


@dataclass
class PNGHeader:
    """What the chunks of a PNG file say besides its pixels."""

    width: int
    height: int
    bits: int
    colour_type: int
    small: dict[bytes, bytes] = field(default_factory=dict)
    metadata: list[tuple[bytes, bytes]] = field(default_factory=list)
    separate_default: bool = False  # APNG: the still picture is no frame of the animation

    @property
    def frames(self) -> int:
        return int.from_bytes(self.small.get(b"acTL", b"\0\0\0\1")[:4], "big")


def read_header(stream: IO[bytes]) -> PNGHeader:
    """Read the size and kind from the first chunk.

    Raises:
        DamagedPNGError: it is missing or damaged.
    """
    stream.seek(len(SIGNATURE))
    head = stream.read(25)
    if len(head) < 25 or head[4:8] != b"IHDR" or zlib.crc32(head[4:21]) != int.from_bytes(head[21:], "big"):
        raise DamagedPNGError("its header is damaged")
    width, height, bits, colour_type = struct.unpack(">IIBB", head[8:18])
    return PNGHeader(width, height, bits, colour_type)


def check(stream: IO[bytes], header: PNGHeader) -> None:
    """Read all chunks up to the end mark, check their sums and keep the small ones in the header.

    Raises:
        DamagedPNGError: the file is cut off or a sum is wrong.
    """
    stream.seek(len(SIGNATURE))
    seen_data = False
    while True:
        head = stream.read(8)
        if len(head) < 8:
            raise DamagedPNGError("it is cut off before its end")
        length, name = struct.unpack(">I4s", head)
        crc = zlib.crc32(name)
        kept = bytearray()
        wanted = name in _KEPT or (name in _METADATA and length <= _LARGEST_METADATA)
        left = length
        while left:
            block = stream.read(min(left, _CHUNK_BYTES))
            if not block:
                raise DamagedPNGError("it is cut off before its end")
            crc = zlib.crc32(block, crc)
            if wanted:
                kept += block
            left -= len(block)
        tail = stream.read(4)
        if len(tail) < 4:
            raise DamagedPNGError("it is cut off before its end")
        if crc != int.from_bytes(tail, "big"):
            raise DamagedPNGError(f"the checksum of its {name.decode('latin-1')} part is wrong")
        if name == b"IEND":
            break
        seen_data = seen_data or name == b"IDAT"
        if name == b"fcTL" and seen_data and b"fcTL" not in header.small:
            header.separate_default = True
        if name in _METADATA and wanted:
            header.metadata.append((name, bytes(kept)))
        elif wanted:
            header.small.setdefault(name, bytes(kept))
    if not seen_data:
        raise DamagedPNGError("it holds no pixels")


def metadata_only(header: PNGHeader) -> bytes:
    """A PNG of one pixel with all the metadata of a checked file, wherever in that file it stood.

    Pillow reads what follows the pixels only when it decodes them, and it would reduce 16 bits to 8.
    """
    stream = BytesIO()
    stream.write(SIGNATURE)
    _write_chunk(stream, b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, header.colour_type, 0, 0, 0))
    for name, data in header.metadata:
        _write_chunk(stream, name, data)
    _write_chunk(stream, b"IDAT", zlib.compress(bytes(5)))
    _write_chunk(stream, b"IEND", b"")
    return stream.getvalue()


def write(
    stream: IO[bytes],
    strips: Iterable[NDArray[Any]],
    size: tuple[int, int],
    channels: str,
    depth: int,
    metadata: Metadata,
) -> None:
    """Write a PNG of uint8 or uint16 strips.

    Args:
        stream: where to.
        strips: (rows, width, channels) from the top down.
        size: (height, width).
        channels: "L", "LA", "RGB" or "RGBA".
        depth: 8 or 16.
        metadata: what to embed; IPTC goes where ImageMagick and ExifTool put it.
    """
    height, width = size
    stream.write(SIGNATURE)
    _write_chunk(stream, b"IHDR", struct.pack(">IIBBBBB", width, height, depth, _COLOUR_TYPES[channels], 0, 0, 0))
    if metadata.icc:
        _write_chunk(stream, b"iCCP", b"ICC profile\0\0" + zlib.compress(metadata.icc))
    if metadata.dpi:
        metre = [round(value / 0.0254) for value in metadata.dpi]
        _write_chunk(stream, b"pHYs", struct.pack(">IIB", *metre, 1))
    if metadata.exif:
        _write_chunk(stream, b"eXIf", metadata.exif)
    if metadata.xmp:
        _write_chunk(stream, b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + metadata.xmp)
    if metadata.iptc:
        _write_chunk(stream, b"zTXt", b"Raw profile type iptc\0\0" + zlib.compress(_raw_profile("iptc", metadata.iptc)))
    for block in _deflate(_filtered(strips)):
        _write_chunk(stream, b"IDAT", block)
    _write_chunk(stream, b"IEND", b"")


def _write_chunk(stream: IO[bytes], name: bytes, data: bytes) -> None:
    stream.write(struct.pack(">I4s", len(data), name))
    stream.write(data)
    stream.write(struct.pack(">I", zlib.crc32(data, zlib.crc32(name))))


def _filtered(strips: Iterable[NDArray[Any]]) -> Iterator[NDArray[np.uint8]]:
    """Rows as bytes with a filter byte before each; the filter that leaves the least, as PNG's 12.7 advises.

    Only filters that need no neighbour to the left and above at once are tried, which numpy does fast.
    """
    above: NDArray[np.uint8] | None = None
    for strip in strips:
        rows, width, channels = strip.shape
        size = channels * strip.dtype.itemsize
        data = strip.astype(strip.dtype.newbyteorder(">"), copy=False)
        raw = np.ascontiguousarray(data).view(np.uint8).reshape(rows, width * size)
        previous = np.zeros_like(raw)
        previous[1:] = raw[:-1]
        if above is not None:
            previous[0] = above
        above = raw[-1].copy()
        yield _best_filter(raw, previous, size)


def _best_filter(raw: NDArray[np.uint8], previous: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    left = np.zeros_like(raw)
    left[:, size:] = raw[:, :-size]
    average = ((left.astype(np.uint16) + previous) >> 1).astype(np.uint8)
    candidates = ((1, raw - left), (2, raw - previous), (3, raw - average))
    result = np.empty((raw.shape[0], raw.shape[1] + 1), np.uint8)
    best = np.full(raw.shape[0], np.iinfo(np.int64).max)
    for kind, candidate in candidates:
        cost = np.abs(candidate.view(np.int8).astype(np.int16)).sum(axis=1, dtype=np.int64)
        better = cost < best
        result[better, 0] = kind
        result[better, 1:] = candidate[better]
        best = np.minimum(best, cost)
    return result


def _deflate(blocks: Iterable[NDArray[np.uint8]]) -> Iterator[bytes]:
    """One zlib stream of parts that are compressed side by side (each ends on a byte, as in pigz)."""
    adler = 1
    yield b"\x78\x5e"

    def with_sum(blocks: Iterable[NDArray[np.uint8]]) -> Iterator[NDArray[np.uint8]]:
        nonlocal adler
        for block in blocks:
            adler = zlib.adler32(block.data, adler)
            yield block

    yield from map_in_order(_deflate_block, with_sum(blocks))
    yield b"\x03\x00" + struct.pack(">I", adler)  # an empty last block


def _deflate_block(block: NDArray[np.uint8]) -> bytes:
    worker = zlib.compressobj(_LEVEL, zlib.DEFLATED, -15, 9, zlib.Z_FILTERED)
    return worker.compress(block.data) + worker.flush(zlib.Z_FULL_FLUSH)


def _raw_profile(name: str, data: bytes) -> bytes:
    """ImageMagick's text form of binary metadata: name, length and hexadecimal lines of 72 digits."""
    digits = data.hex().encode()
    lines = b"\n".join(digits[at : at + 72] for at in range(0, len(digits), 72))
    return b"\n%s\n%8d\n%s\n" % (name.encode(), len(data), lines)


def parse_raw_profile(text: str | bytes) -> bytes | None:
    """The data of ImageMagick's text form, or None where it is damaged."""
    words = (text.encode("latin-1", "replace") if isinstance(text, str) else text).split()
    try:
        data = bytes.fromhex(b"".join(words[2:]).decode("ascii"))
        return data if len(data) == int(words[1]) else None
    except (ValueError, IndexError):
        return None
