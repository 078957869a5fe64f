"""Sizes from headers are those of the picture that is read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from restoration_studio.errors import InputError
from restoration_studio.image.read import read_picture
from restoration_studio.image.size import read_size


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp", ".bmp", ".avif", ".heic"])
@pytest.mark.parametrize("orientation", [1, 3, 6])
def test_size_equals_the_size_of_the_read_picture(tmp_path: Path, suffix: str, orientation: int) -> None:
    from pillow_heif import register_heif_opener

    register_heif_opener()
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"a{suffix}"
    Image.new("RGB", (30, 20), "red").save(path, exif=exif)
    picture = read_picture(path)
    assert read_size(path) == (picture.height, picture.width)


def test_layouts_pillow_does_not_know(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((7, 9, 3), np.float32), photometric="rgb")
    assert read_size(tmp_path / "a.tif") == (7, 9)


def test_what_is_no_picture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_text("hello")
    with pytest.raises(InputError, match="text"):
        read_size(tmp_path / "a.jpg")
