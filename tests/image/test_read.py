from __future__ import annotations

import os
import struct
import threading
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pillow_heif
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageCms, ImageOps

from restoration_studio.errors import InputError
from restoration_studio.image import decode
from restoration_studio.image.colour import srgb_profile
from restoration_studio.image.png import SIGNATURE
from restoration_studio.image.read import read_picture
from restoration_studio.image.strips import output_channels

Noise = Callable[..., NDArray[Any]]
Make = Callable[[int], bytes]


def eight(picture: Any) -> NDArray[np.uint8]:
    return np.rint(picture.pixels * 255).astype(np.uint8)


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png_file(width: int, height: int, bits: int, kind: int, rows: bytes, *extra: bytes) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, 0)
    return (
        SIGNATURE + chunk(b"IHDR", head) + b"".join(extra) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    )


# --- formats ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.webp", "a.bmp", "a.gif"])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_lossless_formats(tmp_path: Path, photo: NDArray[np.uint8], name: str, mode: str) -> None:
    image = Image.fromarray(photo).convert(mode)
    if name == "a.gif":
        image = image.quantize(200) if mode == "RGB" else image
    options = {"lossless": True} if name == "a.webp" else {}
    image.save(tmp_path / name, **options)
    picture = read_picture(tmp_path / name)
    assert np.array_equal(eight(picture), np.asarray(image.convert("RGB")))
    assert picture.grey == (mode == "L") and picture.bit_depth == 8 and picture.source == tmp_path / name
    assert picture.format == Image.open(tmp_path / name).format


@pytest.mark.parametrize("name", ["a.jpg", "a.avif", "a.heic"])
def test_lossy_formats(tmp_path: Path, photo: NDArray[np.uint8], name: str) -> None:
    image = Image.fromarray(photo)
    if name == "a.heic":
        pillow_heif.from_pillow(image).save(tmp_path / name, quality=95)
    else:
        image.save(tmp_path / name, quality=95)
    picture = read_picture(tmp_path / name)
    assert np.abs(picture.pixels - photo / 255).mean() < 0.02
    assert picture.format == {"a.jpg": "JPEG", "a.avif": "AVIF", "a.heic": "HEIF"}[name]


def test_the_content_counts_not_the_suffix(tmp_path: Path, photo: NDArray[np.uint8]) -> None:
    Image.fromarray(photo).save(tmp_path / "a.png")
    os.rename(tmp_path / "a.png", tmp_path / "a.jpg")
    assert read_picture(tmp_path / "a.jpg").format == "PNG"


@pytest.mark.parametrize("shape", [(9, 7), (9, 7, 2), (9, 7, 3), (9, 7, 4)])
def test_sixteen_bit_png(tmp_path: Path, noise: Noise, shape: tuple[int, ...]) -> None:
    array = noise(shape, "uint16")
    (tmp_path / "a.png").write_bytes(imagecodecs.png_encode(array))
    picture = read_picture(tmp_path / "a.png")
    assert (
        picture.bit_depth == 16
        and output_channels(picture) == ["L", "LA", "RGB", "RGBA"][len(shape) > 2 and shape[2] - 1]
    )
    colours = array if array.ndim == 2 else array[..., :3] if shape[2] > 2 else array[..., 0]
    assert np.array_equal(np.rint(picture.pixels * 65535), colours if colours.ndim == 3 else np.dstack([colours] * 3))
    if picture.alpha is not None:
        assert np.array_equal(np.rint(picture.alpha * 65535), array[..., -1])


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("compression", [None, "zlib", "lzw"])
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize(("planar", "channels"), [(False, 1), (False, 3), (False, 4), (True, 3), (True, 4)])
def test_tiff(
    tmp_path: Path, noise: Noise, order: Any, compression: str | None, dtype: str, planar: bool, channels: int
) -> None:
    array = noise((20, 17, channels), dtype)
    stored = np.moveaxis(array, 2, 0) if planar else array[..., 0] if channels == 1 else array
    tifffile.imwrite(
        tmp_path / "a.tif",
        stored,
        byteorder=order,
        compression=compression,
        predictor=compression is not None,
        photometric="minisblack" if channels == 1 else "rgb",
        planarconfig="separate" if planar else None,
        extrasamples=["unassalpha"] if channels == 4 else None,
        rowsperstrip=6,
        metadata=None,
    )
    picture = read_picture(tmp_path / "a.tif")
    maximum = {"uint8": 255, "uint16": 65535, "float32": 1}[dtype]
    assert picture.bit_depth == {"uint8": 8, "uint16": 16, "float32": 32}[dtype]
    assert np.allclose(
        picture.pixels * maximum, array[..., : 3 if channels > 1 else 1], atol=0.01 if maximum > 1 else 0
    )
    assert (picture.alpha is not None) == (channels == 4) and picture.grey == (channels == 1)


