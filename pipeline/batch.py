"""Batches: a folder in, a folder out; nothing lost, nothing done twice, no file stopped by another.

Folder structure and names are kept. A result is finished when its record says that it was made of these very
bytes with this very recipe and the file is still what was written; everything else is made again. A killed
batch therefore goes on where it stopped, with the same bytes as an undisturbed one.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import time
import unicodedata
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from errors import Cancelled, InputError, RestorationError, UsageError
from media.formats import is_picture_name, suffix_for_name
from pipeline.progress import CancelToken, Progress, ProgressCallback
from pipeline.recipe import Recipe
from pipeline.record import read_record
from utils import atomic_file, remove_stale_partials, sha256_of_file

if TYPE_CHECKING:
    from restoration_pipeline import RestorationPipeline

REPORT_NAME = "report.json"


@dataclass(frozen=True, slots=True)
class Item:
    """What became of one file: "restored", "skipped" (finished before), "failed" or "not done" (stopped)."""

    source: str
    target: str
    outcome: str
    seconds: float = 0.0
    message: str = ""
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class Report:
    """The outcome of a batch, in the order of the files' names."""

    items: list[Item] = field(default_factory=list)
    ignored: int = 0
    seconds: float = 0.0
    path: Path | None = None

    def named(self, outcome: str) -> list[Item]:
        return [item for item in self.items if item.outcome == outcome]

    @property
    def exit_code(self) -> int:
        """0 all done, 1 some files failed, 130 stopped."""
        return 130 if self.named("not done") else 1 if self.named("failed") else 0

    def table(self) -> str:
        """Counts, and a line for each file that failed."""
        counts = [f"{len(self.named(outcome))} {outcome}" for outcome in ("restored", "skipped", "failed", "not done")]
        lines = [", ".join(counts) + (f", {self.ignored} other files left alone" if self.ignored else "")]
        lines += [f"  failed: {item.source}: {item.message}" for item in self.named("failed")]
        return "\n".join(lines)

    def dump(self) -> dict[str, Any]:
        return {
            "seconds": round(self.seconds, 3),
            "counts": {o: len(self.named(o)) for o in ("restored", "skipped", "failed", "not done")},
            "ignored": self.ignored,
            "files": [asdict(item) for item in self.items],
        }


