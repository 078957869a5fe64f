"""Mistakes that only the studio knows."""

from __future__ import annotations

from typing import ClassVar

from restoration_studio.errors import InputError, OutputError, UsageError


class QueueFull(UsageError):
    """A visitor has as many jobs in the queue as are allowed."""

    code: ClassVar[str] = "queue_full"
    sentence: ClassVar[str] = "there is enough in the queue already; wait for it or stop something."

    limit: int


class ArchiveTooLarge(InputError):
    """An uploaded zip would unpack to more than is allowed."""

    code: ClassVar[str] = "archive_too_large"
    sentence: ClassVar[str] = "{name} unpacks to over {gigabytes:.0f} GB; upload fewer pictures at a time."

    name: str
    limit_bytes: int

    @property
    def gigabytes(self) -> float:
        return self.limit_bytes / 1e9


class ArchiveUnreadable(InputError):
    """An uploaded zip is damaged, encrypted or no zip."""

    code: ClassVar[str] = "archive_unreadable"
    sentence: ClassVar[str] = "{name} cannot be unpacked: {reason}; make the zip again without a password."

    name: str
    reason: str


class PastedUnreadable(InputError):
    """What came from the clipboard is no picture."""

    code: ClassVar[str] = "pasted_unreadable"
    sentence: ClassVar[str] = "what was pasted is not a picture; copy a picture and paste again."


class UploadedMaskSize(InputError):
    """An uploaded mask has another size than the picture."""

    code: ClassVar[str] = "uploaded_mask_size"
    sentence: ClassVar[str] = (
        "the mask {name} is {mask_width}x{mask_height} pixels and the picture {width}x{height}; "
        "give a mask of the picture's size."
    )

    name: str
    mask_width: int
    mask_height: int
    width: int
    height: int


class PaintedMaskUnusable(InputError):
    """What the browser sent is no mask of the picture."""

    code: ClassVar[str] = "painted_mask_unusable"
    sentence: ClassVar[str] = "the painted mask cannot be used: {reason}; reload the page and paint it again."

    reason: str


class PlacedHintsUnusable(InputError):
    """What the browser sent are no colour hints."""

    code: ClassVar[str] = "placed_hints_unusable"
    sentence: ClassVar[str] = "the colour hints cannot be used: reload the page and place them again."


class NoRoomForVideo(OutputError):
    """The server's disk has less free space than a film needs."""

    code: ClassVar[str] = "no_room_for_video"
    sentence: ClassVar[str] = "the server's disk has no room for this film; choose a smaller scale or a shorter part."

    needed_bytes: float
    free_bytes: int
