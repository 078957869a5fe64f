from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import ExifTags, Image, TiffImagePlugin
from PIL.JpegImagePlugin import get_sampling
from pydantic import ValidationError

from restoration_studio.errors import OutputError, UsageError
from restoration_studio.image import write
from restoration_studio.image.arrays import picture_from_array, picture_to_array
from restoration_studio.image.colour import srgb_profile
from restoration_studio.image.formats import writable_suffixes
from restoration_studio.image.metadata import collect_metadata
from restoration_studio.image.output_options import OutputOptions
from restoration_studio.image.picture import Metadata, Picture
from restoration_studio.image.read import read_picture
from restoration_studio.image.write import write_picture

Noise = Callable[..., NDArray[Any]]
Make = Callable[[int], bytes]


@pytest.fixture
def metadata(camera_exif: Make, xmp_packet: bytes, iptc_records: bytes, display_p3: bytes) -> Metadata:
    return collect_metadata(
        exif_block=camera_exif(6), xmp=xmp_packet, iptc=iptc_records, icc=display_p3, dpi=(300, 300)
    )[0]


# --- samples ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(30, 20), (30, 20, 2), (30, 20, 3), (30, 20, 4)])
@pytest.mark.parametrize(
    ("suffix", "dtype"),
    [(".png", "uint8"), (".png", "uint16"), (".tif", "uint8"), (".tif", "uint16"), (".tif", "float32")],
)
def test_lossless_files_hold_the_same_samples(
    tmp_path: Path, noise: Noise, shape: tuple[int, ...], suffix: str, dtype: str
) -> None:
    array = noise(shape, dtype)
    written = write_picture(picture_from_array(array), tmp_path / f"a{suffix}")
    result = picture_to_array(read_picture(written.path))
    assert result.dtype == array.dtype and np.array_equal(result, array) and not written.notes
    again = write_picture(read_picture(written.path), tmp_path / f"b{suffix}")
    assert again.path.read_bytes() == written.path.read_bytes()


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_tifffile_reads_the_same_samples(tmp_path: Path, noise: Noise, dtype: str) -> None:
    array = noise((300, 200, 4), dtype)
    write_picture(picture_from_array(array), tmp_path / "a.tif")
    assert np.array_equal(tifffile.imread(tmp_path / "a.tif"), array)


@pytest.mark.parametrize("rows", [1, 7, 4000])
def test_large_pictures_are_written_in_strips(tmp_path: Path, noise: Noise, rows: int) -> None:
    array = noise((4000, 3) if rows == 4000 else (rows, 70000), "uint8")[..., None].repeat(3, axis=2)
    for suffix in (".png", ".tif"):
        write_picture(picture_from_array(array), tmp_path / f"a{suffix}")
        assert np.array_equal(np.asarray(Image.open(tmp_path / f"a{suffix}")), array)


@pytest.mark.parametrize("suffix", [".webp", ".bmp"])
def test_other_lossless_formats(tmp_path: Path, noise: Noise, suffix: str) -> None:
    array = noise((30, 20, 3), "uint8")
    write_picture(picture_from_array(array), tmp_path / f"a{suffix}")
    assert np.array_equal(picture_to_array(read_picture(tmp_path / f"a{suffix}")), array)


def test_webp_keeps_colours_under_transparency(tmp_path: Path, noise: Noise) -> None:
    array = noise((30, 20, 4), "uint8")
    array[:10, :, 3] = 0
    write_picture(picture_from_array(array), tmp_path / "a.webp")
    assert np.array_equal(picture_to_array(read_picture(tmp_path / "a.webp")), array)


@pytest.mark.parametrize("suffix", [".jpg", ".avif", ".heic"])
def test_lossy_formats_lose_nothing_visible(tmp_path: Path, photo: NDArray[np.uint8], suffix: str) -> None:
    if suffix not in writable_suffixes():
        pytest.skip(f"no {suffix} encoder here")
    for array in (photo, photo[..., 0]):
        write_picture(picture_from_array(array), tmp_path / f"a{suffix}")
        picture = read_picture(tmp_path / f"a{suffix}")
        assert np.abs(picture_to_array(picture).astype(int) - array).mean() < 1.5
        assert picture.grey == (array.ndim == 2)


