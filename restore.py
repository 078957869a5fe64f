#!/usr/bin/env python3
"""The command line: restore a picture, or a folder of them, with a recipe made of flags.

The flags are those of the stages' settings; run ``restore.py --help`` for all of them.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config import DEVICES, PRECISIONS, Config
from errors import RestorationError, UsageError
from pipeline.recipe import NOT_YET, Recipe, preset_files
from stages import STAGES
from stages.describe import Control, controls
from stages.region import Region

if TYPE_CHECKING:
    from restoration_pipeline import RestorationPipeline

EPILOG = """exit status: 0 all done, 1 some files failed, 2 wrong usage or unreadable input,
3 weights not available, 130 stopped. Every result has a record beside it (NAME.record.json);
--recipe takes it again. Weights: python -m weights list"""


def build_parser() -> argparse.ArgumentParser:
    """The parser, with one group of flags for each stage."""
    parser = argparse.ArgumentParser(
        prog="restore", description="Restore photographs and paintings.", epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False,
    )  # fmt: skip
    parser.add_argument("path", nargs="?", metavar="INPUT", help="a picture, or a folder of pictures")
    add = parser.add_argument
    add("-i", "--input", metavar="INPUT", help="the same as INPUT")
    add("-o", "--output", metavar="OUTPUT", help="file or folder for the result (default: NAME_restored beside it)")
    add("--batch", action="store_true", help="INPUT is a folder (told by itself; this makes sure)")
    add("--video", action="store_true", help="INPUT is a film (not yet part of this version)")
    add("--preset", metavar="NAME", help=f"start from a preset: {', '.join(sorted(preset_files()))}")
    add("--recipe", metavar="FILE", help="start from a recipe, or from the record of an earlier result")
    add("--colorize", action="store_true", help="give a grey picture colour (not yet part of this version)")
    for stage in STAGES:
        group = parser.add_argument_group(stage.title.lower(), stage.summary)
        what = f"{stage.title.lower()} on or off (default: {'on' if stage.on_by_default else 'off'})"
        group.add_argument(
            f"--{stage.flag}", action=argparse.BooleanOptionalAction, default=None, dest=stage.toggle, help=what
        )
        for control in controls(stage):
            group.add_argument(
                control.flag, dest=control.keyword, metavar=_metavar(control), help=_help(control).replace("%", "%%")
            )
    _add_output_flags(parser.add_argument_group("the result"))
    _add_run_flags(parser.add_argument_group("this run"))
    return parser


def _add_output_flags(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--format", choices=("jpeg", "png", "tiff", "webp", "avif", "heic"), help="default: as read")
    group.add_argument("--quality", type=int, metavar="1-100", help="of JPEG, AVIF and HEIC files (default: 95)")
    group.add_argument("--chroma", choices=("4:4:4", "4:2:2", "4:2:0"), help="colour resolution of JPEG, AVIF, HEIC")
    group.add_argument("--bit-depth", choices=("same", "8", "16"), help="bits a channel (default: as read)")
    group.add_argument("--comparison", action="store_true", help="write a before/after picture beside the result")
    group.add_argument("--overwrite", action="store_true", help="replace results that exist")


def _add_run_flags(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--dry-run", action="store_true", help="say what would run, with which models, and what it takes"
    )
    group.add_argument("--stats", action="store_true", help="print times, models and figures")
    group.add_argument("--json", action="store_true", help="print everything as JSON on standard output")
    group.add_argument("--quiet", action="store_true", help="no progress")
    group.add_argument("--device", metavar="DEVICE", help=f"{', '.join(DEVICES)} or cuda:N")
    group.add_argument("--precision", choices=PRECISIONS, help="number format of the networks (default: auto)")
    group.add_argument("--tile", metavar="PIXELS", help="tile of every stage that has one; 0 for none")
    group.add_argument("--seed", type=int, help="for every random choice (default: 0)")
    group.add_argument("--offline", action="store_true", default=None, help="never fetch weights")
    group.add_argument("--accept-licence", action="append", metavar="MODEL", help="accept a non-commercial licence")


def _metavar(control: Control) -> str:
    if control.kind == "choice":
        return "{" + ",".join(control.choices) + "}"
    if control.kind == "region":
        return "X,Y,W,H|FILE"
    if control.minimum is not None and control.maximum is not None:
        return f"{control.minimum:g}-{control.maximum:g}" + ("|auto" if control.auto else "")
    return "MODEL" if control.model else control.field.upper()


def _help(control: Control) -> str:
    default = (
        ""
        if control.default is None
        else f" (default: {control.default:g})"
        if isinstance(control.default, float)
        else f" (default: {control.default})"
    )
    return control.description.rstrip(".") + default


def make_recipe(arguments: argparse.Namespace, pipeline: RestorationPipeline) -> Recipe:
    """The recipe that the flags stand for.

    Raises:
        RestorationError: a flag's value cannot be used.
    """
    if arguments.preset and arguments.recipe:
        raise UsageError("--preset and --recipe both name a recipe; give one of them.")
    keywords: dict[str, Any] = {toggle: True for toggle in NOT_YET if arguments.colorize}
    for stage in STAGES:
        keywords[stage.toggle] = getattr(arguments, stage.toggle)
        for control in controls(stage):
            keywords[control.keyword] = _value(control, getattr(arguments, control.keyword))
    names = ("format", "quality", "chroma", "bit_depth")
    output = {name: getattr(arguments, name) for name in names if getattr(arguments, name) is not None}
    keywords |= {"seed": arguments.seed, "precision": arguments.precision, "output": output or None}
    base = Path(arguments.recipe) if arguments.recipe else arguments.preset
    recipe: Recipe = pipeline.recipe(base, **keywords)
    if arguments.tile is not None:
        tiled = {
            c.keyword: _value(c, arguments.tile)
            for step in recipe.stages
            for c in controls(step.runs)
            if c.field == "tile" and keywords[c.keyword] is None
        }
        recipe = recipe.changed(**tiled)
    return recipe


def _value(control: Control, text: str | None) -> Any:
    """A flag's text as the setting takes it; ranges are the recipe's affair."""
    if text is None or (control.auto and text == "auto"):
        return text
    if control.kind == "region":
        return Region.parse(text)
    if control.kind not in ("number", "integer"):
        return text
    try:
        return int(text) if control.kind == "integer" else float(text)
    except ValueError as error:
        raise UsageError(f"{control.flag} takes a number{' or auto' if control.auto else ''}, not '{text}'.") from error


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; gives the exit status."""
    arguments = build_parser().parse_args(argv)
    try:
        return _run(arguments)
    except RestorationError as error:
        if arguments.json:
            print(json.dumps({"error": str(error), "exit_status": error.exit_code}, ensure_ascii=False))
        print(f"restore: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("restore: stopped; nothing half-written was left.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        return 1


def _run(arguments: argparse.Namespace) -> int:
    if arguments.video:
        raise UsageError("films are not restored by this version yet; leave --video out and give it pictures.")
    if arguments.path and arguments.input:
        raise UsageError("the input is named twice, by --input and without it; name it once.")
    if not (arguments.path or arguments.input):
        raise UsageError("no input is named; give a picture or a folder, or --help.")
    from pipeline.console import restore_folder, restore_one
    from pipeline.progress import CancelToken
    from restoration_pipeline import RestorationPipeline

    config = Config.load(
        device=arguments.device,
        offline=arguments.offline,
        accept_licences=arguments.accept_licence,
        stage_cache_mb=0,  # one run has nothing to come back to
    )
    pipeline = RestorationPipeline(config)
    recipe = make_recipe(arguments, pipeline)
    source = Path(arguments.path or arguments.input)
    cancel = CancelToken()
    _stop_on_interrupt(cancel)
    whole_folder = source.is_dir()
    if arguments.batch and source.exists() and not whole_folder:
        raise UsageError(f"{source} is a file, and --batch takes a folder; leave --batch out.")
    work = restore_folder if whole_folder or arguments.batch else restore_one
    return work(pipeline, source, recipe, arguments, cancel)


def _stop_on_interrupt(cancel: Any) -> None:
    """The first ctrl-C stops cleanly at the next tile, the second at once."""

    def stop(*_: object) -> None:
        if cancel.cancelled:
            raise KeyboardInterrupt
        print("\nstopping after this tile; press again to stop at once", file=sys.stderr)
        cancel.cancel()

    signal.signal(signal.SIGINT, stop)


if __name__ == "__main__":
    sys.exit(main())
