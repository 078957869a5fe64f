"""Writing picture files: everything the format can hold is embedded, what it cannot hold is noted.

Rounding is the exact inverse of reading, so reading and writing a lossless file gives the same samples. The file
is written under a temporary name and moved into place when it is whole and on the disk.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from restoration_studio.files import atomic_file, check_output
from restoration_studio.image import colour, png, tiff_write
from restoration_studio.image.errors import (
    BitDepthNotHeld,
    EncodingFailed,
    ProfileUnusable,
    SideTooLong,
    TIFFTooLarge,
)
from restoration_studio.image.formats import format_for
from restoration_studio.image.metadata import (
    EXIF_PREFIX,
    add_resolution_to_exif,
    iptc_to_resources,
    profile_space,
    update_for_size,
)
from restoration_studio.image.output_options import OutputOptions
from restoration_studio.image.picture import FloatArray, Metadata, Picture
from restoration_studio.image.pillow import image_from_strips
from restoration_studio.image.strips import output_channels, picture_strips

_LARGEST_SIDE = {"JPEG": 65535, "WEBP": 16383, "AVIF": 65536, "HEIF": 16384, "BMP": 2**31 - 1, "PNG": 2**31 - 1}
_NO_ALPHA = ("JPEG", "BMP")
_DEEPEST = {"PNG": 16, "TIFF": 32, "HEIF": 10}  # the others hold 8 bits
_FORMAT_TITLES = {"WEBP": "WebP", "HEIF": "HEIC"}  # of the others the name is also the title
_HOLDS = {
    "JPEG": {"exif", "xmp", "iptc", "icc", "dpi"},
    "PNG": {"exif", "xmp", "iptc", "icc", "dpi"},
    "TIFF": {"exif", "xmp", "iptc", "icc", "dpi"},
    "WEBP": {"exif", "xmp", "icc", "dpi"},
    "AVIF": {"exif", "xmp", "icc", "dpi"},
    "HEIF": {"exif", "xmp", "icc", "dpi"},
    "BMP": {"dpi"},
}
_METADATA_TITLES = {"exif": "EXIF", "xmp": "XMP", "iptc": "IPTC", "icc": "ICC colour profile", "dpi": "resolution"}
_JPEG_SEGMENT = {"exif": 65533 - 6, "xmp": 65533 - 29, "iptc": 65533 - 28}


@dataclass(frozen=True, slots=True)
class WrittenPicture:
    """A file that was written, and what it could not hold, one plain sentence each."""

    path: Path
    notes: tuple[str, ...] = ()


def write_picture(picture: Picture, path: str | Path, options: OutputOptions | None = None) -> WrittenPicture:
    """Write a picture in the format its file name's suffix says.

    Args:
        picture: what to write; its ``bit_depth`` is kept where the format holds it.
        path: the file; folders are made, an old file is replaced when the new one is whole.
        options: quality and the like; the defaults lose nothing visible.

    Returns:
        The path, and notes on what the format could not hold.

    Raises:
        UsageError: the suffix or the bit depth cannot be written, or the picture is too large for the format.
        OutputError: no space, no permission, or the encoder failed; nothing is left behind.
    """
    path = Path(path)
    options = options or OutputOptions()
    name = format_for(path)
    check_side(path, picture.height, picture.width)
    notes: list[str] = []
    depth = _depth(picture, path, name, options, notes)
    picture, curve = _fit_grey_profile(picture, path, notes)
    metadata = _fitting_metadata(picture, name, options, notes)
    channels = output_channels(picture)
    conversion: dict[str, Any] = {"curves": curve} if curve else {}
    if channels.endswith("A") and name in _NO_ALPHA:
        channels = channels[:-1]
        conversion["background"] = 1.0
        notes.append(f"{_title(name)} holds no transparency; the picture was laid over white")
    try:
        with atomic_file(path) as temporary, open(temporary, "wb") as stream:
            if name in ("PNG", "TIFF"):
                strips = picture_strips(picture, depth, channels, **conversion)
                size = (picture.height, picture.width)
                (png.write if name == "PNG" else tiff_write.write)(stream, strips, size, channels, depth, metadata)
            else:
                encode = _encode_heif if name == "HEIF" else _encode_with_pillow
                encode(stream, picture, name, channels, depth, metadata, options, conversion)
            stream.flush()
            os.fsync(stream.fileno())
    except tiff_write.TooLargeTIFFError as error:
        raise TIFFTooLarge(path=path) from error
    except (ValueError, RuntimeError) as error:
        raise EncodingFailed(path=path, format=_title(name), reason=str(error)) from error
    return WrittenPicture(path, tuple(notes))


def _title(name: str) -> str:
    """A format's name as people write it."""
    return _FORMAT_TITLES.get(name, name)


def check_target(path: str | Path, options: OutputOptions | None = None) -> None:
    """See before any work that a file can be written under this name.

    Raises:
        FormatNotWritable: the suffix cannot be written.
        BitDepthNotHeld: its format does not hold the bit depth that is asked for.
        OutputError: a folder has the name, or the folder it would go to cannot be made or written.
    """
    path = Path(path)
    name = format_for(path)
    if options is not None:
        _check_depth(path, name, options)
    check_output(path, overwrite=True)


def check_side(path: Path, height: int, width: int) -> None:
    """See that the format of a file's name holds a picture of that size.

    Raises:
        SideTooLong: a side is too long for it.
    """
    name = format_for(path)
    largest = _LARGEST_SIDE.get(name)
    if largest is not None and max(height, width) > largest:
        raise SideTooLong(path=path, width=width, height=height, largest=largest, format=_title(name))