def test_tiff_kinds(tmp_path: Path, photo: NDArray[np.uint8]) -> None:
    path = tmp_path / "a.tif"
    deep = photo[..., 0].astype(np.uint16) * 257
    tifffile.imwrite(path, 65535 - deep, photometric="miniswhite", metadata=None)
    assert np.array_equal(eight(read_picture(path))[..., 0], photo[..., 0])
    premultiplied = np.dstack([np.full((4, 4, 3), 16384), np.full((4, 4), 32768)]).astype(np.uint16)
    tifffile.imwrite(path, premultiplied, photometric="rgb", extrasamples=["assocalpha"], metadata=None)
    picture = read_picture(path)
    assert np.allclose(picture.pixels, 0.5, atol=1e-4) and picture.alpha is not None
    spare = np.dstack([photo, photo[..., 0]])
    tifffile.imwrite(path, spare, photometric="rgb", extrasamples=["unspecified"], metadata=None)
    picture = read_picture(path)
    assert picture.alpha is None and "extra channels" in picture.notes[0]
    tifffile.imwrite(path, photo.astype(np.float32) / 100 - 0.5, photometric="rgb", metadata=None)
    picture = read_picture(path)
    assert picture.pixels.min() == 0 and picture.pixels.max() == 1 and "clipped" in picture.notes[0]
    Image.fromarray(photo).convert("1").save(path, compression="group4")
    assert read_picture(path).channels == "L"
    Image.fromarray(photo).quantize(32).save(path, compression="tiff_lzw")
    assert read_picture(path).channels == "RGB"
    tifffile.imwrite(path, photo, photometric="rgb", bigtiff=True, metadata=None)
    assert np.array_equal(eight(read_picture(path)), photo)


def test_tiff_integers_of_32_bits_are_refused(tmp_path: Path) -> None:
    for dtype in ("uint32", "int16"):
        tifffile.imwrite(tmp_path / "a.tif", np.ones((4, 4), dtype), metadata=None)
        with pytest.raises(InputError, match="integers are not read"):
            read_picture(tmp_path / "a.tif")


def test_deep_heic_and_avif_keep_their_depth(tmp_path: Path) -> None:
    ramp = np.ascontiguousarray(np.broadcast_to(np.arange(0, 1024, 8, dtype=np.uint16)[None, :, None], (64, 128, 3)))
    pillow_heif.encode("RGB;16", (128, 64), (ramp * 64).tobytes(), tmp_path / "a.heic", quality=100, chroma="444")
    (tmp_path / "a.avif").write_bytes(imagecodecs.avif_encode(ramp, bitspersample=10, level=100, pixelformat="444"))
    for name in ("a.heic", "a.avif"):
        picture = read_picture(tmp_path / name)
        assert picture.bit_depth == 16
        assert np.abs(picture.pixels - ramp / 1023).max() < 0.01
        assert len(np.unique(np.rint(picture.pixels * 1023))) > 120


# --- colour, alpha, greyness -----------------------------------------------------------------------------------------


