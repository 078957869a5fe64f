"""The queue: turns, stopping, failures that stay their owner's."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from restoration_studio.errors import InputError, UsageError
from restoration_studio.progress import CancelToken, ProgressCallback
from restoration_studio.studio.core.jobs import DONE, FAILED, MOST_WAITING, RUNNING, STOPPED, JobQueue
from tests.waiting import wait_for, wait_until


def noting(order: list[str], name: str, gate: threading.Event | None = None) -> Callable[..., Any]:
    def run(progress: ProgressCallback, cancel: CancelToken) -> str:
        if gate is not None:
            gate.wait(5)
        order.append(name)
        return name

    return run


def test_visitors_take_turns() -> None:
    queue, gate, order = JobQueue(), threading.Event(), []
    jobs = [queue.submit("anna", "a0", noting(order, "a0", gate))]
    jobs += [queue.submit("anna", f"a{i}", noting(order, f"a{i}")) for i in (1, 2)]
    jobs += [queue.submit("ben", f"b{i}", noting(order, f"b{i}")) for i in (0, 1)]
    jobs += [queue.submit("cleo", "c0", noting(order, "c0"))]
    wait_until(lambda: jobs[0].state == RUNNING)
    gate.set()
    wait_for(*jobs)
    assert order[0] == "a0"
    assert set(order[1:4]) == {"a1", "b0", "c0"}
    assert [job.result for job in jobs] == ["a0", "a1", "a2", "b0", "b1", "c0"]


def test_stop_waiting_and_running() -> None:
    queue, begun, pause = JobQueue(), threading.Event(), threading.Event()

    def long(progress: ProgressCallback, cancel: CancelToken) -> None:
        begun.set()
        while True:
            cancel.check()
            pause.wait(0.002)

    running = queue.submit("anna", "long", long)
    waiting = queue.submit("anna", "never", noting([], "never"))
    begun.wait(5)
    waiting.stop()
    running.stop()
    wait_for(running, waiting)
    assert running.state == waiting.state == STOPPED
    after = queue.submit("anna", "next", noting([], "next"))
    wait_for(after)
    assert after.state == DONE


@pytest.mark.parametrize(
    ("error", "words"), [(InputError("the file is empty."), "empty"), (ZeroDivisionError("x"), "unexpected")]
)
def test_a_failure_is_told_and_the_queue_goes_on(error: Exception, words: str) -> None:
    queue = JobQueue()

    def fail(progress: ProgressCallback, cancel: CancelToken) -> None:
        raise error

    bad, good = queue.submit("anna", "bad", fail), queue.submit("ben", "good", noting([], "good"))
    wait_for(bad, good)
    assert bad.state == FAILED and words in bad.message and "\n" not in bad.message
    assert good.result == "good"


def test_nobody_fills_the_queue() -> None:
    queue, gate = JobQueue(), threading.Event()
    first = queue.submit("anna", "first", noting([], "first", gate))
    wait_until(lambda: first.state == RUNNING)
    for index in range(MOST_WAITING):
        queue.submit("anna", str(index), noting([], "x"))
    with pytest.raises(UsageError, match="queue"):
        queue.submit("anna", "one too many", noting([], "x"))
    assert queue.submit("ben", "mine", noting([], "y")).ahead >= 0
    gate.set()
    wait_for(first)
