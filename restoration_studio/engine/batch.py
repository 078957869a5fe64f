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
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from restoration_studio.engine.batch_plan import Plan, plan
from restoration_studio.engine.batch_report import REPORT_NAME, BatchReport, Item, check_report
from restoration_studio.engine.engine import Engine
from restoration_studio.engine.errors import (
    FolderUnreadable,
    ForeignFileThere,
    NoPictureInFolder,
    PictureTooLargeForMemory,
    ResultChanged,
    UnexpectedFailure,
)
from restoration_studio.engine.prepare import fetching, model_names
from restoration_studio.engine.recipe import Recipe
from restoration_studio.engine.record import claim, read_record, record_path, write_json
from restoration_studio.errors import Cancelled, OutputError, RestorationError
from restoration_studio.files import claim_output, remove_stale_partials, sha256_of_file
from restoration_studio.models import is_model_path
from restoration_studio.progress import CancelToken, ProgressCallback, ProgressTracker, Task, silent_task
from restoration_studio.weights.hashes import sha256_of

__all__ = ["REPORT_NAME", "BatchReport", "Item", "Plan", "find_finished", "is_finished", "plan", "run_batch"]


def run_batch(
    engine: Engine,
    input_dir: Path,
    output_dir: Path,
    recipe: Recipe,
    *,
    overwrite: bool = False,
    progress: ProgressCallback | None = None,
    cancel: CancelToken | None = None,
) -> BatchReport:
    """Restore a folder.

    Args:
        overwrite: make finished results again, and replace files that are no results of ours.
        progress: called with a ``Progress`` whose outermost task counts files.
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
        raise NoPictureInFolder(path=input_dir)
    check_report(output_dir / REPORT_NAME)
    task = ProgressTracker(progress, cancel).task(str(input_dir), unit="file")
    fresh = overwrite or not output_dir.exists()
    finished = set() if fresh else find_finished(planned, recipe, task)
    count = len(planned.pairs) - len(finished)
    if count:
        _load_models(engine, recipe, task)
        task.begin(count)
    if output_dir.exists():
        remove_stale_partials(output_dir)
    batch = _Batch(engine, recipe, _own_weights(recipe), overwrite, task, cancel, count)
    report = BatchReport(ignored=planned.ignored)
    report.items = [
        Item(str(folder), "", "failed", error=FolderUnreadable(path=folder, reason=why))
        for folder, why in planned.unreadable
    ]
    todo = 0
    for source, target in planned.pairs:
        item = Item(str(source), str(target), "skipped")
        if source not in finished:
            if cancel.cancelled:
                item = replace(item, outcome="not done")
            else:
                item = _restore(batch, item, todo)
                todo += 1
        report.items.append(item)
    report.seconds = time.perf_counter() - started
    try:
        write_json(report.dump(), output_dir / REPORT_NAME)
        report.path = output_dir / REPORT_NAME
    except OutputError as error:  # what was done must still be told
        report.problem = error
    return report


def find_finished(planned: Plan, recipe: Recipe, task: Task | None = None) -> set[Path]:
    """The pictures of a plan whose results are finished.

    Raises:
        Cancelled: the work was stopped.
    """
    weights = _own_weights(recipe)
    finished = set()
    task = task or silent_task()
    with task.task("Looking at earlier results", total=len(planned.pairs), unit="file", weight=0) as looking:
        for index, (source, target) in enumerate(planned.pairs):
            looking.update(index)
            if is_finished(source, target, recipe, weights):
                finished.add(source)
    return finished


def is_finished(source: Path, target: Path, recipe: Recipe, weights: Mapping[str, str] | None = None) -> bool:
    """Whether ``target`` is the result of these bytes of ``source`` and this recipe, as its record says.

    Args:
        weights: SHA-256 of weights that are a person's own files; those of the catalogue never change.
    """
    record = read_record(target)
    if record is None or not _is_same_recipe(record.get("asked"), recipe) or not target.is_file():
        return False
    try:
        source_sha256, target_sha256 = record["input"]["sha256"], record["output"]["sha256"]
        used = {model["name"]: model["sha256"] for stage in record["stages"] for model in stage["models"]}
        if any(used.get(name, now) != now for name, now in (weights or {}).items()):
            return False
        return bool(source_sha256 == sha256_of_file(source) and target_sha256 == sha256_of_file(target))
    except (KeyError, TypeError, AttributeError, OSError):
        return False  # not a record of ours, or the source cannot be read: restoring it will say why


def _is_same_recipe(asked: Any, recipe: Recipe) -> bool:
    """Whether a record's recipe, of this format or an earlier one, is ``recipe``."""
    if asked == recipe.dump():
        return True
    try:
        return Recipe.parse(asked) == recipe
    except RestorationError:
        return False  # of a stage that is no more, say: the picture is restored anew


