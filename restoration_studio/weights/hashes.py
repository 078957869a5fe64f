"""SHA-256 of files, each worked out once for as long as the file stays as it is."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from restoration_studio.files import sha256_of_file

_SETTLED = 2.0  # seconds; a file changed more lately may change again within one tick of its file system's clock
_Stamp = tuple[int, int, int, int]

_lock = threading.Lock()
_known: dict[Path, tuple[_Stamp, str]] = {}


def sha256_of(path: Path) -> str:
    """The file's SHA-256, read off its bytes only if its time, size or inode have changed since the last call.

    Raises:
        OSError: it cannot be read.
    """
    real = path.resolve(strict=True)
    stamp = _stamp(real)
    with _lock:
        known = _known.get(real)
    if known is not None and known[0] == stamp:
        return known[1]
    started = time.time()
    sha256 = sha256_of_file(real)
    if _stamp(real) == stamp and max(stamp[0], stamp[3]) / 1e9 < started - _SETTLED:
        with _lock:
            _known[real] = stamp, sha256
    return sha256


def _stamp(path: Path) -> _Stamp:
    status = path.stat()
    return status.st_mtime_ns, status.st_size, status.st_ino, status.st_ctime_ns