def test_jpeg_keeps_full_colour_resolution_unless_told_otherwise(tmp_path: Path, photo: NDArray[np.uint8]) -> None:
    picture = picture_from_array(photo)
    sizes = {}
    for chroma, sampling in (("4:4:4", 0), ("4:2:2", 1), ("4:2:0", 2)):
        write_picture(picture, tmp_path / "a.jpg", OutputOptions(chroma=chroma))
        with Image.open(tmp_path / "a.jpg") as image:
            assert get_sampling(image) == sampling
    for quality in (30, 95):
        write_picture(picture, tmp_path / "a.jpg", OutputOptions(quality=quality))
        sizes[quality] = (tmp_path / "a.jpg").stat().st_size
    assert sizes[30] < sizes[95]


@pytest.mark.parametrize(("wanted", "dtype", "depth"), [("8", "uint16", 8), ("16", "uint8", 16), ("8", "float32", 8)])
def test_bit_depth_as_asked(tmp_path: Path, noise: Noise, wanted: Any, dtype: str, depth: int) -> None:
    picture = picture_from_array(noise((8, 8, 3), dtype))
    for suffix in (".png", ".tif"):
        written = write_picture(picture, tmp_path / f"a{suffix}", OutputOptions(bit_depth=wanted))
        result = read_picture(written.path)
        assert result.bit_depth == depth and np.allclose(result.pixels, picture.pixels, atol=0.5 / 255 + 1e-6)


def test_deep_pictures_are_rounded_with_a_note(tmp_path: Path, noise: Noise) -> None:
    array = noise((8, 8, 3), "uint16")
    written = write_picture(picture_from_array(array), tmp_path / "a.bmp")
    assert written.notes == ("BMP holds 8 bits a channel here; the 16-bit picture was rounded",)
    assert np.array_equal(picture_to_array(read_picture(written.path)), np.rint(array / 257))
    written = write_picture(picture_from_array(array / np.float32(65535)), tmp_path / "a.png")
    assert "16 bits" in written.notes[0] and np.array_equal(picture_to_array(read_picture(written.path)), array)
    with pytest.raises(UsageError, match=r"JPEG holds 8 bits a channel, not 16; use \.png or \.tif"):
        write_picture(picture_from_array(array), tmp_path / "a.jpg", OutputOptions(bit_depth="16"))


@pytest.mark.parametrize("suffix", [".jpg", ".bmp"])
def test_transparency_is_laid_over_white(tmp_path: Path, suffix: str) -> None:
    array = np.zeros((16, 16, 4), np.uint8)
    array[8:, :, 3] = 255
    written = write_picture(picture_from_array(array), tmp_path / f"a{suffix}")
    result = picture_to_array(read_picture(written.path))
    assert result[2, 8] == pytest.approx(255, abs=2) and result[13, 8] == pytest.approx(0, abs=2)
    assert "white" in written.notes[0]


def test_grey_is_written_as_it_came(tmp_path: Path, photo: NDArray[np.uint8]) -> None:
    for array, mode in ((photo[..., 0], "L"), (np.dstack([photo[..., 0]] * 3), "RGB")):
        for suffix in (".png", ".jpg", ".tif"):
            write_picture(picture_from_array(array), tmp_path / f"a{suffix}")
            assert Image.open(tmp_path / f"a{suffix}").mode == mode


