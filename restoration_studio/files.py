"""Files on disk: hashes, results that appear only when they are whole, and why a file could not be written."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from restoration_studio.errors import OutputError

_CHUNK = 1 << 20
_PARTIAL = ".partial-"
# The whole form, so that nobody else's file with such a beginning is ever taken for one of ours.
_PARTIAL_NAME = re.compile(re.escape(_PARTIAL) + r"\d+-[0-9a-f]{16}(\..*)?", re.DOTALL)


def sha256_of_file(path: Path) -> str:
    """SHA-256 of a file's bytes as 64 hexadecimal digits."""
    digest = hashlib.sha256()
    with open(path, "rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


@contextmanager
def atomic_file(path: Path) -> Iterator[Path]:
    """Give a temporary name beside ``path`` to write to; move it into place only when all went well.

    The name ends as ``path`` does, so that encoders choosing by ending work. Folders are made.

    Raises:
        OutputError: the folder cannot be written or the disk is full; nothing is left behind.
    """
    path = Path(path)
    temporary: Path | None = None
    handle = -1
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            raise OutputError(f"{path} is a folder; name a file to write the result to.")
        name = f"{_PARTIAL}{os.getpid()}-{secrets.token_hex(8)}{path.suffix}"
        temporary = path.with_name(name)
        # Not tempfile.mkstemp: its files are private, and results follow the person's umask.
        handle = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
        _lock(handle)
        yield temporary
        if sys.platform == "win32":  # a file that is open cannot be moved there
            os.close(handle)
            handle = -1
        os.replace(temporary, path)
    except OSError as error:
        raise output_error(path, error) from error
    finally:
        if handle >= 0:
            os.close(handle)
        if temporary is not None:
            _remove(temporary)


def remove_stale_partials(folder: Path) -> None:
    """Remove temporary files under ``folder`` left by programs that were killed.

    A program at work holds a lock on its temporary file, which ends with it, however it ends. (Numbers of
    processes tell less: in a container every run has the same.) Files that cannot be asked are left alone.
    """
    for path in folder.rglob(f"{_PARTIAL}*"):
        if _PARTIAL_NAME.fullmatch(path.name) and path.is_file() and not _is_locked(path):
            _remove(path)


def _lock(handle: int) -> None:
    """Say that the file is being written; systems and disks without such locks go without."""
    if sys.platform != "win32":
        import fcntl

        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _is_locked(path: Path) -> bool:
    """Whether a program holds the file, or nobody can say."""
    if sys.platform == "win32":
        return False  # what is open cannot be removed there
    import fcntl

    try:
        with open(path, "rb") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    return False


def _remove(path: Path) -> None:
    """Remove a temporary file; one that cannot be removed must not hide why the work ended."""
    with suppress(OSError):
        path.unlink(missing_ok=True)


def output_error(path: Path, error: OSError) -> OutputError:
    """The sentence a person needs when ``path`` could not be written."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return OutputError(f"{path} could not be written: the disk is full; free some space and run again.")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return OutputError(f"{path} could not be written: no permission there; choose another place with -o.")
    if error.errno in (errno.ENOTDIR, errno.EEXIST):
        return OutputError(f"{path} could not be written: a file stands where a folder is needed; choose another name.")
    if error.errno == errno.ENAMETOOLONG:
        return OutputError(f"{path} could not be written: the name is too long; choose a shorter one.")
    if error.errno in (errno.ENOENT, errno.EISDIR, errno.ENODEV, errno.ENOTSUP):
        return OutputError(f"{path} could not be written: no file can be made there; choose another place with -o.")
    if error.errno == errno.EFBIG:
        return OutputError(f"{path} could not be written: the disk takes no file this large; choose another disk.")
    return OutputError(f"{path} could not be written: {error.strerror or error}; choose another place with -o.")
