"""Small helpers that belong to no one room."""

from __future__ import annotations

import errno
import hashlib
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from errors import OutputError

_CHUNK = 1 << 20
_PARTIAL = ".partial-"


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
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            raise OutputError(f"{path} is a folder; name a file to write the result to.")
        handle, name = tempfile.mkstemp(prefix=f"{_PARTIAL}{os.getpid()}-", suffix=path.suffix, dir=path.parent)
        os.close(handle)
        temporary = Path(name)
        yield temporary
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)  # mkstemp makes private files; results follow the person's umask
        os.replace(temporary, path)
    except OSError as error:
        raise output_error(path, error) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def remove_stale_partials(folder: Path) -> None:
    """Remove temporary files under ``folder`` left by programs of this machine that were killed."""
    for path in folder.rglob(f"{_PARTIAL}*"):
        owner = path.name.removeprefix(_PARTIAL).split("-")[0]
        if owner.isdigit() and not _is_running(int(owner)):
            path.unlink(missing_ok=True)


def _is_running(process: int) -> bool:
    if sys.platform == "win32" or process == os.getpid():
        return True  # Windows has no question without consequences; files are left there
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # somebody else's
    return True


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
    return OutputError(f"{path} could not be written: {error.strerror or error}.")


def format_seconds(seconds: float) -> str:
    """``75`` becomes ``1:15``, ``3700`` becomes ``1:01:40``."""
    minutes, rest = divmod(round(max(0.0, seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def format_bytes(count: float) -> str:
    """``33424520`` becomes ``33.4 MB`` (decimal units)."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000 or unit == "GB":
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1000
    raise AssertionError("unreachable")
