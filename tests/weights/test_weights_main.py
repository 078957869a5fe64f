from __future__ import annotations

import dataclasses
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from restoration_studio.weights.__main__ import main
from restoration_studio.weights.catalogue import MODELS
from restoration_studio.weights.progress import reporter

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def catalogue(served, config, monkeypatch):
    """A catalogue of two models, both on the server; one needs a yes to its licence."""
    bound = dataclasses.replace(served, name="bound", commercial=False, licence="Test Licence 1.0")
    monkeypatch.setattr("restoration_studio.weights.__main__.MODELS", models := {"tiny": served, "bound": bound})
    monkeypatch.setattr("restoration_studio.weights.catalogue.MODELS", models)
    monkeypatch.setenv("RESTORATION_STUDIO_CACHE_DIR", str(config.cache_dir))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(config.cache_dir))
    return models


def test_list_tells_what_is_here_and_from_where(capsys, served, config):
    assert main(["list"]) == 0
    before = capsys.readouterr().out
    assert before.splitlines()[0].split() == ["NAME", "PURPOSE", "LICENCE", "SIZE", "INSTALLED"]
    assert before.splitlines()[1].split()[0] == "tiny" and before.splitlines()[1].endswith("no")
    assert main(["fetch", "tiny"]) == 0
    assert main(["list"]) == 0
    assert "yes, from 127.0.0.1/tiny.pth" in capsys.readouterr().out
    assert main(["list", "--json"]) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["tiny"]["installed"] is True and rows["tiny"]["source"] == str(served.sources[0])
    assert rows["bound"]["installed"] is False and rows["bound"]["commercial"] is False
    (config.weights_dir / "tiny" / "tiny.pth.origin").unlink()
    assert main(["list"]) == 0
    assert "yes, put in place by hand" in capsys.readouterr().out


def test_fetch_prints_the_place_and_progress_goes_elsewhere(capsys, config):
    assert main(["fetch", "tiny"]) == 0
    out, problems = capsys.readouterr()
    assert out == f"tiny: {config.weights_dir / 'tiny' / 'tiny.pth'}\n"
    assert "downloading tiny.pth: 100% of 1.0 MB" in problems


def test_fetch_goes_on_after_a_failure_and_reports_it(capsys):
    assert main(["fetch", "bound", "tiny", "--json"]) == 3
    out, problems = capsys.readouterr()
    assert [row["name"] for row in json.loads(out)] == ["tiny"]
    assert "error: Tiny is under the Test Licence 1.0" in problems


def test_fetch_takes_a_yes_to_a_licence_and_remembers_it(capsys):
    assert main(["fetch", "bound", "--accept-licence"]) == 0
    assert main(["fetch", "bound"]) == 0
    assert "you accept the Test Licence 1.0 of bound" in capsys.readouterr().err


def test_fetch_all_default(capsys, catalogue):
    catalogue["tiny"] = dataclasses.replace(catalogue["tiny"], default=True)
    assert main(["fetch", "--all-default"]) == 0
    assert capsys.readouterr().out.startswith("tiny: ")


@pytest.mark.parametrize(
    ("arguments", "status", "text"),
    [
        (["fetch"], 2, "name the weights to fetch"),
        (["fetch", "tinny"], 3, "did you mean tiny?"),
        (["fetch", "tiny", "--offline"], 3, "offline is set"),
        (["verify", "tinny"], 3, "did you mean tiny?"),
        (["path", "tinny"], 3, "did you mean tiny?"),
        (["verify", "tiny"], 1, "tiny is not on this machine"),
    ],
)
def test_errors_are_one_line_with_their_status(capsys, arguments, status, text):
    assert main(arguments) == status
    out, problems = capsys.readouterr()
    assert out == "" and problems.startswith("error: ") and text in problems and problems.count("\n") == 1


def test_verify_names_what_is_damaged(capsys, config):
    assert main(["verify"]) == 0
    assert "no weights are in" in capsys.readouterr().out
    main(["fetch", "tiny"])
    assert main(["verify"]) == 0
    assert "is whole" in capsys.readouterr().out
    path = config.weights_dir / "tiny" / "tiny.pth"
    path.write_bytes(path.read_bytes()[:-1])
    assert main(["verify", "tiny"]) == 1
    assert f"error: {path} is damaged" in capsys.readouterr().err
    assert main(["verify", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)[0]["ok"] is False


def test_path_tells_where_a_file_lies_or_would(capsys, config):
    assert main(["path", "tiny"]) == 0
    assert capsys.readouterr().out == f"{config.weights_dir / 'tiny' / 'tiny.pth'}\n"
    assert main(["path", "--json"]) == 0
    assert set(json.loads(capsys.readouterr().out)) == {"tiny", "bound"}


def test_the_real_command_lists_the_real_catalogue(config):
    done = subprocess.run(
        [sys.executable, "-m", "restoration_studio.weights", "list", "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    # The real one, imported before the patch. Not its order: tests that take a model out put it back last.
    assert sorted(row["name"] for row in json.loads(done.stdout)) == sorted(MODELS)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_a_bar():
    stream = Terminal()
    with reporter(stream) as progress:
        for done in (0, 50_000_000, 100_000_000):
            progress(done, 100_000_000, "downloading tiny.pth")
    last = stream.getvalue().rstrip("\n").split("\r")[-1]
    assert last.startswith("downloading tiny.pth: 100%|") and "100M/100M" in last


def test_a_log_gets_a_line_a_quarter():
    stream = io.StringIO()
    with reporter(stream) as progress:
        progress(0, None, "downloading tiny.pth")
        for done in range(0, 101):
            progress(done * 1_000_000, 100_000_000, "downloading tiny.pth")
    assert stream.getvalue().splitlines() == [
        "downloading tiny.pth",
        *(f"downloading tiny.pth: {step}% of 100.0 MB" for step in (25, 50, 75, 100)),
    ]
