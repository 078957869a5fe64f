"""Batches: a folder in, a folder out; nothing lost, nothing done twice, no file stopped by another.

Folder structure and names are kept. A result is finished when its record says that it was made of these very
bytes with this very recipe and the file is still what was written; everything else is made again. A killed
batch therefore goes on where it stopped, with the same bytes as an undisturbed one. A file that lies where a
result would go and has no record is somebody else's, and is left as it is.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from restoration_studio.engine.batch_plan import Plan, plan
from restoration_studio.engine.batch_report import REPORT_NAME, Item, Report, check_report
from restoration_studio.engine.recipe import Recipe
from restoration_studio.engine.record import claim, read_record, record_path, write_json
from restoration_studio.errors import Cancelled, InputError, OutputError, RestorationError, UsageError
from restoration_studio.files import remove_stale_partials, sha256_of_file
from restoration_studio.models import is_model_path
from restoration_studio.progress import CancelToken, Progress, ProgressCallback

if TYPE_CHECKING:
    from restoration_studio.pipeline import RestorationPipeline

__all__ = ["REPORT_NAME", "Item", "Plan", "Report", "find_finished", "is_finished", "plan", "run_batch"]


def run_batch(
    pipeline: RestorationPipeline,
    input_dir: Path,
    output_dir: Path,
    recipe: Recipe,
    *,
    overwrite: bool = False,
    progress: ProgressCallback | None = None,
    cancel: CancelToken | None = None,
) -> Report:
    """Restore a folder.

    Args:
        overwrite: make finished results again, and replace files that are no results of ours.
        progress: called with the file's own progress, ``fraction`` and times being the batch's.
        cancel: stops before the next tile; the report then names what was not done.

    Raises:
        WeightsError: a model is missing or damaged; nothing was begun.
        InputError, UsageError: the folders or the device cannot be used, or there is no picture.
        Cancelled: stopped before anything was begun.
    """
    started = time.perf_counter()
    cancel = cancel or CancelToken()
    planned = plan(input_dir, output_dir, recipe)
    if not planned.pairs and not planned.unreadable:
        raise InputError(f"there is no picture in the folder {input_dir} or its subfolders; check its name.")
    check_report(output_dir / REPORT_NAME)
    clock = _Clock(progress)
    fresh = overwrite or not output_dir.exists()
    finished = set() if fresh else find_finished(planned, recipe, clock, cancel)
    clock.count = len(planned.pairs) - len(finished)
    if clock.count:
        _prepare(pipeline, recipe, clock, cancel)
    if output_dir.exists():
        remove_stale_partials(output_dir)
    report = Report(ignored=planned.ignored)
    report.items = [
        Item(str(folder), "", "failed", message=f"the folder {folder} cannot be read: {why}; change its permissions.")
        for folder, why in planned.unreadable
    ]
    todo = 0
    for source, target in planned.pairs:
        item = Item(str(source), str(target), "skipped")
        if source not in finished:
            if cancel.cancelled:
                item = replace(item, outcome="not done")
            else:
                item = _restored(pipeline, item, recipe, clock.of(todo, source), cancel, overwrite)
                todo += 1
        report.items.append(item)
    report.seconds = time.perf_counter() - started
    try:
        write_json(report.dump(), output_dir / REPORT_NAME)
        report.path = output_dir / REPORT_NAME
    except OutputError as error:  # what was done must still be told
        report.problem = str(error)
    return report


def find_finished(
    planned: Plan, recipe: Recipe, clock: _Clock | None = None, cancel: CancelToken | None = None
) -> set[Path]:
    """The pictures of a plan whose results are finished.

    Raises:
        Cancelled: ``cancel`` was set.
    """
    weights = _own_weights(recipe)
    finished = set()
    for index, (source, target) in enumerate(planned.pairs):
        if cancel is not None:
            cancel.check()
        if clock is not None:
            clock.looking(index, len(planned.pairs), source)
        if is_finished(source, target, recipe, weights):
            finished.add(source)
    return finished


def is_finished(source: Path, target: Path, recipe: Recipe, weights: Mapping[str, str] | None = None) -> bool:
    """Whether ``target`` is the result of these bytes of ``source`` and this recipe, as its record says.

    Args:
        weights: SHA-256 of weights that are a person's own files; those of the catalogue never change.
    """
    record = read_record(target)
    if record is None or not _same_recipe(record.get("asked"), recipe) or not target.is_file():
        return False
    try:
        made_of, made = record["input"]["sha256"], record["output"]["sha256"]
        used = {model["name"]: model["sha256"] for stage in record["stages"] for model in stage["models"]}
        if any(used.get(name, now) != now for name, now in (weights or {}).items()):
            return False
        return bool(made_of == sha256_of_file(source) and made == sha256_of_file(target))
    except (KeyError, TypeError, AttributeError, OSError):
        return False  # not a record of ours, or the source cannot be read: restoring it will say why


def _same_recipe(asked: Any, recipe: Recipe) -> bool:
    """Whether a record's recipe is this one, whatever format it was written in."""
    if asked == recipe.dump():
        return True
    try:
        return Recipe.parse(asked).dump() == recipe.dump()
    except RestorationError:
        return False


def _own_weights(recipe: Recipe) -> dict[str, str]:
    names = {name for step in recipe.stages for name in step.runs.models(step.settings) if is_model_path(name)}
    return {name: sha256_of_file(Path(name)) for name in names if Path(name).is_file()}


