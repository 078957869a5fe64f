"""Inpainting's own runs for the terminal: the mask alone, and several outcomes to choose from."""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from restoration_studio.cli.console import ProgressLine, named_target, print_json, say, target_of
from restoration_studio.cli.errors import FlagForOneResult, InputIsFolder, MaskNotLossless
from restoration_studio.engine.errors import NothingWouldBeFilled
from restoration_studio.engine.outcomes import outcome_paths, variants, write_outcomes
from restoration_studio.engine.recipe import Recipe
from restoration_studio.engine.record import make_record
from restoration_studio.files import atomic_file, claim_output
from restoration_studio.progress import CancelToken, ProgressTracker, silent_task
from restoration_studio.text import format_seconds

if TYPE_CHECKING:
    from restoration_studio.pipeline import RestorationPipeline

_LOSSLESS = (".png", ".tif", ".tiff", ".bmp")


def _refuse(arguments: argparse.Namespace, mode: str) -> None:
    """Refuse the flags that are for runs with one result."""
    for flag, given in (("--comparison", arguments.comparison), ("--dry-run", arguments.dry_run)):
        if given:
            raise FlagForOneResult(flag=flag, mode=mode)


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
        raise InputIsFolder(flag="--mask-only", path=source)
    _refuse(arguments, "--mask-only, which writes no result")
    target, _ = named_target(source, ".png", arguments, "mask")
    if target.suffix.lower() not in _LOSSLESS:
        raise MaskNotLossless(path=target)
    with claim_output(target, overwrite=arguments.overwrite, source=source):
        picture = read_picture(source, max_megapixels=pipeline.config.max_input_megapixels)
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
        raise InputIsFolder(flag="--outcomes", path=source)
    _refuse(arguments, "--outcomes, which writes several results")
    outcomes = variants(recipe, arguments.outcomes, methods=arguments.outcome_methods or "", config=pipeline.config)
    target = target_of(source, recipe, arguments)
    files, sheet = outcome_paths(target, len(outcomes))
    with ExitStack() as claims:
        for path in (*files, sheet):
            claims.enter_context(claim_output(path, overwrite=arguments.overwrite, source=source))
        line = ProgressLine(sys.stderr, quiet=arguments.quiet)
        try:
            task = ProgressTracker(line, cancel).task(source.name, unit="outcome")
            results, sheet = write_outcomes(pipeline.engine, source, target, outcomes, task=task)
        finally:
            line.close()
    if arguments.json:
        print_json({"outcomes": [make_record(stats) for stats in results], "contact_sheet": str(sheet)})
        return 0
    notes: dict[str, Any] = dict.fromkeys(note for stats in results for note in stats["notes"])
    for note in notes:
        say(f"note: {note}")
    for stats, path in zip(results, files, strict=True):
        say(f"restored: {path} ({stats['label']}, {format_seconds(stats['seconds'])})")
    say(f"side by side: {sheet}")
    return 0
