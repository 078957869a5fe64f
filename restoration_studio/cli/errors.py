"""Mistakes in a command line: flags that are unknown, lack a value, exclude each other or do not fit the input."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import ClassVar

from restoration_studio.errors import Cancelled, InputError, OutOfMemoryError, OutputError, UsageError


class RunStopped(Cancelled):
    """The person stopped the run."""

    code: ClassVar[str] = "run_stopped"
    sentence: ClassVar[str] = "stopped; nothing half-written was left."


class RunOutOfMemory(OutOfMemoryError):
    """The run did not fit into memory."""

    code: ClassVar[str] = "run_out_of_memory"
    sentence: ClassVar[str] = (
        "there is not enough memory for this; choose a smaller scale, a smaller picture or close other programs."
    )


# The input and the output.


class InputNamedTwice(UsageError):
    """The input is named by its place and by ``--input``."""

    code: ClassVar[str] = "input_named_twice"
    sentence: ClassVar[str] = "the input is named twice, by --input and without it; name it once."


class InputNotNamed(UsageError):
    """No input is named."""

    code: ClassVar[str] = "input_not_named"
    sentence: ClassVar[str] = "no input is named; give a picture or a folder, or see --help."


class InputTooMany(UsageError):
    """More than one input is named."""

    code: ClassVar[str] = "input_too_many"
    sentence: ClassVar[str] = (
        "'{word}' is one input too many; give one picture, or put the pictures into a folder and name that."
    )

    word: str


class InputNameUnusable(InputError):
    """The system does not even take the input's name: too long, or in a closed folder."""

    code: ClassVar[str] = "input_name_unusable"
    sentence: ClassVar[str] = "{path} cannot be used: {reason}; choose another name or place."

    path: Path
    reason: str


class OutputNameUnusable(OutputError):
    """The system does not even take the output's name: too long, or in a closed folder."""

    code: ClassVar[str] = "output_name_unusable"
    sentence: ClassVar[str] = "{path} cannot be used: {reason}; choose another name or place."

    path: Path
    reason: str


class InputIsNoFile(UsageError):
    """The input is a pipe, a device or the like."""

    code: ClassVar[str] = "input_is_no_file"
    sentence: ClassVar[str] = "{path} is neither a file nor a folder; give a picture."

    path: Path


class InputIsFile(UsageError):
    """``--batch`` is given with a file."""

    code: ClassVar[str] = "input_is_file"
    sentence: ClassVar[str] = "{path} is a file, and --batch takes a folder; leave --batch out."

    path: Path


class InputIsFolder(UsageError):
    """A flag that is for one picture is given with a folder."""

    code: ClassVar[str] = "input_is_folder"
    sentence: ClassVar[str] = "{flag} takes one picture, and {path} is a folder; name a picture in it."

    flag: str
    path: Path


class OutputNotNamed(UsageError):
    """The input has no name that the results' folder could be named after."""

    code: ClassVar[str] = "output_not_named"
    sentence: ClassVar[str] = "{path} is the root of the disk; name the folder for the results with -o."

    path: Path


class ComparisonOverInput(UsageError):
    """The before/after picture would be written over the input."""

    code: ClassVar[str] = "comparison_over_input"
    sentence: ClassVar[str] = "the comparison would be written over the input {path}; give another name with -o."

    path: Path


class MaskNotLossless(UsageError):
    """A mask would be written to a format that changes its values."""

    code: ClassVar[str] = "mask_not_lossless"
    sentence: ClassVar[str] = "a mask must be written without loss, and {path} would not be; name a .png file."

    path: Path


class FormatDisagrees(UsageError):
    """``--format`` and the output's suffix name two formats."""

    code: ClassVar[str] = "format_disagrees"
    sentence: ClassVar[str] = "--format {format} and the name {path} do not agree; leave one of them out."

    format: str
    path: Path


# The flags.


class FlagUnknown(UsageError):
    """There is no such flag."""

    code: ClassVar[str] = "flag_unknown"
    sentence: ClassVar[str] = "the option {flag} is unknown; {hint}"

    flag: str
    known: tuple[str, ...]

    @property
    def hint(self) -> str:
        close = difflib.get_close_matches(self.flag, self.known, n=1)
        return f"did you mean {close[0]}?" if close else "see --help."


class FlagMisused(UsageError):
    """A flag lacks its value, or has one it does not take."""

    code: ClassVar[str] = "flag_misused"
    sentence: ClassVar[str] = "{reason}; see --help."

    reason: str


class FlagValueUnknown(UsageError):
    """A flag's value is none of those it takes."""

    code: ClassVar[str] = "flag_value_unknown"
    sentence: ClassVar[str] = "{flag} does not know '{value}'; {hint}"

    flag: str
    value: str
    choices: tuple[str, ...]

    @property
    def hint(self) -> str:
        close = difflib.get_close_matches(self.value, self.choices, n=1)
        return f"did you mean {close[0]}?" if close else f"use {' or '.join(self.choices)}."


class FlagNotSwitch(UsageError):
    """A flag takes on or off, and has something else."""

    code: ClassVar[str] = "flag_not_switch"
    sentence: ClassVar[str] = "{flag} is either on or off, not '{value}'."

    flag: str
    value: str


class FlagValueInvalid(UsageError):
    """A flag's number is none, or out of its range."""

    code: ClassVar[str] = "flag_value_invalid"
    sentence: ClassVar[str] = "{flag} takes {wanted}, not '{value}'."

    flag: str
    wanted: str
    value: str


class TwoRecipes(UsageError):
    """A preset and a recipe are given at once."""

    code: ClassVar[str] = "two_recipes"
    sentence: ClassVar[str] = "--preset and --recipe both name a recipe; give one of them."


class StageLeftOut(UsageError):
    """A flag is given for a stage that another flag leaves out."""

    code: ClassVar[str] = "stage_left_out"
    sentence: ClassVar[str] = "--no-{stage} leaves out the stage that {flag} is for; give one of them."

    stage: str
    flag: str


class EveryStageOff(UsageError):
    """Every stage is switched off."""

    code: ClassVar[str] = "every_stage_off"
    sentence: ClassVar[str] = "every stage is switched off, so nothing would be restored; leave one of them on."


class OutcomesNotAsked(UsageError):
    """``--outcome-methods`` is given without ``--outcomes``."""

    code: ClassVar[str] = "outcomes_not_asked"
    sentence: ClassVar[str] = "--outcome-methods goes with --outcomes; say how many."


class MaskOrOutcomes(UsageError):
    """``--mask-only`` and ``--outcomes`` are given at once."""

    code: ClassVar[str] = "mask_or_outcomes"
    sentence: ClassVar[str] = "--mask-only writes no result and --outcomes several; give one of them."


class FlagForOneResult(UsageError):
    """A flag for runs with one result is given with a run that has none or several."""

    code: ClassVar[str] = "flag_for_one_result"
    sentence: ClassVar[str] = "{flag} is for one result and does not go with {mode}."

    flag: str
    mode: str
