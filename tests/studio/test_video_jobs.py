"""The work behind the film page: words, stills, folders of servers that are gone, taking turns."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("av", reason="PyAV is not installed")

import itertools

from restoration_studio.errors import OutputError
from restoration_studio.pipeline import RestorationPipeline
from restoration_studio.progress import CancelToken, ProgressCallback, ProgressTracker
from restoration_studio.studio.core import video_store
from restoration_studio.studio.core.jobs import DONE, GaveWay, JobQueue
from restoration_studio.studio.core.notes import page_notes
from restoration_studio.studio.core.video_example import write_example
from restoration_studio.studio.core.video_jobs import FinishedSegments, JobEnvironment, whole_video
from restoration_studio.studio.core.video_overview import codecs_for, look_at
from restoration_studio.studio.core.video_session import VideoRequest
from restoration_studio.studio.core.video_stills import Still, contact_sheet, poster, stills
from tests.waiting import wait_for


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_example(tmp_path_factory.mktemp("clip") / "clip.mp4", 2.0, (96, 72))


def test_stills_are_spread_over_the_film(clip: Path) -> None:
    frames = stills(clip, 4)
    assert [round(frame.seconds, 2) for frame in frames] == [0.25, 0.75, 1.25, 1.75]
    assert all(frame.pixels.shape == (72, 96, 3) for frame in frames)
    differences = [np.abs(a.pixels.astype(int) - b.pixels.astype(int)).mean() for a, b in itertools.pairwise(frames)]
    assert min(differences) > 2, "the film moves"


def test_the_poster_is_no_black_frame() -> None:
    rng = np.random.default_rng(1)
    black, scene = np.zeros((40, 60, 3), np.uint8), rng.integers(0, 255, (40, 60, 3), np.uint8)
    assert poster([Still(0, black), Still(1, scene), Still(2, black)]).seconds == 1


def test_a_contact_sheet_holds_every_frame() -> None:
    frames = [Still(n, np.full((36, 64, 3), 20 * n + 30, np.uint8)) for n in range(6)]
    sheet = np.asarray(contact_sheet(frames, "a film", "its facts"))
    for number in range(6):
        assert (sheet == 20 * number + 30).all(axis=2).sum() > 50_000


def test_notes_speak_of_the_page(tmp_path: Path) -> None:
    notes = ["H.264 keeps 8; --codec h265 keeps 10.", f"{tmp_path}/x.mp4 is long."]
    assert page_notes(notes, {tmp_path / "x.mp4": "mine.mp4"}) == [
        "H.264 keeps 8; the codec H.265 keeps 10.",
        "mine.mp4 is long.",
    ]


def test_kinds_of_file_are_those_that_take_the_sound(clip: Path) -> None:
    video = look_at("clip.mp4", clip)
    assert video.suffixes[0] == ".mp4" and ".webm" not in video.suffixes, "AAC does not go into WebM"
    assert "h264" in codecs_for(video, ".mp4") and "ffv1" not in codecs_for(video, ".mp4")


def test_folders_of_servers_that_were_killed_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left = tmp_path / "restoration-studio-films-left"
    (left / "visit").mkdir(parents=True)
    (left / "visit" / "film.mp4").write_bytes(b"x")
    monkeypatch.setattr(video_store.tempfile, "gettempdir", lambda: str(tmp_path))
    video_store._remove_if_left(left)
    assert not left.exists()


def test_a_visitor_who_stays_away_takes_everything_along() -> None:
    here: set[str] = {"anna"}
    space, cancel = video_store.Workspace(lambda: "anna" in here), CancelToken()
    space.watch(cancel)
    for minute, back in enumerate((True, False, True, False, False)):
        here = {"anna"} if back else set()
        video_store.end_those_left([space], 100.0 * minute)
        assert space.folder.is_dir(), "still here, or just gone"
    video_store.end_those_left([space], 300.0 + video_store.AWAY_SECONDS)
    assert cancel.cancelled and space.ended.is_set() and not space.folder.exists()


def test_a_visitor_is_here_while_streamlit_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    runtime = pytest.importorskip("streamlit.runtime", reason="the extra 'studio' is not installed")

    from restoration_studio.studio.video_page import _is_here

    assert _is_here("anna"), "outside a server everybody is"
    server = SimpleNamespace(is_active_session=lambda session_id: session_id == "anna")
    monkeypatch.setattr(runtime, "exists", lambda: True)
    monkeypatch.setattr(runtime, "get_instance", lambda: server)
    assert _is_here("anna") and not _is_here("ben")


def test_a_full_disk_is_said_before_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    space = video_store.Workspace()
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=10))
    space.check_room(9)
    with pytest.raises(OutputError, match="no room"):
        space.check_room(11)


@pytest.mark.slow
def test_a_picture_goes_first_and_another_film_gets_its_turn(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One worker, two films and a picture: the picture waits for no film, the films take turns and both are whole."""
    monkeypatch.setattr("restoration_studio.studio.core.video_jobs._TURN_SECONDS", 0.0)
    monkeypatch.setattr("restoration_studio.video.analysis.SEGMENT_SECONDS", 0.4)
    monkeypatch.setattr("restoration_studio.video.analysis._SEGMENT_LEAST", 5)
    pipeline, queue, ended = RestorationPipeline(), JobQueue(), threading.Event()
    around = JobEnvironment(pipeline, queue, ended)
    video = look_at("clip.mp4", clip)
    recipe = pipeline.recipe({"stages": [{"stage": "detail"}]})
    begun, order = threading.Event(), []

    def noting(name: str, work):
        def run(progress: ProgressCallback, cancel: CancelToken):
            order.append(name)
            begun.set()
            return work(progress, cancel)

        return run

    videos = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        work = whole_video(video, VideoRequest(recipe, ".mp4"), folder, around)
        videos.append(queue.submit(name, name, noting(name, work), long=True))
        begun.wait(10)
    picture = queue.submit("three", "picture", noting("picture", lambda progress, cancel: "done"))
    wait_for(*videos, picture)
    assert [job.state for job in (*videos, picture)] == [DONE] * 3, [job.message for job in videos]
    assert order.index("picture") <= 2, "it did not wait for a film to end"
    assert order.count("one") > 1 and order.count("two") >= 1, "the films took turns"
    assert videos[0].result.stats["film"]["resumed_frames"] > 0
    one, two = (job.result.path.read_bytes() for job in videos)
    assert one == two, "being interrupted changes nothing"


