"""Runs for the terminal: the line of progress and what is said at the end."""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from restoration_studio.cli.dry_run import plan_as_json, plan_lines
from restoration_studio.cli.errors import ComparisonOverInput, FormatDisagrees, InputIsNoFile, OutputNotNamed
from restoration_studio.cli.wording import WORDS, worded
from restoration_studio.config import Config
from restoration_studio.engine.batch import BatchReport, Plan, plan, run_batch
from restoration_studio.engine.dry_run import DryRun, dry_run
from restoration_studio.engine.recipe import Recipe
from restoration_studio.engine.record import as_json, make_record, peak_memory_bytes
from restoration_studio.errors import RestorationError
from restoration_studio.files import claim_output
from restoration_studio.files_errors import OutputIsInput
from restoration_studio.progress import CancelToken, Progress
from restoration_studio.text import format_bytes, format_seconds, printable

if TYPE_CHECKING:
    from restoration_studio.pipeline import RestorationPipeline


def restore_one(
    pipeline: RestorationPipeline, source: Path, recipe: Recipe, arguments: argparse.Namespace, cancel: CancelToken
) -> int:
    """Restore one file as the command line asks; gives the exit status."""
    if source.exists() and not source.is_file():
        raise InputIsNoFile(path=source)
    target = target_of(source, recipe, arguments)
    sheet = target.with_name(f"{target.stem}_comparison.png") if arguments.comparison else None
    if arguments.dry_run:
        return _say_plan(
            dry_run(pipeline.engine, Plan([(source, target)], 0, []), recipe, folder=False, again=True), arguments
        )
    with claimed(source, target, sheet, overwrite=arguments.overwrite):
        line = ProgressLine(sys.stderr, quiet=arguments.quiet)
        try:
            stats = pipeline.restore_file(source, target, recipe, progress=line, cancel=cancel)
        finally:
            line.close()
        if sheet is not None:
            stats["comparison"] = str(write_comparison(source, target, sheet, pipeline.config))
    if arguments.json:
        print_json(make_record(stats))
        return 0
    for note in stats["notes"]:
        say(f"note: {note}")
    if arguments.stats:
        print(table(stats))
    size = stats["output"]
    say(f"restored: {target} ({size['width']}x{size['height']}, {format_seconds(stats['seconds'])})")
    if sheet is not None:
        say(f"before and after: {sheet}")
    return 0


@contextmanager
def claimed(source: Path, target: Path, sheet: Path | None, *, overwrite: bool) -> Iterator[None]:
    """Hold the claims of a result and of the sheet beside it; see ``files.claim_output``.

    Raises:
        ComparisonOverInput: the sheet would take the place of the input.
        OutputError, UsageError: they cannot be written, or may not be.
    """
    with ExitStack() as claims:
        claims.enter_context(claim_output(target, overwrite=overwrite, source=source))
        if sheet is not None:
            try:
                claims.enter_context(claim_output(sheet, overwrite=overwrite, source=source))
            except OutputIsInput as error:
                raise ComparisonOverInput(path=source) from error
        yield


def restore_folder(
    pipeline: RestorationPipeline, source: Path, recipe: Recipe, arguments: argparse.Namespace, cancel: CancelToken
) -> int:
    """Restore a folder as the command line asks; gives the exit status."""
    target = _target_folder(source, arguments)
    if arguments.dry_run:
        planned = plan(source, target, recipe)
        return _say_plan(dry_run(pipeline.engine, planned, recipe, folder=True, again=arguments.overwrite), arguments)
    line = ProgressLine(sys.stderr, quiet=arguments.quiet)
    try:
        report = run_batch(
            pipeline.engine, source, target, recipe, overwrite=arguments.overwrite, progress=line, cancel=cancel
        )
    finally:
        line.close()
    problems = [worded(report.problem)] if report.problem else []
    if arguments.comparison and not cancel.cancelled:
        problems += _write_comparisons(report, pipeline.config)
    if arguments.json:
        print_json(report.dump(WORDS) | {"report": str(report.path or ""), "problems": problems})
        return report.exit_code or int(bool(problems))
    print(report.table(WORDS))
    if arguments.stats:
        for item in report.named("restored"):
            say(f"  {format_seconds(item.seconds):>8}  {item.source}" + "".join(f"; {note}" for note in item.notes))
    for problem in problems:
        say(f"  {problem}")
    if report.path is not None:
        say(f"report: {report.path} ({format_seconds(report.seconds)})")
    return report.exit_code or int(bool(problems))


def _say_plan(plan: DryRun, arguments: argparse.Namespace) -> int:
    if arguments.json:
        print_json(plan_as_json(plan))
    else:
        for line in plan_lines(plan):
            say(line)
    return plan.exit_code


def say(text: str) -> None:
    """Print one line; whatever is in a file's name, it stays one."""
    print(printable(text))


def print_json(data: dict[str, Any]) -> None:
    """Print one JSON object in ASCII, which no terminal, locale or name of a file can break."""
    print(json.dumps(data, default=as_json))


def named_target(
    source: Path, suffix: str, arguments: argparse.Namespace, ending: str = "restored"
) -> tuple[Path, bool]:
    """The file for what is made of ``source``, and whether its name is the person's own and not ``NAME_restored``."""
    name = f"{source.stem}_{ending}{suffix}"
    if not arguments.output:
        return source.with_name(name), False
    target = Path(arguments.output)
    if target.is_dir() or str(arguments.output).endswith(("/", os.sep)):
        return target / name, False
    return target, True


