"""Reading TIFF files at their full depth.

tifffile and imagecodecs decode grey and RGB of 8 bits and more; the rest (palettes, CMYK, fax, JPEG) is Pillow's. Only
the tags are read by our own code and not a library, since EXIF has to come out with the bytes it went in with, and
since what is refused (camera raw, too many pixels) is to be known before a decoder sees the file.
"""

from __future__ import annotations

import logging
import struct
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from restoration_studio.image import ifd
from restoration_studio.image.ifd import LONG, SHORT, Field
from restoration_studio.image.metadata import iptc_from_resources, resolution
from restoration_studio.image.strips import Rows, array_rows

XMP, PHOTOSHOP, IPTC, ICC, DNG_VERSION = 700, 34377, 33723, 34675, 50706
_RAW_PHOTOMETRIC = (32803, 34892)  # colour filter array, linear raw
# Tags that describe how the file stores its picture; they are never part of the metadata.
STRUCTURE = frozenset({
    254, 255, 256, 257, 258, 259, 262, 263, 264, 265, 266, 273, 274, 277, 278, 279, 280, 281, 284, 288, 289,
    290, 291, 292, 293, 297, 301, 317, 320, 321, 322, 323, 324, 325, 330, 332, 338, 339, 340, 341, 342, 347,
    512, 513, 514, 515, 517, 518, 519, 520, 521, 529, 530, 531, 532, 559, XMP, IPTC, PHOTOSHOP, ICC,
})  # fmt: skip
_LARGEST_FIELD = 1 << 16  # larger ones are layers or other pictures, which would no longer fit the result


class UnreadableTIFFError(Exception):
    """A TIFF that is damaged or of a kind that is not read; the message says what."""


@dataclass
class TIFFInfo:
    """What the tags of a TIFF's first page say."""

    width: int
    height: int
    bits: int
    sample_format: int  # 1 unsigned, 2 signed, 3 float
    compression: int
    photometric: int
    extra: tuple[int, ...]
    pages: int
    orientation: int
    raw: bool
    metadata: dict[str, Any]

    @property
    def plain(self) -> bool:
        """Grey or RGB of 8 bits and more, which tifffile reads; Pillow would reduce it to 8 bits."""
        return self.photometric in (0, 1, 2) and (self.bits > 8 or (self.bits == 8 and self.compression not in (6, 7)))


def inspect(data: ifd.Buffer) -> TIFFInfo:
    """Read the tags of a TIFF file given as a memory map or bytes.

    Raises:
        ValueError: the tags are damaged.
    """
    order, _ = ifd.byte_order(data)
    offset = ifd.first_directory(data)
    entries, _ = ifd.read_directory(data, offset)
    fields = {tag: entry.field for tag, entry in entries.items()}

    def value(tag: int, default: int) -> int:
        found = ifd.number(order, fields.get(tag))
        return default if found is None else found

    extra = fields.get(338)
    return TIFFInfo(
        width=value(256, 0),
        height=value(257, 0),
        bits=value(258, 1),
        sample_format=value(339, 1),
        compression=value(259, 1),
        photometric=value(262, 1),
        extra=struct.unpack(f"{order}{extra.length}H", extra.data) if extra and extra.type == SHORT else (),
        pages=_count_pages(data, order, offset),
        orientation=value(ifd.ORIENTATION, 1) if value(ifd.ORIENTATION, 1) in range(1, 9) else 1,
        raw=_is_raw(data, order, fields),
        metadata=_metadata(data, order, fields),
    )


def _count_pages(data: ifd.Buffer, order: ifd.ByteOrder, offset: int) -> int:
    """Full pages; thumbnails and masks (bits 0 and 2 of NewSubfileType) do not count."""
    big = ifd.byte_order(data)[1]
    pages, seen = 0, set[int]()
    while offset and offset not in seen and len(seen) < 65536:
        seen.add(offset)
        try:
            entries, link = ifd.read_directory(data, offset)
        except ValueError:
            break
        kind = ifd.number(order, entries[254].field) if 254 in entries else 0
        pages += not (kind or 0) & 0b101
        offset = int.from_bytes(data[link : link + (8 if big else 4)], "little" if order == "<" else "big")
    return max(1, pages)


def _is_raw(data: ifd.Buffer, order: ifd.ByteOrder, fields: dict[int, Field]) -> bool:
    if DNG_VERSION in fields or ifd.number(order, fields.get(262)) in _RAW_PHOTOMETRIC:
        return True
    subs = fields.get(ifd.SUB_IFDS)
    if subs is None or subs.type not in (LONG, 13):
        return False
    for offset in struct.unpack(f"{order}{subs.length}I", subs.data):
        try:
            entries, _ = ifd.read_directory(data, offset)
        except ValueError:
            continue
        if 262 in entries and ifd.number(order, entries[262].field) in _RAW_PHOTOMETRIC:
            return True
    return False


def _metadata(data: ifd.Buffer, order: ifd.ByteOrder, fields: dict[int, Field]) -> dict[str, Any]:
    """Arguments for ``image.metadata.collect_metadata``."""
    raw = {tag: fields[tag].data for tag in (XMP, IPTC, ICC, PHOTOSHOP) if tag in fields}
    unit = ifd.number(order, fields.get(ifd.RESOLUTION_UNIT))
    return {
        "exif_block": exif_of_tags(data),
        "xmp": raw.get(XMP),
        "iptc": raw.get(IPTC) or iptc_from_resources(raw.get(PHOTOSHOP)),
        "icc": raw.get(ICC),
        "dpi": resolution(fields, order) if unit in (None, 2, 3) else None,
    }