def test_a_grey_profile_gives_way_to_srgb_when_colour_comes(tmp_path: Path, grey_profile: bytes) -> None:
    grey = picture_from_array(np.full((8, 8), 55, np.uint8)).with_(metadata=Metadata(icc=grey_profile))
    write_picture(grey, tmp_path / "grey.png")
    kept = read_picture(tmp_path / "grey.png")
    assert kept.metadata.icc == grey_profile and picture_to_array(kept)[0, 0] == 55
    pixels = grey.pixels.copy()
    pixels[:4, :, 0] = 1
    written = write_picture(grey.with_(pixels=pixels, grey=False), tmp_path / "colour.png")
    result = read_picture(written.path)
    assert result.metadata.icc == srgb_profile() and "sRGB" in written.notes[0]
    # linear 55/255 is 0.502 in sRGB
    assert picture_to_array(result)[6, 0].tolist() == pytest.approx([128] * 3, abs=1)
    assert picture_to_array(result)[0, 0].tolist() == pytest.approx([255, 128, 128], abs=1)


# --- metadata --------------------------------------------------------------------------------------------------------

HOLDERS = [".jpg", ".png", ".tif", ".webp", ".avif", ".heic"]


@pytest.mark.parametrize("suffix", HOLDERS)
def test_metadata_comes_out_as_it_went_in(
    tmp_path: Path, photo: NDArray[np.uint8], metadata: Metadata, maker_note: bytes, iptc_records: bytes, suffix: str
) -> None:
    if suffix not in writable_suffixes():
        pytest.skip(f"no {suffix} encoder here")
    picture = picture_from_array(photo).with_(metadata=metadata)
    written = write_picture(picture, tmp_path / f"a{suffix}")
    said = read_picture(written.path).metadata
    assert said.exif is not None and said.xmp is not None
    tags = Image.Exif()
    tags.load(said.exif)
    assert tags.get_ifd(ExifTags.IFD.GPSInfo)[2] == (52.0, 31.0, 12.5)
    assert tags.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.MakerNote] == maker_note
    assert tags[ExifTags.Base.Make] == "Kamera" and tags.get(ExifTags.Base.Orientation, 1) == 1
    assert b"Gro\xc3\x9fmutter" in said.xmp and b'tiff:Orientation="1"' in said.xmp
    assert said.icc == metadata.icc and said.dpi == (300, 300)
    if suffix in (".jpg", ".png", ".tif"):
        assert said.iptc == iptc_records and not written.notes
    else:
        assert said.iptc is None and "IPTC" in written.notes[0]


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
def test_pillow_finds_the_metadata(tmp_path: Path, photo: NDArray[np.uint8], metadata: Metadata, suffix: str) -> None:
    write_picture(picture_from_array(photo).with_(metadata=metadata), tmp_path / f"a{suffix}")
    with Image.open(tmp_path / f"a{suffix}") as image:
        assert image.getexif()[ExifTags.Base.Orientation] == 1
        assert image.info["icc_profile"] == metadata.icc and b"xmpmeta" in image.info["xmp"]
        if suffix != ".webp":
            assert image.info["dpi"] == pytest.approx((300, 300), abs=0.01)


def test_pillow_finds_the_metadata_of_a_tiff(
    tmp_path: Path, photo: NDArray[np.uint8], metadata: Metadata, iptc_records: bytes
) -> None:
    write_picture(picture_from_array(photo).with_(metadata=metadata), tmp_path / "a.tif")
    with Image.open(tmp_path / "a.tif") as image:
        assert isinstance(image, TiffImagePlugin.TiffImageFile)
        tags = image.getexif()
        assert tags[ExifTags.Base.Make] == "Kamera" and tags.get(ExifTags.Base.Orientation, 1) == 1
        assert tags.get_ifd(ExifTags.IFD.GPSInfo)[2] == (52.0, 31.0, 12.5)
        assert tags.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] == "1999:12:31 23:59:59"
        assert image.info["icc_profile"] == metadata.icc and image.info["dpi"] == (300, 300)
        assert image.tag_v2[33723] == iptc_records
        assert np.array_equal(np.asarray(image), photo)


