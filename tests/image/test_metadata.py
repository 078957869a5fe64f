from __future__ import annotations

from collections.abc import Callable

import pytest
from PIL import ExifTags, Image

from restoration_studio.image import metadata
from restoration_studio.image.picture import Metadata


def test_the_prefix_goes_and_orientation_is_reset(camera_exif: Callable[[int], bytes], xmp_packet: bytes) -> None:
    said, orientation, notes = metadata.collect_metadata(exif_block=b"Exif\0\0" + camera_exif(8), xmp=xmp_packet)
    assert orientation == 8 and not notes and said.exif is not None
    tags = Image.Exif()
    tags.load(said.exif)
    assert tags[ExifTags.Base.Orientation] == 1
    assert said.xmp is not None and b'tiff:Orientation="1"' in said.xmp
    assert said.dpi == (300, 300)


def test_pixels_that_were_turned_already_are_not_turned_again(camera_exif: Callable[[int], bytes]) -> None:
    said, orientation, _ = metadata.collect_metadata(exif_block=camera_exif(6), turned=True)
    assert orientation == 1 and said.exif is not None


def test_damaged_parts_are_left_out_with_a_note() -> None:
    said, orientation, notes = metadata.collect_metadata(exif_block=b"rubbish", icc=b"rubbish")
    assert said == Metadata() and orientation == 1
    assert [note.split()[1] for note in notes] == ["EXIF", "ICC"]


@pytest.mark.parametrize(
    ("packet", "expected"),
    [
        (b'<x tiff:Orientation="6"/>', b'<x tiff:Orientation="1"/>'),
        (b"<x tiff:Orientation='6'/>", b"<x tiff:Orientation='1'/>"),
        (b"<tiff:Orientation>6</tiff:Orientation>", b"<tiff:Orientation>1</tiff:Orientation>"),
        (b"<tiff:OrientationX>6</tiff:OrientationX>", b"<tiff:OrientationX>6</tiff:OrientationX>"),
    ],
)
def test_numbers_in_xmp_are_set(packet: bytes, expected: bytes) -> None:
    assert metadata.set_xmp(packet, "tiff:Orientation", 1) == expected


def test_iptc_goes_through_photoshops_resources(iptc_records: bytes) -> None:
    block = metadata.iptc_to_resources(iptc_records)
    assert metadata.iptc_from_resources(block) == iptc_records
    other = b"8BIM\x03\xed\x00\x00\x00\x00\x00\x01x\x00"
    assert metadata.iptc_from_resources(other + block.removeprefix(metadata.IRB_PREFIX)) == iptc_records
    assert metadata.iptc_from_resources(other) is None
    assert metadata.iptc_from_resources(None) is None


@pytest.mark.parametrize(("given", "expected"), [((299.9994, 300.0), (300, 300)), ((0, 0), None), (None, None)])
def test_plain_resolutions(given: tuple[float, float] | None, expected: tuple[float, float] | None) -> None:
    assert metadata.round_dpi(given) == expected
