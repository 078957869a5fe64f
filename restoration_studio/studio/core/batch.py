"""Restoring many uploaded files: the recipe for a series, and the work for the queue."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

from restoration_studio.engine.batch import BatchReport
from restoration_studio.engine.recipe import Recipe
from restoration_studio.pipeline import RestorationPipeline
from restoration_studio.progress import CancelToken, ProgressCallback
from restoration_studio.stages.describe import controls
from restoration_studio.stages.hints import format_hints, parse_hints, relative_hints
from restoration_studio.studio.core.session import LoadedPicture
from restoration_studio.studio.core.uploads import free_path, unpack


def for_a_series(recipe: Recipe, loaded: LoadedPicture | None) -> Recipe:
    """The main page's recipe for other pictures: painted parts stay with their picture, colour hints go along."""
    data = recipe.dump()
    for step, chosen in zip(data["stages"], recipe.stages, strict=True):
        for control in controls(chosen.runs):
            if control.kind == "region":
                step.pop(control.field, None)
        hints = chosen.runs.hint_field
        text = getattr(chosen.settings, hints) if hints else ""
        if text and loaded is not None:
            size = (loaded.picture.height, loaded.picture.width)
            step[hints] = format_hints(relative_hints(parse_hints(text), *size))
    titles = ", ".join(step.runs.title for step in recipe.stages)
    data["description"] = f"{titles}, as set on the Restore page, with its colour hints and without painted parts."
    return Recipe.parse(data)


def run(
    pipeline: RestorationPipeline,
    files: list[tuple[str, bytes]],
    recipe: Recipe,
    progress: ProgressCallback,
    cancel: CancelToken,
) -> tuple[BatchReport, bytes]:
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
                (free_path(source / Path(name).name)).write_bytes(data)
        report = pipeline.batch_restore_images(source, target, recipe, progress=progress, cancel=cancel)
        cancel.check()
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
