"""EXIF blocks, edited so that all other bytes stay where they are.

Our own and not a library, since libraries (Pillow, piexif) rewrite the whole block, which breaks maker notes: they hold
offsets from the start of the block. Here a value that fits its old place is overwritten in place, and new entries go
into a copy of the directory behind the block's end.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

from restoration_studio.image.ifd import (
    EXIF_IFD,
    LONG,
    ORIENTATION,
    RATIONAL,
    RESOLUTION_UNIT,
    SHORT,
    X_RESOLUTION,
    Y_RESOLUTION,
    ByteOrder,
    Entry,
    Field,
    byte_order,
    first_directory,
    number,
    pack_directory,
    read_directory,
    tiff_header,
)

IMAGE_WIDTH, IMAGE_LENGTH, PIXEL_X, PIXEL_Y = 0x0100, 0x0101, 0xA002, 0xA003
_THUMBNAIL_START, _THUMBNAIL_LENGTH = 0x0201, 0x0202


def orientation_of(block: bytes) -> int:
    """The EXIF orientation, 1 to 8; 1 where none is given or it is not among these.

    Raises:
        ValueError: the bytes are no EXIF block.
    """
    order, _ = byte_order(block)
    entry = read_directory(block, first_directory(block))[0].get(ORIENTATION)
    value = number(order, entry.field if entry else None)
    return value if value is not None and 1 <= value <= 8 else 1


def set_upright(block: bytes) -> bytes:
    """The block with orientation 1 (where it gives one) and without its thumbnail, which is not turned.

    Raises:
        ValueError: the bytes are no EXIF block.
    """
    order, _ = byte_order(block)
    offset = first_directory(block)
    entries, link = read_directory(block, offset)
    result = bytearray(block)
    if ORIENTATION in entries:
        set_fields(result, {ORIENTATION: Field(SHORT, 1, struct.pack(order + "H", 1))}, entries)
    thumbnail = block[link : link + 4]
    if any(thumbnail):
        result[link : link + 4] = bytes(4)
        return _without_thumbnail(block, bytes(result), struct.unpack(order + "I", thumbnail)[0])
    return bytes(result)


def _without_thumbnail(block: bytes, result: bytes, directory: int) -> bytes:
    """Cut the thumbnail's JPEG off where it is the last thing in the block, else blank it."""
    order, _ = byte_order(block)
    try:
        entries, _ = read_directory(block, directory)
    except ValueError:
        return result
    start, length = (
        number(order, entries[tag].field if tag in entries else None) for tag in (_THUMBNAIL_START, _THUMBNAIL_LENGTH)
    )
    if not start or not length or start + length > len(block) or block[start : start + 2] != b"\xff\xd8":
        return result
    if start + length >= len(block) - 1:
        return result[:start]
    return result[:start] + bytes(length) + result[start + length :]


def set_fields(block: bytearray, fields: Mapping[int, Field], entries: Mapping[int, Entry]) -> dict[int, Field]:
    """Overwrite entries in place; gives back those fields that have no place of the same size."""
    order, _ = byte_order(block)
    left: dict[int, Field] = {}
    for tag, (kind, count, data) in fields.items():
        entry = entries.get(tag)
        if entry is None or (len(data) > 4) != (len(entry.field.data) > 4) or len(data) > max(4, len(entry.field.data)):
            left[tag] = Field(kind, count, data)
            continue
        struct.pack_into(order + "HHI", block, entry.position, tag, kind, count)
        place = data.ljust(4, b"\0") if len(data) <= 4 else data
        block[entry.value_position : entry.value_position + len(place)] = place
    return left


def update_block(block: bytes, width: int, height: int, dpi: tuple[float, float] | None) -> bytes:
    """The block for a picture of this size: sizes it gives are corrected, the resolution is set.

    Raises:
        ValueError: the bytes are no EXIF block.
    """
    order, _ = byte_order(block)
    result = bytearray(block)
    offset = first_directory(block)
    main, link = read_directory(block, offset)
    sizes = {IMAGE_WIDTH: width, IMAGE_LENGTH: height, PIXEL_X: width, PIXEL_Y: height}
    long = {tag: Field(LONG, 1, struct.pack(order + "I", value)) for tag, value in sizes.items()}
    set_fields(result, {tag: value for tag, value in long.items() if tag in main}, main)
    exif_at = number(order, main[EXIF_IFD].field if EXIF_IFD in main else None)
    if exif_at is not None:
        try:
            side, _ = read_directory(block, exif_at)
        except ValueError:
            side = {}
        set_fields(result, {tag: value for tag, value in long.items() if tag in side}, side)
    if dpi is None:
        return bytes(result)
    left = set_fields(result, resolution_fields(order, dpi), main)
    if not left:
        return bytes(result)
    fields = {tag: entry.field for tag, entry in read_directory(result, offset)[0].items()} | left
    result += bytes(len(result) % 2)
    struct.pack_into(order + "I", result, 4, len(result))
    packed = pack_directory(fields, order, len(result))
    next_at = 2 + 12 * len(fields)
    return bytes(result) + packed[:next_at] + block[link : link + 4].ljust(4, b"\0") + packed[next_at + 4 :]


def resolution_fields(order: ByteOrder, dpi: tuple[float, float]) -> dict[int, Field]:
    """XResolution, YResolution and ResolutionUnit (inch) for dots per inch."""
    values = [struct.pack(order + "II", *_fraction(value)) for value in dpi]
    return {
        X_RESOLUTION: Field(RATIONAL, 1, values[0]),
        Y_RESOLUTION: Field(RATIONAL, 1, values[1]),
        RESOLUTION_UNIT: Field(SHORT, 1, struct.pack(order + "H", 2)),
    }


def _fraction(value: float) -> tuple[int, int]:
    return (round(value), 1) if value == round(value) else (round(value * 100), 100)


def empty_block() -> bytes:
    """An EXIF block without any entry."""
    return tiff_header("<") + bytes(6)
