"""The command line's flags: made from the stages' settings, and turned into a recipe."""

from __future__ import annotations

import argparse
import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from restoration_studio.cli.errors import (
    FlagMisused,
    FlagNotSwitch,
    FlagUnknown,
    FlagValueInvalid,
    FlagValueUnknown,
    InputTooMany,
    MaskOrOutcomes,
    OutcomesNotAsked,
    StageLeftOut,
    TwoRecipes,
)
from restoration_studio.cli.video import add_video_flags
from restoration_studio.config import DEVICES, PRECISIONS
from restoration_studio.engine.recipe import Recipe, preset_files
from restoration_studio.stages import STAGES
from restoration_studio.stages.describe import Control, controls
from restoration_studio.stages.region import Region
from restoration_studio.video.steps import VIDEO_STEPS

if TYPE_CHECKING:
    from restoration_studio.pipeline import RestorationPipeline

EPILOG = """exit status: 0 all done, 1 some files failed, 2 wrong usage or unreadable input,
3 weights not available, 130 stopped. Every result has a record beside it (NAME.record.json);
--recipe takes it again. Weights: python -m restoration_studio.weights list"""

_COORDINATES = re.compile(r"-[\d.]+,")
_SWITCH = {"on": True, "true": True, "yes": True, "1": True, "off": False, "false": False, "no": False, "0": False}


def build_parser() -> argparse.ArgumentParser:
    """The parser, with one group of flags for each stage."""
    parser = _Parser(
        prog="restore", description="Restore photographs and paintings.", epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False,
    )  # fmt: skip
    parser.add_argument("path", nargs="?", metavar="INPUT", help="a picture, or a folder of pictures")
    add = parser.add_argument
    add("-i", "--input", metavar="INPUT", help="the same as INPUT")
    add("-o", "--output", metavar="OUTPUT", help="file or folder for the result (default: NAME_restored beside it)")
    add("--batch", action="store_true", help="INPUT is a folder (told by itself; this makes sure)")
    add("--video", action="store_true", help="INPUT is a film (told by itself; this makes sure)")
    add("--preset", metavar="NAME", help=f"start from a preset: {', '.join(sorted(preset_files()))}")
    add("--recipe", metavar="FILE", help="start from a recipe, or from the record of an earlier result")
    for stage in STAGES:
        group = parser.add_argument_group(stage.title.lower(), stage.summary)
        what = f"{stage.title.lower()} on or off (default: {'on' if stage.on_by_default else 'off'})"
        group.add_argument(
            f"--{stage.flag}", action=argparse.BooleanOptionalAction, default=None, dest=stage.toggle, help=what
        )
        for control in controls(stage):
            group.add_argument(
                control.flag, dest=control.keyword, metavar=_metavar(control), help=_help(control).replace("%", "%%"),
                action="append" if control.repeatable else "store",
            )  # fmt: skip
        if stage.fills:
            _add_filling_flags(group)
    _add_output_flags(parser.add_argument_group("the result"))
    add_video_flags(parser.add_argument_group("films"))
    for step in VIDEO_STEPS:
        group = parser.add_argument_group(f"films: {step.title.lower()}", step.summary)
        for control in controls(step):
            names = [name for name in (control.flag, step.other_flags.get(control.field)) if name]
            off = control.field == step.main and not step.always_recorded  # left out unless it is asked for
            text = control.description.rstrip(".") + " (default: left out)" if off else _help(control)
            group.add_argument(*names, dest=control.keyword, metavar=_metavar(control), help=text.replace("%", "%%"))
    _add_run_flags(parser.add_argument_group("this run"))
    return parser


