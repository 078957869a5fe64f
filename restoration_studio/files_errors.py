"""Why a file could not be written, or may not be."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from restoration_studio.errors import OutputError, UsageError


class OutputExists(UsageError):
    """A file of that name is there, and replacing it was not asked for."""

    code: ClassVar[str] = "output_exists"
    sentence: ClassVar[str] = "{path} exists; set overwrite=True to replace it, or choose another name."

    path: Path


class OutputIsInput(UsageError):
    """The result would take the place of the file it is made of."""

    code: ClassVar[str] = "output_is_input"
    sentence: ClassVar[str] = "{path} is also the input; choose another name, so that the original is not overwritten."

    path: Path


class OutputIsFolder(OutputError):
    """A folder stands where the result is to be written."""

    code: ClassVar[str] = "output_is_folder"
    sentence: ClassVar[str] = "{path} is a folder; name a file to write the result to."

    path: Path


class OutputClaimed(OutputError):
    """Another run is making this very file."""

    code: ClassVar[str] = "output_claimed"
    sentence: ClassVar[str] = "{path} is being written by another run; wait for it, or choose another name."

    path: Path
    claim: Path


class OutputClaimLeft(OutputClaimed):
    """The file is claimed on a disk without locks, where a run at work and a killed one look alike."""

    code: ClassVar[str] = "output_claim_left"
    sentence: ClassVar[str] = (
        "{path} is being written by another run, or one that was killed has left its claim; if none is at work, "
        "remove {claim}."
    )


class DiskFull(OutputError):
    """No space is left for a file."""

    code: ClassVar[str] = "disk_full"
    sentence: ClassVar[str] = "{path} could not be written: the disk is full; free some space and run again."

    path: Path


class OutputNotPermitted(OutputError):
    """No permission to write a file, or a disk that is read only."""

    code: ClassVar[str] = "output_not_permitted"
    sentence: ClassVar[str] = "{path} could not be written: no permission there; choose another place."

    path: Path


class OutputParentIsFile(OutputError):
    """A file stands where a folder is needed."""

    code: ClassVar[str] = "output_parent_is_file"
    sentence: ClassVar[str] = (
        "{path} could not be written: a file stands where a folder is needed; choose another name."
    )

    path: Path


class OutputNameTooLong(OutputError):
    """The file system takes no name this long."""

    code: ClassVar[str] = "output_name_too_long"
    sentence: ClassVar[str] = "{path} could not be written: the name is too long; choose a shorter one."

    path: Path


class OutputPlaceUnusable(OutputError):
    """No file can be made at that place, as below ``/proc`` or on a device that is gone."""

    code: ClassVar[str] = "output_place_unusable"
    sentence: ClassVar[str] = "{path} could not be written: no file can be made there; choose another place."

    path: Path


class OutputTooLarge(OutputError):
    """The file system takes no file this large."""

    code: ClassVar[str] = "output_too_large"
    sentence: ClassVar[str] = "{path} could not be written: the disk takes no file this large; choose another disk."

    path: Path


class OutputFailed(OutputError):
    """Writing failed for a reason that only the system knows."""

    code: ClassVar[str] = "output_failed"
    sentence: ClassVar[str] = "{path} could not be written: {reason}; choose another place."

    path: Path
    reason: str