def test_sizes_in_metadata_follow_the_result(tmp_path: Path, metadata: Metadata) -> None:
    large = np.zeros((96, 128, 3), np.uint8)
    write_picture(picture_from_array(large).with_(metadata=metadata), tmp_path / "a.jpg")
    with Image.open(tmp_path / "a.jpg") as image:
        side = image.getexif().get_ifd(ExifTags.IFD.Exif)
        assert (side[ExifTags.Base.ExifImageWidth], side[ExifTags.Base.ExifImageHeight]) == (128, 96)
        assert b'tiff:ImageWidth="128"' in image.info["xmp"]


@pytest.mark.parametrize("suffix", [*HOLDERS, ".bmp"])
def test_resolution_alone_is_kept(tmp_path: Path, photo: NDArray[np.uint8], suffix: str) -> None:
    if suffix not in writable_suffixes():
        pytest.skip(f"no {suffix} encoder here")
    picture = picture_from_array(photo).with_(metadata=Metadata(dpi=(600, 600)))
    written = write_picture(picture, tmp_path / f"a{suffix}")
    assert read_picture(written.path).metadata.dpi == pytest.approx((600, 600), abs=0.1) and not written.notes


def test_metadata_can_be_left_out_but_colour_stays(
    tmp_path: Path, photo: NDArray[np.uint8], metadata: Metadata
) -> None:
    picture = picture_from_array(photo).with_(metadata=metadata)
    for suffix in (".jpg", ".png", ".tif"):
        written = write_picture(picture, tmp_path / f"a{suffix}", OutputOptions(keep_metadata=False))
        said = read_picture(written.path).metadata
        assert said.icc == metadata.icc and said.dpi == (300, 300)
        assert said.exif is said.xmp is said.iptc is None


def test_what_a_format_cannot_hold_is_noted(tmp_path: Path, photo: NDArray[np.uint8], metadata: Metadata) -> None:
    picture = picture_from_array(photo).with_(metadata=metadata)
    notes = write_picture(picture, tmp_path / "a.bmp").notes
    assert [note.split(";")[0] for note in notes] == [
        "BMP holds no EXIF",
        "BMP holds no XMP",
        "BMP holds no IPTC",
        "BMP holds no ICC colour profile",
    ]
    huge = picture.with_(metadata=Metadata(xmp=b"x" * 70000))
    assert "64 kB" in write_picture(huge, tmp_path / "a.jpg").notes[0]
    assert read_picture(tmp_path / "a.jpg").metadata.xmp is None


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_a_turned_file_comes_out_upright(
    tmp_path: Path, photo: NDArray[np.uint8], camera_exif: Make, orientation: int, suffix: str
) -> None:
    Image.fromarray(photo).save(tmp_path / f"a{suffix}", exif=b"Exif\0\0" + camera_exif(orientation), quality=95)
    first = read_picture(tmp_path / f"a{suffix}")
    write_picture(first, tmp_path / f"b{suffix}")
    second = read_picture(tmp_path / f"b{suffix}")
    assert second.pixels.shape == first.pixels.shape
    assert np.abs(second.pixels - first.pixels).mean() < 0.01
    with Image.open(tmp_path / f"b{suffix}") as image:
        assert image.getexif()[ExifTags.Base.Orientation] == 1


# --- what cannot be written ------------------------------------------------------------------------------------------


def test_unknown_suffixes(tmp_path: Path, photo: NDArray[np.uint8]) -> None:
    for name in ("a.xyz", "a", "a.gif"):
        with pytest.raises(UsageError, match=r"use one of \.jpg"):
            write_picture(picture_from_array(photo), tmp_path / name)
        with pytest.raises(UsageError, match=r"use one of \.jpg"):
            write.check_target(tmp_path / name)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("suffix", "width", "words"), [(".jpg", 65536, "JPEG"), (".webp", 16384, "WebP")])
def test_pictures_too_large_for_the_format(tmp_path: Path, suffix: str, width: int, words: str) -> None:
    picture = picture_from_array(np.zeros((1, width, 3), np.uint8))
    with pytest.raises(
        UsageError, match=rf"{width} x 1 pixels are more than the {width - 1} a side that {words} holds"
    ):
        write_picture(picture, tmp_path / f"a{suffix}")


