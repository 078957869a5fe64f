"""Reading picture files.

What comes in is kept as it is: the bit depth of the file (8, 16 or float), alpha, EXIF, XMP, IPTC, ICC profile
and resolution. Pixels are turned upright after EXIF's orientation, which then says 1.

Colour: pixels stay in the file's own RGB or grey profile (Display P3 and Adobe RGB stay wide), and the profile
is written out again. CMYK and LAB pixels are converted to sRGB, through the embedded CMYK profile where there is
one, and the profile then is sRGB's. Each such change is a sentence in ``Picture.notes``.

A damaged or cut-off file is refused, never read in part.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import IO

from PIL import UnidentifiedImageError

from restoration_studio.errors import InputError
from restoration_studio.image import png, tiff
from restoration_studio.image.decode import decode
from restoration_studio.image.errors import (
    CameraRaw,
    NotAPicture,
    PictureAccessFailed,
    PictureDamaged,
    PictureEmpty,
    PictureIsDevice,
    PictureIsFolder,
    PictureMissing,
    PictureNameImpossible,
    PictureNotPermitted,
    PictureOutOfMemory,
    PictureUndecodable,
    PictureUnreadable,
)
from restoration_studio.image.formats import HEAD_BYTES, RAW_SUFFIXES, describe_head, format_of_head, is_raw_head
from restoration_studio.image.picture import Picture


def read_picture(path: str | Path, *, max_megapixels: float = 250.0) -> Picture:
    """Read a JPEG, PNG, TIFF, WebP, BMP, GIF, AVIF or HEIC file.

    Of animations and files of several pages the first picture is read, with a note.

    Args:
        path: the file.
        max_megapixels: a larger picture is refused before it is decoded.

    Returns:
        The upright picture with all its metadata.

    Raises:
        InputError: the file is missing, empty, unreadable, damaged, too large or no picture.
        OutOfMemoryError: the machine has not the memory for it.
    """
    path = Path(path)
    try:
        _check_file(path)
        with open(path, "rb") as stream:
            picture = _read(path, stream, max_megapixels)
    except PermissionError as error:
        raise PictureNotPermitted(path=path) from error
    except MemoryError as error:
        raise PictureOutOfMemory(path=path) from error
    except InputError:
        raise
    except (png.DamagedPNGError, tiff.UnreadableTIFFError) as error:
        raise PictureUnreadable(path=path, reason=str(error)) from error
    except UnidentifiedImageError as error:
        raise PictureDamaged(path=path, reason="its header makes no sense") from error
    except Exception as error:  # decoders raise nearly everything on damaged files
        raise PictureUndecodable(path=path, reason=_reason(error)) from error
    return picture.with_(source=path)


def _reason(error: Exception) -> str:
    text = " ".join(str(error).split()).rstrip(".")
    return text if text and len(text) < 120 else type(error).__name__


def _check_file(path: Path) -> None:
    try:
        status = os.stat(path)
    except FileNotFoundError as error:
        raise PictureMissing(path=path) from error
    except (NotADirectoryError, ValueError) as error:
        raise PictureNameImpossible(path=path) from error
    except OSError as error:
        if isinstance(error, PermissionError):
            raise
        raise PictureAccessFailed(path=path, reason=error.strerror or str(error)) from error
    if stat.S_ISDIR(status.st_mode):
        raise PictureIsFolder(path=path)
    if not stat.S_ISREG(status.st_mode):
        raise PictureIsDevice(path=path)
    if status.st_size == 0:
        raise PictureEmpty(path=path)


def _read(path: Path, stream: IO[bytes], limit: float) -> Picture:
    head = stream.read(HEAD_BYTES)
    if is_raw_head(head) or (path.suffix.lower() in RAW_SUFFIXES and format_of_head(head) in (None, "TIFF")):
        raise CameraRaw(path=path)
    name = format_of_head(head)
    if name is None:
        found, advice = describe_head(head)
        raise NotAPicture(path=path, found=found, advice=advice)
    stream.seek(0)
    return decode(path, stream, name, limit)