def test_equal_channels_are_grey_but_stay_rgb(tmp_path: Path, photo: NDArray[np.uint8]) -> None:
    Image.fromarray(np.dstack([photo[..., 0]] * 3)).save(tmp_path / "a.png")
    picture = read_picture(tmp_path / "a.png")
    assert picture.grey and picture.channels == "RGB"


def test_transparency_by_colour(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    image = Image.new("RGB", (3, 2), (9, 8, 7))
    image.putpixel((1, 0), (1, 2, 3))
    image.save(path, transparency=(1, 2, 3))
    picture = read_picture(path)
    assert picture.channels == "RGBA" and picture.alpha is not None and picture.alpha.tolist() == [[1, 0, 1], [1, 1, 1]]
    Image.new("L", (3, 2), 5).save(path, transparency=5)
    picture = read_picture(path)
    assert picture.channels == "LA" and picture.alpha is not None and picture.alpha.max() == 0
    four_bits = png_file(4, 1, 4, 0, b"\0\x01\x23", chunk(b"tRNS", b"\0\x02"))
    path.write_bytes(four_bits)
    picture = read_picture(path)
    assert picture.alpha is not None and picture.alpha.tolist() == [[1, 1, 0, 1]]
    sixteen = png_file(
        2, 1, 16, 2, b"\0" + struct.pack(">6H", 1, 2, 3, 1, 2, 4), chunk(b"tRNS", struct.pack(">3H", 1, 2, 3))
    )
    path.write_bytes(sixteen)
    picture = read_picture(path)
    assert picture.alpha is not None and picture.alpha.tolist() == [[0, 1]] and picture.bit_depth == 16


def test_palette_with_transparency(tmp_path: Path) -> None:
    image = Image.new("P", (4, 4), 1)
    image.putpalette([10, 20, 30, 40, 50, 60])
    image.putpixel((0, 0), 0)
    for name in ("a.png", "a.gif"):
        image.save(tmp_path / name, transparency=0)
        picture = read_picture(tmp_path / name)
        assert picture.channels == "RGBA" and picture.alpha is not None
        assert picture.alpha[0, 0] == 0 and picture.alpha[3, 3] == 1 and eight(picture)[3, 3].tolist() == [40, 50, 60]


def test_one_bit(tmp_path: Path, photo: NDArray[np.uint8]) -> None:
    image = Image.fromarray(photo).convert("1")
    for name in ("a.png", "a.bmp", "a.tif"):
        image.save(tmp_path / name)
        picture = read_picture(tmp_path / name)
        assert picture.channels == "L" and picture.grey
        assert np.array_equal(picture.pixels[..., 0], np.asarray(image))


@pytest.mark.parametrize("name", ["a.jpg", "a.tif"])
def test_cmyk_without_a_profile(tmp_path: Path, name: str) -> None:
    Image.new("CMYK", (16, 16), (0, 255, 255, 0)).save(tmp_path / name)
    picture = read_picture(tmp_path / name)
    assert eight(picture)[8, 8] == pytest.approx([255, 0, 0], abs=3)
    assert picture.metadata.icc == srgb_profile() and "CMYK" in picture.notes[0]


def test_cmyk_with_a_profile(tmp_path: Path, cmyk_profile: bytes) -> None:
    image = Image.new("CMYK", (16, 16), (255, 0, 0, 0))
    image.save(tmp_path / "a.tif", icc_profile=cmyk_profile)
    picture = read_picture(tmp_path / "a.tif")
    assert "with its own profile" in picture.notes[0] and picture.metadata.icc == srgb_profile()
    red, green, blue = eight(picture)[8, 8].tolist()
    assert blue > red and green > red and (red, green, blue) != (0, 255, 255)


def test_lab(tmp_path: Path) -> None:
    profiles = [ImageCms.createProfile(name) for name in ("sRGB", "LAB")]
    transform = ImageCms.buildTransform(*profiles, "RGB", "LAB")
    image = ImageCms.applyTransform(Image.new("RGB", (8, 8), (200, 100, 50)), transform)
    assert image is not None
    image.save(tmp_path / "a.tif")
    picture = read_picture(tmp_path / "a.tif")
    assert eight(picture)[4, 4] == pytest.approx([200, 100, 50], abs=4) and "LAB" in picture.notes[0]


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.tif", "a.webp", "a.avif"])
def test_wide_gamut_is_carried(tmp_path: Path, photo: NDArray[np.uint8], display_p3: bytes, name: str) -> None:
    Image.fromarray(photo).save(tmp_path / name, icc_profile=display_p3, quality=95)
    picture = read_picture(tmp_path / name)
    assert picture.metadata.icc == display_p3 and not picture.notes
    assert np.abs(picture.pixels - photo / 255).mean() < 0.02


def test_grey_profiles_are_carried(tmp_path: Path, photo: NDArray[np.uint8], grey_profile: bytes) -> None:
    Image.fromarray(photo[..., 0]).save(tmp_path / "a.png", icc_profile=grey_profile)
    picture = read_picture(tmp_path / "a.png")
    assert picture.metadata.icc == grey_profile and np.array_equal(eight(picture)[..., 0], photo[..., 0])


# --- orientation and metadata ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.tif", "deep.png", "palette.tif"])
def test_orientation(tmp_path: Path, photo: NDArray[np.uint8], camera_exif: Make, orientation: int, name: str) -> None:
    path = tmp_path / name
    image = Image.fromarray(photo)
    if name == "deep.png":
        data = imagecodecs.png_encode(photo.astype(np.uint16) * 257)
        exif = chunk(b"eXIf", camera_exif(orientation))
        path.write_bytes(data[:33] + exif + data[33:])
    elif name.endswith("tif"):
        stored = image.quantize(255) if name == "palette.tif" else image
        tags = Image.Exif()
        tags[0x0112] = orientation
        stored.save(path, exif=tags)
        image = stored.convert("RGB")
    else:
        image.save(path, exif=b"Exif\0\0" + camera_exif(orientation), quality=95, lossless=True)
    image.getexif()[0x0112] = orientation
    expected = np.asarray(ImageOps.exif_transpose(image))
    picture = read_picture(path)
    assert picture.pixels.shape == expected.shape
    assert np.abs(picture.pixels - expected / 255).mean() < 0.02
    if picture.metadata.exif:
        again = Image.Exif()
        again.load(picture.metadata.exif)
        assert again.get(0x0112, 1) == 1


def test_heic_is_turned_once(tmp_path: Path, photo: NDArray[np.uint8], camera_exif: Make) -> None:
    image = Image.fromarray(photo)
    pillow_heif.encode(
        "RGB", image.size, image.tobytes(), tmp_path / "a.heic", quality=95, chroma="444", exif=camera_exif(6)
    )
    picture = read_picture(tmp_path / "a.heic")
    assert picture.pixels.shape == (64, 48, 3) and np.abs(picture.pixels - np.rot90(photo, -1) / 255).mean() < 0.02
    assert picture.metadata.exif is not None
    tags = Image.Exif()
    tags.load(picture.metadata.exif)
    assert tags[ExifTags.Base.Orientation] == 1


def test_camera_metadata_of_a_jpeg(
    tmp_path: Path, photo: NDArray[np.uint8], camera_exif: Make, xmp_packet: bytes, maker_note: bytes
) -> None:
    block = camera_exif(6)
    Image.fromarray(photo).save(tmp_path / "a.jpg", exif=b"Exif\0\0" + block, xmp=xmp_packet, dpi=(300, 300))
    said = read_picture(tmp_path / "a.jpg").metadata
    assert said.exif is not None and said.xmp is not None
    tags = Image.Exif()
    tags.load(said.exif)
    assert tags.get_ifd(ExifTags.IFD.GPSInfo)[2] == (52.0, 31.0, 12.5)
    assert said.exif.index(maker_note) == block.index(maker_note)
    assert b'tiff:Orientation="1"' in said.xmp and said.dpi == (300, 300)


def test_tiff_tags_become_exif(tmp_path: Path, photo: NDArray[np.uint8]) -> None:
    tags = Image.Exif()
    tags[ExifTags.Base.Artist] = "Unbekannt"
    tags[ExifTags.IFD.Exif] = {ExifTags.Base.DateTimeOriginal: "1936:08:01 12:00:00"}
    tags[ExifTags.IFD.GPSInfo] = {1: "N", 2: (52.0, 31.0, 12.5)}
    Image.fromarray(photo).save(tmp_path / "a.tif", exif=tags.tobytes(), dpi=(600, 600))
    said = read_picture(tmp_path / "a.tif").metadata
    assert said.exif is not None and said.dpi == (600, 600)
    again = Image.Exif()
    again.load(said.exif)
    assert again[ExifTags.Base.Artist] == "Unbekannt"
    assert again.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] == "1936:08:01 12:00:00"
    assert again.get_ifd(ExifTags.IFD.GPSInfo)[2] == (52.0, 31.0, 12.5)
    assert not {256, 257, 273, 279} & set(again)


