"""Files on disk: hashes, results that appear only when they are whole, the check and the exclusive claim of outputs."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
import sys
import threading
import time
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from restoration_studio.errors import OutputError
from restoration_studio.files_errors import (
    DiskFull,
    OutputClaimed,
    OutputClaimLeft,
    OutputExists,
    OutputFailed,
    OutputIsFolder,
    OutputIsInput,
    OutputNameTooLong,
    OutputNotPermitted,
    OutputParentIsFile,
    OutputPlaceUnusable,
    OutputTooLarge,
)

_CHUNK = 1 << 20
_PARTIAL = ".partial-"
# The whole form, so that nobody else's file with such a beginning is ever taken for one of ours.
_PARTIAL_NAME = re.compile(re.escape(_PARTIAL) + r"\d+-[0-9a-f]{16}(\..*)?", re.DOTALL)
_CLAIM_NAME = re.compile(r"\.claim-[0-9a-f]{16}\.lock")
_CLAIM_TRIES = 100  # each is lost to another run that releases its claim at that moment
_CLAIM_WAIT = 0.05  # seconds between two looks at a claim that another run holds
_CLAIM_LOOKS = 3  # who removes stale claims holds each for a moment, and so does Windows a file that is being removed

# The claims of this process by their files, with the process and thread that hold them: a fork inherits the table,
# and with it the numbers of its threads, but not the claims.
_held: dict[str, tuple[int, int]] = {}


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
            raise OutputIsFolder(path=path)
        name = f"{_PARTIAL}{os.getpid()}-{os.urandom(8).hex()}{path.suffix}"
        temporary = path.with_name(name)
        # Not tempfile.mkstemp: its files are private, and results follow the person's umask.
        handle = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
        if sys.platform != "win32":  # a lock there keeps others from the very bytes that are to be written
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
    """Remove temporary files and claims under ``folder`` left by programs that were killed.

    A program at work holds a lock on its temporary file, which ends with it, however it ends. (Numbers of
    processes tell less: in a container every run has the same.) Files that cannot be asked are left alone.
    """
    for path in folder.rglob(f"{_PARTIAL}*"):
        if _PARTIAL_NAME.fullmatch(path.name) and path.is_file() and not _is_locked(path):
            _remove(path)
    for claim in folder.rglob(".claim-*"):
        if _CLAIM_NAME.fullmatch(claim.name) and claim.is_file():
            _remove_stale_claim(claim)


def _lock(handle: int) -> bool | None:
    """Lock an open file for as long as it is open; False where another program has, None where there are no locks."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK):
            return False
        return None
    return True


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


def _remove_stale_claim(claim: Path) -> None:
    """Remove a claim that nobody holds; on a disk without locks it cannot be told, and stays."""
    with suppress(OSError):
        handle = _reopen_claim(claim)
        if _lock(handle) and _is_open_file(handle, claim):
            _release(handle, claim)
        else:
            os.close(handle)


def _remove(path: Path) -> None:
    """Remove a temporary file; one that cannot be removed must not hide why the work ended."""
    with suppress(OSError):
        path.unlink(missing_ok=True)


