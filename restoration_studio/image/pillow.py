"""Pillow images in and out: every mode becomes grey or RGB, with or without alpha."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from restoration_studio.image import colour, tiff
from restoration_studio.image.errors import ImageEmpty, ImageModeUnknown, ImageOutOfRange, ImageUndecodable
from restoration_studio.image.metadata import EXIF_PREFIX, collect_metadata, iptc_from_resources
from restoration_studio.image.picture import Metadata, Picture
from restoration_studio.image.strips import SAMPLE_TYPES, Rows, output_channels, picture_strips, to_pixels

_DIRECT = {"L": "L", "LA": "LA", "RGB": "RGB", "RGBA": "RGBA"}
_CONVERTED = {"1": "L", "La": "LA", "PA": "RGBA", "RGBX": "RGB", "RGBa": "RGBA", "YCbCr": "RGB", "HSV": "RGB"}


def picture_from_image(image: Image.Image) -> Picture:
    """Make a picture of a Pillow image; the image is left as it is.

    EXIF, ICC profile, XMP and resolution in ``image.info`` are carried; an EXIF orientation is honoured. Palette
    images become grey, RGB or RGBA, CMYK and LAB become sRGB. Mode "I" must hold 16-bit values, mode "F"
    values from 0 to 1.

    Raises:
        InputError: the image is empty, its mode is unknown or its values are out of range.
    """
    if not image.width or not image.height:
        raise ImageEmpty(width=image.width, height=image.height)
    pixels_turned = image.format == "TIFF"  # Pillow turns TIFF upright when it loads
    try:
        image.load()
    except (OSError, SyntaxError, ValueError) as error:
        raise ImageUndecodable(reason=str(error)) from error
    info = image.info
    block = info.get("exif")
    if not block and pixels_turned:
        block = tiff.exif_of_tags(image.getexif().tobytes().removeprefix(EXIF_PREFIX))
    dpi = info.get("dpi")
    metadata, orientation, notes = collect_metadata(
        exif_block=block,
        xmp=info.get("xmp"),
        iptc=iptc_from_resources(info.get("photoshop")),
        icc=info.get("icc_profile"),
        dpi=dpi if isinstance(dpi, tuple) and len(dpi) == 2 else None,
        turned=pixels_turned,
    )
    return assemble_picture(image, metadata, orientation, notes)


def assemble_picture(image: Image.Image, metadata: Metadata, orientation: int, notes: list[str]) -> Picture:
    """A picture of a loaded image whose metadata has been gathered; ``notes`` are what was changed so far.

    Raises:
        InputError: the mode is unknown or the values are out of range.
    """
    channels, depth, rows = image_rows(image, metadata.icc, notes)
    if image.mode in ("CMYK", "LAB"):
        metadata = Metadata(metadata.exif, metadata.xmp, metadata.iptc, colour.srgb_profile(), metadata.dpi)
    maximum = 1.0 if depth == 32 else float(2**depth - 1)
    pixels, alpha, grey = to_pixels(
        rows, image.height, image.width, len(channels), maximum=maximum, orientation=orientation
    )
    metadata = colour.drop_unfit_profile(metadata, grey, notes)
    return Picture(
        pixels=pixels,
        alpha=alpha,
        bit_depth=depth,
        grey=grey,
        metadata=metadata,
        format=image.format,
        channels=channels,
        notes=tuple(notes),
    )


def image_rows(image: Image.Image, icc: bytes | None, notes: list[str]) -> tuple[str, int, Rows]:
    """How to read an image's rows: channels ("L" to "RGBA"), bit depth and the reader."""
    mode = image.mode
    if mode.startswith("I;16"):
        return "L", 16, _rows_of(image, lambda strip: np.asarray(strip)[:, :, None])
    if mode in ("I", "F"):
        return _wide_rows(image)
    if mode == "P":
        target = _palette_target(image)
    elif mode in ("CMYK", "LAB"):
        convert, note = colour.srgb_conversion(mode, icc)
        notes.append(note)
        return "RGB", 8, _rows_of(image, lambda strip: np.asarray(convert(strip)))
    elif "transparency" in image.info and mode in ("1", "L", "RGB"):
        target = "RGBA" if mode == "RGB" else "LA"
    else:
        target = _DIRECT.get(mode) or _CONVERTED.get(mode, "")
    if not target:
        raise ImageModeUnknown(mode=mode)

    def convert_strip(strip: Image.Image) -> NDArray[Any]:
        array = np.asarray(strip if strip.mode == target else strip.convert(target))
        return array[:, :, None] if array.ndim == 2 else array

    return target, 8, _rows_of(image, convert_strip)


def _rows_of(image: Image.Image, convert: Callable[[Image.Image], NDArray[Any]]) -> Rows:
    return lambda start, stop: convert(image.crop((0, start, image.width, stop)))


def _palette_target(image: Image.Image) -> str:
    """ "L" for a palette of greys alone, else "RGB", or "RGBA" where a colour is transparent."""
    palette = image.palette
    if "transparency" in image.info or (palette is not None and palette.mode == "RGBA"):
        return "RGBA"
    used = np.flatnonzero(image.histogram()[:256]).tolist()
    table = np.frombuffer(bytes(image.getpalette("RGB") or []), np.uint8).reshape(-1, 3)
    greys = [index < len(table) and len(set(table[index].tolist())) == 1 for index in used]
    return "L" if greys and all(greys) else "RGB"


def _wide_rows(image: Image.Image) -> tuple[str, int, Rows]:
    low, high = image.getextrema()
    top = 65535 if image.mode == "I" else 1
    if not (isinstance(low, (int, float)) and isinstance(high, (int, float)) and low >= 0 and high <= top):
        raise ImageOutOfRange(mode=image.mode, top=top, low=low, high=high)
    depth = 16 if image.mode == "I" else 32
    return "L", depth, _rows_of(image, lambda strip: np.asarray(strip).astype(SAMPLE_TYPES[depth])[:, :, None])


def picture_to_image(picture: Picture) -> Image.Image:
    """The picture as a Pillow image with its metadata in ``info``.

    The mode is that of ``output_channels``: L, LA, RGB or RGBA. Grey of 16 bits becomes "I;16", grey floats
    "F"; Pillow has no wider colour, so 16-bit and float RGB is rounded to 8 bits.
    """
    channels = output_channels(picture)
    if channels == "L" and picture.bit_depth > 8:
        depth = picture.bit_depth
        parts = [strip[..., 0] for strip in picture_strips(picture, depth, channels)]
        image = Image.fromarray(np.concatenate(parts))
    else:
        image = image_from_strips(picture, channels)
    metadata = picture.metadata
    for key, value in (
        ("exif", metadata.exif),
        ("xmp", metadata.xmp),
        ("icc_profile", metadata.icc),
        ("dpi", metadata.dpi),
    ):
        if value is not None:
            image.info[key] = value
    return image


def image_from_strips(picture: Picture, channels: str, **conversion: Any) -> Image.Image:
    """An 8-bit Pillow image filled a strip at a time; ``conversion`` goes to ``picture_strips``."""
    image = Image.new(channels, (picture.width, picture.height))
    start = 0
    for strip in picture_strips(picture, 8, channels, **conversion):
        image.paste(Image.fromarray(np.ascontiguousarray(strip[..., 0] if channels == "L" else strip)), (0, start))
        start += len(strip)
    return image