@pytest.mark.parametrize("bits", [8, 16])
def test_metadata_behind_the_pixels_of_a_png(
    tmp_path: Path, photo: NDArray[np.uint8], camera_exif: Make, xmp_packet: bytes, iptc_records: bytes, bits: int
) -> None:
    array = photo if bits == 8 else photo.astype(np.uint16) * 257
    data = imagecodecs.png_encode(array)
    text = b"iptc\n 100".replace(b"100", str(len(iptc_records)).encode()) + b"\n" + iptc_records.hex().encode()
    late = chunk(b"eXIf", camera_exif(6)) + chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp_packet)
    late += chunk(b"zTXt", b"Raw profile type iptc\0\0" + zlib.compress(b"\n" + text + b"\n"))
    (tmp_path / "a.png").write_bytes(data[:-12] + late + data[-12:])
    picture = read_picture(tmp_path / "a.png")
    assert picture.bit_depth == bits and picture.metadata.iptc == iptc_records
    assert picture.metadata.xmp is not None and picture.metadata.exif is not None
    assert np.array_equal(eight(picture), np.rot90(photo, -1))


def test_pngs_with_a_gamma_of_their_own_are_noted(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png_file(1, 1, 8, 0, b"\0\1", chunk(b"gAMA", struct.pack(">I", 100000))))
    assert "gamma of 1" in read_picture(tmp_path / "a.png").notes[0]


