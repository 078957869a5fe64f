"""Progress: never backwards, never above one, told once for all; and the token that stops."""

from __future__ import annotations

import contextlib
import multiprocessing
import threading

import pytest

from restoration_studio.errors import Cancelled
from restoration_studio.progress import CancelToken, Progress, ProgressTracker, silent_task


def test_fraction_climbs_to_one_by_the_weight_of_stages() -> None:
    seen: list[Progress] = []
    picture = ProgressTracker(seen.append).task("photo.png", total=2, unit="stage")
    picture.expect(4.0)
    for index, (title, weight) in enumerate((("a", 1.0), ("b", 3.0))):
        with picture.task(title, weight=weight, index=index, count=2) as stage:
            for done in range(5):
                stage.update(done, 4, unit="tile")
    fractions = [progress.fraction for progress in seen]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert next(p.fraction for p in seen if p.task.description == "b") == pytest.approx(0.25)
    stage_of_last = seen[-1].current("stage")
    assert stage_of_last is not None and (stage_of_last.index, stage_of_last.count) == (1, 2)
    counting = seen[-1].find("stage")
    assert counting is not None and (counting.completed, counting.total) == (1, 2)


def test_fetching_does_not_count_as_done() -> None:
    seen: list[Progress] = []
    picture = ProgressTracker(seen.append).task("photo.png", unit="stage")
    picture.expect(1.0)
    with picture.task("fetching weights", unit="byte", weight=0) as fetching:
        fetching.update(900, 1000)
    assert seen[-1].fraction == 0 and seen[-1].task.completed == 900


def test_smaller_tiles_do_not_take_back_what_was_told() -> None:
    seen: list[Progress] = []
    picture = ProgressTracker(seen.append).task("photo.png", unit="stage")
    picture.expect(1.0)
    stage = picture.task("a")
    for done, total in ((0, 4), (3, 4), (0, 16), (12, 16)):
        stage.update(done, total, unit="tile")
    assert [progress.fraction for progress in seen[1:]] == [0, 0.75, 0.75, 0.75]


def test_time_left_is_that_of_the_rest_at_the_pace_of_what_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("restoration_studio.progress.time.perf_counter", lambda: now[0])
    seen: list[Progress] = []
    picture = ProgressTracker(seen.append).task("photo.png", unit="stage")
    picture.expect(3.0)
    stage = picture.task("a", weight=1.0)
    stage.update(0, 10, unit="tile")
    assert seen[-1].seconds_left is None
    now[0] = 2.0
    stage.update(5, 10)
    # Two more seconds here, and twice what this stage takes in all for what weighs twice as much.
    assert seen[-1].seconds_left == pytest.approx(2.0 + 8.0)
    assert seen[-1].rate == pytest.approx(2.5)
    assert seen[-1].elapsed == 2.0


def test_time_left_of_work_gone_on_with_is_at_the_pace_of_this_run(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("restoration_studio.progress.time.perf_counter", lambda: now[0])
    seen: list[Progress] = []
    video = ProgressTracker(seen.append).task("film.mp4", unit="stage")
    video.expect(1.0)
    frames = video.task("Restoring", unit="frame", completed=900)
    frames.update(900, 1000)
    assert seen[-1].seconds_left is None
    now[0] = 10.0
    frames.update(910, 1000)
    assert seen[-1].seconds_left == pytest.approx(90.0)


def test_no_time_left_is_guessed_from_what_tells_no_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("restoration_studio.progress.time.perf_counter", lambda: now[0])
    seen: list[Progress] = []
    video = ProgressTracker(seen.append).task("film.mp4", unit="stage")
    video.expect(10.0)
    with video.task("Looking through", unit="frame", weight=1.0, tells_pace=False) as looking:
        now[0] = 1.0
        looking.update(5, 10)
        assert seen[-1].seconds_left is None and seen[-1].fraction == pytest.approx(0.05)
    with video.task("Restoring", unit="frame", weight=9.0) as restoring:
        now[0] = 3.0
        restoring.update(1, 10)
        assert seen[-1].seconds_left == pytest.approx(18.0)


def test_a_task_that_failed_is_over() -> None:
    seen: list[Progress] = []
    files = ProgressTracker(seen.append).task("album", unit="file")
    files.begin(2)
    with contextlib.suppress(ValueError), files.task("broken.png"):
        raise ValueError
    with files.task("photo.png", index=1, count=2) as photo:
        photo.update(1, 2, unit="tile")
    assert seen[-1].fraction == pytest.approx(0.75)


def test_a_look_through_says_nothing_of_the_work_after_it() -> None:
    seen: list[Progress] = []
    film = ProgressTracker(seen.append).task("film.mp4", unit="stage")
    film.expect(1.0)
    with film.task("Looking through", weight=0.03, tells_pace=False) as look:
        look.update(9, 10, unit="frame")
    film.task("Restoring", weight=0.97, unit="frame").update(0, 10)
    assert [progress.seconds_left for progress in seen] == [None] * len(seen)


def test_a_call_within_a_task_may_track_its_own() -> None:
    seen: list[Progress] = []
    outcomes = ProgressTracker(seen.append).task("", unit="outcome")
    outcomes.begin(2)
    for number in range(2):
        with outcomes.task(f"way {number}", index=number, count=2) as one:
            inner = ProgressTracker(one.follow).task("", total=1, unit="stage")
            inner.expect(1.0)
            with inner.task("Inpainting", index=0, count=1) as stage:
                stage.update(1, 1, unit="tile")
    assert seen[-1].fraction == 1.0
    assert [task.description for task in seen[-1].tasks] == ["", "way 1", "Inpainting"]


def test_nobody_looks() -> None:
    silent_task().update(1, 2, unit="tile")


def test_token() -> None:
    token = CancelToken()
    token.check()
    token.cancel()
    with pytest.raises(Cancelled):
        token.check()
    with pytest.raises(Cancelled):
        silent_task(token).update(1)


def _cancel(event: object) -> None:
    CancelToken(event).cancel()  # type: ignore[arg-type]


def test_a_token_works_from_another_thread_and_from_another_process() -> None:
    token = CancelToken()
    thread = threading.Thread(target=token.cancel)
    thread.start()
    thread.join()
    assert token.cancelled
    context = multiprocessing.get_context("spawn")
    event = context.Event()
    shared = CancelToken(event)
    process = context.Process(target=_cancel, args=(event,))
    process.start()
    process.join(60)
    assert process.exitcode == 0 and shared.cancelled