def _prepare(pipeline: RestorationPipeline, recipe: Recipe, clock: _Clock, cancel: CancelToken) -> None:
    """Fetch and load every model before the first file, so that what would stop them all stops none halfway."""
    names = [name for step in recipe.stages for name in step.runs.models(step.settings)]
    if not names:
        return
    precision = pipeline.models.precision(recipe.precision)
    _ = pipeline.models.device  # raises where it is not here, before anything is downloaded
    for name in names:
        pipeline.models.fetch(name, clock.fetching(cancel))
    for name in names:
        if not _is_graph(name):
            pipeline.models.get(name, precision=precision)


def _is_graph(name: str) -> bool:
    """Whether the weights are an ONNX graph, which OpenCV runs and the ModelManager only fetches."""
    from restoration_studio.weights.catalogue import get

    return not is_model_path(name) and get(name).filename.endswith(".onnx")


def _restored(
    pipeline: RestorationPipeline,
    item: Item,
    recipe: Recipe,
    progress: ProgressCallback | None,
    cancel: CancelToken,
    overwrite: bool,
) -> Item:
    """One file of a batch; whatever is wrong with it is its own affair."""
    began = time.perf_counter()
    target = Path(item.target)
    record = record_path(target)
    notes: tuple[str, ...] = ()
    failure: RestorationError | None = None
    claimed, there, made_folders = False, False, [folder for folder in target.parents if not folder.exists()]
    try:
        there = os.path.lexists(target)  # asked first: another batch at work claims before it writes
        ours = record.exists()
        if there and not ours and not overwrite:
            raise UsageError(
                f"{target} exists and is no result of an earlier run; give --overwrite to replace it, or choose "
                "another folder with -o."
            )
        if there and ours and not overwrite and _changed_since(target):
            raise UsageError(
                f"{target} has been changed since it was written; give --overwrite to replace it, or move it away."
            )
        if not ours:
            claim(target, Path(item.source))
            claimed = True
        stats = pipeline.restore_file(item.source, target, recipe, progress=progress, cancel=cancel)
        outcome, message, notes = "restored", "", tuple(stats["notes"])
        claimed = False
    except Cancelled:
        outcome, message = "not done", ""
    except KeyboardInterrupt:  # stopped at once; the report is still to be written
        cancel.cancel()
        outcome, message = "not done", ""
    except RestorationError as error:
        outcome, message, failure = (
            "failed",
            str(error),
            copy(error),
        )  # without its traceback, which holds the picture in memory
    except MemoryError:
        outcome, message = "failed", f"{item.source} does not fit into this machine's memory; make it smaller first."
    except Exception as error:  # a mistake of ours must not cost a person the other files
        logging.getLogger(__name__).exception("unexpected error on %s", item.source)
        outcome, message = "failed", f"unexpected {type(error).__name__}: {error}"
    if claimed and (there or not os.path.lexists(target)):  # a result that lacks only its record stays claimed
        _give_up(target, made_folders)
    seconds = round(time.perf_counter() - began, 3)
    return replace(item, outcome=outcome, message=message, notes=notes, seconds=seconds, error=failure)


def _changed_since(target: Path) -> bool:
    """Whether somebody has worked on a finished result: its record is whole and names other bytes."""
    written = (read_record(target) or {}).get("output", {}).get("sha256")
    return written is not None and written != sha256_of_file(target)


def _give_up(target: Path, made_folders: list[Path]) -> None:
    """Take back what was made for a result that did not come."""
    with suppress(OSError):
        if "begun" in (read_record(target) or {}):  # another batch may have finished it meanwhile
            record_path(target).unlink(missing_ok=True)
        for folder in made_folders:  # the innermost first; one that holds something stays
            folder.rmdir()


class _Clock:
    """Turns the progress of one file into that of the batch."""

    def __init__(self, callback: ProgressCallback | None) -> None:
        self._callback, self._started = callback, time.perf_counter()
        self.count = 1
        self._begun: float | None = None

    def looking(self, done: int, total: int, source: Path) -> None:
        """Earlier results are compared with their records."""
        self._say("Looking at earlier results", done, total, "file", str(source))

    def fetching(self, cancel: CancelToken) -> Any:
        """To be called while weights are fetched."""

        def report(done: int, total: int | None, what: str) -> None:
            cancel.check()
            self._say("Fetching weights", done, total or 0, what, "")

        return report

    def _say(self, stage: str, done: int, total: int, what: str, file: str) -> None:
        if self._callback is not None:
            elapsed = time.perf_counter() - self._started
            self._callback(Progress(stage, 0, 1, done, total, what, 0.0, elapsed, None, file=file))

    def of(self, index: int, source: Path) -> ProgressCallback | None:
        callback = self._callback
        if callback is None:
            return None
        now = time.perf_counter()
        if self._begun is None:
            self._begun = now  # what came before the first file says nothing about the time left
        begun = self._begun

        def report(of_file: Progress) -> None:
            fraction = (index + of_file.fraction) / self.count
            now = time.perf_counter()
            left = (now - begun) / fraction * (1 - fraction) if fraction > 0 else None
            callback(
                replace(
                    of_file,
                    fraction=fraction,
                    elapsed=now - self._started,
                    seconds_left=left,
                    file_index=index,
                    file_count=self.count,
                    file=str(source),
                )
            )

        return report