def test_damaged_exif_is_left_out(tmp_path: Path, photo: NDArray[np.uint8]) -> None:
    Image.fromarray(photo).save(tmp_path / "a.jpg", exif=b"Exif\0\0rubbish")
    picture = read_picture(tmp_path / "a.jpg")
    assert picture.metadata.exif is None and "EXIF data is damaged" in picture.notes[0]


# --- several pictures in a file --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.gif", "a.webp", "a.png", "a.tif"])
def test_only_the_first_frame(tmp_path: Path, name: str) -> None:
    frames = [Image.new("RGB", (8, 6), colour) for colour in ("red", "lime", "blue")]
    options = {"lossless": True} if name == "a.webp" else {}
    frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:], **options)
    picture = read_picture(tmp_path / name)
    assert eight(picture)[0, 0].tolist() == [255, 0, 0] and picture.pixels.shape == (6, 8, 3)
    assert "only the first of 3" in picture.notes[0]


def test_apng_with_a_picture_of_its_own(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (8, 6), colour) for colour in ("red", "lime", "blue")]
    frames[0].save(tmp_path / "a.png", save_all=True, append_images=frames[1:], default_image=True)
    picture = read_picture(tmp_path / "a.png")
    assert eight(picture)[0, 0].tolist() == [0, 255, 0]
    assert picture.notes == ("animated: only the first of 2 frames is restored",)