def _check_depth(path: Path, name: str, options: OutputOptions) -> None:
    most = _DEEPEST.get(name, 8)
    if options.bit_depth != "same" and int(options.bit_depth) > most:
        raise BitDepthNotHeld(path=path, format=_title(name), most=most, bit_depth=int(options.bit_depth))


def _depth(picture: Picture, path: Path, name: str, options: OutputOptions, notes: list[str]) -> int:
    _check_depth(path, name, options)
    most = _DEEPEST.get(name, 8)
    wanted = picture.bit_depth if options.bit_depth == "same" else int(options.bit_depth)
    if wanted <= most:
        return wanted
    if not name == picture.format == "HEIF":  # then it had no more to begin with
        notes.append(f"{_title(name)} holds {most} bits a channel here; the {wanted}-bit picture was rounded")
    return 16 if name == "HEIF" else most


def _fit_grey_profile(
    picture: Picture, path: Path, notes: list[str]
) -> tuple[Picture, Callable[[FloatArray], FloatArray] | None]:
    """A picture with a grey profile that has become colour is converted to sRGB: no RGB file may hold it."""
    icc = picture.metadata.icc
    if icc is None or picture.grey or profile_space(icc) != "GRAY":
        return picture, None
    try:
        curve = colour.grey_to_srgb(icc)
    except ValueError as error:
        raise ProfileUnusable(path=path, reason=str(error)) from error
    notes.append("the picture's grey profile holds no colour; it was converted to sRGB")
    return picture.with_(metadata=replace(picture.metadata, icc=colour.srgb_profile())), curve


def _fitting_metadata(picture: Picture, name: str, options: OutputOptions, notes: list[str]) -> Metadata:
    """The metadata for this size and format; what does not fit is noted and left out."""
    metadata = picture.metadata
    if not options.keep_metadata:
        metadata = Metadata(icc=metadata.icc, dpi=metadata.dpi)
    metadata = update_for_size(metadata, picture.width, picture.height)
    if name in ("WEBP", "AVIF", "HEIF"):
        metadata = add_resolution_to_exif(metadata)
    for part, title in _METADATA_TITLES.items():
        value = getattr(metadata, part)
        if value is not None and part not in _HOLDS[name]:
            metadata = replace(metadata, **{part: None})
            notes.append(f"{_title(name)} holds no {title}; it was left out")
        elif name == "JPEG" and value is not None and len(value) > _JPEG_SEGMENT.get(part, len(value)):
            metadata = replace(metadata, **{part: None})
            notes.append(f"the {title} data is larger than the 64 kB JPEG holds; it was left out")
    return metadata


class _Stream:
    """A file for Pillow without a file number: its C encoders do not notice a disk that fills up in mid-write."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.write, self.flush = stream.write, stream.flush
        self.seek, self.tell = stream.seek, stream.tell


def _encode_with_pillow(
    stream: IO[bytes],
    picture: Picture,
    name: str,
    channels: str,
    depth: int,
    metadata: Metadata,
    options: OutputOptions,
    conversion: dict[str, Any],
) -> None:
    assert depth == 8  # Pillow's encoders for these formats take no more
    image = image_from_strips(picture, channels, **conversion)
    parts = {"exif": metadata.exif, "xmp": metadata.xmp, "icc_profile": metadata.icc, "dpi": metadata.dpi}
    encoder_options: dict[str, Any] = {key: value for key, value in parts.items() if value is not None}
    if name == "JPEG":
        encoder_options |= {"quality": options.quality, "subsampling": options.chroma}
        if metadata.exif:
            encoder_options["exif"] = EXIF_PREFIX + metadata.exif
        if metadata.iptc:
            block = iptc_to_resources(metadata.iptc)
            encoder_options["extra"] = b"\xff\xed" + (len(block) + 2).to_bytes(2, "big") + block
    elif name == "WEBP":
        quality = 80 if options.lossless else options.quality
        encoder_options |= {"lossless": options.lossless, "exact": True, "quality": quality}
    elif name == "AVIF":
        chroma = "4:0:0" if channels[0] == "L" else options.chroma
        encoder_options |= {"quality": options.quality, "subsampling": chroma}
    try:
        image.save(_Stream(stream), name, **encoder_options)  # type: ignore[arg-type]
    except ValueError as error:
        if name == "WEBP" and not options.lossless:  # libwebp's first partition holds 512 kB
            raise ValueError(
                f"{error}; the picture is too large for lossy WebP, so write it lossless or as .jpg"
            ) from error
        raise


def _encode_heif(
    stream: IO[bytes],
    picture: Picture,
    name: str,
    channels: str,
    depth: int,
    metadata: Metadata,
    options: OutputOptions,
    conversion: dict[str, Any],
) -> None:
    import pillow_heif

    data = b"".join(strip.tobytes() for strip in picture_strips(picture, depth, channels, **conversion))
    mode = channels if depth == 8 else f"{channels};16"  # libheif keeps 10 of the 16 bits
    parts = {"exif": metadata.exif, "xmp": metadata.xmp, "icc_profile": metadata.icc}
    encoder_options: dict[str, Any] = {key: value for key, value in parts.items() if value is not None}
    size = (picture.width, picture.height)
    chroma = options.chroma.replace(":", "")
    pillow_heif.encode(mode, size, data, stream, format=name, quality=options.quality, chroma=chroma, **encoder_options)