def target_of(source: Path, recipe: Recipe, arguments: argparse.Namespace) -> Path:
    """The file that the result of ``source`` is asked for in."""
    from restoration_studio.image.formats import FORMAT_OF_SUFFIX, suffix_for_name

    target, named = named_target(source, suffix_for_name(source, recipe.output.format), arguments)
    if not named:
        return target
    by_suffix, wanted = FORMAT_OF_SUFFIX.get(target.suffix.lower()), arguments.format
    if wanted is not None and by_suffix not in (None, FORMAT_OF_SUFFIX[f".{wanted}"]):
        raise FormatDisagrees(format=wanted, path=target)
    return target


def _target_folder(source: Path, arguments: argparse.Namespace) -> Path:
    if arguments.output:
        return Path(arguments.output)
    # "." and ".." have no name of their own to add to
    named = source if source.name not in ("", "..") else source.resolve()
    if not named.name:
        raise OutputNotNamed(path=source)
    return named.with_name(f"{named.name}_restored")


def write_comparison(source: Path, target: Path, sheet: Path, config: Config) -> Path:
    """Write the before/after picture of a result to ``sheet``, a PNG file."""
    import numpy as np

    from restoration_studio.image.arrays import picture_from_array
    from restoration_studio.image.comparison import make_comparison
    from restoration_studio.image.read import read_picture
    from restoration_studio.image.write import write_picture

    before = read_picture(source, max_megapixels=config.max_input_megapixels).pixels
    after = read_picture(target, max_megapixels=np.inf).pixels
    return write_picture(picture_from_array(make_comparison(before, after)), sheet).path


def _write_comparisons(report: BatchReport, config: Config) -> list[str]:
    """Write the before/after pictures of a batch; gives a sentence for each that could not be written."""
    problems = []
    results = {item.target for item in report.items}
    for item in [*report.named("restored"), *report.named("skipped")]:
        target = Path(item.target)
        sheet = target.with_name(f"{target.name}_comparison.png")  # with its suffix: a.jpg and a.png have two
        if str(sheet) in results:
            problems.append(f"{sheet} is a result, so the comparison of {target} was not written.")
            continue
        if item.outcome == "skipped" and sheet.exists():
            continue
        try:
            write_comparison(Path(item.source), target, sheet, config)
        except RestorationError as error:
            problems.append(f"the comparison of {target} could not be written: {worded(error)}")
    return problems


def table(stats: dict[str, Any]) -> str:
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


_BAR_COLUMNS = 80  # a narrower terminal has the words alone


class ProgressLine:
    """A bar and words in one line that is written over in a terminal; a new line now and then where there is none."""

    def __init__(self, stream: TextIO, quiet: bool = False) -> None:
        self._stream, self._quiet = stream, quiet
        self._terminal = stream.isatty()
        self._last, self._stage = 0.0, ""
        self._bar: Any = None

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        file = progress.current("file")
        stage = progress.current("stage")
        at = (file.description if file else "") + (stage.description if stage else "")
        new_stage = at != self._stage
        due = now - self._last >= (0.1 if self._terminal else 10.0)
        if self._quiet or not (due or new_stage):
            return
        self._last, self._stage = now, at
        text = printable(self._text(progress))
        if self._terminal:
            self._draw(progress.fraction, text)
        else:
            self._stream.write(text + "\n")
            self._stream.flush()

    def _draw(self, fraction: float, text: str) -> None:
        """Write the line over; tqdm cuts it to the terminal, where letters of some scripts take two columns."""
        if self._bar is None:
            from tqdm import tqdm

            tqdm.monitor_interval = 0  # no thread that draws on its own
            self._bar = tqdm(total=1.0, file=self._stream, nrows=9, delay=1.0)  # not drawn before there are words
            self._bar.delay = 0
        bar, columns = self._bar, shutil.get_terminal_size().columns
        percent, words = text[:4], text[4:].replace("{", "{{").replace("}", "}}")
        bar.bar_format = percent + (" |{bar:16}|" if columns >= _BAR_COLUMNS else "") + words
        bar.n, bar.ncols = fraction, columns - 1
        bar.refresh()

    @staticmethod
    def _text(progress: Progress) -> str:
        # Rounded down: 100 % is said when it is done.
        parts = [f"{math.floor(progress.fraction * 100):3d}%"]
        for outer, task in pairwise(progress.tasks):
            counted = outer.unit
            if counted in ("file", "outcome"):
                if task.unit == "file":  # looked at, not restored
                    parts.append(f"{task.description}  {task.completed + 1:.0f}/{task.total or 0:.0f}")
                elif task.unit != "byte":
                    name = Path(task.description).name if counted == "file" else task.description
                    parts.append(f"{task.index + 1}/{task.count} {name}")
            elif counted == "stage" and task.unit != "byte":
                parts.append(task.description + (f" ({task.index + 1}/{task.count})" if task.count > 1 else ""))
        task = progress.task
        of = f"/{task.total:.0f}" if task.total else ""
        if task.unit in ("tile", "strip") and (task.total or 0) > 1:
            parts.append(f"{task.unit} {task.completed:.0f}{of}")
        elif task.unit == "frame":
            parts.append(f"frame {task.completed:.0f}{of}")
            if progress.rate is not None:
                parts.append(f"{progress.rate:.2f} frames/s")
        elif task.unit == "byte":
            total = f" of {format_bytes(task.total)}" if task.total else ""
            parts.append(f"{task.description} {format_bytes(task.completed)}{total}")
        if progress.seconds_left is not None:
            parts.append(f"{format_seconds(progress.seconds_left)} left")
        return "  ".join(parts)

    def close(self) -> None:
        """End the line, so that what follows begins on a new one."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None
