"""Decoding each format: samples at full depth with what the file says about them. ``image.read`` is the entrance."""

from __future__ import annotations

import mmap
import os
from io import BytesIO
from pathlib import Path
from typing import IO, Any

import numpy as np
from PIL import Image, ImageFile

from restoration_studio.image import colour, png, tiff
from restoration_studio.image.errors import (
    CameraRaw,
    DecoderMissing,
    PictureDamaged,
    PictureTooLarge,
    PictureWithoutPixels,
)
from restoration_studio.image.metadata import collect_metadata, iptc_from_resources
from restoration_studio.image.picture import Picture
from restoration_studio.image.pillow import assemble_picture
from restoration_studio.image.strips import CHANNELS, Rows, array_rows, to_pixels

# Pillow's own limit is one number for the whole process and cannot be set for one call; ours is checked on the
# size in each file's header before anything is decoded.
Image.MAX_IMAGE_PIXELS = None


def decode(path: Path, stream: IO[bytes], name: str, limit: float) -> Picture:
    """Decode a file of the format ``name`` ("JPEG", "PNG", ...), refusing more than ``limit`` megapixels.

    Raises:
        InputError, png.DamagedPNGError, tiff.UnreadableTIFFError, or what a decoder raises on damage.
    """
    ImageFile.LOAD_TRUNCATED_IMAGES = False  # other libraries switch it on; it turns the missing part grey
    if name == "PNG":
        return _read_png(path, stream, limit)
    if name == "TIFF":
        return _read_tiff(path, stream, limit)
    if name == "HEIF":
        return _read_heif(path, stream, limit)
    return _read_with_pillow(path, stream, name, limit)


def _check_size(path: Path, width: int, height: int, limit: float) -> None:
    if width < 1 or height < 1:
        raise PictureWithoutPixels(path=path, width=width, height=height)
    if width * height > limit * 1e6:
        raise PictureTooLarge(path=path, width=width, height=height, limit=limit)


def _picture(rows: Rows, size: tuple[int, int], channels: int, depth: int, maximum: float, **fields: Any) -> Picture:
    """A picture of decoded samples.

    Args:
        rows: gives the stored samples.
        size: (height, width) as stored.
        channels: 1 to 4.
        depth: 8, 16 or 32 bits a channel.
        maximum: the sample value that stands for 1.0.
        fields: ``format``, ``notes``, ``orientation`` where it is known, and the arguments of ``collect_metadata``.
    """
    notes: list[str] = fields.pop("notes")
    name: str = fields.pop("format")
    known_orientation: int | None = fields.pop("orientation", None)
    metadata, orientation, more = collect_metadata(**fields)
    notes += more
    orientation = known_orientation or orientation
    pixels, alpha, grey = to_pixels(rows, *size, channels, maximum=maximum, orientation=orientation)
    metadata = colour.drop_unfit_profile(metadata, grey, notes)
    return Picture(
        pixels=pixels,
        alpha=alpha,
        bit_depth=depth,
        grey=grey,
        metadata=metadata,
        format=name,
        channels=CHANNELS[channels],
        notes=tuple(notes),
    )


def _read_with_pillow(path: Path, stream: IO[bytes], name: str, limit: float) -> Picture:
    if name == "JPEG":
        _check_jpeg_end(path, stream)
    with Image.open(stream, formats=[name]) as image:
        _check_size(path, *image.size, limit)
        notes: list[str] = []
        frames = int(getattr(image, "n_frames", 1))
        if frames > 1 and name == "JPEG":
            notes.append(f"the file holds {frames} pictures (such as a gain map); only the first is restored")
        elif frames > 1:
            notes.append(f"animated: only the first of {frames} frames is restored")
        bits = _avif_bits(stream) if name == "AVIF" else 8
        image.load()
        info = image.info
        found: dict[str, Any] = {
            "exif_block": info.get("exif"),
            "xmp": info.get("xmp"),
            "iptc": iptc_from_resources(info.get("photoshop")),
            "icc": info.get("icc_profile"),
            "dpi": info.get("dpi"),
        }
        if bits > 8:
            image.close()
            return _read_deep_avif(stream, bits, notes=notes, format=name, **found)
        metadata, orientation, more = collect_metadata(**found)
        return assemble_picture(image, metadata, orientation, notes + more).with_(format=name)


def _check_jpeg_end(path: Path, stream: IO[bytes]) -> None:
    """Refuse a JPEG whose end is zeros where pixels should be, as a broken copy leaves it.

    The decoder would fill the rest with grey and say nothing.
    """
    end = stream.seek(0, os.SEEK_END)
    zeros = 0
    tail = b""
    while end > 0 and not tail:
        start = max(0, end - 65536)
        stream.seek(start)
        block = stream.read(end - start)
        tail = block.rstrip(b"\0")
        zeros += len(block) - len(tail)
        end = start
    stream.seek(0)
    if zeros >= 16 and not tail.endswith(b"\xff\xd9"):
        raise PictureDamaged(path=path, reason=f"its last {zeros} bytes are zeros")


def _avif_bits(stream: IO[bytes]) -> int:
    """Bits a channel from the AV1 configuration box (AV1-ISOBMFF 2.3.3)."""
    stream.seek(0)
    head = stream.read(65536)
    at = head.find(b"av1C")
    if at < 0 or at + 7 > len(head):
        return 8
    high, twelve = head[at + 6] & 0x40, head[at + 6] & 0x20
    return 12 if high and twelve else 10 if high else 8


def _read_deep_avif(stream: IO[bytes], bits: int, **fields: Any) -> Picture:
    import imagecodecs

    stream.seek(0)
    array = imagecodecs.avif_decode(stream.read())
    channels = 1 if array.ndim == 2 else array.shape[2]
    return _picture(array_rows(array), array.shape[:2], channels, 16, float(2**bits - 1), **fields)


