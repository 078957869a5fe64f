"""Restore many: several files or a zip in, a zip with a report out; failures named."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from restoration_studio.engine.batch import Report
from restoration_studio.engine.recipe import Recipe, preset_files
from restoration_studio.errors import InputError, RestorationError
from restoration_studio.image.formats import is_picture_name
from restoration_studio.pipeline import RestorationPipeline
from restoration_studio.progress import CancelToken, ProgressCallback
from restoration_studio.stages.describe import controls
from restoration_studio.stages.hints import format_hints, parse_hints, relative_hints
from restoration_studio.studio.jobs import Job
from restoration_studio.studio.progress import job_panel
from restoration_studio.studio.server_state import service, visitor
from restoration_studio.studio.session import Loaded, session
from restoration_studio.studio.wording import named

USUAL = "fast"  # the preset that a page begins with
AS_BEFORE = "as on the Restore page"
MOST_UNPACKED = 4_000_000_000  # bytes a zip may unpack to


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
            st.error(str(error), icon=":material/error:")
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


def for_a_series(recipe: Recipe, loaded: Loaded | None) -> Recipe:
    """The main page's recipe for other pictures: painted parts stay with their picture, colour hints go along."""
    data = recipe.dump()
    for step, made in zip(data["stages"], recipe.stages, strict=True):
        for control in controls(made.runs):
            if control.kind == "region":
                step.pop(control.field, None)
        text = getattr(made.settings, "hints", "")
        if text and loaded is not None:
            size = (loaded.picture.height, loaded.picture.width)
            step["hints"] = format_hints(relative_hints(parse_hints(text), *size))
    titles = ", ".join(step.runs.title for step in recipe.stages)
    data["description"] = f"{titles}, as set on the Restore page, with its colour hints and without painted parts."
    return Recipe.parse(data)


def _outcome(report: Report, data: bytes) -> None:
    restored, failed = report.named("restored"), report.named("failed")
    st.success(f"{len(restored)} restored, {len(failed)} failed.", icon=":material/done_all:")
    st.download_button(
        "Download all as zip", data, "restored.zip", "application/zip", type="primary", on_click="ignore"
    )
    if failed:
        st.error("These could not be restored:", icon=":material/error:")
        st.table(
            [
                {"file": name, "why": named(item.message, item.source, name)}
                for item in failed
                for name in [Path(item.source).name]
            ]
        )


def run(
    pipeline: RestorationPipeline,
    files: list[tuple[str, bytes]],
    recipe: Recipe,
    progress: ProgressCallback,
    cancel: CancelToken,
) -> tuple[Report, bytes]:
    """Restore uploaded files in a folder of their own that is gone afterwards.

    Returns:
        the report and a zip of results, records and ``report.json``.

    Raises:
        RestorationError: there is no picture among them, a zip cannot be read, or it was stopped.
    """
    with TemporaryDirectory() as folder:
        source, target = Path(folder) / "pictures", Path(folder) / "restored"
        source.mkdir()
        for name, data in files:
            if name.lower().endswith(".zip"):
                unpack(name, data, source)
            else:
                (_free(source / Path(name).name)).write_bytes(data)
        report = pipeline.batch_restore_images(source, target, recipe, progress=progress, cancel=cancel)
        cancel.check()
        # A visitor knows the names of their files, not where this server unpacked them.
        report.items = [replace(item, message=item.message.replace(f"{source}/", "")) for item in report.items]
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:  # pictures are compressed already
            for path in sorted(target.rglob("*")):
                if path.is_file():
                    archive.writestr(str(path.relative_to(target)), _public(path, folder))
        return report, packed.getvalue()


def _public(path: Path, folder: str) -> bytes:
    """A file's bytes; the server's temporary folder is taken out of reports and records."""
    data = path.read_bytes()
    return data.replace((folder + "/").encode(), b"") if path.suffix == ".json" else data


def unpack(name: str, data: bytes, folder: Path) -> None:
    """Unpack the pictures of a zip below ``folder``; names that point elsewhere stay inside it.

    Raises:
        InputError: it is no zip, is damaged or encrypted, or would unpack to too much.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = {member: _inside(member.filename) for member in archive.infolist() if not member.is_dir()}
            members = {member: path for member, path in members.items() if is_picture_name(path.name)}
            if sum(member.file_size for member in members) > MOST_UNPACKED:
                limit = f"{MOST_UNPACKED / 1e9:.0f} GB"
                raise InputError(f"{name} unpacks to over {limit}; upload fewer pictures at a time.")
            for member, inside in members.items():
                path = _free(folder / inside)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(archive.read(member))
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
        raise InputError(f"{name} cannot be unpacked: {error}; make the zip again without a password.") from error


def _inside(name: str) -> PurePosixPath:
    """A member's name without anything that leads out of the folder."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return PurePosixPath(*(part for part in parts if part not in ("..", "/")))


def _free(path: Path) -> Path:
    """``path``, or the same name with a number where that is taken."""
    number, free = 2, path
    while free.exists():
        free, number = path.with_name(f"{path.stem} ({number}){path.suffix}"), number + 1
    return free