def test_a_jpeg_with_several_pictures(tmp_path: Path, photo: NDArray[np.uint8]) -> None:
    image = Image.fromarray(photo)
    image.save(tmp_path / "a.jpg", format="MPO", save_all=True, append_images=[image.resize((32, 24))])
    picture = read_picture(tmp_path / "a.jpg")
    assert picture.width == 64 and picture.format == "JPEG" and "holds 2 pictures" in picture.notes[0]


# --- what is refused -------------------------------------------------------------------------------------------------


def refused(path: Path, words: str, **options: Any) -> None:
    with pytest.raises(InputError, match=words) as error:
        read_picture(path, **options)
    message = str(error.value)
    assert str(path) in message and message.endswith(".") and "\n" not in message.replace(str(path), "")


def test_no_file(tmp_path: Path) -> None:
    refused(tmp_path / "a.jpg", "does not exist")
    refused(tmp_path, "is a folder")
    (tmp_path / "b.jpg").touch()
    refused(tmp_path / "b.jpg", r"empty \(0 bytes\)")
    refused(tmp_path / "b.jpg" / "c.jpg", "no possible file name")
    refused(tmp_path / ("x" * 300 + ".jpg"), "cannot be read")


def test_pipes_and_devices_are_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.jpg")
    done = threading.Thread(target=refused, args=(tmp_path / "a.jpg", "device or pipe"), daemon=True)
    done.start()
    done.join(5)
    assert not done.is_alive()
    refused(Path("/dev/zero"), "device or pipe")


def test_no_permission(tmp_path: Path, photo: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.jpg"
    Image.fromarray(photo).save(path)
    path.chmod(0)
    if os.access(path, os.R_OK):  # root may read everything; stand in for the system

        def deny(*_: Any, **__: Any) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr("builtins.open", deny)
    with pytest.raises(InputError, match="no permission"):
        read_picture(path)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"Just a letter to grandmother.\n" * 40, "is text"),
        ("Grüße\n".encode() * 900, "is text"),
        (b"%PDF-1.7\n%\xe2\xe3", "PDF document"),
        (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', "SVG drawing"),
        (b"<svg/>", "SVG drawing"),
        (bytes(5000), "filled with zeros"),
        (b"8BPS\0\1" + bytes(40), "Photoshop"),
        (b"\0\0\0\x18ftypisom\0\0\0\0isomavc1" + bytes(30), "a film"),
        (b"\x93\x00\xff\xfe garbage" * 20, "known kind"),
        (b"FUJIFILMCCD-RAW 0201", "camera raw"),
        (b"\0\0\0\x18ftypcrx \0\0\0\1crx isom", "camera raw"),
        (b"II*\0\x10\0\0\0CR\2\0" + bytes(60), "camera raw"),
    ],
)
def test_what_is_no_picture(tmp_path: Path, data: bytes, words: str) -> None:
    (tmp_path / "a.jpg").write_bytes(data)
    refused(tmp_path / "a.jpg", words)


def test_raw_in_a_tiff(tmp_path: Path, photo: NDArray[np.uint8]) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, photo, photometric="rgb", metadata=None, extratags=[(50706, 1, 4, b"\1\4\0\0", True)])
    refused(path, "camera raw")
    with tifffile.TiffWriter(path) as writer:
        writer.write(photo, photometric="rgb", subifds=1, subfiletype=1, metadata=None)
        writer.write(photo[..., 0], photometric=32803, metadata=None, extratags=[(33421, 3, 2, (2, 2), True),
                     (33422, 1, 4, b"\0\1\1\2", True)])  # fmt: skip
    refused(path, "camera raw")
    tifffile.imwrite(tmp_path / "a.nef", photo, photometric="rgb", metadata=None)
    refused(tmp_path / "a.nef", "camera raw")


