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
from typing import Any

from restoration_studio.engine.batch_plan import Plan, plan
from restoration_studio.engine.batch_report import REPORT_NAME, Item, Report, check_report
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
from restoration_studio.files import remove_stale_partials, sha256_of_file
from restoration_studio.models import is_model_path
from restoration_studio.progress import CancelToken, ProgressCallback, ProgressTracker, Task, silent_task

__all__ = ["REPORT_NAME", "Item", "Plan", "Report", "find_finished", "is_finished", "plan", "run_batch"]


def run_batch(
    engine: Engine,
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
    report = Report(ignored=planned.ignored)
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
                item = _restore(engine, item, recipe, task, (todo, count), cancel, overwrite)
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
        made_of, made = record["input"]["sha256"], record["output"]["sha256"]
        used = {model["name"]: model["sha256"] for stage in record["stages"] for model in stage["models"]}
        if any(used.get(name, now) != now for name, now in (weights or {}).items()):
            return False
        return bool(made_of == sha256_of_file(source) and made == sha256_of_file(target))
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
    return {name: sha256_of_file(Path(name)) for name in names if Path(name).is_file()}


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


def _restore(
    engine: Engine,
    item: Item,
    recipe: Recipe,
    batch: Task,
    place: tuple[int, int],
    cancel: CancelToken,
    overwrite: bool,
) -> Item:
    """One file of a batch; whatever is wrong with it is its own affair."""
    began = time.perf_counter()
    target = Path(item.target)
    record = record_path(target)
    notes: tuple[str, ...] = ()
    failure: RestorationError | None
    claimed, there, made_folders = False, False, [folder for folder in target.parents if not folder.exists()]
    try:
        there = os.path.lexists(target)  # asked first: another batch at work claims before it writes
        ours = record.exists()
        if there and not ours and not overwrite:
            raise ForeignFileThere(path=target)
        if there and ours and not overwrite and _changed_since(target):
            raise ResultChanged(path=target)
        if not ours:
            claim(target, Path(item.source))
            claimed = True
        stages = len(recipe.stages)
        with batch.task(item.source, total=stages, unit="stage", index=place[0], count=place[1]) as task:
            notes = engine.restore_file(Path(item.source), target, recipe, task=task).notes
        outcome, failure = "restored", None
        claimed = False
    except Cancelled:
        outcome, failure = "not done", None
    except KeyboardInterrupt:  # stopped at once; the report is still to be written
        cancel.cancel()
        outcome, failure = "not done", None
    except RestorationError as error:
        outcome, failure = "failed", copy(error)  # without its traceback, which holds the picture in memory
    except MemoryError:
        outcome, failure = "failed", PictureTooLargeForMemory(path=Path(item.source))
    except Exception as error:  # a mistake of ours must not cost a person the other files
        logging.getLogger(__name__).exception("unexpected error on %s", item.source)
        outcome, failure = "failed", UnexpectedFailure(kind=type(error).__name__, reason=str(error))
    if claimed and (there or not os.path.lexists(target)):  # a result that lacks only its record stays claimed
        _give_up(target, made_folders)
    return replace(item, outcome=outcome, error=failure, notes=notes, seconds=round(time.perf_counter() - began, 3))


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