def output_error(path: Path, error: OSError) -> OutputError:
    """What kept ``path`` from being written, from the system's error."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull(path=path)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return OutputNotPermitted(path=path)
    if error.errno in (errno.ENOTDIR, errno.EEXIST):
        return OutputParentIsFile(path=path)
    if error.errno == errno.ENAMETOOLONG:
        return OutputNameTooLong(path=path)
    if error.errno in (errno.ENOENT, errno.EISDIR, errno.ENODEV, errno.ENOTSUP):
        return OutputPlaceUnusable(path=path)
    if error.errno == errno.EFBIG:
        return OutputTooLarge(path=path)
    return OutputFailed(path=path, reason=error.strerror or str(error))


def check_output(path: Path, *, overwrite: bool, source: Path | None = None) -> None:
    """Check that a result may be written to ``path``; writes nothing (``claim_output`` checks the same, and claims).

    Args:
        path: the file for the result; its folders need not exist.
        overwrite: whether a file that is there may be replaced.
        source: the file the result is made of, which may be missing.

    Raises:
        OutputIsFolder: ``path`` is a folder.
        OutputIsInput: ``path`` is ``source``, by this or another name, a link included.
        OutputExists: ``path`` exists, if only as a link that leads nowhere, and ``overwrite`` is False.
        OutputParentIsFile, OutputNotPermitted, OutputError: no file can be made in that folder.
    """
    path = Path(path)
    try:
        with suppress(FileNotFoundError):
            os.lstat(path)  # raises where there can be no such file, which newer Pythons' is_dir() does not
        if path.is_dir():
            raise OutputIsFolder(path=path)
        if source is not None and path.exists() and source.exists() and path.samefile(source):
            raise OutputIsInput(path=path)
        if not overwrite and os.path.lexists(path):
            raise OutputExists(path=path)
        for folder in path.absolute().parents:
            try:
                is_folder = stat.S_ISDIR(folder.stat().st_mode)
            except FileNotFoundError:
                continue  # it will be made
            if not is_folder:
                raise OutputParentIsFile(path=path)
            if os.access(folder, os.W_OK | os.X_OK):
                break
            if folder.exists():  # another run may have given it up this moment
                raise OutputNotPermitted(path=path)
    except OSError as error:
        raise output_error(path, error) from error


@contextmanager
def claim_output(
    path: Path, *, overwrite: bool, source: Path | None = None, wait: Callable[[], None] | None = None
) -> Iterator[Path]:
    """Check an output file and hold an exclusive claim of it for the block; gives the path.

    Of all processes and threads that claim a file, one holds it at a time. What the block asks about the file
    (does it exist, is it finished) therefore stays true while it writes the result::

        with claim_output(target, overwrite=arguments.overwrite, source=source):
            pipeline.restore_file(source, target)

    The check is made once more under the claim: of two runs without ``overwrite``, the later one finds the file of
    the earlier one and raises ``OutputExists``. A run that has a rule of its own for files that are there, as a batch
    has (its own results may be replaced, finished ones need not be made), passes ``overwrite=True`` and asks within
    the block. A thread may claim again what it holds, so that each layer can claim what it writes.

    The claim is a hidden file beside ``path``, held by a lock of the system. The system releases it however the
    process ends, so a claim left by a killed run is taken over at once, and nothing depends on numbers of processes,
    which are the same in every container, or on clocks. Network disks pass the locks on to other machines where they
    are mounted with locks, as they are by default. On a disk without locks the file's existence is the claim; a
    killed run then leaves it, and the error says which file to remove. The file is removed with the claim, and so are
    folders that were made for it and are still empty.

    Args:
        path: the file for the result; its folders are made.
        overwrite: whether a file that is there may be replaced.
        source: the file the result is made of, which may be missing.
        wait: called again and again while another run holds the claim; what it raises, as when the work is
            cancelled, ends the waiting. Without it a claim that is held is an error at once.

    Raises:
        OutputClaimed: another run holds the claim.
        OutputError, UsageError: as ``check_output`` does.
    """
    path = Path(path)
    check_output(path, overwrite=overwrite, source=source)
    claim = _claim_file(path)
    key, holder = os.path.realpath(claim), (os.getpid(), threading.get_ident())
    if _held.get(key) == holder:
        yield path
        return
    missing = [folder for folder in path.parents if not folder.exists()]
    try:
        handle = _wait_for_claim(path, claim, wait)
        try:
            check_output(path, overwrite=overwrite, source=source)  # another run may have written it meanwhile
            _held[key] = holder
            yield path
        finally:
            _held.pop(key, None)
            _release(handle, claim)
    finally:
        with suppress(OSError):  # the innermost first; one that holds something stays
            for folder in missing:
                folder.rmdir()


def _claim_file(path: Path) -> Path:
    """The file that stands for the claim of ``path``; one for all names that some systems do not tell apart."""
    name = unicodedata.normalize("NFC", unicodedata.normalize("NFC", path.name).casefold())
    return path.with_name(f".claim-{hashlib.sha256(os.fsencode(name)).hexdigest()[:16]}.lock")


def _wait_for_claim(path: Path, claim: Path, wait: Callable[[], None] | None) -> int:
    looks = 0
    while True:
        try:
            return _take(path, claim)
        except OutputClaimed:
            looks += 1
            if wait is None and looks == _CLAIM_LOOKS:
                raise
        except OSError as error:
            raise output_error(path, error) from error
        if wait is not None:
            wait()
        time.sleep(_CLAIM_WAIT)


def _take(path: Path, claim: Path) -> int:
    """Take a claim; gives the handle that holds it.

    Raises:
        OutputClaimed: another run holds it.
        OSError: no file can be made there.
    """
    missing: OSError | None = None
    for _ in range(_CLAIM_TRIES):
        try:
            claim.parent.mkdir(parents=True, exist_ok=True)
            handle, is_new = _open_claim(claim)
        except FileNotFoundError as error:  # another run has just released it, or given the folder up
            missing = error
            continue
        except FileExistsError as error:  # from mkdir, which looks twice; the folder may have been given up in between
            if _is_file_or_broken_link(claim.parent):
                raise
            missing = error
            continue
        except PermissionError:
            if sys.platform == "win32" and claim.exists():  # so it is while the file is being removed
                raise OutputClaimed(path=path, claim=claim) from None
            raise
        locked = _lock(handle)
        if locked is None and is_new:  # no locks here: having made the file is the claim
            return handle
        if locked and _is_open_file(handle, claim):
            return handle
        os.close(handle)
        if locked is None:
            raise OutputClaimLeft(path=path, claim=claim)
        if not locked:
            raise OutputClaimed(path=path, claim=claim)
        # The lock is that of a file which its holder has removed: there is another by now, or none.
    raise missing or OutputClaimed(path=path, claim=claim)


def _is_file_or_broken_link(path: Path) -> bool:
    """Whether something stands at ``path`` that no folder can be made of."""
    try:
        return not stat.S_ISDIR(path.stat().st_mode)
    except FileNotFoundError:
        return path.is_symlink()


def _open_claim(claim: Path) -> tuple[int, bool]:
    """Open the file of a claim; gives the handle, and whether the file is new."""
    with suppress(FileExistsError):
        return os.open(claim, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666), True
    return _reopen_claim(claim), False


def _reopen_claim(claim: Path) -> int:
    try:
        return os.open(claim, os.O_RDWR)  # network disks lock only what may be written
    except PermissionError:  # another person's, left when the run was killed
        return os.open(claim, os.O_RDONLY)


def _is_open_file(handle: int, path: Path) -> bool:
    """Whether ``path`` still names the file that is open."""
    if sys.platform == "win32":  # a file that is open cannot be removed there
        return True
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _release(handle: int, claim: Path) -> None:
    if sys.platform == "win32":
        os.close(handle)
        _remove(claim)  # cannot be removed, and stays, where another run has opened it at once
    else:
        _remove(claim)  # while it is locked, so that nobody loses a claim of the same name
        os.close(handle)
