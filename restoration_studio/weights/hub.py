"""What the Hugging Face hub itself says a file's SHA-256 is, for files that no other registry vouches for.

A repository keeps large files under their SHA-256 (git-lfs), so a commit fixes their bytes. The hub states it in the
header ``X-Linked-Etag`` of the address ``/resolve/<commit>/<file>``, as huggingface_hub reads it too. It is asked over
https, for one pinned commit, and what it says is noted beside the file when that has been fetched.
"""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

from restoration_studio.weights.download import ByteCallback, disk_error, head
from restoration_studio.weights.errors import HubOtherCommit, HubWithoutHash
from restoration_studio.weights.sources import HuggingFaceSource


def ask_hash(source: HuggingFaceSource, progress: ByteCallback | None = None) -> tuple[str, int | None]:
    """SHA-256 and size in bytes of the file, as the hub states them for the pinned commit.

    Raises:
        SourceFailed: the hub does not answer, or names no SHA-256 or another commit.
    """
    headers = head(source.url, progress)
    commit = headers.get("X-Repo-Commit", "")
    if commit != source.revision:
        raise HubOtherCommit(found=commit[:40], expected=source.revision)
    digest = headers.get("X-Linked-Etag", "").removeprefix("W/").strip('"')
    if not re.fullmatch(r"[0-9a-f]{64}", digest):
        raise HubWithoutHash(url=source.url)
    size = headers.get("X-Linked-Size", "")
    return digest, int(size) if size.isdigit() else None


def _note(path: Path) -> Path:
    return path.with_name(path.name + ".sha256")


def note_hash(path: Path, sha256: str) -> None:
    """Keep what the hub stated beside the file it was checked against.

    Raises:
        WeightsNotWritten: it cannot be written.
    """
    try:
        _note(path).write_text(sha256 + "\n", encoding="ascii")
    except OSError as error:
        raise disk_error(_note(path), error) from error


def forget_hash(path: Path) -> None:
    """The file did not come after all."""
    with suppress(OSError):
        _note(path).unlink()


def noted_hash(path: Path) -> str | None:
    """What the hub stated when the file was fetched; None where nothing was noted."""
    try:
        text = _note(path).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return text if re.fullmatch(r"[0-9a-f]{64}", text) else None
