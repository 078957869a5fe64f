"""A fair queue of restorations, run off the page's thread, one after another or a few at a time.

Visitors take turns: whoever has waited longest since their last job comes next, however many jobs somebody else
has queued. Long work, such as a film, lets what is short run between two of its frames (``JobQueue.give_way``), and
puts itself at the end of the queue where other long work waits (``GaveWay``). A job belongs to its visitor; the queue
itself keeps no result.
"""

from __future__ import annotations

import copy
import gc
import logging
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from restoration_studio.engine.errors import UnexpectedFailure
from restoration_studio.errors import Cancelled, RestorationError
from restoration_studio.progress import CancelToken, Progress, ProgressCallback
from restoration_studio.studio.error_wording import worded
from restoration_studio.studio.errors import QueueFull

Run = Callable[[ProgressCallback, CancelToken], Any]
WAITING, RUNNING, DONE, FAILED, STOPPED = "waiting", "running", "done", "failed", "stopped"
MOST_WAITING = 8  # jobs a visitor may have in the queue


class GaveWay(Exception):
    """Raised by long work at a point that it can go on from; the job goes to the end of the queue."""


@dataclass(eq=False)
class Job:
    """One piece of work and what became of it.

    Attributes:
        title: for people.
        state: "waiting", "running", "done", "failed" or "stopped".
        progress: the newest report, or None.
        result: what the work gave, once done.
        error: why it failed, or None.
        ahead: how many jobs stand before it, as far as is known.
        long: it gives way to others; it is never run while another one waits for it.
    """

    owner: str
    title: str
    run: Run
    cancel: CancelToken = field(default_factory=CancelToken)
    state: str = WAITING
    progress: Progress | None = None
    result: Any = None
    error: RestorationError | None = None
    ahead: int = 0
    started: float = 0.0
    seconds: float = 0.0
    long: bool = False

    @property
    def active(self) -> bool:
        return self.state in (WAITING, RUNNING)

    @property
    def message(self) -> str:
        """Why it failed, one sentence for the visitor; empty where it did not."""
        return worded(self.error) if self.error is not None else ""

    def stop(self) -> None:
        """Ask it to stop; a waiting job stops at once, a running one at its next tile."""
        self.cancel.cancel()


class JobQueue:
    """Runs jobs in threads of its own.

    Args:
        workers: jobs at a time; one suits a single GPU or a few processor cores, which a network fills alone.
    """

    def __init__(self, workers: int = 1) -> None:
        self._waiting: OrderedDict[str, deque[Job]] = OrderedDict()  # by owner; the owner whose turn is next first
        self._wake = threading.Condition()
        for number in range(workers):
            threading.Thread(target=self._work, name=f"restoration-{number}", daemon=True).start()

    def submit(self, owner: str, title: str, run: Run, *, long: bool = False) -> Job:
        """Put a job into the queue.

        Raises:
            QueueFull: the owner has too many waiting.
        """
        job = Job(owner, title, run, long=long)
        with self._wake:
            mine = self._waiting.setdefault(owner, deque())
            if len(mine) >= MOST_WAITING:
                raise QueueFull(limit=MOST_WAITING)
            mine.append(job)
            self._count()
            self._wake.notify()
        return job

    def waiting(self) -> int:
        with self._wake:
            return sum(len(jobs) for jobs in self._waiting.values())

    def waits(self, *, long: bool) -> bool:
        """Whether anything long, or anything short, waits."""
        with self._wake:
            return any(job.long == long for jobs in self._waiting.values() for job in jobs)

    def give_way(self, cancel: CancelToken) -> None:
        """Run what is short and waits, in this thread, until there is no more or ``cancel`` is set."""
        while not cancel.cancelled and (job := self._next_short()) is not None:
            run_job(job)
            gc.collect()

    def _next_short(self) -> Job | None:
        with self._wake:
            for owner, jobs in self._waiting.items():
                job = next((job for job in jobs if not job.long), None)
                if job is None:
                    continue
                jobs.remove(job)
                if jobs:
                    self._waiting.move_to_end(owner)
                else:
                    del self._waiting[owner]
                self._count()
                return job
        return None

    def _put_back(self, job: Job) -> None:
        with self._wake:
            self._waiting.setdefault(job.owner, deque()).append(job)
            self._count()
            self._wake.notify()

    def _count(self) -> None:
        """Tell waiting jobs how many stand before them, taking turns into account."""
        for place, (owner, jobs) in enumerate(self._waiting.items()):
            for index, job in enumerate(jobs):
                others = [len(theirs) for other, theirs in self._waiting.items() if other != owner]
                job.ahead = index + sum(min(length, index) for length in others) + place

    def _next(self) -> Job:
        with self._wake:
            while not self._waiting:
                self._wake.wait()
            owner, jobs = self._waiting.popitem(last=False)
            job = jobs.popleft()
            if jobs:
                self._waiting[owner] = jobs  # to the end: everybody else first
            self._count()
            return job

    def _work(self) -> None:
        while True:
            job = self._next()
            run_job(job)
            if job.state == WAITING:
                self._put_back(job)
            gc.collect()  # large arrays in reference cycles go now; after each slider's move it would be felt


def run_job(job: Job) -> None:
    """Run one job to its end in this thread; whatever happens is told in the job."""
    if job.cancel.cancelled:
        job.state = STOPPED
        return
    job.started, job.state = time.monotonic(), RUNNING

    def report(progress: Progress) -> None:
        job.progress = progress

    result: Any = None
    failure: RestorationError | None = None
    try:
        result = job.run(report, job.cancel)
        state = DONE
    except GaveWay:
        state = WAITING
    except Cancelled:
        state = STOPPED
    except RestorationError as error:
        state, failure = FAILED, copy.copy(error)  # the error itself holds every frame that it came through
    except Exception as error:  # a mistake of ours must not stop the queue for everybody
        logging.getLogger(__name__).exception("job %s failed", job.title)
        state, failure = FAILED, UnexpectedFailure(kind=type(error).__name__, reason=str(error))
    job.seconds += time.monotonic() - job.started
    job.result, job.error, job.state = result, failure, state
