"""Restore many: several files or a zip in, a zip with a report out; failures named."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from restoration_studio.engine.batch import BatchReport
from restoration_studio.engine.recipe import Recipe, preset_files
from restoration_studio.errors import RestorationError
from restoration_studio.studio.core.batch import for_a_series, run
from restoration_studio.studio.core.jobs import Job
from restoration_studio.studio.error_wording import worded
from restoration_studio.studio.progress import job_panel
from restoration_studio.studio.server_state import service, session, visitor

USUAL = "fast"  # the preset that a page begins with
AS_BEFORE = "as on the Restore page"


def batch_page() -> None:
    """Draw the page once."""
    st.title("Restore many", anchor=False)
    job: Job | None = st.session_state.get("batch_job")
    busy = job is not None and job.active
    uploads = st.file_uploader("Upload pictures, or a zip of them", accept_multiple_files=True, disabled=busy)
    presets = sorted(preset_files(service().pipeline.config))
    usual = presets.index(USUAL) if USUAL in presets else 0
    visit = session()
    own = for_a_series(visit.recipe, visit.loaded) if visit.recipe is not None and visit.recipe.stages else None
    preset = st.selectbox("Preset", [*presets, *([AS_BEFORE] if own else [])], index=usual, disabled=busy)
    recipe = own if own is not None and preset == AS_BEFORE else Recipe.preset(preset, service().pipeline.config)
    st.caption(recipe.description)
    if st.button("Restore all", type="primary", disabled=busy or not uploads, key="restore_all"):
        files = [(upload.name, upload.getvalue()) for upload in uploads if isinstance(upload, UploadedFile)]
        try:
            pipeline = service().pipeline
            st.session_state.batch_job = service().queue.submit(
                visitor(), f"{len(files)} files", lambda report, stop: run(pipeline, files, recipe, report, stop)
            )
        except RestorationError as error:
            st.error(worded(error), icon=":material/error:")
        else:
            st.rerun()
    if job is None:
        return
    if job.active:
        job_panel(job)
    elif job.result is None:
        st.error(job.message or "Stopped; nothing was kept.", icon=":material/error:")
    else:
        _outcome(*job.result)


def _outcome(report: BatchReport, data: bytes) -> None:
    restored, failed = report.named("restored"), report.named("failed")
    st.success(f"{len(restored)} restored, {len(failed)} failed.", icon=":material/done_all:")
    st.download_button(
        "Download all as zip", data, "restored.zip", "application/zip", type="primary", on_click="ignore"
    )
    if failed:
        st.error("These could not be restored:", icon=":material/error:")
        st.table(
            [
                {"file": name, "why": worded(item.error) if item.error is not None else ""}
                for item in failed
                for name in [Path(item.source).name]
            ]
        )