def _add_filling_flags(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--fit-mask", action="store_true", help="resize a mask file to the picture's size")
    group.add_argument("--mask-only", action="store_true", help="write what would be filled (255 = fill), nothing else")
    group.add_argument("--outcomes", type=int, metavar="N", help="write N ways of filling and a contact sheet of them")
    group.add_argument("--outcome-methods", metavar="NAMES", help="the methods --outcomes takes turns with, such as "
                       "telea,ns")  # fmt: skip


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
    group.add_argument(
        "--keep-colours",
        choices=("on", "off"),
        help="hold stages that are not made to change colours to that (default: on); off gives a network's own output",
    )
    group.add_argument("--tile", metavar="PIXELS", help="tile of every stage that has one; 0 for none")
    group.add_argument("--seed", type=int, help="for every random choice (default: 0)")
    group.add_argument("--offline", action="store_true", default=None, help="never fetch weights")
    group.add_argument("--accept-licence", action="append", metavar="MODEL", help="accept a non-commercial licence")


def _metavar(control: Control) -> str:
    if control.kind == "choice":
        return "{" + ",".join(control.choices) + "}"
    if control.kind == "switch":
        return "on|off"
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
        raise TwoRecipes()
    keywords: dict[str, Any] = {}
    for stage in STAGES:
        keywords[stage.toggle] = getattr(arguments, stage.toggle)
        for control in controls(stage):
            keywords[control.keyword] = _value(control, getattr(arguments, control.keyword))
            if keywords[stage.toggle] is False and keywords[control.keyword] is not None:
                raise StageLeftOut(stage=stage.flag, flag=control.flag)
    for step in VIDEO_STEPS:
        for control in controls(step):
            keywords[control.keyword] = _value(control, getattr(arguments, control.keyword))
    if arguments.fit_mask:
        keywords["mask_fit"] = "resize"
    if arguments.outcome_methods and arguments.outcomes is None:
        raise OutcomesNotAsked()
    if arguments.mask_only and arguments.outcomes is not None:
        raise MaskOrOutcomes()
    if arguments.quality is not None and not 1 <= arguments.quality <= 100:
        raise FlagValueInvalid(flag="--quality", wanted="a whole number from 1 to 100", value=str(arguments.quality))
    if arguments.seed is not None and not 0 <= arguments.seed < 2**63:
        raise FlagValueInvalid(flag="--seed", wanted="a whole number from 0 on", value=str(arguments.seed))
    names = ("format", "quality", "chroma", "bit_depth")
    output = {name: getattr(arguments, name) for name in names if getattr(arguments, name) is not None}
    keep = None if arguments.keep_colours is None else arguments.keep_colours == "on"
    keywords |= {
        "keep_colours": keep,
        "seed": arguments.seed,
        "precision": arguments.precision,
        "output": output or None,
    }
    base = Path(arguments.recipe) if arguments.recipe else arguments.preset
    recipe: Recipe = pipeline.recipe(base, **keywords)
    if arguments.tile is not None:
        first = next(c for stage in STAGES for c in controls(stage) if c.field == "tile")
        tile = _value(first, arguments.tile, "--tile")
        tiled = {
            c.keyword: tile
            for step in recipe.stages
            for c in controls(step.runs)
            if c.field == "tile" and keywords[c.keyword] is None
        }
        recipe = recipe.changed(**tiled)
    return recipe


def _value(control: Control, text: str | list[str] | None, flag: str | None = None) -> Any:
    """A flag's text as the setting takes it.

    Raises:
        UsageError: it is not; the sentence names the flag and what it takes.
    """
    if isinstance(text, list):
        text = ";".join(text)
    if text is None or (control.auto and text == "auto"):
        return text
    flag = flag or control.flag
    if control.kind == "region":
        return Region.parse(text)
    if control.kind == "choice" and text not in control.choices:
        raise FlagValueUnknown(flag=flag, value=text, choices=control.choices)
    if control.kind == "switch":
        if text.lower() not in _SWITCH:
            raise FlagNotSwitch(flag=flag, value=text[:40])
        return _SWITCH[text.lower()]
    if control.kind == "list":
        return [part.strip() for part in text.split(",") if part.strip()]
    if control.kind not in ("number", "integer"):
        return text
    low, high = control.minimum, control.maximum
    wanted = "a whole number" if control.kind == "integer" else "a number"
    wanted += f" from {low:g} to {high:g}" if low is not None and high is not None else ""
    mistake = FlagValueInvalid(flag=flag, wanted=wanted + (" or auto" if control.auto else ""), value=text[:40])
    try:
        value = int(text) if control.kind == "integer" else float(text)
    except ValueError as error:
        raise mistake from error
    if math.isnan(value) or (low is not None and value < low) or (high is not None and value > high):
        raise mistake
    return value


def _joined(words: list[str]) -> list[str]:
    """``--mask -5,-5,30,30`` as ``--mask=-5,-5,30,30``: coordinates may be negative, and are no flag."""
    joined: list[str] = []
    for word in words:
        if _COORDINATES.match(word) and joined and joined[-1].startswith("--") and "=" not in joined[-1]:
            joined[-1] += f"={word}"
        else:
            joined.append(word)
    return joined


def parse(words: list[str]) -> argparse.Namespace:
    """The flags of a command line.

    Raises:
        UsageError: a flag is unknown, lacks its value or has one it does not take.
    """
    parser = build_parser()
    arguments, unknown = parser.parse_known_args(_joined(words))
    flags = [word.partition("=")[0] for word in unknown if word.startswith("-") and word != "--"]
    if flags:
        known = [name for action in parser._actions for name in action.option_strings]
        raise FlagUnknown(flag=flags[0], known=tuple(known))
    if unknown:
        raise InputTooMany(word=unknown[0])
    return arguments


class _Parser(argparse.ArgumentParser):
    """A parser that says in one sentence what is wrong, as everything else here does."""

    def error(self, message: str) -> NoReturn:
        flag, colon, rest = message.removeprefix("argument ").partition(": ")
        if colon and flag.startswith("-"):
            rest = rest.replace("expected one argument", "needs a value").replace("invalid choice: ", "does not know ")
            rest = rest.replace("invalid int value: ", "takes a whole number, not ")
            raise FlagMisused(reason=f"{flag.split('/')[-1]} {rest}")
        raise FlagMisused(reason=message)
