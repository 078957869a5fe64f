"""The size of a picture file from its header, for estimates made before anything is decoded."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, UnidentifiedImageError

from restoration_studio.image.read import read_picture

_TURNED = (5, 6, 7, 8)  # EXIF orientations that exchange the sides
_UPRIGHT = ("HEIF", "TIFF")  # formats whose size Pillow already gives turned


def read_size(path: Path) -> tuple[int, int]:
    """Height and width of the upright picture.

    Raises:
        InputError: the file is no picture; see ``read_picture``.
    """
    from pillow_heif import register_heif_opener

    register_heif_opener()
    try:
        with Image.open(path) as image:
            width, height = image.size
            turned = image.format not in _UPRIGHT and image.getexif().get(0x0112) in _TURNED
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError):
        picture = read_picture(path)  # a layout Pillow does not know, or the reason why it is no picture
        return picture.height, picture.width
    return (width, height) if turned else (height, width)
