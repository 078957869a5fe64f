"""What visitors are told: their files' names, never the server's folders."""

from __future__ import annotations

from pathlib import Path

import pytest

from restoration_studio.errors import InputError
from restoration_studio.studio.wording import errors_named, named


def test_failures_are_told_without_the_servers_folders() -> None:
    source = "album/my photo.jpg"
    told = named("/tmp/xyz/pictures/album/my photo.jpg is damaged; use another.", source, "my photo.jpg")
    assert told == "my photo.jpg is damaged; use another."
    assert named("nothing of it", "a.jpg", "a.jpg") == "nothing of it"


def test_a_folder_with_spaces_and_a_name_of_the_visitors_own() -> None:
    path = Path("/a folder/of the server/picture.jpg")
    assert named(f"{path} is empty; use another.", path, r"holi\1day.jpg") == r"holi\1day.jpg is empty; use another."


def test_errors_keep_their_kind() -> None:
    path = Path("/tmp/x/film.mp4")
    with pytest.raises(InputError, match=r"^ours\.mp4 is empty"), errors_named({path: "ours.mp4"}):
        raise InputError(f"{path} is empty; give a film.")
