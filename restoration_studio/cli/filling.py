"""Inpainting's own runs for the terminal: the mask alone, and several outcomes to choose from."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from restoration_studio.cli.console import ProgressLine, named_target, print_json, say, target_of
from restoration_studio.engine.errors import NothingWouldBeFilled
from restoration_studio.engine.outcomes import outcome_paths, variants, write_outcomes
from restoration_studio.engine.recipe import Recipe
from restoration_studio.engine.record import make_record
from restoration_studio.errors import UsageError
from restoration_studio.files import atomic_file
from restoration_studio.progress import CancelToken, ProgressTracker, silent_task
from restoration_studio.text import format_seconds

if TYPE_CHECKING:
    from restoration_studio.pipeline import RestorationPipeline

_LOSSLESS = (".png", ".tif", ".tiff", ".bmp")


def _refuse(arguments: argparse.Namespace, mode: str) -> None:
    """Refuse the flags that are for runs with one result."""
    for flag, given in (("--comparison", arguments.comparison), ("--dry-run", arguments.dry_run)):
        if given:
            raise UsageError(f"{flag} is for one result and does not go with {mode}.")


def write_mask(
    pipeline: RestorationPipeline, source: Path, recipe: Recipe, arguments: argparse.Namespace, cancel: CancelToken
) -> int:
    """Write what would be filled as a grey picture, 255 = fill, and nothing else; gives the exit status."""
    import numpy as np
    from PIL import Image

    from restoration_studio.engine.preview import preview_mask
    from restoration_studio.image.read import read_picture

    if not any(step.runs.fills for step in recipe.stages):
        raise NothingWouldBeFilled()
    if source.is_dir():
        raise UsageError(f"--mask-only takes one picture, and {source} is a folder; name a picture in it.")
    _refuse(arguments, "--mask-only, which writes no result")
    target, _ = named_target(source, ".png", arguments, "mask")
    if target.suffix.lower() not in _LOSSLESS:
        raise UsageError(f"a mask must be written without loss, and {target} would not be; name a .png file.")
    if target.exists() and not arguments.overwrite:
        raise UsageError(f"{target} exists; give --overwrite to replace it, or another name with -o.")
    picture = read_picture(source, max_megapixels=pipeline.config.max_input_megapixels)
    if target.exists() and target.samefile(source):
        raise UsageError(f"{target} is also the input; choose another name, so that it is not overwritten.")
    mask = preview_mask(picture, recipe, models=pipeline.models, task=silent_task(cancel))
    with atomic_file(target) as temporary:
        Image.fromarray(np.where(mask, 255, 0).astype(np.uint8)).save(temporary)
    share = float(mask.mean())
    if arguments.json:
        print_json({"mask": str(target), "width": picture.width, "height": picture.height, "filled_share": share})
    else:
        say(f"mask: {target} ({picture.width}x{picture.height}, {share:.2%} to be filled)")
    return 0


def restore_outcomes(
    pipeline: RestorationPipeline, source: Path, recipe: Recipe, arguments: argparse.Namespace, cancel: CancelToken
) -> int:
    """Write several outcomes of one picture and a contact sheet; gives the exit status."""
    if source.is_dir():
        raise UsageError(f"--outcomes takes one picture, and {source} is a folder; name a picture in it.")
    _refuse(arguments, "--outcomes, which writes several results")
    made = variants(recipe, arguments.outcomes, methods=arguments.outcome_methods or "", config=pipeline.config)
    target = target_of(source, recipe, arguments)
    files, sheet = outcome_paths(target, len(made))
    for path in (*files, sheet):
        if path.exists() and not arguments.overwrite:
            raise UsageError(f"{path} exists; give --overwrite to replace it, or another name with -o.")
        if path.exists() and source.exists() and path.samefile(source):
            raise UsageError(f"{path} is also the input; choose another name, so that it is not overwritten.")
    line = ProgressLine(sys.stderr, quiet=arguments.quiet)
    try:
        task = ProgressTracker(line, cancel).task(source.name, unit="outcome")
        said, sheet = write_outcomes(pipeline.engine, source, target, made, task=task)
    finally:
        line.close()
    if arguments.json:
        print_json({"outcomes": [make_record(stats) for stats in said], "contact_sheet": str(sheet)})
        return 0
    notes: dict[str, Any] = dict.fromkeys(note for stats in said for note in stats["notes"])
    for note in notes:
        say(f"note: {note}")
    for stats, path in zip(said, files, strict=True):
        say(f"restored: {path} ({stats['label']}, {format_seconds(stats['seconds'])})")
    say(f"side by side: {sheet}")
    return 0
