"""Runs for the terminal: the line of progress, the plan of a dry run, and what is said at the end."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from errors import UsageError
from pipeline.batch import plan, run_batch
from pipeline.progress import CancelToken, Progress
from pipeline.recipe import Recipe
from pipeline.record import make_record, peak_memory_bytes
from utils import format_bytes, format_seconds

if TYPE_CHECKING:
    from restoration_pipeline import RestorationPipeline


def restore_one(
    pipeline: RestorationPipeline, source: Path, recipe: Recipe, arguments: argparse.Namespace, cancel: CancelToken
) -> int:
    """Restore one file as the command line asks; gives the exit status."""
    from media.formats import suffix_for_name

    if source.exists() and not source.is_file():
        raise UsageError(f"{source} is neither a file nor a folder; give a picture.")
    suffix = suffix_for_name(source, recipe.output.format)
    target = Path(arguments.output) if arguments.output else source.with_name(f"{source.stem}_restored{suffix}")
    if target.is_dir():
        target = target / f"{source.stem}_restored{suffix}"
    if target.exists() and not arguments.overwrite and not arguments.dry_run:
        raise UsageError(f"{target} exists; give --overwrite to replace it, or another name with -o.")
    if arguments.dry_run:
        return _dry_run(pipeline, [(source, target)], recipe, arguments)
    line = ProgressLine(sys.stderr, quiet=arguments.quiet)
    try:
        stats = pipeline.restore_file(source, target, recipe, progress=line, cancel=cancel)
    finally:
        line.close()
    if arguments.comparison:
        stats["comparison"] = str(write_comparison(source, target))
    if arguments.json:
        print(json.dumps(make_record(stats), ensure_ascii=False))
        return 0
    for note in stats["notes"]:
        print(f"note: {note}")
    if arguments.stats:
        print(_table(stats))
    size = stats["output"]
    print(f"restored: {target} ({size['width']}x{size['height']}, {format_seconds(stats['seconds'])})")
    if arguments.comparison:
        print(f"before and after: {stats['comparison']}")
    return 0


def restore_folder(
    pipeline: RestorationPipeline, source: Path, recipe: Recipe, arguments: argparse.Namespace, cancel: CancelToken
) -> int:
    """Restore a folder as the command line asks; gives the exit status."""
    target = Path(arguments.output) if arguments.output else source.with_name(f"{source.resolve().name}_restored")
    if arguments.dry_run:
        return _dry_run(pipeline, plan(source, target, recipe)[0], recipe, arguments)
    line = ProgressLine(sys.stderr, quiet=arguments.quiet)
    try:
        report = run_batch(
            pipeline, source, target, recipe, overwrite=arguments.overwrite, progress=line, cancel=cancel
        )
    finally:
        line.close()
    if arguments.comparison:
        for item in report.named("restored"):
            write_comparison(Path(item.source), Path(item.target))
    if arguments.json:
        print(json.dumps(report.dump(), ensure_ascii=False))
    else:
        print(report.table())
        print(f"report: {report.path} ({format_seconds(report.seconds)})")
    return report.exit_code


def write_comparison(source: Path, target: Path) -> Path:
    """Write the before/after picture of a result beside it, as PNG."""
    import numpy as np

    from evaluation.compare import comparison
    from media.arrays import picture_from_array
    from media.read import read_picture
    from media.write import write_picture

    sheet = comparison(read_picture(source).pixels, read_picture(target, max_megapixels=np.inf).pixels)
    return write_picture(picture_from_array(sheet), target.with_name(target.stem + "_comparison.png")).path


def _dry_run(
    pipeline: RestorationPipeline, pairs: list[tuple[Path, Path]], recipe: Recipe, arguments: argparse.Namespace
) -> int:
    """Say what would run and what it takes; nothing is loaded, fetched or written."""
    from media.size import read_size
    from weights.catalogue import MODELS
    from weights.store import present

    seconds = memory = 0.0
    files, measured = [], True
    for source, target in pairs:
        height, width = read_size(source)
        cost = pipeline.estimate(height, width, recipe)
        seconds, memory, measured = seconds + cost.seconds, max(memory, cost.memory_bytes), measured and cost.measured
        files.append({"input": str(source), "output": str(target), "size": [width, height], "becomes": cost.size[::-1]})
    names = dict.fromkeys(name for step in recipe.stages for name in step.runs.models(step.settings))
    models = []
    for name in names:
        entry = MODELS.get(name)
        there = any(present(entry, pipeline.config)) if entry else Path(name).is_file()
        models.append({"name": name, "licence": entry.licence if entry else "unknown", "installed": bool(there)})
    if arguments.json:
        answer = {"recipe": recipe.dump(), "files": files, "models": models}
        print(json.dumps(answer | {"seconds": seconds, "memory_bytes": memory, "measured": measured}))
        return 0
    for number, step in enumerate(recipe.stages, 1):
        values = ", ".join(f"{name} {value}" for name, value in step.model_dump().items() if name != "stage")
        print(f"{number}. {step.runs.title}: {values}")
    for model in models:
        print(f"model {model['name']} ({model['licence']}): {'here' if model['installed'] else 'would be fetched'}")
    for file in files[:20]:
        size, becomes = ("x".join(map(str, file[key])) for key in ("size", "becomes"))
        print(f"{file['input']} ({size}) -> {file['output']} ({becomes})")
    if len(files) > 20:
        print(f"and {len(files) - 20} more")
    how = "from earlier runs on this machine" if measured else "a first guess"
    print(f"about {format_seconds(seconds)} ({how}) and {format_bytes(memory)} of memory; nothing was run")
    return 0


def _table(stats: dict[str, Any]) -> str:
    """Times, models and figures of one restoration."""
    lines = [f"device {stats['device']}, {stats['precision']}, {stats['seconds']:.1f} s in all"]
    for stage in stats["stages"]:
        models = ", ".join(f"{m['name']} {m['sha256'][:12]}" for m in stage["models"]) or "no network"
        lines.append(f"  {stage['title']:<18}{stage['seconds']:>8.2f} s   {models}")
    for name, values in stats["metrics"].items():
        lines.append(f"  {name:<18}{values['before']:>8.1f} before {values['after']:>8.1f} after  at the input's size")
    peak = peak_memory_bytes()
    if peak is not None:
        lines.append(f"  {'peak memory':<18}{format_bytes(peak)}")
    return "\n".join(lines)


class ProgressLine:
    """One line that is written over in a terminal; a new line now and then where there is none."""

    def __init__(self, stream: TextIO, quiet: bool = False) -> None:
        self._stream, self._quiet = stream, quiet
        self._terminal = stream.isatty()
        self._last, self._written, self._stage = 0.0, 0, ""

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        new_stage = progress.stage + progress.file != self._stage
        due = now - self._last >= (0.1 if self._terminal else 10.0)
        if self._quiet or not (due or new_stage):
            return
        self._last, self._stage = now, progress.stage + progress.file
        text = self._text(progress)
        if self._terminal:
            self._stream.write("\r" + text + " " * max(0, self._written - len(text)))
            self._written = len(text)
        else:
            self._stream.write(text + "\n")
        self._stream.flush()

    @staticmethod
    def _text(progress: Progress) -> str:
        parts = [f"{progress.fraction:4.0%}", f"{progress.stage} ({progress.stage_index + 1}/{progress.stage_count})"]
        if progress.file_count > 1:
            parts.insert(1, f"{progress.file_index + 1}/{progress.file_count} {Path(progress.file).name}")
        if progress.what in ("tile", "strip") and progress.total > 1:
            parts.append(f"{progress.what} {progress.done}/{progress.total}")
        elif progress.what and progress.what not in ("tile", "strip"):
            done = format_bytes(progress.done) + (f" of {format_bytes(progress.total)}" if progress.total else "")
            parts.append(f"{progress.what} {done}")
        if progress.seconds_left is not None:
            parts.append(f"{format_seconds(progress.seconds_left)} left")
        return "  ".join(parts)

    def close(self) -> None:
        """End the line, so that what follows begins on a new one."""
        if self._terminal and self._written:
            self._stream.write("\n")
            self._stream.flush()
