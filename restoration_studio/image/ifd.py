"""Image file directories (IFDs): the tags of TIFF files and EXIF blocks, read and packed.

An EXIF block is a small TIFF file without a picture. A directory's entries are tag, type, count and value (TIFF 6.0
section 2; CIPA DC-008, Exif 2.32). BigTIFF is read, but not written. Our own and not a library, since libraries give
values without the places where they stand, which ``exif`` needs to edit a block in place.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from mmap import mmap
from typing import Literal, NamedTuple

ORIENTATION, X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT = 0x0112, 0x011A, 0x011B, 0x0128
EXIF_IFD, GPS_IFD, INTEROP_IFD, SUB_IFDS = 0x8769, 0x8825, 0xA005, 0x014A
BYTE, SHORT, LONG, RATIONAL, UNDEFINED = 1, 3, 4, 5, 7

TYPE_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_MOST_ENTRIES = 4096
# main, exif, gps and interop directory by number: which holds the link to which, under which tag
_LINKS = ((0, 1, EXIF_IFD), (0, 2, GPS_IFD), (1, 3, INTEROP_IFD))


Buffer = bytes | bytearray | mmap
ByteOrder = Literal["<", ">"]


class Field(NamedTuple):
    """The value of one entry, as its bytes in the byte order of the block."""

    type: int
    length: int  # how many values
    data: bytes


class Entry(NamedTuple):
    """An entry of a directory and where its parts stand."""

    position: int
    value_position: int
    field: Field


@dataclass
class Directories:
    """The directories of an EXIF block: the main one and those it points to."""

    order: ByteOrder  # "<" little endian or ">" big endian, as struct writes it
    main: dict[int, Field] = field(default_factory=dict)
    exif: dict[int, Field] = field(default_factory=dict)
    gps: dict[int, Field] = field(default_factory=dict)
    interop: dict[int, Field] = field(default_factory=dict)


def byte_order(data: Buffer) -> tuple[ByteOrder, bool]:
    """The struct byte order of a TIFF or EXIF block, and whether it is a BigTIFF.

    Raises:
        ValueError: the bytes do not begin with a TIFF header.
    """
    orders: dict[bytes, ByteOrder] = {b"II": "<", b"MM": ">"}
    order = orders.get(bytes(data[0:2]))
    if order is None or len(data) < 8:
        raise ValueError("no TIFF header")
    version = struct.unpack(order + "H", data[2:4])[0]
    if version not in (42, 43):
        raise ValueError("no TIFF header")
    return order, version == 43


def first_directory(data: Buffer) -> int:
    """Where the main directory stands."""
    order, big = byte_order(data)
    return int(struct.unpack(order + ("Q" if big else "I"), data[8:16] if big else data[4:8])[0])


def read_directory(data: Buffer, offset: int) -> tuple[dict[int, Entry], int]:
    """The entries of the directory at ``offset``, by tag, and the position of its link to the next one.

    Entries that point out of the block or have an unknown type are left out, as other readers do.

    Raises:
        ValueError: there is no directory there.
    """
    order, big = byte_order(data)
    count_size, entry_size, inline = (8, 20, 8) if big else (2, 12, 4)
    head = data[offset : offset + count_size]
    if offset < 8 or len(head) < count_size:
        raise ValueError("a directory stands outside the block")
    (count,) = struct.unpack(order + ("Q" if big else "H"), head)
    start = offset + count_size
    if count > _MOST_ENTRIES or start + count * entry_size > len(data):
        raise ValueError("a directory is cut off")
    entries: dict[int, Entry] = {}
    for index in range(count):
        position = start + index * entry_size
        tag, kind, length = struct.unpack(
            order + ("HHQ" if big else "HHI"), data[position : position + entry_size - inline]
        )
        size = TYPE_SIZES.get(kind, 0) * length
        value_position = position + entry_size - inline
        if size > inline:
            pointer = data[value_position : value_position + inline]
            value_position = struct.unpack(order + ("Q" if big else "I"), pointer)[0]
        if size and value_position + size <= len(data) and tag not in entries:
            entries[tag] = Entry(
                position, value_position, Field(kind, length, bytes(data[value_position : value_position + size]))
            )
    return entries, start + count * entry_size


def number(order: ByteOrder, value: Field | None) -> int | None:
    """The first whole number of a value, or None."""
    if value is None:
        return None
    code = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}.get(value.type)
    return None if code is None else int(struct.unpack_from(order + code, value.data)[0])


def rational(order: ByteOrder, value: Field | None) -> float | None:
    """The first fraction of a value, or None where there is none or it divides by 0."""
    if value is None or value.type != RATIONAL:
        return None
    top, bottom = struct.unpack_from(order + "II", value.data)
    return top / bottom if bottom else None


def read_directories(data: Buffer) -> Directories:
    """All directories of an EXIF block or of the first page of a TIFF file.

    Raises:
        ValueError: the bytes are no such block.
    """
    order, _ = byte_order(data)
    result = Directories(order, _fields(data, first_directory(data)))
    for holder, tag, target in (
        (result.main, EXIF_IFD, result.exif),
        (result.main, GPS_IFD, result.gps),
        (result.exif, INTEROP_IFD, result.interop),
    ):
        offset = number(order, holder.pop(tag, None))
        if offset is not None:
            try:
                target.update(_fields(data, offset))
            except ValueError:  # a damaged side directory does not cost the others
                continue
    return result


def _fields(data: Buffer, offset: int) -> dict[int, Field]:
    return {tag: entry.field for tag, entry in read_directory(data, offset)[0].items()}


def pack_directories(directories: Directories, base: int) -> bytes:
    """The bytes of the directories, the main one first, for a file in which they begin at ``base`` (even)."""
    order = directories.order
    parts = [directories.main, directories.exif, directories.gps, directories.interop]
    for holder, part, tag in _LINKS:
        parts[holder] = {key: value for key, value in parts[holder].items() if key != tag}
        if parts[part] or (part == 1 and parts[3]):
            parts[holder][tag] = Field(LONG, 1, bytes(4))
    offsets, position = list[int](), base
    for fields in parts:
        offsets.append(position)
        position += len(pack_directory(fields, order, 0)) if fields else 0
    for holder, part, tag in _LINKS:
        if tag in parts[holder]:
            parts[holder][tag] = Field(LONG, 1, struct.pack(order + "I", offsets[part]))
    return b"".join(
        pack_directory(fields, order, offset) for fields, offset in zip(parts, offsets, strict=True) if fields
    )


def pack_directory(fields: Mapping[int, Field], order: ByteOrder, offset: int) -> bytes:
    """A directory that will stand at ``offset``, its values behind it, of even length and without a next one."""
    head = struct.pack(order + "H", len(fields))
    values = b""
    values_at = offset + 2 + 12 * len(fields) + 4
    for tag in sorted(fields):
        kind, count, data = fields[tag]
        if len(data) > 4:
            place = struct.pack(order + "I", values_at + len(values))
            values += data + bytes(len(data) % 2)
        else:
            place = data.ljust(4, b"\0")
        head += struct.pack(order + "HHI", tag, kind, count) + place
    return head + bytes(4) + values


def pack_block(directories: Directories) -> bytes:
    """A whole EXIF block."""
    return tiff_header(directories.order) + pack_directories(directories, 8)


def tiff_header(order: ByteOrder) -> bytes:
    """The eight bytes that a TIFF or EXIF block begins with; its first directory follows them."""
    return (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, 8)
