"""The running job: progress per stage and tile, time left, and Stop."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from restoration_studio.progress import TaskState
from restoration_studio.studio.core.jobs import WAITING, Job
from restoration_studio.text import format_bytes, format_seconds


@st.fragment(run_every=0.5)
def job_panel(job: Job, more: Callable[[Job], str] = lambda job: "") -> None:
    """Draw the job's progress twice a second, with what ``more`` says of it; the whole page is drawn again when it
    ends."""
    if not job.active:
        st.rerun()
    with st.container(border=True):
        st.progress(fraction(job), text=sentence(job))
        if text := more(job):
            st.caption(text)
        if st.button("Stop", icon=":material/stop:", key="stop", disabled=job.cancel.cancelled):
            job.stop()
            st.rerun(scope="fragment")


def fraction(job: Job) -> float:
    """How much of the job is done, 0 to 1."""
    return job.progress.fraction if job.progress else 0.0


def _placed(task: TaskState) -> str:
    """The task's name, and which of how many it is."""
    return task.description + (f" ({task.index + 1} of {task.count})" if task.count > 1 else "")


def sentence(job: Job) -> str:
    """Where the job is, for people."""
    if job.cancel.cancelled:
        return f"Stopping after this {'frame' if job.long else 'tile'} …"
    if job.state == WAITING:
        return f"Waiting for its turn, {job.ahead} before it …" if job.ahead else "Starting …"
    progress = job.progress
    if progress is None:
        return "Starting …"
    parts = [_placed(task) for task in progress.tasks[1:] or progress.tasks if task.unit != "byte"]
    task = progress.task
    if task.unit in ("tile", "strip", "frame"):
        parts.append(f"{task.unit} {task.completed:.0f}" + (f" of {task.total:.0f}" if task.total else ""))
    elif task.unit == "byte":
        total = f" of {format_bytes(task.total)}" if task.total else ""
        parts.append(f"{task.description} {format_bytes(task.completed)}{total}")
    if progress.rate is not None and task.unit == "frame":
        parts.append(f"{progress.rate:.3g} frames a second")
    if progress.seconds_left is not None:
        parts.append(f"{format_seconds(progress.seconds_left)} left")
    return " · ".join(parts)
