"""Files that appear whole or not at all, and outputs that one run at a time can claim."""

from __future__ import annotations

import errno
import hashlib
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from restoration_studio.errors import OutputError, RestorationError
from restoration_studio.files import (
    atomic_file,
    check_output,
    claim_output,
    output_error,
    remove_stale_partials,
    sha256_of_file,
)
from restoration_studio.files_errors import (
    DiskFull,
    OutputClaimed,
    OutputClaimLeft,
    OutputExists,
    OutputFailed,
    OutputIsFolder,
    OutputIsInput,
    OutputNameTooLong,
    OutputNotPermitted,
    OutputParentIsFile,
    OutputPlaceUnusable,
    OutputTooLarge,
)

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
    cases: dict[Path, type[OutputError]] = {
        tmp_path / "folder": OutputIsFolder,
        tmp_path / "file" / "a.png": OutputParentIsFile,
        tmp_path / ("a" * 300 + ".png"): OutputNameTooLong,
    }
    for path, mistake in cases.items():
        with pytest.raises(mistake) as raised, atomic_file(path) as temporary:
            temporary.write_text("x")
        assert raised.value.details == {"path": path}
    assert names(tmp_path) == ["file", "folder"]


@pytest.mark.parametrize(
    ("number", "mistake", "words"),
    [
        (errno.ENOSPC, DiskFull, "the disk is full; free some space"),
        (errno.EACCES, OutputNotPermitted, "no permission"),
        (errno.EROFS, OutputNotPermitted, "no permission"),
        (errno.ENOENT, OutputPlaceUnusable, "no file can be made there"),
        (errno.EFBIG, OutputTooLarge, "takes no file this large"),
        (errno.EIO, OutputFailed, "choose another place"),
    ],
)
def test_the_error_says_what_to_do(number: int, mistake: type[OutputError], words: str) -> None:
    error = output_error(Path("out/a.png"), OSError(number, os.strerror(number)))
    assert type(error) is mistake and error.details["path"] == Path("out/a.png")
    assert words in str(error) and "out/a.png" in str(error)


KILLED = """
import os, signal, sys
from pathlib import Path
from restoration_studio.files import atomic_file
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


def test_an_output_is_checked_before_the_work(tmp_path: Path) -> None:
    source, folder = tmp_path / "a.png", tmp_path / "folder"
    source.write_text("x")
    folder.mkdir()
    (tmp_path / "link.png").symlink_to(source)
    (tmp_path / "nowhere.png").symlink_to(tmp_path / "gone")
    cases: list[tuple[Path, bool, type[RestorationError]]] = [
        (folder, True, OutputIsFolder),
        (source, True, OutputIsInput),
        (folder / ".." / "link.png", True, OutputIsInput),
        (tmp_path / "nowhere.png", False, OutputExists),
        (source / "b.png", True, OutputParentIsFile),
        (source / "new" / "b.png", False, OutputParentIsFile),
        (tmp_path / ("a" * 300), False, OutputNameTooLong),
    ]
    for path, overwrite, mistake in cases:
        with pytest.raises(mistake) as raised:
            check_output(path, overwrite=overwrite, source=source)
        assert raised.value.details == {"path": path}
        with pytest.raises(mistake), claim_output(path, overwrite=overwrite, source=source):
            pass
    with pytest.raises(OutputExists):
        check_output(source, overwrite=False)
    check_output(source, overwrite=True)
    with pytest.raises(OutputParentIsFile), claim_output(tmp_path / "nowhere.png" / "b.png", overwrite=False):
        pass
    check_output(folder / "new" / "b.png", overwrite=False, source=tmp_path / "missing")
    assert names(tmp_path) == ["a.png", "folder", "link.png", "nowhere.png"] and not names(folder)


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="needs a user whom a folder can be closed to")
def test_a_closed_folder_is_told_before_the_work(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(OutputNotPermitted):
        check_output(tmp_path / "new" / "a.png", overwrite=False)


def test_a_claim_leaves_the_result_alone(tmp_path: Path) -> None:
    target = tmp_path / "new" / "deep" / ("a" * 250 + ".png")
    with claim_output(target, overwrite=False) as claimed:
        assert claimed == target and not target.exists()
        with claim_output(target, overwrite=True), atomic_file(target) as temporary:  # a layer below
            temporary.write_text("whole")
    assert names(target.parent) == [target.name]
    with pytest.raises(OutputExists), claim_output(target, overwrite=False):
        pass


@pytest.mark.parametrize("mistake", [ValueError, KeyboardInterrupt, OSError])
def test_a_mistake_gives_the_claim_up(tmp_path: Path, mistake: type[BaseException]) -> None:
    for _ in range(2):
        with pytest.raises(mistake), claim_output(tmp_path / "new" / "deep" / "a.png", overwrite=False):
            raise mistake
    assert not names(tmp_path)


def test_another_thread_does_not_hold_it(tmp_path: Path) -> None:
    target, waited = tmp_path / "Photo.png", []

    def stop_waiting() -> None:
        waited.append(1)
        if len(waited) == 3:
            raise KeyError

    def claim(name: str, wait: Callable[[], None] | None = None) -> None:
        with claim_output(tmp_path / name, overwrite=True, wait=wait):
            pass

    with ThreadPoolExecutor(1) as pool, claim_output(target, overwrite=True):
        error = pool.submit(claim, "Photo.png").exception()
        assert isinstance(error, OutputClaimed) and error.path == target and error.claim.parent == tmp_path
        # Systems that do not tell these names apart would give both the one file.
        assert isinstance(pool.submit(claim, "photo.PNG").exception(), OutputClaimed)
        assert pool.submit(claim, "other.png").exception() is None
        assert isinstance(pool.submit(claim, "Photo.png", stop_waiting).exception(), KeyError)
    claim("Photo.png")
    assert not names(tmp_path)


# Each process claims as often as it can and notes, within the claim, whom it found at work there.
RIVAL = """
import sys, time
from pathlib import Path
from restoration_studio.files import claim_output
from restoration_studio.files_errors import OutputClaimed
target, count, start = Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
at_work = start.with_name("at_work")
print("ready", flush=True)
while not start.exists():
    pass
