"""Restore many without a page: zips, names that collide, names that point elsewhere, one broken file."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from restoration_studio.config import Config
from restoration_studio.engine.recipe import Recipe
from restoration_studio.errors import InputError
from restoration_studio.image.picture import FloatArray
from restoration_studio.pipeline import RestorationPipeline
from restoration_studio.progress import CancelToken
from restoration_studio.studio.core.batch import run
from restoration_studio.studio.core.session import LoadedPicture
from restoration_studio.studio.core.uploads import unpack
from restoration_studio.studio.error_wording import worded

RECIPE = Recipe.parse({"stages": [{"stage": "detail"}]})


def png(photograph: FloatArray) -> bytes:
    stream = io.BytesIO()
    Image.fromarray((photograph * 255).astype(np.uint8)).save(stream, "PNG")
    return stream.getvalue()


def zipped(**files: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return stream.getvalue()


def test_files_and_zip_come_back_as_zip_with_the_broken_one_named(photograph: FloatArray, tmp_path: Path) -> None:
    good = png(photograph)
    files = [
        ("a.png", good),
        ("a.png", good),
        ("bad.jpg", b"no"),
        ("more.zip", zipped(**{"in/b.png": good, "x.txt": b""})),
    ]
    pipeline = RestorationPipeline(Config(cache_dir=tmp_path))
    report, data = run(pipeline, files, RECIPE, lambda progress: None, CancelToken())
    (failed,) = report.named("failed")
    assert Path(failed.source).name == "bad.jpg"
    assert failed.error is not None
    assert worded(failed.error).startswith("bad.jpg "), "the server's folder is nobody's business"
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = set(archive.namelist())
        assert {"a.png", "a (2).png", "in/b.png", "report.json", "a.png.record.json"} <= names
        told = json.loads(archive.read("report.json"))
        assert "/tmp" not in archive.read("report.json").decode()
    assert told["counts"]["restored"] == 3


def test_names_that_point_elsewhere_stay_inside(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    unpack("a.zip", zipped(**{"../../evil.png": b"1", "/abs.png": b"2", "..\\win.png": b"3"}), inside)
    assert sorted(path.name for path in inside.rglob("*.png")) == ["abs.png", "evil.png", "win.png"]
    assert not list(tmp_path.glob("*.png"))


def test_damaged_zip_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a\.zip"):
        unpack("a.zip", b"PK nonsense", tmp_path)


def test_zip_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("restoration_studio.studio.core.uploads.MOST_UNPACKED", 10)
    with pytest.raises(InputError, match="fewer"):
        unpack("a.zip", zipped(**{"a.png": b"x" * 11}), tmp_path)


def test_the_main_pages_recipe_serves_a_series_with_its_hints_and_without_painted_parts() -> None:
    import numpy as np

    from restoration_studio.engine.propose import Proposal
    from restoration_studio.engine.recipe import Recipe
    from restoration_studio.image.arrays import picture_from_array
    from restoration_studio.studio.core.batch import for_a_series

    steps = [
        {"stage": "inpaint", "area": {"rectangles": [[1, 1, 5, 5]]}, "threshold": 0.7},
        {"stage": "colorize", "hints": "49.5,24.5,#7a4b2a;10%,10%,keep", "region": {"rectangles": [[0, 0, 9, 9]]}},
    ]
    recipe = Recipe.parse({"name": "studio", "stages": steps}, "test")
    picture = picture_from_array(np.zeros((100, 100, 3), np.uint8))
    made = for_a_series(recipe, LoadedPicture("p", picture, Proposal(recipe, (), {})))
    inpaint, colorize = (step.settings for step in made.stages)
    assert inpaint.area is None and inpaint.threshold == 0.7 and colorize.region is None
    assert colorize.hints == "50%,25%,#7a4b2a;10%,10%,keep"
    assert "Colourise" in made.description
