"""The models page: what is installed, what each needs, fetching and verifying."""

from __future__ import annotations

import streamlit as st

from restoration_studio.engine.prepare import fetching
from restoration_studio.errors import RestorationError
from restoration_studio.progress import CancelToken, ProgressCallback, ProgressTracker
from restoration_studio.stages import STAGES
from restoration_studio.stages.describe import controls
from restoration_studio.studio.core.jobs import Job
from restoration_studio.studio.error_wording import worded
from restoration_studio.studio.progress import job_panel
from restoration_studio.studio.server_state import service, visitor
from restoration_studio.text import format_bytes
from restoration_studio.weights.catalogue import MODELS, Model
from restoration_studio.weights.fetch import ensure
from restoration_studio.weights.store import fetched_from, find, present


def models_page() -> None:
    """Draw the page once."""
    st.title("Models", anchor=False)
    st.markdown(
        "Weights are fetched once, when a stage first needs them, from their official origin or the package index; "
        "every file is checked against its SHA-256 each time it is loaded."
    )
    job: Job | None = st.session_state.get("model_job")
    if job is not None and job.active:
        job_panel(job)
    elif job is not None and job.message:
        st.error(job.message, icon=":material/error:")
    used = {name for stage in STAGES for control in controls(stage) if control.model for name in control.choices}
    used |= {name for stage in STAGES for name in stage.models(stage.Settings())}
    st.subheader("Used by the stages that are here", anchor=False)
    for model in MODELS.values():
        if model.name in used:
            _row(model, job)


def _row(model: Model, job: Job | None) -> None:
    config = service().pipeline.config
    here = list(present(model, config))
    with st.container(border=True):
        words, actions = st.columns([4, 1])
        size = format_bytes(model.sources[0].size or 0)
        words.markdown(f"**{model.title}** · {model.purpose} · {model.licence} · {size}")
        if here:
            words.caption(f"installed, from {fetched_from(here[0][1]) or 'a file put in place by hand'}")
        else:
            words.caption("not installed" + (f" · {model.note}" if model.note else ""))
        busy = job is not None and job.active
        if here and actions.button("Verify", key=f"verify:{model.name}", disabled=busy, width="stretch"):
            _verify(model)
        if not here and actions.button("Fetch", key=f"fetch:{model.name}", disabled=busy, width="stretch"):
            st.session_state.model_job = service().queue.submit(
                visitor(), model.title, lambda report, stop: fetch(model, report, stop)
            )
            st.rerun()


def _verify(model: Model) -> None:
    try:
        file = find(model, service().pipeline.config)
    except RestorationError as error:
        st.error(worded(error), icon=":material/error:")
        return
    if file is not None:
        st.success(f"{model.title} is what it should be: SHA-256 {file.sha256[:16]}…", icon=":material/verified:")


def fetch(model: Model, progress: ProgressCallback, cancel: CancelToken) -> str:
    """Fetch a model's weights as a job of the queue; gives their SHA-256.

    Raises:
        WeightsError: no source could give them.
    """

    with fetching(ProgressTracker(progress, cancel).task(model.title)) as report:
        return ensure(model, config=service().pipeline.config, progress=report).sha256