def exif_of_tags(data: ifd.Buffer) -> bytes | None:
    """The EXIF block of a TIFF file or of a block that repeats its tags: all but what describes its storage."""
    directories = ifd.read_directories(data)
    kept = {
        tag: value
        for tag, value in directories.main.items()
        if tag not in STRUCTURE and len(value.data) <= _LARGEST_FIELD
    }
    directories.main = kept
    informative = set(kept) - {ifd.X_RESOLUTION, ifd.Y_RESOLUTION, ifd.RESOLUTION_UNIT}
    return ifd.pack_block(directories) if informative or directories.exif or directories.gps else None


def check_segments(stream: IO[bytes], size: int) -> None:
    """See that every strip or tile of the first page lies inside the file of ``size`` bytes.

    Raises:
        UnreadableTIFFError: one does not: the file is cut off.
    """
    import tifffile

    logging.getLogger("tifffile").setLevel(logging.CRITICAL)  # it prints what our errors say, in its own words
    stream.seek(0)
    with tifffile.TiffFile(stream) as file:
        page = file.pages.first
        for offset, count in zip(page.dataoffsets, page.databytecounts, strict=False):
            if not offset or not count or offset + count > size:
                raise UnreadableTIFFError("it is cut off: part of its pixels is missing")
        if not page.dataoffsets:
            raise UnreadableTIFFError("it holds no pixels")


def read_plain(stream: IO[bytes], info: TIFFInfo, notes: list[str]) -> tuple[Rows, int, int, float]:
    """Decode a grey or RGB TIFF of 8 bits or more.

    Returns:
        The rows, the number of channels (1 to 4), the bit depth for the picture (8, 16 or 32), and the sample
        value that stands for 1.0.

    Raises:
        UnreadableTIFFError: the kind is not read.
    """
    import tifffile

    if info.sample_format not in (1, 3) or (info.sample_format == 1 and info.bits > 16):
        raise UnreadableTIFFError(
            f"its {info.bits}-bit {_FORMAT_NAMES.get(info.sample_format, '')}integers are not read"
        )
    stream.seek(0)
    with tifffile.TiffFile(stream) as file:
        page = file.pages.first
        if page.photometric not in (0, 1, 2):
            raise UnreadableTIFFError(f"its colours ({page.photometric!s}) at {info.bits} bits are not read")
        array = np.asarray(page.asarray())
        axes = page.axes
    if axes == "SYX":
        array = np.moveaxis(array, 0, 2)
    elif axes not in ("YX", "YXS"):
        raise UnreadableTIFFError(f"its layout ({axes}) is not read")
    array = array[:, :, None] if array.ndim == 2 else array
    if array.shape[:2] != (info.height, info.width):
        raise UnreadableTIFFError("its size and its pixels do not fit together")
    base = 3 if info.photometric == 2 else 1
    array, associated = _choose_channels(array, base, info.extra, notes)
    maximum = 1.0 if info.sample_format == 3 else float(2**info.bits - 1)
    if info.sample_format == 3:
        _note_range(array, notes)
    rows = _prepared_rows(array, maximum, invert=info.photometric == 0, associated=associated)
    depth = 32 if info.sample_format == 3 else 16 if info.bits > 8 else 8
    return rows, array.shape[2], depth, maximum


_FORMAT_NAMES = {1: "unsigned ", 2: "signed "}


def _choose_channels(
    array: NDArray[Any], base: int, extra: tuple[int, ...], notes: list[str]
) -> tuple[NDArray[Any], bool]:
    """Colour and, where there is one, alpha; other extra channels are left out. Also: is alpha multiplied in?"""
    channels = array.shape[2]
    if channels < base:
        raise UnreadableTIFFError(f"it has {channels} channels where {base} are needed")
    kind = extra[0] if extra else 2
    with_alpha = channels > base and kind in (1, 2)
    used = base + with_alpha
    if channels > used:
        notes.append("extra channels of the TIFF that are no transparency were left out")
    return array[:, :, :used], with_alpha and kind == 1


def _note_range(array: NDArray[Any], notes: list[str]) -> None:
    low, high = np.inf, -np.inf
    missing = False
    for start in range(0, array.shape[0], 256):
        strip = array[start : start + 256]
        missing = missing or bool(np.isnan(strip).any())
        low, high = min(low, float(np.nanmin(strip))), max(high, float(np.nanmax(strip)))
    if missing:
        notes.append("values that are not numbers (NaN) became black")
    if low < 0 or high > 1:
        notes.append(f"values from {low:g} to {high:g} were clipped to 0 to 1")


def _prepared_rows(array: NDArray[Any], maximum: float, *, invert: bool, associated: bool) -> Rows:
    if array.dtype.kind != "f" and not invert and not associated:
        return array_rows(array)

    def rows(start: int, stop: int) -> NDArray[Any]:
        strip = np.array(array[start:stop], dtype=np.float32)
        np.nan_to_num(strip, copy=False, nan=0, posinf=maximum, neginf=0)
        if associated:
            alpha = strip[..., -1:]
            np.divide(strip[..., :-1] * np.float32(maximum), alpha, out=strip[..., :-1], where=alpha > 0)
            np.clip(strip, 0, maximum, out=strip)
        if invert:
            colours = strip[..., :1]
            np.subtract(np.float32(maximum), colours, out=colours)
        return strip

    return rows
