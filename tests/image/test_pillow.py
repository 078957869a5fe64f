from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import ExifTags, Image

from restoration_studio.errors import InputError
from restoration_studio.image.colour import srgb_profile
from restoration_studio.image.pillow import picture_from_image, picture_to_image


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
def test_images_come_back_as_they_went_in(photo: NDArray[np.uint8], mode: str) -> None:
    image = Image.fromarray(photo).convert(mode)
    if mode.endswith("A"):
        image.putalpha(Image.fromarray(photo[..., 1]))
    result = picture_to_image(picture_from_image(image))
    assert result.mode == mode and result.tobytes() == image.tobytes()


def test_sixteen_bit_grey_and_floats_come_back() -> None:
    deep = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    image = picture_to_image(picture_from_image(Image.fromarray(deep)))
    assert image.mode == "I;16" and np.array_equal(np.asarray(image), deep)
    floats = np.linspace(0, 1, 64, dtype=np.float32).reshape(8, 8)
    image = picture_to_image(picture_from_image(Image.fromarray(floats)))
    assert image.mode == "F" and np.array_equal(np.asarray(image), floats)
    wide = picture_from_image(Image.fromarray(deep.astype(np.int32)))
    assert wide.bit_depth == 16 and np.array_equal(np.rint(wide.pixels[..., 0] * 65535), deep)


@pytest.mark.parametrize(("mode", "value"), [("I", 70000), ("I", -1), ("F", 255.0)])
def test_values_out_of_range_are_refused(mode: str, value: float) -> None:
    with pytest.raises(InputError, match="scale it first"):
        picture_from_image(Image.new(mode, (3, 3), value))


def test_palettes_become_grey_or_colour_with_transparency(photo: NDArray[np.uint8]) -> None:
    colours = picture_from_image(Image.fromarray(photo).quantize(64))
    assert (colours.channels, colours.grey) == ("RGB", False)
    greys = picture_from_image(Image.fromarray(photo[..., 0]).convert("P"))
    assert (greys.channels, greys.grey) == ("L", True)
    image = Image.new("P", (4, 4), 1)
    image.putpalette([10, 20, 30, 40, 50, 60])
    image.putpixel((0, 0), 0)
    image.info["transparency"] = 0
    cut = picture_from_image(image)
    assert cut.channels == "RGBA" and cut.alpha is not None
    assert cut.alpha[0, 0] == 0 and cut.alpha[1, 1] == 1
    assert np.rint(cut.pixels[1, 1] * 255).tolist() == [40, 50, 60]


@pytest.mark.parametrize("mode", ["1", "PA", "RGBX", "RGBa", "La", "YCbCr", "HSV", "CMYK", "LAB"])
def test_other_modes_are_read(mode: str) -> None:
    if mode in ("PA", "La", "LAB", "RGBX"):
        image = Image.new(mode, (4, 3))
    else:
        image = Image.new("RGBA" if mode == "RGBa" else "RGB", (4, 3), "white").convert(mode)
    picture = picture_from_image(image)
    assert (picture.height, picture.width) == (3, 4)
    if mode in ("1", "RGBa", "YCbCr", "HSV", "CMYK"):
        assert np.allclose(picture.pixels, 1)
    if mode in ("CMYK", "LAB"):
        assert picture.metadata.icc == srgb_profile() and picture.notes


def test_metadata_in_info_is_carried(
    photo: NDArray[np.uint8], camera_exif: Callable[[int], bytes], display_p3: bytes, xmp_packet: bytes
) -> None:
    image = Image.fromarray(photo)
    image.info |= {"exif": camera_exif(6), "icc_profile": display_p3, "dpi": (300, 300), "xmp": xmp_packet}
    picture = picture_from_image(image)
    assert (picture.height, picture.width) == (64, 48)
    result = picture_to_image(picture)
    assert result.getexif()[ExifTags.Base.Orientation] == 1 and result.info["icc_profile"] == display_p3
    assert result.info["dpi"] == (300, 300) and b'tiff:Orientation="1"' in result.info["xmp"]


def test_empty_images_are_refused() -> None:
    with pytest.raises(InputError, match="0 x 3"):
        picture_from_image(Image.new("RGB", (0, 3)))


def test_the_tags_of_a_tiff_are_carried(photo: NDArray[np.uint8]) -> None:
    tags = Image.Exif()
    tags[ExifTags.Base.Artist] = "Unbekannt"
    tags[ExifTags.Base.Orientation] = 6
    stream = BytesIO()
    Image.fromarray(photo).save(stream, "TIFF", exif=tags)
    picture = picture_from_image(Image.open(stream))
    assert picture.pixels.shape == (64, 48, 3)
    assert np.array_equal(np.rint(picture.pixels * 255), np.rot90(photo, -1))
    again = Image.Exif()
    again.load(picture.metadata.exif or b"")
    assert again[ExifTags.Base.Artist] == "Unbekannt" and again.get(ExifTags.Base.Orientation, 1) == 1
    assert ExifTags.Base.StripOffsets not in again


def test_truncated_images_are_refused(photo: NDArray[np.uint8]) -> None:
    stream = BytesIO()
    Image.fromarray(photo).save(stream, "JPEG")
    with pytest.raises(InputError, match="cannot be decoded"):
        picture_from_image(Image.open(BytesIO(stream.getvalue()[:-200])))
