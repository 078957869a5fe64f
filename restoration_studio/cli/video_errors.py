"""What can be wrong with the flags of a video."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from restoration_studio.errors import UsageError


class FlagForVideos(UsageError):
    """A flag that only videos take was given with a picture or a folder."""

    code: ClassVar[str] = "flag_for_videos"
    sentence: ClassVar[str] = "{flag} is for films, and {path} is none; leave it out or give --video."

    flag: str
    path: Path


class FlagForPictures(UsageError):
    """A flag that only pictures take was given with a video."""

    code: ClassVar[str] = "flag_for_pictures"
    sentence: ClassVar[str] = "{flag} is for pictures; films take --codec, --crf and --container."

    flag: str


class FolderIsNoVideo(UsageError):
    """A folder was given where one video is meant."""

    code: ClassVar[str] = "folder_is_no_video"
    sentence: ClassVar[str] = "{path} is to be a film, and --video takes one file; name a film."

    path: Path


class SecondsUnknown(UsageError):
    """A text that is no time."""

    code: ClassVar[str] = "seconds_unknown"
    sentence: ClassVar[str] = "{flag} takes seconds, or M:SS or H:MM:SS, not '{text:.40}'."

    flag: str
    text: str


class ContainerAndNameDisagree(UsageError):
    """The result's name ends with another container's suffix than the one asked for."""

    code: ClassVar[str] = "container_and_name_disagree"
    sentence: ClassVar[str] = "--container {container} and the name {path} do not agree; leave one of them out."

    container: str
    path: Path