def test_tiffs_beyond_4_gb(tmp_path: Path, noise: Noise, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("restoration_studio.image.tiff_write._LIMIT", 5000)
    with pytest.raises(UsageError, match="4 GB a TIFF can hold; write PNG"):
        write_picture(picture_from_array(noise((100, 100, 3), "uint8")), tmp_path / "a.tif")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", [".png", ".tif", ".jpg", ".webp"])
def test_pixels_that_are_no_numbers(tmp_path: Path, suffix: str) -> None:
    picture = Picture(np.full((8, 8, 3), np.nan, np.float32))
    with pytest.raises(OutputError, match="NaN"):
        write_picture(picture, tmp_path / f"a{suffix}")
    assert not list(tmp_path.iterdir())


def test_folders_and_files_in_the_way(tmp_path: Path, photo: NDArray[np.uint8]) -> None:
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "file").touch()
    for path, words in (
        (tmp_path / "folder.png", "is a folder"),
        (tmp_path / "file" / "a.png", "could not be written"),
    ):
        with pytest.raises(OutputError, match=words):
            write_picture(picture_from_array(photo), path)
        with pytest.raises(OutputError, match=words):
            write.check_target(path)
    assert {path.name for path in tmp_path.iterdir()} == {"folder.png", "file"}


def test_folders_without_permission(tmp_path: Path, photo: NDArray[np.uint8]) -> None:
    folder = tmp_path / "locked"
    folder.mkdir()
    folder.chmod(0o500)
    locked = Path("/proc") if os.access(folder, os.W_OK) else folder  # root may write anywhere but there
    with pytest.raises(OutputError, match="could not be written"):
        write_picture(picture_from_array(photo), locked / "new" / "a.png")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    if os.name != "posix" or os.geteuid() or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("only root can mount a small disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("suffix", [".png", ".tif", ".jpg", ".webp", ".bmp", ".avif", ".heic"])
def test_a_full_disk(small_disk: Path, noise: Noise, suffix: str) -> None:
    if suffix not in writable_suffixes():
        pytest.skip(f"no {suffix} encoder here")
    picture = picture_from_array(noise((250, 250, 3), "uint8"))
    with pytest.raises(OutputError, match="the disk is full"):
        write_picture(picture, small_disk / f"a{suffix}")
    assert not list(small_disk.iterdir())


def test_a_disk_that_fills_up_late(tmp_path: Path, photo: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch) -> None:
    write_picture(picture_from_array(photo), tmp_path / "a.png")
    before = (tmp_path / "a.png").read_bytes()

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="the disk is full"):
        write_picture(picture_from_array(255 - photo), tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes() == before and len(list(tmp_path.iterdir())) == 1


def test_an_encoder_that_fails(tmp_path: Path, photo: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("encoder is out of sorts")

    monkeypatch.setattr(Image.Image, "save", fail)
    with pytest.raises(OutputError, match="as JPEG: encoder is out of sorts"):
        write_picture(picture_from_array(photo), tmp_path / "a.jpg")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["großmutter.png", "祖母.jpg", "جدة.tif", "a b\nc.webp", "x" * 250 + ".png"])
def test_names_in_any_script(tmp_path: Path, photo: NDArray[np.uint8], name: str) -> None:
    written = write_picture(picture_from_array(photo), tmp_path / "neu" / name)
    assert written.path == tmp_path / "neu" / name and read_picture(written.path).width == 64


def test_options_are_checked() -> None:
    for wrong in ({"quality": 0}, {"quality": 101}, {"chroma": "4:1:1"}, {"bit_depth": "12"}, {"colour": 1}):
        with pytest.raises(ValidationError):
            OutputOptions(**wrong)
    with pytest.raises(ValidationError):
        OutputOptions().quality = 3
