"""Files that appear whole or not at all, and figures as people read them."""

from __future__ import annotations

import errno
import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from restoration_studio.errors import OutputError
from restoration_studio.files import atomic_file, output_error, remove_stale_partials, sha256_of_file
from restoration_studio.text import format_bytes, format_seconds, printable

REPOSITORY = Path(__file__).parent.parent


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_appears_when_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "new" / "a.png"
    with atomic_file(target) as temporary:
        temporary.write_bytes(b"half")
        assert temporary.suffix == ".png"
        assert not target.exists()
        temporary.write_bytes(b"whole")
    assert names(target.parent) == ["a.png"]
    assert target.read_bytes() == b"whole"


@pytest.mark.parametrize("mistake", [ValueError, KeyboardInterrupt])
def test_a_mistake_leaves_the_old_file_and_nothing_else(tmp_path: Path, mistake: type[BaseException]) -> None:
    (tmp_path / "a.txt").write_text("old")
    with pytest.raises(mistake), atomic_file(tmp_path / "a.txt") as temporary:
        temporary.write_text("new")
        raise mistake
    assert names(tmp_path) == ["a.txt"]
    assert (tmp_path / "a.txt").read_text() == "old"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
@pytest.mark.parametrize("mask", [0o022, 0o077])
def test_results_follow_the_persons_umask(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        with atomic_file(tmp_path / "a") as temporary:
            temporary.write_text("x")
    finally:
        os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o666 & ~mask


def test_what_cannot_be_written_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "folder").mkdir()
    cases = {
        tmp_path / "folder": "is a folder",
        tmp_path / "file" / "a.png": "a file stands where a folder is needed",
        tmp_path / ("a" * 300 + ".png"): "the name is too long",
    }
    for path, sentence in cases.items():
        with pytest.raises(OutputError, match=sentence), atomic_file(path) as temporary:
            temporary.write_text("x")
    assert names(tmp_path) == ["file", "folder"]


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "the disk is full; free some space"),
        (errno.EACCES, "no permission"),
        (errno.EROFS, "no permission"),
        (errno.ENOENT, "no file can be made there"),
        (errno.EFBIG, "takes no file this large"),
        (errno.EIO, "choose another place"),
    ],
)
def test_the_sentence_says_what_to_do(number: int, said: str) -> None:
    sentence = str(output_error(Path("out/a.png"), OSError(number, os.strerror(number))))
    assert said in sentence
    assert "out/a.png" in sentence


KILLED = """
import os, signal, sys
from pathlib import Path
from utils import atomic_file
with atomic_file(Path(sys.argv[1])) as temporary:
    temporary.write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such locks")
def test_only_what_killed_programs_left_is_removed(tmp_path: Path) -> None:
    folder = tmp_path / "results" / "deep"
    killed = subprocess.run([sys.executable, "-c", KILLED, str(folder / "a.png")], cwd=REPOSITORY, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert len(names(folder)) == 1  # what is left of it
    (folder / ".partial-2023-holiday.jpg").write_text("somebody else's")
    (folder / f".partial-1-{'0' * 16}").mkdir()
    with atomic_file(folder / "b.png") as at_work:
        at_work.write_text("being written")
        remove_stale_partials(tmp_path / "results")
        assert at_work.exists()
    assert names(folder) == [f".partial-1-{'0' * 16}", ".partial-2023-holiday.jpg", "b.png"]


def test_hashes_are_those_of_the_bytes(tmp_path: Path) -> None:
    data = bytes(range(256)) * 9000  # more than one piece
    (tmp_path / "a").write_bytes(data)
    assert sha256_of_file(tmp_path / "a") == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (999.7, "1.0 kB"),
        (33_424_520, "33.4 MB"),
        (999_999, "1.0 MB"),
        (5e12, "5000.0 GB"),
    ],
)
def test_bytes_for_people(count: float, text: str) -> None:
    assert format_bytes(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0:00"), (59.6, "1:00"), (75, "1:15"), (3700, "1:01:40"), (-2, "0:00")]
)
def test_seconds_for_people(seconds: float, text: str) -> None:
    assert format_seconds(seconds) == text


def test_names_cannot_command_the_terminal() -> None:
    assert printable("a\x1b[2Jb\nc\r\t\udcff\u2028") == r"a\x1b[2Jb\nc\r\t\udcff\u2028"
    assert printable("Großmutter 写真 семья नमस्ते \u200c☕") == "Großmutter 写真 семья नमस्ते \u200c☕"
