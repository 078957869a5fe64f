"""Films from the command line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from restoration_studio.cli.main import main
from tests.waiting import wait_until

REPOSITORY = Path(__file__).parent.parent.parent
DETAIL = ["--no-sr", "--no-denoise"]


@pytest.fixture(autouse=True)
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "etc"))
    monkeypatch.setenv("RESTORATION_STUDIO_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("RESTORATION_STUDIO_OFFLINE", "1")
    monkeypatch.setenv("RESTORATION_STUDIO_DEVICE", "cpu")


def test_a_film_is_told_by_itself(
    tmp_path: Path, make_clip: Any, read_back: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    source = make_clip("film.mp4", frames=12, audio=1)
    assert main([str(source), *DETAIL, "--stats"]) == 0
    out = capsys.readouterr().out
    assert "restored:" in out
    assert "12 frames" in out
    assert "flicker" in out
    assert len(read_back(tmp_path / "film_restored.mp4").times) == 12
    assert main([str(source), *DETAIL]) == 2
    assert "--overwrite" in capsys.readouterr().err


def test_a_film_without_a_telling_name(tmp_path: Path, make_clip: Any, capsys: pytest.CaptureFixture[str]) -> None:
    source = make_clip("film.mkv", frames=8)
    hidden = source.rename(tmp_path / "download")
    assert main([str(hidden), *DETAIL, "--json", "--quiet"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["output"]["file"].endswith("download_restored.mkv")
    assert record["film"]["frames"] == 8


def test_flags_reach_the_film(tmp_path: Path, make_clip: Any, capsys: pytest.CaptureFixture[str]) -> None:
    source = make_clip("film.mp4", frames=75)
    words = ["--start", "0:01", "--end", "2.5", "--max-frames", "20", "--codec", "h265", "--crf", "30"]
    assert main([str(source), *DETAIL, *words, "--encoder-preset", "ultrafast", "--container", "mkv", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["output"]["file"] == str(tmp_path / "film_restored.mkv")
    assert record["film"]["frames"] == 20
    assert record["film"]["part"]["start"] == 1.0
    encoding = record["film"]["encoding"]
    assert (encoding["codec"], encoding["options"]["crf"], encoding["options"]["preset"]) == ("h265", "30", "ultrafast")


def test_without_a_model_named_films_take_the_fast_one(make_clip: Any, capsys: pytest.CaptureFixture[str]) -> None:
    source = make_clip("film.mp4", frames=10)
    assert main([str(source), "--dry-run", "--json"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert "realesr-animevideov3" in plan["models"]
    assert (plan["frames"], plan["becomes"]) == (10, [256, 192])
    assert main([str(source), "--dry-run", "--json", "--sr-model", "realesrgan-x4plus"]) == 0
    assert "realesrgan-x4plus" in json.loads(capsys.readouterr().out)["models"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--start", "soon"], "--start takes seconds"),
        (["--quality", "80"], "--quality is for pictures"),
        (["--comparison"], "--comparison is for pictures"),
        (["--container", "mkv", "-o", "x.mp4"], "do not agree"),
        (["-o", "x.png"], "no name for a film"),
        (["--codec", "vp8"], "does not know 'vp8'"),
        (["--batch"], "takes one file"),
        (["--inpaint", "--mask-only"], "--mask-only is for pictures"),
        (["--inpaint", "--outcomes", "2"], "--outcomes is for pictures"),
    ],
)
def test_what_does_not_go_with_a_film(
    words: list[str], sentence: str, make_clip: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(make_clip("film.mp4", frames=3)), *DETAIL, *words]) == 2
    assert sentence in capsys.readouterr().err


def test_flags_of_films_with_a_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from PIL import Image

    Image.new("RGB", (30, 20)).save(tmp_path / "a.png")
    assert main([str(tmp_path / "a.png"), *DETAIL, "--crf", "20"]) == 2
    assert "--crf is for films" in capsys.readouterr().err
    (tmp_path / "a.mp4").write_bytes((tmp_path / "a.png").read_bytes())
    assert main([str(tmp_path / "a.mp4"), *DETAIL]) == 2
    assert "is a picture and no film" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for others")
def test_ctrl_c_keeps_what_is_finished_and_says_how_to_go_on(tmp_path: Path, make_clip: Any) -> None:
    source = make_clip("film.mp4", frames=1500, size=(320, 240))
    words = [
        sys.executable,
        str(REPOSITORY / "restore.py"),
        str(source),
        *DETAIL,
        "-o",
        str(tmp_path / "b" / "out.mp4"),
    ]
    process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env=os.environ.copy())
    wait_until(lambda: [*tmp_path.glob("b/.out.mp4.*/*.json")] and [*tmp_path.glob("b/.out.mp4.*/000000.mkv")])
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "the same command goes on from them" in err
    assert list(tmp_path.glob("b/.out.mp4.*/000000.mkv"))
    assert not (tmp_path / "b" / "out.mp4").exists()