def _own_weights(recipe: Recipe) -> dict[str, str]:
    names = {name for step in recipe.stages for name in step.runs.models(step.settings) if is_model_path(name)}
    return {name: sha256_of(Path(name)) for name in names if Path(name).is_file()}


def _load_models(engine: Engine, recipe: Recipe, task: Task) -> None:
    """Fetch and load every model before the first file, so that what would stop them all stops none halfway."""
    names = model_names(recipe)
    if not names:
        return
    precision = engine.models.precision(recipe.precision)
    _ = engine.models.device  # raises where it is not here, before anything is downloaded
    with fetching(task) as report:
        for name in names:
            engine.models.fetch(name, report)
    for name in names:
        if not _is_graph(name):
            engine.models.get(name, precision=precision)


def _is_graph(name: str) -> bool:
    """Whether the weights are an ONNX graph, which OpenCV runs and the ModelManager only fetches."""
    from restoration_studio.weights.catalogue import get

    return not is_model_path(name) and get(name).filename.endswith(".onnx")


@dataclass(frozen=True, slots=True)
class _Batch:
    """What every file of a batch is restored with."""

    engine: Engine
    recipe: Recipe
    weights: Mapping[str, str]
    overwrite: bool
    task: Task
    cancel: CancelToken
    count: int


def _restore(batch: _Batch, item: Item, index: int) -> Item:
    """One file of a batch; whatever is wrong with it is its own affair."""
    began = time.perf_counter()
    notes: tuple[str, ...] | None = ()
    failure: RestorationError | None = None
    try:
        source, target, stages = Path(item.source), Path(item.target), len(batch.recipe.stages)
        with (
            batch.task.task(item.source, total=stages, unit="stage", index=index, count=batch.count) as task,
            # Where another batch is at work on the same file, wait and take its result.
            claim_output(target, overwrite=True, source=source, wait=batch.cancel.check),
        ):
            notes = _restore_claimed(batch, source, target, task)
        outcome = "skipped" if notes is None else "restored"
    except Cancelled:
        outcome = "not done"
    except KeyboardInterrupt:  # stopped at once; the report is still to be written
        batch.cancel.cancel()
        outcome = "not done"
    except RestorationError as error:
        outcome, failure = "failed", copy(error)  # without its traceback, which holds the picture in memory
    except MemoryError:
        outcome, failure = "failed", PictureTooLargeForMemory(path=Path(item.source))
    except Exception as error:  # a mistake of ours must not cost a person the other files
        logging.getLogger(__name__).exception("unexpected error on %s", item.source)
        outcome, failure = "failed", UnexpectedFailure(kind=type(error).__name__, reason=str(error))
    seconds = round(time.perf_counter() - began, 3)
    return replace(item, outcome=outcome, error=failure, notes=notes or (), seconds=seconds)


def _restore_claimed(batch: _Batch, source: Path, target: Path, task: Task) -> tuple[str, ...] | None:
    """Restore one file that nobody else is at work on; gives its notes, or None where it has been finished meanwhile.

    Raises:
        RestorationError: it cannot be restored, or its place is taken.
    """
    is_there, is_ours = os.path.lexists(target), record_path(target).exists()
    if not batch.overwrite:
        if is_there and not is_ours:
            raise ForeignFileThere(path=target)
        if is_ours and is_finished(source, target, batch.recipe, batch.weights):
            return None
        if is_there and _changed_since(target):
            raise ResultChanged(path=target)
    if not is_ours:
        claim(target, source)  # a killed run's file is known for ours by it
    try:
        return batch.engine.restore_file(source, target, batch.recipe, task=task).notes
    except BaseException:
        # A result that lacks only its record stays claimed.
        if not is_ours and (is_there or not os.path.lexists(target)):
            _withdraw_claim(target)
        raise


def _changed_since(target: Path) -> bool:
    """Whether somebody has worked on a finished result: its record is whole and names other bytes."""
    written = (read_record(target) or {}).get("output", {}).get("sha256")
    return written is not None and written != sha256_of_file(target)


def _withdraw_claim(target: Path) -> None:
    """Take back the record that was begun for a result that did not come."""
    with suppress(OSError):
        if "begun" in (read_record(target) or {}):
            record_path(target).unlink(missing_ok=True)
