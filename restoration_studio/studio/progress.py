"""The running job: progress per stage and tile, time left, and Stop."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

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


def sentence(job: Job) -> str:
    """Where the job is, for people."""
    if job.cancel.cancelled:
        return f"Stopping after this {'frame' if job.long else 'tile'} …"
    if job.state == WAITING:
        return f"Waiting for its turn, {job.ahead} before it …" if job.ahead else "Starting …"
    progress = job.progress
    if progress is None:
        return "Starting …"
    parts = [f"{progress.stage} ({progress.stage_index + 1} of {progress.stage_count})"]
    if progress.what in ("tile", "strip") or (progress.what == "frame" and progress.total):
        parts.append(f"{progress.what} {progress.done} of {progress.total}")
    elif progress.what == "frame":
        parts.append(f"frame {progress.done}")
    elif progress.what:
        done = format_bytes(progress.done) + (f" of {format_bytes(progress.total)}" if progress.total else "")
        parts.append(f"{progress.what} {done}")
    if progress.rate is not None:
        parts.append(f"{progress.rate:.3g} frames a second")
    if progress.seconds_left is not None:
        parts.append(f"{format_seconds(progress.seconds_left)} left")
    return " · ".join(parts)
