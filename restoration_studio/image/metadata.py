"""What a file says about its picture: gathered when reading, brought up to date when writing."""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from restoration_studio.image import exif, ifd
from restoration_studio.image.picture import Metadata

EXIF_PREFIX = b"Exif\x00\x00"
IRB_PREFIX = b"Photoshop 3.0\x00"
_IPTC_RESOURCE = 0x0404
_PLAIN_DPI = 0.01  # resolutions are kept to a hundredth: PNG's pixels a metre make 299.9994 of 300


def collect_metadata(
    *,
    exif_block: bytes | None = None,
    xmp: bytes | str | None = None,
    iptc: bytes | None = None,
    icc: bytes | None = None,
    dpi: tuple[float, float] | None = None,
    turned: bool = False,
) -> tuple[Metadata, int, list[str]]:
    """Put a file's metadata in order for pixels that will be upright.

    Args:
        exif_block: EXIF with or without its ``Exif`` prefix.
        xmp, iptc, icc: as found in the file.
        dpi: dots per inch the file itself gives; without them those in EXIF count.
        turned: the decoder has turned the pixels upright already.

    Returns:
        The metadata with orientation 1, the EXIF orientation the stored pixels still have (1 to 8), and a
        sentence for each part that was damaged and left out.
    """
    notes: list[str] = []
    orientation = 1
    if exif_block:
        exif_block = exif_block.removeprefix(EXIF_PREFIX)
        try:
            orientation = exif.orientation_of(exif_block)
            exif_block = exif.set_upright(exif_block)
            dpi = dpi or exif_resolution(exif_block)
        except (ValueError, struct.error):
            exif_block = None
            notes.append("the EXIF data is damaged and was left out")
    if isinstance(xmp, str):
        xmp = xmp.encode("utf-8")
    if xmp:
        xmp = xmp.rstrip(b"\0")
        if exif_block or turned:
            xmp = set_xmp(xmp, "tiff:Orientation", 1)
    if icc and not is_profile(icc):
        icc = None
        notes.append("the ICC colour profile is damaged and was left out")
    metadata = Metadata(
        exif=exif_block or None, xmp=xmp or None, iptc=iptc or None, icc=icc or None, dpi=round_dpi(dpi)
    )
    return metadata, 1 if turned else orientation, notes


def exif_resolution(block: bytes) -> tuple[float, float] | None:
    """Dots per inch an EXIF block gives, or None."""
    order, _ = ifd.byte_order(block)
    entries, _ = ifd.read_directory(block, ifd.first_directory(block))
    return resolution({tag: entry.field for tag, entry in entries.items()}, order)


def resolution(fields: Mapping[int, ifd.Field], order: ifd.ByteOrder) -> tuple[float, float] | None:
    """Dots per inch from the resolution fields of EXIF or TIFF, or None where they have no unit."""
    across = ifd.rational(order, fields.get(ifd.X_RESOLUTION))
    down = ifd.rational(order, fields.get(ifd.Y_RESOLUTION))
    unit = ifd.number(order, fields.get(ifd.RESOLUTION_UNIT))
    factor = {None: 1.0, 2: 1.0, 3: 2.54}.get(unit)
    if not across or not down or factor is None:
        return None
    return across * factor, down * factor


def round_dpi(dpi: tuple[float, float] | None) -> tuple[float, float] | None:
    """Resolutions rounded to a hundredth, or None where they mean nothing."""
    if dpi is None:
        return None
    across, down = (round(float(value), 2) for value in dpi)
    return (across, down) if min(across, down) >= _PLAIN_DPI and max(across, down) < 1e6 else None


def set_xmp(packet: bytes, name: str, value: int) -> bytes:
    """Set a whole number in an XMP packet where it is given, as attribute or as element."""
    pattern = rb"(\b%s\s*=\s*[\"']|<%s>\s*)\d+" % (name.encode(), name.encode())
    return re.sub(pattern, lambda match: match[1] + str(value).encode(), packet)


def is_profile(icc: bytes) -> bool:
    """Whether bytes have the head of an ICC profile (ICC.1:2022, 7.2)."""
    return len(icc) >= 132 and icc[36:40] == b"acsp" and int.from_bytes(icc[:4], "big") <= len(icc)


def profile_space(icc: bytes | None) -> str | None:
    """The colour space of a profile's pixels: "RGB", "GRAY", "CMYK", "Lab" or another of ICC's names."""
    return None if icc is None else icc[16:20].decode("ascii", "replace").strip()


def iptc_from_resources(resources: Any) -> bytes | None:
    """The IPTC records among Photoshop's image resources, as Pillow gives them or as bytes."""
    if isinstance(resources, bytes):
        resources = _parse_resources(resources)
    found = resources.get(_IPTC_RESOURCE) if isinstance(resources, dict) else None
    return found if isinstance(found, bytes) else None


def _parse_resources(data: bytes) -> dict[int, bytes]:
    data = data.removeprefix(IRB_PREFIX)
    result: dict[int, bytes] = {}
    position = 0
    while data[position : position + 4] == b"8BIM" and position + 12 <= len(data):
        code = int.from_bytes(data[position + 4 : position + 6], "big")
        name = data[position + 6] + 1
        position += 6 + name + name % 2
        size = int.from_bytes(data[position : position + 4], "big")
        result[code] = data[position + 4 : position + 4 + size]
        position += 4 + size + size % 2
    return result


def iptc_to_resources(iptc: bytes) -> bytes:
    """IPTC records as a Photoshop image resource block, the way JPEG carries them in APP13."""
    head = b"8BIM" + struct.pack(">H", _IPTC_RESOURCE) + b"\0\0" + struct.pack(">I", len(iptc))
    return IRB_PREFIX + head + iptc + b"\0" * (len(iptc) % 2)


def update_for_size(metadata: Metadata, width: int, height: int) -> Metadata:
    """The metadata brought up to date for a result of this size."""
    block = exif.update_block(metadata.exif, width, height, metadata.dpi) if metadata.exif else None
    xmp = metadata.xmp
    if xmp:
        for name, value in (
            ("tiff:ImageWidth", width),
            ("tiff:ImageLength", height),
            ("exif:PixelXDimension", width),
            ("exif:PixelYDimension", height),
        ):
            xmp = set_xmp(xmp, name, value)
    return replace(metadata, exif=block, xmp=xmp)


def add_resolution_to_exif(metadata: Metadata) -> Metadata:
    """For formats whose only place for the resolution is EXIF: make a block where there is none."""
    if metadata.dpi is None or metadata.exif is not None:
        return metadata
    return replace(metadata, exif=exif.update_block(exif.empty_block(), 0, 0, metadata.dpi))
