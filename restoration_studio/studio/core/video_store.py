"""Where a visit's video lies on the server's disk: upload, finished segments, results; gone when the visit ends."""

from __future__ import annotations

import atexit
import shutil
import tempfile
import threading
import time
import weakref
from collections.abc import Callable
from functools import cache
from pathlib import Path

from filelock import FileLock, Timeout

from restoration_studio.files import output_error
from restoration_studio.progress import CancelToken
from restoration_studio.studio.errors import NoRoomForVideo

_PREFIX = "restoration-studio-films-"
_LOCK = threading.Lock()
_LOOK_SECONDS, AWAY_SECONDS = 20.0, 180.0  # Streamlit takes a visitor back within two minutes


class Workspace:
    """A folder of one visit. When the visitor has been away for three minutes, or nobody holds it any more, its work is
    stopped and the folder goes.

    Args:
        visitor_here: tells whether the visitor is still there; must not hold what holds the workspace.

    Attributes:
        ended: set when the visit ends, so that work which could not stop at once removes what it still writes.
    """

    def __init__(self, visitor_here: Callable[[], bool] = lambda: True) -> None:
        try:
            self.folder = Path(tempfile.mkdtemp(dir=_server_folder()))
        except OSError as error:
            raise output_error(Path(tempfile.gettempdir()), error) from error
        self.visitor_here = visitor_here
        self.away_since: float | None = None
        self.ended = threading.Event()
        self._tokens: list[CancelToken] = []
        self.end = weakref.finalize(self, _end, self.folder, self.ended, self._tokens)
        watched = _watched()
        with _LOCK:
            watched.add(self)

    def watch(self, cancel: CancelToken) -> None:
        """``cancel`` is set when the visit ends; the one before is let go."""
        self._tokens[:] = [cancel]

    def fresh(self, name: str) -> Path:
        """An empty folder of that name within; what was in it is gone.

        Raises:
            OutputError: it cannot be made.
        """
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        try:
            folder.mkdir(parents=True)
        except OSError as error:
            raise output_error(folder, error) from error
        return folder

    def discard(self, name: str) -> None:
        """Remove the folder of that name."""
        shutil.rmtree(self.folder / name, ignore_errors=True)

    def check_room(self, needed: float) -> None:
        """
        Raises:
            NoRoomForVideo: the disk has less than ``needed`` bytes free.
        """
        free = shutil.disk_usage(self.folder).free
        if free < needed:
            raise NoRoomForVideo(needed_bytes=needed, free_bytes=free)


@cache
def _watched() -> weakref.WeakSet[Workspace]:
    """The workspaces of all visits, looked after by a thread of its own."""
    watched: weakref.WeakSet[Workspace] = weakref.WeakSet()

    def look() -> None:
        while True:
            time.sleep(_LOOK_SECONDS)
            with _LOCK:
                spaces = list(watched)
            end_those_left(spaces, time.monotonic())
            spaces.clear()  # nobody is held while it sleeps

    threading.Thread(target=look, name="workspaces", daemon=True).start()
    return watched


def end_those_left(spaces: list[Workspace], now: float) -> None:
    """End the visits whose visitors have been away for ``AWAY_SECONDS``; ``now`` as ``time.monotonic`` has it.

    Python alone would find out late: a session is full of reference cycles.
    """
    for space in spaces:
        if space.visitor_here():
            space.away_since = None
        elif space.away_since is None:
            space.away_since = now
        elif now - space.away_since >= AWAY_SECONDS:
            space.end()


def _end(folder: Path, ended: threading.Event, tokens: list[CancelToken]) -> None:
    ended.set()
    for cancel in tokens:
        cancel.cancel()
    shutil.rmtree(folder, ignore_errors=True)


@cache
def _server_folder() -> Path:
    """The folder of this server, locked while it runs; those of servers that were killed are removed."""
    root = Path(tempfile.gettempdir())
    for other in root.glob(f"{_PREFIX}*"):
        _remove_if_left(other)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    lock = FileLock(folder / "lock")
    lock.acquire()

    def leave() -> None:
        lock.release()
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(leave)  # holds the lock until then
    return folder


def _remove_if_left(folder: Path) -> None:
    try:
        with FileLock(folder / "lock", blocking=False):
            pass
    except (Timeout, OSError):
        return  # another server is at work there, or it is another person's
    shutil.rmtree(folder, ignore_errors=True)