@pytest.mark.parametrize(
    "name",
    ["a.jpg", "progressive.jpg", "a.png", "deep.png", "a.tif", "raw.tif", "deep.tif", "group4.tif",
     "a.webp", "a.bmp", "a.gif", "a.avif", "a.heic"],
)  # fmt: skip
@pytest.mark.parametrize("part", [0.2, 0.5, 0.9])
def test_cut_off_files_are_never_read_in_part(tmp_path: Path, noise: Noise, name: str, part: float) -> None:
    path = tmp_path / name
    array = noise((96, 80, 3), "uint8")
    image = Image.fromarray(array)
    if name == "deep.png":
        path.write_bytes(imagecodecs.png_encode(array.astype(np.uint16) * 200))
    elif name in ("raw.tif", "deep.tif"):
        compression = "zlib" if name == "deep.tif" else None
        tifffile.imwrite(path, array.astype(np.uint16), photometric="rgb", compression=compression, rowsperstrip=8)
    elif name == "a.heic":
        pillow_heif.from_pillow(image).save(path)
    elif name == "group4.tif":
        image.convert("1").save(path, compression="group4")
    else:
        image.save(path, progressive=name == "progressive.jpg", compression="tiff_lzw")
    data = path.read_bytes()
    assert read_picture(path).height == 96
    path.write_bytes(data[: int(len(data) * part)])
    with pytest.raises(InputError, match=r"cut off|damaged|cannot be read"):
        read_picture(path)


def test_a_jpeg_that_ends_in_zeros(tmp_path: Path, noise: Noise) -> None:
    path = tmp_path / "a.jpg"
    Image.fromarray(noise((96, 80, 3), "uint8")).save(path)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2] + bytes(len(data) - len(data) // 2))
    refused(path, "zeros")
    path.write_bytes(data + bytes(100))  # padding behind a whole picture is harmless
    assert read_picture(path).height == 96


def test_truncated_files_stay_refused_when_another_library_allows_them(
    tmp_path: Path, noise: Noise, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("PIL.ImageFile.LOAD_TRUNCATED_IMAGES", True)
    path = tmp_path / "a.jpg"
    Image.fromarray(noise((96, 80, 3), "uint8")).save(path)
    path.write_bytes(path.read_bytes()[:-2000])
    refused(path, "cut off|truncated")


def test_pixel_bombs_are_refused_from_their_header(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(png_file(50000, 50000, 8, 2, b""))

    def never(*_: Any) -> None:
        raise AssertionError("decoding began")

    monkeypatch.setattr(decode, "assemble_picture", never)
    refused(path, r"50000 x 50000 pixels \(2500 megapixels\), more than the limit of 250; raise max_input_megapixels "
                  r"in the configuration \(RESTORATION_STUDIO_MAX_INPUT_MEGAPIXELS\)")  # fmt: skip


def test_the_limit_holds_for_every_format(tmp_path: Path, photo: NDArray[np.uint8]) -> None:
    image = Image.fromarray(photo)
    for name in ("a.jpg", "a.png", "a.tif", "a.webp", "a.bmp", "a.gif", "a.avif"):
        image.save(tmp_path / name)
    pillow_heif.from_pillow(image).save(tmp_path / "a.heic")
    for path in tmp_path.iterdir():
        assert read_picture(path, max_megapixels=0.0031).width == 64
        refused(path, "more than the limit", max_megapixels=0.003)


def test_a_webp_that_claims_to_be_huge(tmp_path: Path) -> None:
    size = (2**24 - 1).to_bytes(3, "little") * 2
    body = b"WEBPVP8X" + struct.pack("<I", 10) + b"\0\0\0\0" + size
    (tmp_path / "a.webp").write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    refused(tmp_path / "a.webp", "damaged|limit")


@pytest.mark.parametrize(
    "name",
    ["großmutter.png", "бабушка.png", "祖母の写真.png", "جدة.png", "a b\tc.png", "line\nbreak.png", "🙂.png",
     "-o.png", "x" * 250 + ".png", "e\u0301.png"],
)  # fmt: skip
def test_names_in_any_script(tmp_path: Path, photo: NDArray[np.uint8], name: str) -> None:
    Image.fromarray(photo).save(tmp_path / name)
    assert np.array_equal(eight(read_picture(tmp_path / name)), photo)
    assert np.array_equal(eight(read_picture(str(tmp_path / name))), photo)
