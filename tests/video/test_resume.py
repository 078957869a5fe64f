"""Films whose run ends early: what is finished is kept, and the end is the same."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from restoration_studio.cli.wording import worded
from restoration_studio.engine.errors import VideoInterrupted
from restoration_studio.errors import Interrupted
from restoration_studio.files import sha256_of_file
from restoration_studio.files_errors import OutputClaimed
from restoration_studio.progress import CancelToken, Progress
from restoration_studio.video.errors import VideoBeingMade
from restoration_studio.video.work_folder import open_work
from tests.waiting import wait_until

REPOSITORY = Path(__file__).parent.parent.parent
FRAMES = 130


@pytest.fixture
def clip(make_clip: Any) -> Path:
    made: Path = make_clip("film.mkv", frames=FRAMES, audio=1, size=(96, 64), time_base=Fraction(1, 1000))
    return made


def _cancel_after(progress: Progress, frames: int, cancel: CancelToken) -> None:
    if progress.task.description == "Restoring" and progress.task.completed > frames:
        cancel.cancel()


def work_folders(folder: Path) -> list[Path]:
    return list(folder.glob(".*.film-parts"))


def test_a_stopped_run_is_gone_on_with(tmp_path: Path, clip: Path, restore: Any) -> None:
    undisturbed = tmp_path / "a" / "out.mp4"
    restore(clip, undisturbed)
    target = tmp_path / "b" / "out.mp4"
    for stop_at in (50, 90):
        cancel = CancelToken()

        def stop(progress: Progress, cancel: CancelToken = cancel, stop_at: int = stop_at) -> None:
            if progress.task.description == "Restoring" and progress.task.completed >= stop_at:
                cancel.cancel()

        with pytest.raises(VideoInterrupted) as caught:
            restore(clip, target, progress=stop, cancel=cancel)
        assert stop_at <= caught.value.frames < caught.value.total == FRAMES
        assert "and the same command goes on" in worded(caught.value)
        assert not target.exists()
        assert len(work_folders(target.parent)) == 1
    stats = restore(clip, target)
    assert 0 < stats["film"]["resumed_frames"] < FRAMES
    assert sha256_of_file(target) == sha256_of_file(undisturbed)
    assert work_folders(target.parent) == []


def test_a_damaged_segment_is_made_again(tmp_path: Path, clip: Path, restore: Any) -> None:
    target = tmp_path / "b" / "out.mp4"
    cancel = CancelToken()
    with pytest.raises(Interrupted):
        restore(clip, target, cancel=cancel,
                progress=lambda p: _cancel_after(p, 100, cancel))  # fmt: skip
    (folder,) = work_folders(target.parent)
    first = folder / "000000.mkv"
    first.write_bytes(first.read_bytes()[:-20])
    stats = restore(clip, target)
    assert stats["film"]["check"]["frames"] == FRAMES


def test_other_settings_do_not_go_on_with_it(tmp_path: Path, clip: Path, restore: Any) -> None:
    target = tmp_path / "b" / "out.mp4"
    cancel = CancelToken()
    with pytest.raises(Interrupted):
        restore(clip, target, cancel=cancel,
                progress=lambda p: _cancel_after(p, 100, cancel))  # fmt: skip
    stats = restore(clip, target, crf=30)
    assert stats["film"]["resumed_frames"] == 0
    assert any("unfinished work" in note for note in stats["notes"])
    assert len(work_folders(target.parent)) == 1


def test_runs_with_other_settings_do_not_make_one_file_at_once(tmp_path: Path, clip: Path, restore: Any) -> None:
    target, tried = tmp_path / "out.mp4", []

    def second(progress: Progress) -> None:
        if progress.task.description == "Restoring" and not tried:
            with ThreadPoolExecutor(1) as pool:
                tried.append(pool.submit(restore, clip, target, detail_strength=2.0).exception())

    restore(clip, target, max_frames=12, progress=second)
    (error,) = tried
    assert isinstance(error, OutputClaimed) and error.path == target


def test_two_runs_do_not_make_one_film_at_once(tmp_path: Path) -> None:
    with open_work(tmp_path / "out.mp4", "0" * 64), pytest.raises(VideoBeingMade, match="another run"):  # noqa: SIM117
        with open_work(tmp_path / "out.mp4", "0" * 64):
            pass


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_killed_at_random_moments(tmp_path: Path, clip: Path) -> None:
    words = [sys.executable, str(REPOSITORY / "restore.py"), str(clip), "--no-sr", "--no-denoise", "--quiet", "-o"]
    environment = os.environ | {"RESTORATION_STUDIO_OFFLINE": "1", "RESTORATION_STUDIO_CACHE_DIR": str(tmp_path)}
    undisturbed, target = tmp_path / "a" / "out.mp4", tmp_path / "b" / "out.mp4"
    subprocess.run([*words, str(undisturbed)], check=True, env=environment)
    draw = random.Random(7)
    killed = 0
    for _ in range(4):
        process = subprocess.Popen([*words, str(target)], env=environment, start_new_session=True)
        wait_until(lambda process=process: process.poll() is not None or work_folders(target.parent))
        try:
            process.wait(timeout=draw.uniform(0, 0.3))  # anywhere in the work
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            killed += 1
        process.wait()
        if target.exists():
            break
    assert killed
    if not target.exists():
        subprocess.run([*words, str(target)], check=True, env=environment)
    assert sha256_of_file(target) == sha256_of_file(undisturbed)
    assert sorted(path.name for path in target.parent.iterdir()) == ["out.mp4", "out.mp4.record.json"]