won = lost = overlaps = 0
while won < count:
    try:
        with claim_output(target, overwrite=True):
            try:
                at_work.touch(exist_ok=False)
            except FileExistsError:
                overlaps += 1
            at_work.unlink(missing_ok=True)
            won += 1
    except OutputClaimed:
        lost += 1
print(won, lost, overlaps)
"""


def start_script(script: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def race(processes: list[subprocess.Popen[str]], start: Path) -> list[str]:
    """Let all processes begin at once; gives what each prints at its end."""
    for process in processes:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
    start.touch()
    ends = [process.communicate(timeout=120) for process in processes]
    assert not any(errors for _, errors in ends), ends
    return [printed.strip() for printed, _ in ends]


def test_two_processes_never_hold_one_claim(tmp_path: Path) -> None:
    start, target = tmp_path / "start", tmp_path / "new" / "deep" / "a.png"
    ends = race([start_script(RIVAL, target, 300, start) for _ in range(4)], start)
    counts = [[int(number) for number in end.split()] for end in ends]
    assert [won for won, _, _ in counts] == [300] * 4
    assert [overlaps for _, _, overlaps in counts] == [0] * 4
    # The folders come and go with the claims; they stay where the last who held one had not made them.
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and path != start]


ONE_OF_MANY = """
import sys
from pathlib import Path
from restoration_studio.errors import RestorationError
from restoration_studio.files import atomic_file, claim_output
folder, start, me = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
print("ready", flush=True)
while not start.exists():
    pass
won = []
for number in range(100):
    target = folder / f"{number}.png"
    try:
        with claim_output(target, overwrite=False), atomic_file(target) as temporary:
            temporary.write_text(me)
    except RestorationError as error:
        assert error.code in ("output_claimed", "output_exists"), error
        continue
    won.append(str(number))
print(" ".join(won))
"""


def test_each_file_is_written_by_one_process_only(tmp_path: Path) -> None:
    start, folder = tmp_path / "start", tmp_path / "results"
    ends = race([start_script(ONE_OF_MANY, folder, start, me) for me in range(3)], start)
    won = {int(number): me for me, end in enumerate(ends) for number in end.split()}
    assert sorted(won) == list(range(100)) and sum(len(end.split()) for end in ends) == 100
    assert {number: int((folder / f"{number}.png").read_text()) for number in won} == won
    assert len(names(folder)) == 100


HOLDER = """
import sys, time
from pathlib import Path
from restoration_studio.files import claim_output
with claim_output(Path(sys.argv[1]), overwrite=True):
    print("held", flush=True)
    time.sleep(600)
"""


def test_the_claim_of_a_killed_process_is_taken_over(tmp_path: Path) -> None:
    target = tmp_path / "results" / "a.png"
    holder = start_script(HOLDER, target)
    try:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        remove_stale_partials(tmp_path)  # the claim of a process at work stays
        with pytest.raises(OutputClaimed), claim_output(target, overwrite=True):
            pass
    finally:
        holder.kill()
        holder.communicate()
    assert len(names(target.parent)) == 1  # its claim
    with claim_output(target, overwrite=False):
        pass
    assert not names(target.parent)


def test_claims_of_killed_processes_are_removed(tmp_path: Path) -> None:
    holder = start_script(HOLDER, tmp_path / "results" / "a.png")
    assert holder.stdout is not None and holder.stdout.readline() == "held\n"
    holder.kill()
    holder.communicate()
    (tmp_path / "results" / ".claim-of-somebody.lock").touch()
    remove_stale_partials(tmp_path)
    assert names(tmp_path / "results") == [".claim-of-somebody.lock"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows always has locks")
def test_a_disk_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import fcntl

    def refuse(handle: object, operation: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refuse)
    target = tmp_path / "a.png"

    def claim() -> None:
        with claim_output(target, overwrite=True):
            pass

    with ThreadPoolExecutor(1) as pool, claim_output(target, overwrite=True):
        left = pool.submit(claim).exception()
        assert isinstance(left, OutputClaimLeft)
        assert str(left.claim) in str(left)
        remove_stale_partials(tmp_path)
        assert left.claim.exists()
    claim()
    assert not names(tmp_path)
    left.claim.touch()  # as a killed run leaves it
    with pytest.raises(OutputClaimLeft):
        claim()
    assert left.claim.exists()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no such system call here")
def test_a_fork_does_not_inherit_a_claim(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    with claim_output(tmp_path / "a.png", overwrite=True):
        receiver, sender = context.Pipe(duplex=False)

        def child() -> None:
            try:
                with claim_output(tmp_path / "a.png", overwrite=True):
                    sender.send("won")
            except OutputClaimed:
                sender.send("claimed")

        process = context.Process(target=child)
        process.start()
        assert receiver.recv() == "claimed"
        process.join()