def test_the_size_is_told_by_what_is_finished(tmp_path: Path) -> None:
    pieces = FinishedSegments(tmp_path)
    assert pieces.look() == (0, 0, 0) and pieces.expected_bytes(100) is None
    parts = tmp_path / ".film.mp4.abc.film-parts"
    parts.mkdir()
    (parts / "000000.json").write_text('{"order": [0, 1, 2, 3], "bytes": 400}')
    assert pieces.look() == (0, 0, 0), "a piece that is not there is not finished"
    (parts / "000000.mkv").write_bytes(b"x" * 400)
    assert pieces.look() == (1, 4, 400) and pieces.expected_bytes(100) == 10_000


def test_work_that_gives_way_comes_again() -> None:
    queue, times = JobQueue(), []

    def run(progress: ProgressCallback, cancel: CancelToken) -> str:
        times.append(len(times))
        ProgressTracker(progress, cancel).task("Restoring", total=3, unit="frame").update(len(times))
        if len(times) < 3:
            raise GaveWay
        return "whole"

    job = queue.submit("anna", "film", run, long=True)
    wait_for(job)
    assert (job.state, job.result, times) == (DONE, "whole", [0, 1, 2])


def test_short_work_goes_first_within_long_work() -> None:
    queue, gate, order = JobQueue(), threading.Event(), []

    def long(progress: ProgressCallback, cancel: CancelToken) -> None:
        gate.wait(5)
        queue.give_way(cancel)
        order.append("film")

    video = queue.submit("anna", "film", long, long=True)
    other = queue.submit("ben", "other film", lambda progress, cancel: order.append("other film"), long=True)
    short = [
        queue.submit(name, name, lambda progress, cancel, name=name: order.append(name)) for name in ("ben", "cleo")
    ]
    gate.set()
    wait_for(video, other, *short)
    assert order == ["ben", "cleo", "film", "other film"]
