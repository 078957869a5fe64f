"""Files that visitors send: uploaded, pasted, or packed into a zip."""

from __future__ import annotations

import base64
import binascii
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from restoration_studio.engine.propose import propose
from restoration_studio.image.formats import is_picture_name
from restoration_studio.image.picture import Picture
from restoration_studio.image.read import read_picture
from restoration_studio.models import ModelManager
from restoration_studio.studio.core.session import LoadedPicture
from restoration_studio.studio.error_wording import files_named
from restoration_studio.studio.errors import ArchiveTooLarge, ArchiveUnreadable, PastedUnreadable

MOST_UNPACKED = 4_000_000_000  # bytes a zip may unpack to


def load(name: str, data: bytes, models: ModelManager) -> LoadedPicture:
    """Read an uploaded or example file and look at it.

    Raises:
        InputError: it is no picture, or too large.
    """
    picture = read_bytes(name, data, models.config.max_input_megapixels)
    return LoadedPicture(name, picture, propose(picture, models=models))


def read_bytes(name: str, data: bytes, max_megapixels: float) -> Picture:
    """Read a picture file a visitor sent; messages name it as the visitor does.

    Raises:
        InputError: it is no picture, or too large.
    """
    with TemporaryDirectory() as folder:
        # The reader wants a file; its name keeps the suffix and nothing else a visitor chose.
        path = Path(folder) / ("picture" + Path(name).suffix.lower()[:10])
        path.write_bytes(data)
        with files_named({path: name}):
            picture = read_picture(path, max_megapixels=max_megapixels)
    return picture.with_(source=None)


def unpack(name: str, data: bytes, folder: Path) -> None:
    """Unpack the pictures of a zip below ``folder``; names that point elsewhere stay inside it.

    Raises:
        ArchiveUnreadable: it is no zip, is damaged or encrypted.
        ArchiveTooLarge: it would unpack to too much.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = {member: _inside(member.filename) for member in archive.infolist() if not member.is_dir()}
            members = {member: path for member, path in members.items() if is_picture_name(path.name)}
            if sum(member.file_size for member in members) > MOST_UNPACKED:
                raise ArchiveTooLarge(name=name, limit_bytes=MOST_UNPACKED)
            for member, inside in members.items():
                path = free_path(folder / inside)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(archive.read(member))
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
        raise ArchiveUnreadable(name=name, reason=str(error)) from error


def _inside(name: str) -> PurePosixPath:
    """A member's name without anything that leads out of the folder."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return PurePosixPath(*(part for part in parts if part not in ("..", "/")))


def free_path(path: Path) -> Path:
    """``path``, or the same name with a number where that is taken."""
    number, free = 2, path
    while free.exists():
        free, number = path.with_name(f"{path.stem} ({number}){path.suffix}"), number + 1
    return free


@dataclass(frozen=True, slots=True)
class PastedPicture:
    """A picture from the clipboard."""

    name: str
    data: bytes


def decode_pasted(value: dict[str, str]) -> PastedPicture:
    """The file in what the browser sent.

    Raises:
        PastedUnreadable: it is not a picture in a data address.
    """
    head, comma, body = str(value.get("data", "")).partition(",")
    try:
        if not comma or not head.startswith("data:image/"):
            raise ValueError("no data address")
        return PastedPicture(str(value.get("name") or "pasted.png"), base64.b64decode(body, validate=True))
    except (ValueError, binascii.Error) as error:
        raise PastedUnreadable from error