def _read_png(path: Path, stream: IO[bytes], limit: float) -> Picture:
    header = png.read_header(stream)
    _check_size(path, header.width, header.height, limit)
    png.check(stream, header)
    stream.seek(0)
    notes: list[str] = []
    if header.frames > 1:
        notes.append(f"animated: only the first of {header.frames} frames is restored")
    notes += _png_colour_notes(header)
    if header.bits == 16:
        if header.separate_default:
            notes[0] = "animated: only its still picture is restored"
        return _read_deep_png(stream, header, notes)
    with Image.open(stream, formats=["PNG"]) as image:
        if header.separate_default:
            image.seek(1)  # frame 0 is the still picture shown where animation is unknown
        image.load()
        transparency = image.info.get("transparency")
        if header.colour_type == 0 and header.bits in (2, 4) and isinstance(transparency, int):
            image.info["transparency"] = transparency * 255 // (2**header.bits - 1)  # as the samples are scaled
        metadata, orientation, more = collect_metadata(**_png_metadata(image))
        return assemble_picture(image, metadata, orientation, notes + more)


def _read_deep_png(stream: IO[bytes], header: png.PNGHeader, notes: list[str]) -> Picture:
    import imagecodecs

    array = imagecodecs.png_decode(stream.read())
    with Image.open(BytesIO(png.metadata_only(header)), formats=["PNG"]) as image:
        image.load()
        found = _png_metadata(image)
    channels = 1 if array.ndim == 2 else array.shape[2]
    return _picture(array_rows(array), array.shape[:2], channels, 16, 65535.0, notes=notes, format="PNG", **found)


def _png_metadata(image: Image.Image) -> dict[str, Any]:
    """Arguments for ``collect_metadata``, also from where ImageMagick and ExifTool put what PNG has no place for."""
    info = image.info
    raw = {
        name: png.parse_raw_profile(info[f"Raw profile type {name}"])
        for name in ("exif", "APP1", "xmp", "iptc", "8bim")
        if f"Raw profile type {name}" in info
    }
    return {
        "exif_block": info.get("exif") or raw.get("exif") or raw.get("APP1"),
        "xmp": info.get("xmp") or raw.get("xmp"),
        "iptc": _iptc_of(raw.get("iptc")) or iptc_from_resources(raw.get("8bim")),
        "icc": info.get("icc_profile"),
        "dpi": info.get("dpi"),
    }


def _iptc_of(data: bytes | None) -> bytes | None:
    """ImageMagick puts IPTC into Photoshop's resource block, others put the records alone."""
    return iptc_from_resources(data) if data and data.startswith((b"8BIM", b"Photoshop")) else data


def _png_colour_notes(header: png.PNGHeader) -> list[str]:
    small = header.small
    if b"cICP" in small and small[b"cICP"][:2] not in (b"\x01\x0d", b"\x01\x01"):
        return ["the PNG's cICP colour description (wide gamut or HDR) is not carried"]
    gamma = int.from_bytes(small.get(b"gAMA", b""), "big")
    profiled = b"sRGB" in small or any(name == b"iCCP" for name, _ in header.metadata)
    if gamma and not profiled and not 43000 <= gamma <= 48000:
        return [f"the PNG's gamma of {gamma / 100000:g} is not carried; its tones are read as sRGB"]
    return []


def _read_tiff(path: Path, stream: IO[bytes], limit: float) -> Picture:
    with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        info = tiff.inspect(data)
        file_size = len(data)
    if info.raw:
        raise CameraRaw(path=path)
    _check_size(path, info.width, info.height, limit)
    tiff.check_segments(stream, file_size)
    notes: list[str] = []
    if info.pages > 1:
        notes.append(f"several pages: only the first of {info.pages} pages is restored")
    if info.plain:
        rows, channels, depth, maximum = tiff.read_plain(stream, info, notes)
        size = (info.height, info.width)
        fields = {**info.metadata, "notes": notes, "format": "TIFF", "orientation": info.orientation}
        return _picture(rows, size, channels, depth, maximum, **fields)
    stream.seek(0)
    with Image.open(stream, formats=["TIFF"]) as image:
        image.load()  # Pillow turns it upright
        metadata, _, more = collect_metadata(**info.metadata, turned=True)
        return assemble_picture(image, metadata, 1, notes + more)


def _read_heif(path: Path, stream: IO[bytes], limit: float) -> Picture:
    try:
        import pillow_heif
    except ImportError as error:
        raise DecoderMissing(path=path, format="HEIC", package="pillow-heif") from error
    file = pillow_heif.open_heif(stream, convert_hdr_to_8bit=False, hdr_to_16bit=False)
    image = file[file.primary_index]
    width, height = image.size
    _check_size(path, width, height, limit)
    notes: list[str] = []
    if len(file) > 1:
        notes.append(f"the file holds {len(file)} pictures; only its main one is restored")
    info: dict[str, Any] = image.info
    nclx = info.get("nclx_profile") or {}
    if "icc_profile" not in info and nclx.get("color_primaries", 2) not in (1, 2, 5, 6):
        notes.append("the HEIC file's wide-gamut or HDR colour description is not carried")
    array = np.asarray(image)[:, :width]
    channels = 1 if array.ndim == 2 else array.shape[2]
    bits = int(info["bit_depth"]) if array.dtype.itemsize == 2 else 8
    found = {key: info.get(name) for key, name in (("exif_block", "exif"), ("xmp", "xmp"), ("icc", "icc_profile"))}
    depth = 16 if bits > 8 else 8
    return _picture(
        array_rows(array), (height, width), channels, depth, float(2**bits - 1),
        **found, turned=True, notes=notes, format="HEIF",
    )  # fmt: skip
