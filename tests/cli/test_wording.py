"""Errors in the command line's own words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from restoration_studio.cli import main as command
from restoration_studio.cli.wording import WORDS
from restoration_studio.engine.batch_report import BatchReport, Item
from restoration_studio.errors import InputError, RestorationError, UsageError, as_data


class Exists(UsageError):
    """Only for these tests."""

    code: ClassVar[str] = "test_exists"
    sentence: ClassVar[str] = "{path} exists; give overwrite=True."

    path: Path
    sizes: tuple[int, ...] = ()


class Around(InputError):
    """An error that holds another."""

    code: ClassVar[str] = "test_around"
    sentence: ClassVar[str] = "{origin}: {error}"

    origin: str
    error: RestorationError


@pytest.fixture(autouse=True)
def words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(WORDS, "test_exists", "{path} exists; give --overwrite.")  # type: ignore[arg-type]


def test_errors_are_shown_in_the_words_of_the_command_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> int:
        raise Around(origin="a.json", error=Exists(path=Path("b.png")))

    monkeypatch.setattr(command, "_run", fail)
    assert command.main(["a.png"]) == 2
    assert capsys.readouterr().err == "restore: a.json: b.png exists; give --overwrite.\n"
    assert command.main(["a.png", "--json"]) == 2
    answer = json.loads(capsys.readouterr().out)
    assert (answer["error"], answer["exit_status"]) == ("a.json: b.png exists; give --overwrite.", 2)
    assert answer["code"] == "test_around" and answer["details"]["error"]["code"] == "test_exists"
    assert answer["details"]["error"]["details"]["path"] == "b.png"


def test_details_go_into_json() -> None:
    error = Exists(path=Path("a"), sizes=(np.int64(3), 4))  # type: ignore[arg-type]
    assert json.loads(json.dumps(as_data(error)))["details"] == {"path": "a", "sizes": [3, 4]}


def test_a_batch_tells_what_failed_in_the_same_words() -> None:
    error = Exists(path=Path("out/a.png"))
    report = BatchReport([Item("in/a.png", "out/a.png", "failed", error=error)])
    assert "failed: in/a.png: out/a.png exists; give --overwrite." in report.table(WORDS)
    assert "overwrite=True" in report.table()
    shown = json.loads(json.dumps(report.dump(WORDS)))["files"][0]
    assert shown["message"] == "out/a.png exists; give --overwrite."
    assert shown["error"]["code"] == "test_exists"
