"""Records: valid JSON under every name, readable again, never mistaken."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from restoration_studio.engine.recipe import Recipe
from restoration_studio.engine.record import (
    claim,
    make_record,
    peak_memory_bytes,
    read_record,
    record_path,
    versions,
    write_record,
)


def stats(**more: Any) -> dict[str, Any]:
    return {"recipe": Recipe.default().dump(), "asked": Recipe.default().dump(), **more}


def test_a_record_lies_beside_its_result_and_reads_as_written(tmp_path: Path) -> None:
    result = tmp_path / "семья.png"
    path = write_record(stats(seconds=np.float32(0.5), count=np.int64(3), file=result), result)
    assert path == tmp_path / "семья.png.record.json" == record_path(result)
    record = read_record(result)
    assert record is not None
    assert (record["seconds"], record["count"], record["file"]) == (0.5, 3, str(result))
    assert record["versions"] == versions()
    assert "семья" in path.read_text(encoding="utf-8")  # for people too
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_a_recipe_comes_out_of_a_record_as_it_went_in(tmp_path: Path) -> None:
    recipe = Recipe.default().changed(sr_scale=2.5, denoise_strength=7, detail_strength=1.1, seed=3)
    write_record({"recipe": recipe.dump(), "asked": recipe.dump()}, tmp_path / "a.png")
    assert Recipe.load(record_path(tmp_path / "a.png")) == recipe


def test_a_name_that_is_no_text_makes_valid_json(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.png")
    path = write_record(stats(file=name), tmp_path / "a.png")
    assert json.loads(path.read_bytes().decode("utf-8"))["file"] == name


@pytest.mark.parametrize("name", ["n" * 250 + ".png", "写" * 83 + ".png", "n" * 243 + "x", "short.png"])
def test_names_of_any_length_have_a_record(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    path = write_record(stats(), tmp_path / name)
    assert len(os.fsencode(path.name)) <= 255
    assert path.name.endswith(".record.json")
    assert read_record(tmp_path / name) is not None
    assert record_path(tmp_path / (name[:-1] + "~")) != path


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"5", b"{", b"\xff\xfe", b"[" * 100_000, b'{"a": ' + b"9" * 5000 + b"}"]
)
def test_what_is_no_record_is_none(tmp_path: Path, content: bytes) -> None:
    assert read_record(tmp_path / "a.png") is None
    record_path(tmp_path / "a.png").write_bytes(content)
    assert read_record(tmp_path / "a.png") is None


def test_a_claim_is_no_recipe_and_gives_way_to_the_record(tmp_path: Path) -> None:
    claim(tmp_path / "a.png", tmp_path / "source.jpg")
    record = read_record(tmp_path / "a.png")
    assert record is not None and "asked" not in record
    write_record(stats(), tmp_path / "a.png")
    assert "begun" not in (read_record(tmp_path / "a.png") or {})


def test_what_has_no_place_in_json_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="does not go into a record"):
        write_record(stats(thing=object()), tmp_path / "a.png")
    assert list(tmp_path.iterdir()) == []


def test_a_record_says_what_made_it() -> None:
    record = make_record({})
    assert record["record"] == 1
    assert {"restoration-studio", "python", "numpy", "pillow"} <= record["versions"].keys()


def test_peak_memory_is_that_of_this_process() -> None:
    peak = peak_memory_bytes()
    assert peak is None or 10e6 < peak < 1e12
