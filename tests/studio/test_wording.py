"""What visitors are told: their files' names, never the server's folders."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest

import restoration_studio
from restoration_studio.errors import InputError, RestorationError
from restoration_studio.studio.core import notes
from restoration_studio.studio.error_wording import files_named, worded


class FileEmpty(InputError):
    code: ClassVar[str] = "test_file_empty"
    sentence: ClassVar[str] = "{path} is empty ({reason}); use another."

    path: Path
    reason: str = ""


class Wrapped(RestorationError):
    code: ClassVar[str] = "test_wrapped"
    sentence: ClassVar[str] = "nothing came of it: {cause}"

    cause: RestorationError


def test_failures_are_told_without_the_servers_folders() -> None:
    error = FileEmpty(path=Path("/tmp/xyz/pictures/album/my photo.jpg"))
    assert worded(error) == "my photo.jpg is empty (); use another."
    assert worded(Wrapped(cause=error)) == "nothing came of it: my photo.jpg is empty (); use another."
    assert error.path == Path("/tmp/xyz/pictures/album/my photo.jpg"), "the error itself stays as it is"


def test_a_name_of_the_visitors_own() -> None:
    path = Path("/a folder/of the server/picture.jpg")
    with pytest.raises(FileEmpty) as caught, files_named({path: r"holi\1day.jpg"}):
        raise FileEmpty(path=path, reason=f"[Errno 2] '{path}'")
    assert worded(caught.value) == r"holi\1day.jpg is empty ([Errno 2] 'holi\1day.jpg'); use another."


def test_errors_within_errors_and_files_beside_ours() -> None:
    path = Path("/tmp/x/film.mp4")
    with pytest.raises(Wrapped) as caught, files_named({path: "ours.mp4"}):
        raise Wrapped(cause=FileEmpty(path=Path("/elsewhere/film.mp4")))
    assert worded(caught.value) == "nothing came of it: ours.mp4 is empty (); use another."


def test_notes_that_the_worded_anew_are_still_written_so() -> None:
    package = Path(restoration_studio.__file__).parent
    rooms = ("stages", "video", "inpainting", "faces", "engine", "image")
    sources = [path.read_text(encoding="utf-8") for room in rooms for path in (package / room).rglob("*.py")]
    assert [phrase for phrase in notes._CONTROLS if not any(phrase in source for source in sources)] == []
