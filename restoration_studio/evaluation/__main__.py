"""``python -m restoration_studio.evaluation inpainting --data DIR --output DIR``: the studies."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from restoration_studio.config import Config
from restoration_studio.errors import RestorationError, render
from restoration_studio.evaluation.errors import LimitOutOfRange, StudyNumbersOutOfRange, UnknownHoleKind
from restoration_studio.evaluation.wording import WORDS


def main(argv: Sequence[str] | None = None) -> int:
    """Run a study; gives the exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    parser = argparse.ArgumentParser(prog="python -m restoration_studio.evaluation", description=__doc__)
    studies = parser.add_subparsers(required=True, metavar="STUDY")
    _add_inpainting(studies.add_parser("inpainting", help="methods of filling holes, side by side"))
    _add_colour(studies.add_parser("colour", help="colourisers, side by side"))
    arguments = parser.parse_args(words)
    try:
        status: int = arguments.run(arguments, "python -m restoration_studio.evaluation " + shlex.join(words))
        return status
    except RestorationError as error:
        print(f"evaluation: {render(error, WORDS)}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("evaluation: stopped; nothing was written.", file=sys.stderr)
        return 130


_FOLDERS: dict[str, Any] = {"type": Path, "nargs": "+", "action": "extend", "required": True, "metavar": "DIR"}


def _add_inpainting(parser: argparse.ArgumentParser) -> None:
    from restoration_studio.training.holes import KINDS

    add = parser.add_argument
    add("--data", **_FOLDERS, help="folders of undamaged pictures, which may be given one by one")
    add("--methods", default="telea,ns", metavar="NAMES", help="with commas between them (default: telea,ns); mean too")
    add(
        "--masks",
        default="seeded",
        metavar="DIR|seeded|small|central",
        help="a folder of masks, or drawn by seed: irregular holes (default), many small ones, a central rectangle",
    )
    add("--kinds", default=",".join(("mixed", *KINDS)), metavar="NAMES", help="kinds of seeded masks, taking turns")
    add("--limit", type=int, default=24, metavar="N", help="pictures, evenly spread over the folders (default: 24)")
    add("--output", type=Path, required=True, metavar="DIR", help="where report, table, plots and sheet go")
    add("--seed", type=int, default=0, help="of masks and methods (default: 0)")
    add("--shown", type=int, default=1, metavar="N", help="cases of each ratio on the contact sheet (default: 1)")
    add(
        "--model",
        action="append",
        default=[],
        metavar="MODEL",
        help="weights for the method 'network'; may be given again, each is a method of its own",
    )
    add("--no-perceptual", action="store_true", help="leave the shift-tolerant LPIPS out, which takes weights and time")
    add("--device", metavar="DEVICE", help="for networks")
    parser.set_defaults(run=_inpainting)


def _inpainting(arguments: argparse.Namespace, command: str) -> int:
    from restoration_studio.evaluation.inpainting import (
        MeanColour,
        cases_of_folder,
        painting_cases,
        pictures_in,
        seeded_cases,
        study,
    )
    from restoration_studio.evaluation.inpainting_report import write_report
    from restoration_studio.inpainting.methods import get_method
    from restoration_studio.training.holes import KINDS

    if min(arguments.limit, arguments.shown) < 1 or arguments.seed < 0:
        raise StudyNumbersOutOfRange(limit=arguments.limit, shown=arguments.shown, seed=arguments.seed)
    methods, kinds = ([part.strip() for part in text.split(",")] for text in (arguments.methods, arguments.kinds))
    for name in methods:
        if name != MeanColour.name:
            get_method(name)
    for kind in kinds:
        if kind not in ("mixed", *KINDS):
            raise UnknownHoleKind(kind=kind, choices=("mixed", *KINDS))
    config = Config.load(device=arguments.device)
    pictures = pictures_in(arguments.data, arguments.limit)
    if arguments.masks == "seeded":
        cases = seeded_cases(pictures, seed=arguments.seed, kinds=kinds)
    elif arguments.masks in ("small", "central"):
        cases = painting_cases(pictures, arguments.masks, seed=arguments.seed)
    else:
        cases = cases_of_folder(pictures, Path(arguments.masks))
    perceptual = None
    if not arguments.no_perceptual:
        from restoration_studio.evaluation.perceptual import PerceptualDistance

        perceptual = PerceptualDistance(config)
    rows, samples = study(
        cases, methods, config=config, networks=arguments.model, perceptual=perceptual,
        seed=arguments.seed, shown=arguments.shown, progress=lambda text: print(text, file=sys.stderr),
    )  # fmt: skip
    for path in write_report(rows, samples, arguments.output, command=command):
        print(path)
    return 0


def _add_colour(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--data", **_FOLDERS, help="folders of colour photographs, which may be given one by one")
    add("--methods", default="grey,tint", metavar="NAMES", help="grey, tint and models of the stage colorize")
    add("--limit", type=int, default=200, metavar="N", help="pictures, evenly spread over the folders (default: 200)")
    add("--output", type=Path, required=True, metavar="DIR", help="where report, table and sheet go")
    add("--device", metavar="DEVICE", help="for networks")
    parser.set_defaults(run=_colour)


def _colour(arguments: argparse.Namespace, command: str) -> int:
    from restoration_studio.evaluation.colour import study, write_report
    from restoration_studio.evaluation.inpainting import pictures_in

    if arguments.limit < 1:
        raise LimitOutOfRange(limit=arguments.limit)
    methods = [part.strip() for part in arguments.methods.split(",")]
    pictures = pictures_in(arguments.data, arguments.limit)
    rows, sheet = study(
        pictures,
        methods,
        config=Config.load(device=arguments.device),
        progress=lambda text: print(text, file=sys.stderr),
    )
    for path in write_report(rows, sheet, arguments.output, command=command):
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
