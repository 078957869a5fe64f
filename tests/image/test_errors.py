"""Mistakes with pictures are told apart by class and fields, not by their sentences."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from restoration_studio.errors import RestorationError
from restoration_studio.image import errors
from restoration_studio.image.arrays import picture_from_array
from restoration_studio.image.formats import writable_suffixes
from restoration_studio.image.output_options import OutputOptions
from restoration_studio.image.pillow import picture_from_image
from restoration_studio.image.read import read_picture
from restoration_studio.image.write import check_side, check_target


@pytest.mark.parametrize(
    ("data", "mistake", "details"),
    [
        (None, errors.PictureMissing, {}),
        (b"", errors.PictureEmpty, {}),
        (
            b"%PDF-1.7",
            errors.NotAPicture,
            {"found": "a PDF document", "advice": "export its page as PNG or TIFF first"},
        ),
        (b"FUJIFILMCCD-RAW", errors.CameraRaw, {}),
        (b"\x89PNG\r\n\x1a\n", errors.PictureUnreadable, {"reason": "its header is damaged"}),
        (b"BM" + bytes(40), errors.PictureUndecodable, {"reason": "Unsupported BMP header type (0)"}),
        (b"\xff\xd8\xff" + bytes(99), errors.PictureDamaged, {"reason": "its last 99 bytes are zeros"}),
    ],
)
def test_files(tmp_path: Path, data: bytes | None, mistake: type[RestorationError], details: dict[str, Any]) -> None:
    path = tmp_path / "a.png"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(mistake) as raised:
        read_picture(path)
    assert type(raised.value) is mistake and raised.value.details == {"path": path, **details}


def test_a_file_over_the_limit(tmp_path: Path) -> None:
    Image.new("L", (300, 200)).save(tmp_path / "a.png")
    with pytest.raises(errors.PictureTooLarge) as raised:
        read_picture(tmp_path / "a.png", max_megapixels=0.05)
    assert raised.value.details == {"path": tmp_path / "a.png", "width": 300, "height": 200, "limit": 0.05}
    assert "300 x 200 pixels (0 megapixels), more than the limit of 0.05" in str(raised.value)


@pytest.mark.parametrize(
    ("array", "mistake", "details"),
    [
        (np.zeros((3, 40, 50), np.uint8), errors.ArrayShapeUnknown, {"shape": (3, 40, 50)}),
        (np.zeros((4, 4, 3), np.int64), errors.ArrayTypeUnknown, {"dtype": "int64"}),
        (np.zeros((0, 4, 3), np.uint8), errors.ArrayEmpty, {"shape": (0, 4, 3)}),
        (np.full((4, 4, 3), 1.5), errors.ArrayOutOfRange, {"low": 1.5, "high": 1.5}),
    ],
)
def test_arrays(array: Any, mistake: type[RestorationError], details: dict[str, Any]) -> None:
    with pytest.raises(mistake) as raised:
        picture_from_array(array)
    assert type(raised.value) is mistake and raised.value.details == details


@pytest.mark.parametrize(
    ("image", "mistake", "details"),
    [
        (Image.new("RGB", (0, 3)), errors.ImageEmpty, {"width": 0, "height": 3}),
        (Image.new("F", (2, 2), 2), errors.ImageOutOfRange, {"mode": "F", "top": 1, "low": 2.0, "high": 2.0}),
    ],
)
def test_images(image: Image.Image, mistake: type[RestorationError], details: dict[str, Any]) -> None:
    with pytest.raises(mistake) as raised:
        picture_from_image(image)
    assert type(raised.value) is mistake and raised.value.details == details


def test_outputs() -> None:
    known = writable_suffixes()
    with pytest.raises(errors.FormatNotWritable) as raised:
        check_target("a.xyz")
    assert raised.value.details == {"path": Path("a.xyz"), "suffix": ".xyz", "choices": known}
    with pytest.raises(errors.SuffixMissing):
        check_target("a")
    with pytest.raises(errors.BitDepthNotHeld) as depth:
        check_target("a.jpg", OutputOptions(bit_depth="16"))
    assert depth.value.details == {"path": Path("a.jpg"), "format": "JPEG", "most": 8, "bit_depth": 16}
    with pytest.raises(errors.SideTooLong) as side:
        check_side(Path("a.webp"), 7, 16384)
    assert side.value.details == {
        "path": Path("a.webp"),
        "width": 16384,
        "height": 7,
        "largest": 16383,
        "format": "WebP",
    }
