"""Where the result of each picture of a folder goes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from restoration_studio.engine.batch_plan import plan
from restoration_studio.engine.recipe import Recipe
from restoration_studio.errors import InputError, UsageError

DETAIL = Recipe.parse({"stages": [{"stage": "detail"}]})
AS_PNG = Recipe.parse({"stages": [{"stage": "detail"}], "output": {"format": "png"}})


def planned(folder: Path, names: list[str], recipe: Recipe = DETAIL) -> dict[str, str]:
    """The results' names for pictures of these names."""
    for name in names:
        (folder / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "in" / name).touch()
    made = plan(folder / "in", folder / "out", recipe)
    return {
        source.relative_to(folder / "in").as_posix(): target.relative_to(folder / "out").as_posix()
        for source, target in made.pairs
    }


def test_structure_and_names_are_kept(tmp_path: Path) -> None:
    names = ["x.jpg", "1954 Sommer/Oma & Opa.JPG", "写真/семья.png", "a/b/c/d.tiff"]
    assert planned(tmp_path, names) == {name: name for name in names}


def test_a_format_that_changes_adds_its_suffix(tmp_path: Path) -> None:
    assert planned(tmp_path, ["a.gif", "a.jpg", "b.png"]) == {"a.gif": "a.gif.png", "a.jpg": "a.jpg", "b.png": "b.png"}
    assert planned(tmp_path, [], AS_PNG) == {"a.gif": "a.gif.png", "a.jpg": "a.jpg.png", "b.png": "b.png"}


@pytest.mark.parametrize(
    "names",
    [
        ["A.jpg", "a.jpg", "a.JPG"],
        ["a.heic", "a.heic.png"],
        ["B/x.png", "b/x.png"],
        ["\u00e9.png", "e\u0301.png", "\u00c9.png"],
        ["straße.png", "strasse.png"],
    ],
)
def test_two_pictures_never_share_a_result(tmp_path: Path, names: list[str]) -> None:
    targets = planned(tmp_path, names, AS_PNG)
    assert len(targets) == len(names)
    assert len({target.casefold() for target in targets.values()}) == len(names)
    assert planned(tmp_path, [], AS_PNG) == targets  # the same the next time


def test_a_name_that_was_made_up_gives_way_too(tmp_path: Path) -> None:
    targets = planned(tmp_path, ["A.png", "a.png"])
    made_up = targets["a.png"]
    again = planned(tmp_path, [made_up])
    assert again[made_up] == made_up
    assert len(set(again.values())) == 3


def test_what_is_no_picture_is_counted_and_what_is_hidden_is_not_seen(tmp_path: Path) -> None:
    planned(tmp_path, ["a.jpg", "notes.txt", "sub/film.mp4", ".hidden.jpg", ".thumbnails/a.jpg", "Thumbs.db"])
    made = plan(tmp_path / "in", tmp_path / "out", DETAIL)
    assert [source.name for source, _ in made.pairs] == ["a.jpg"]
    assert made.ignored == 3


def test_an_original_is_never_overwritten_by_another_ones_result(tmp_path: Path) -> None:
    # The input lies inside the output folder, and holds a folder of its own name.
    album = tmp_path / "photos" / "album"
    (album / "album").mkdir(parents=True)
    (album / "x.jpg").touch()
    (album / "album" / "x.jpg").touch()
    with pytest.raises(UsageError, match=r"would overwrite the original .*album/x\.jpg"):
        plan(album, tmp_path / "photos", DETAIL)


def test_a_link_to_the_results_is_not_scanned(tmp_path: Path) -> None:
    planned(tmp_path, ["a.jpg"])
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.jpg").touch()
    os.symlink(tmp_path / "out", tmp_path / "in" / "results")
    assert len(plan(tmp_path / "in", tmp_path / "in" / "results", DETAIL).pairs) == 1


def test_an_input_that_cannot_be_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in").mkdir()

    def closed(path: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "scandir", closed)
    with pytest.raises(InputError, match="cannot be read: permission denied"):
        plan(tmp_path / "in", tmp_path / "out", DETAIL)
