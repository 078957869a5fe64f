"""What the terminal shows: one line of progress that never wraps, and names that stay names."""

from __future__ import annotations

import argparse
import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from restoration_studio.cli.console import ProgressLine, print_json, restore_folder, say, write_comparison
from restoration_studio.config import Config
from restoration_studio.engine.recipe import Recipe
from restoration_studio.pipeline import RestorationPipeline
from restoration_studio.progress import CancelToken, Progress, TaskState

DETAIL = Recipe.parse({"stages": [{"stage": "detail", "amount": 1.4}]})


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def progress(
    fraction: float = 0.25,
    *inner: TaskState,
    stage: str = "Denoise",
    index: int = 0,
    done: int = 2,
    total: int = 8,
    unit: str = "tile",
    file: str = "",
    seconds_left: float | None = 30.0,
) -> Progress:
    """One stage of three on a picture, which may be the first file of a batch of ten."""
    tasks = [TaskState(file, index, 3, "stage", 0, 10), TaskState(stage, done, total, unit, index, 3), *inner]
    if file:
        tasks.insert(0, TaskState("album", 0, 10, "file", 0, 1))
    return Progress(tuple(tasks), fraction, 10.0, seconds_left, None)


def shown(stream: io.StringIO) -> str:
    """What a terminal would show in its last line."""
    return stream.getvalue().rstrip("\n").split("\r")[-1].rstrip()


def test_a_terminal_has_one_line_that_is_written_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    stream = Terminal()
    line = ProgressLine(stream)
    line(progress())
    assert re.fullmatch(r" 25% \|.{16}\|  Denoise \(1/3\)  tile 2/8  0:30 left", shown(stream))
    assert "#" in shown(stream) or "█" in shown(stream)
    line(progress(0.5, stage="Detail", index=2, unit="", seconds_left=None))
    assert re.fullmatch(r" 50% \|.{16}\|  Detail \(3/3\)", shown(stream))
    assert "\n" not in stream.getvalue()
    first, second = [text for text in stream.getvalue().split("\r") if text]
    assert len(second) >= len(first)  # nothing of the longer line stays
    monkeypatch.setenv("COLUMNS", "60")
    line(progress(0.75, stage="Enlarge {n}", index=1, unit="", seconds_left=None))
    assert shown(stream) == " 75%  Enlarge {n} (2/3)"  # no room for a bar
    line.close()
    assert stream.getvalue().endswith("\n") and stream.getvalue().count("\n") == 1


@pytest.mark.parametrize("name", ["x" * 300 + ".png", "写" * 60 + ".png", "a\nb\x1b[2Jc.png"])
def test_the_line_never_wraps(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    from unicodedata import east_asian_width

    monkeypatch.setenv("COLUMNS", "60")
    stream = Terminal()
    line = ProgressLine(stream)  # kept: the line ends with it
    line(progress(file=f"/in/{name}"))
    columns = sum(2 if east_asian_width(letter) in "WF" else 1 for letter in shown(stream))
    assert columns < 60
    assert "\n" not in stream.getvalue() and "\x1b" not in stream.getvalue()


def test_a_file_gets_a_line_for_each_stage_and_not_for_each_tile() -> None:
    stream = io.StringIO()
    line = ProgressLine(stream)
    for done in range(100):
        line(progress(done / 100, done=done, total=100))
    line(progress(0.9, stage="Detail"))
    for done in range(100):
        looking = TaskState("Looking at earlier results", done, 100, "file", 0, 1)
        line(Progress((TaskState("album", 0, None, "file", 0, 1), looking), 0.0, 1.0, None, None))
    line.close()
    assert [text[6:].split("  ")[0] for text in stream.getvalue().splitlines()] == [
        "Denoise (1/3)",
        "Detail (1/3)",
        "Looking at earlier results",
    ]


def test_quiet_is_quiet() -> None:
    stream = Terminal()
    line = ProgressLine(stream, quiet=True)
    line(progress())
    line.close()
    assert stream.getvalue() == ""


def test_100_percent_is_said_when_it_is_done() -> None:
    for fraction, text in ((0.999, " 99%"), (1.0, "100%"), (0.0, "  0%")):
        stream = io.StringIO()
        ProgressLine(stream)(progress(fraction))
        assert stream.getvalue().startswith(text)


def test_what_is_fetched_is_told_in_bytes() -> None:
    stream = io.StringIO()
    fetching = TaskState("downloading x.pth", 3_000_000, 67_000_000, "byte", 0, 1)
    ProgressLine(stream)(progress(0.0, fetching, seconds_left=None))
    assert stream.getvalue() == "  0%  Denoise (1/3)  downloading x.pth 3.0 MB of 67.0 MB\n"


def test_said_and_json_survive_any_name(capsys: pytest.CaptureFixture[str]) -> None:
    say("restored: a\x1b[2J\n\udcff.png")
    assert capsys.readouterr().out == "restored: a\\x1b[2J\\n\\udcff.png\n"
    print_json({"file": Path("写\udcff.png"), "count": np.int64(3)})
    assert capsys.readouterr().out == '{"file": "\\u5199\\udcff.png", "count": 3}\n'


def save(path: Path, size: tuple[int, int] = (40, 30), seed: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).integers(60, 200, (size[1], size[0], 3), np.uint8)
    Image.fromarray(noise).save(path)
    return path


@pytest.fixture
def pipeline(tmp_path: Path) -> RestorationPipeline:
    return RestorationPipeline(Config(cache_dir=tmp_path / "cache", device="cpu", offline=True))


def flags(**given: object) -> argparse.Namespace:
    usual = dict.fromkeys(("overwrite", "dry_run", "comparison", "json", "stats"), False)
    return argparse.Namespace(**(usual | {"output": None, "quiet": True} | given))


def test_comparisons_of_a_batch_never_meet(
    pipeline: RestorationPipeline, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a.jpg", "a.png", "b.png", "b.png_comparison.png"):
        save(tmp_path / "in" / name)
    made = tmp_path / "out"
    asked = flags(output=str(made), comparison=True)
    assert restore_folder(pipeline, tmp_path / "in", DETAIL, asked, CancelToken()) == 1
    assert "b.png_comparison.png is a result, so the comparison of" in capsys.readouterr().out
    sheets = {path.name for path in made.glob("*_comparison.png")}
    assert sheets == {"a.jpg_comparison.png", "a.png_comparison.png", "b.png_comparison.png"} | {
        "b.png_comparison.png_comparison.png"
    }
    with Image.open(made / "b.png_comparison.png") as result:
        assert result.size == (40, 30)  # the result, not a sheet

    # What is missing is made on the next run, though the results are finished.
    (made / "a.jpg_comparison.png").unlink()
    restore_folder(pipeline, tmp_path / "in", DETAIL, asked, CancelToken())
    assert (made / "a.jpg_comparison.png").exists()


def test_a_comparison_keeps_to_the_persons_limit(tmp_path: Path) -> None:
    save(tmp_path / "a.png")
    sheet = write_comparison(tmp_path / "a.png", tmp_path / "a.png", tmp_path / "c.png", Config(cache_dir=tmp_path))
    with Image.open(sheet) as image:
        assert image.width > 80
