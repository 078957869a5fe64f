from __future__ import annotations

from collections.abc import Callable

import pytest
from PIL import ExifTags, Image

from restoration_studio.image import exif, ifd

Make = Callable[[int], bytes]


def parsed(block: bytes) -> Image.Exif:
    result = Image.Exif()
    result.load(b"Exif\0\0" + block)
    return result


def test_upright_changes_only_the_orientation_and_the_thumbnail(camera_exif: Make, maker_note: bytes) -> None:
    block = camera_exif(6)
    assert exif.orientation_of(block) == 6
    result = exif.set_upright(block)
    assert exif.orientation_of(result) == 1
    assert b"\xff\xd8\xff" in block and b"\xff\xd8\xff" not in result
    assert not parsed(result).get_ifd(ExifTags.IFD.IFD1)
    assert result.index(maker_note) == block.index(maker_note)
    assert sum(a != b for a, b in zip(block, result, strict=False)) <= 5  # the orientation and the link


def test_sizes_are_corrected_in_place(camera_exif: Make, maker_note: bytes) -> None:
    block = exif.set_upright(camera_exif(1))
    result = exif.update_block(block, 70000, 480, (600.0, 600.0))
    side = parsed(result).get_ifd(ExifTags.IFD.Exif)
    assert side[ExifTags.Base.ExifImageWidth] == 70000 and side[ExifTags.Base.ExifImageHeight] == 480
    assert parsed(result)[ExifTags.Base.XResolution] == 600
    assert len(result) == len(block) and result.index(maker_note) == block.index(maker_note)


def test_a_missing_resolution_is_added_behind(maker_note: bytes) -> None:
    made = Image.Exif()
    made[ExifTags.Base.Make] = "Kamera mit langem Namen"
    made[ExifTags.IFD.Exif] = {ExifTags.Base.MakerNote: maker_note}
    block = made.tobytes().removeprefix(b"Exif\0\0")
    result = exif.update_block(block, 10, 10, (299.72, 300.0))
    tags = parsed(result)
    assert float(tags[ExifTags.Base.XResolution]) == pytest.approx(299.72)
    assert tags[ExifTags.Base.YResolution] == 300 and tags[ExifTags.Base.ResolutionUnit] == 2
    assert tags[ExifTags.Base.Make] == "Kamera mit langem Namen"
    assert tags.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.MakerNote] == maker_note
    assert result.index(maker_note) == block.index(maker_note)


def test_an_empty_block_takes_a_resolution() -> None:
    tags = parsed(exif.update_block(exif.empty_block(), 5, 5, (72.0, 72.0)))
    assert tags[ExifTags.Base.XResolution] == 72 and len(tags) == 3


@pytest.mark.parametrize("order", ["<", ">"])
def test_directories_come_back_as_they_were_packed(order: ifd.ByteOrder) -> None:
    made = ifd.Directories(order)
    made.main = {271: ifd.Field(2, 7, b"Kamera\0"), 274: ifd.Field(3, 1, b"\1\0" if order == "<" else b"\0\1")}
    made.exif = {0x927C: ifd.Field(7, 9, b"123456789")}
    made.gps = {1: ifd.Field(2, 2, b"N\0")}
    made.interop = {1: ifd.Field(2, 4, b"R98\0")}
    block = ifd.pack_block(made)
    assert ifd.read_directories(block) == made
    assert parsed(block)[271] == "Kamera" and parsed(block).get_ifd(0x8825) == {1: "N"}


@pytest.mark.parametrize("block", [b"", b"II*\0", b"hello world", b"II*\0\xff\xff\xff\xff", b"MM\0*\0\0\0\x08\xff\xff"])
def test_damaged_blocks_are_told(block: bytes) -> None:
    with pytest.raises(ValueError, match=r"header|directory"):
        exif.orientation_of(block)