def plan(input_dir: Path, output_dir: Path, recipe: Recipe) -> tuple[list[tuple[Path, Path]], int]:
    """Every picture under ``input_dir`` with the file its result goes to, and the number of other files.

    A result keeps its picture's name; where the format changes, the new suffix is added (``a.heic.png``).
    Two pictures never share a result, not even on systems that take ``A.jpg`` and ``a.jpg`` for one.

    Raises:
        InputError, UsageError: the folders cannot be used.
    """
    if not input_dir.exists():
        raise InputError(f"the folder {input_dir} does not exist.")
    if not input_dir.is_dir():
        raise UsageError(f"{input_dir} is a file; a batch takes a folder.")
    if output_dir.exists() and not output_dir.is_dir():
        raise UsageError(f"{output_dir} is a file; a batch writes into a folder.")
    if output_dir.exists() and output_dir.samefile(input_dir):
        raise UsageError(f"{output_dir} is also the input folder; choose another, so that no original is overwritten.")
    pairs: list[tuple[Path, Path]] = []
    taken: set[str] = set()
    others = 0
    wanted = list(_files(input_dir, output_dir))
    # Files that keep their name come first, so that only a changed name gives way to them.
    for source in sorted(wanted, key=lambda path: (_result_name(path, recipe) != path.name, str(path))):
        if not is_picture_name(source):
            others += 1
            continue
        relative = source.relative_to(input_dir)
        target = relative.with_name(_result_name(source, recipe))
        if _folded(target) in taken:
            mark = hashlib.sha256(os.fsencode(relative)).hexdigest()[:8]
            target = target.with_name(f"{target.stem}-{mark}{target.suffix}")
        taken.add(_folded(target))
        pairs.append((source, output_dir / target))
    return sorted(pairs), others


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
        overwrite: make finished results again.
        progress: called with the file's own progress, ``fraction`` and times being the batch's.
        cancel: stops before the next tile; the report then names what was not done.

    Raises:
        WeightsError: a model is missing; nothing was begun.
        InputError, UsageError: the folders cannot be used, or there is no picture.
    """
    started = time.perf_counter()
    cancel = cancel or CancelToken()
    pairs, others = plan(input_dir, output_dir, recipe)
    if not pairs:
        raise InputError(f"there is no picture in {input_dir} or its subfolders.")
    for step in recipe.stages:
        for name in step.runs.models(step.settings):
            pipeline.models.fetch(name)
    if output_dir.exists():
        remove_stale_partials(output_dir)
    finished = set() if overwrite else {source for source, target in pairs if is_finished(source, target, recipe)}
    report = Report(ignored=others)
    clock, todo = _Clock(progress, len(pairs) - len(finished)), 0
    for source, target in pairs:
        item = Item(str(source), str(target), "skipped")
        if source not in finished:
            if cancel.cancelled:
                item = replace(item, outcome="not done")
            else:
                item = _restored(pipeline, item, recipe, clock.of(todo, source), cancel)
                todo += 1
        report.items.append(item)
    report.seconds = time.perf_counter() - started
    report.path = output_dir / REPORT_NAME
    with atomic_file(report.path) as temporary:
        text = json.dumps(report.dump(), indent=2, ensure_ascii=False)
        temporary.write_text(text + "\n", encoding="utf-8", errors="surrogateescape")
    return report


def is_finished(source: Path, target: Path, recipe: Recipe) -> bool:
    """Whether ``target`` is the result of these bytes of ``source`` and this recipe, as its record says."""
    record = read_record(target)
    if record is None or record.get("asked") != recipe.dump() or not target.is_file():
        return False
    try:
        made_of, made = record["input"]["sha256"], record["output"]["sha256"]
        return bool(made_of == sha256_of_file(source) and made == sha256_of_file(target))
    except (KeyError, TypeError, OSError):
        return False  # not a record of ours, or the source cannot be read: restoring it will say why


def _restored(
    pipeline: RestorationPipeline, item: Item, recipe: Recipe, progress: ProgressCallback | None, cancel: CancelToken
) -> Item:
    """One file of a batch; whatever is wrong with it is its own affair."""
    began = time.perf_counter()
    try:
        stats = pipeline.restore_file(item.source, item.target, recipe, progress=progress, cancel=cancel)
    except Cancelled:
        return replace(item, outcome="not done")
    except RestorationError as error:
        outcome, message, notes = "failed", str(error), ()
    except Exception as error:  # a mistake of ours must not cost a person the other files
        logging.getLogger(__name__).exception("unexpected error on %s", item.source)
        outcome, message, notes = "failed", f"unexpected {type(error).__name__}: {error}", ()
    else:
        outcome, message, notes = "restored", "", tuple(stats["notes"])
    return replace(item, outcome=outcome, message=message, notes=notes, seconds=round(time.perf_counter() - began, 3))


class _Clock:
    """Turns the progress of one file into that of the batch."""

    def __init__(self, callback: ProgressCallback | None, count: int) -> None:
        self._callback, self._count, self._started = callback, count, time.perf_counter()

    def of(self, index: int, source: Path) -> ProgressCallback | None:
        callback = self._callback
        if callback is None:
            return None

        def report(of_file: Progress) -> None:
            fraction = (index + of_file.fraction) / self._count
            elapsed = time.perf_counter() - self._started
            left = elapsed / fraction * (1 - fraction) if fraction > 0 else None
            callback(
                replace(
                    of_file,
                    fraction=fraction,
                    elapsed=elapsed,
                    seconds_left=left,
                    file_index=index,
                    file_count=self._count,
                    file=str(source),
                )
            )

        return report


def _files(input_dir: Path, output_dir: Path) -> Iterator[Path]:
    """Every file below ``input_dir`` but those below ``output_dir`` and in hidden folders."""

    def unreadable(error: OSError) -> None:
        raise InputError(f"the folder {error.filename} cannot be read: {error.strerror}.") from error

    results = output_dir.resolve()
    for folder, names, files in os.walk(input_dir, onerror=unreadable):
        here = Path(folder)
        names[:] = sorted(n for n in names if not n.startswith(".") and (here / n).resolve() != results)
        yield from (here / name for name in sorted(files) if not name.startswith("."))


def _result_name(source: Path, recipe: Recipe) -> str:
    suffix = suffix_for_name(source, recipe.output.format)
    return source.name if suffix == source.suffix.lower() else source.name + suffix


def _folded(path: Path) -> str:
    """What a system sees that tells neither case nor Unicode forms apart."""
    return unicodedata.normalize("NFC", str(path)).casefold()
