"""The folder beside a result that holds its finished segments until the video is whole.

Its name carries a key of everything the result depends on, so that only the same work is ever continued. What is
in it is moved into place whole, and read again before it is believed.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from restoration_studio.files import atomic_file, output_error, remove_stale_partials
from restoration_studio.video.analysis import VideoAnalysis
from restoration_studio.video.errors import VideoBeingMade
from restoration_studio.video.mux import EncodedSegment

_SUFFIX = ".film-parts"


def key_of(facts: Any) -> str:
    """A key of everything a result depends on, as JSON takes it."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()


class WorkFolder:
    """Finished segments of one video with one recipe; see ``open_work``."""

    def __init__(self, folder: Path, key: str) -> None:
        self.folder, self.key = folder, key

    @property
    def analysis_path(self) -> Path:
        return self.folder / "plan.npz"

    def load_analysis(self) -> VideoAnalysis | None:
        """The analysis of the run that began here, or None."""
        return VideoAnalysis.load(self.analysis_path)

    def segment_path(self, index: int) -> Path:
        return self.folder / f"{index:06d}.mkv"

    def unfinished_path(self, index: int) -> Path:
        """Where a segment is written until it is whole."""
        return self.folder / f"{index:06d}.unfinished.mkv"

    def commit(self, index: int, order: list[int], facts: dict[str, Any]) -> None:
        """Say that the segment in ``unfinished_path`` is whole.

        Args:
            order: the numbers of its frames in decoding order.
            facts: what is to be known of it later, as JSON takes it.

        Raises:
            OutputError: the folder cannot be written.
        """
        unfinished, path = self.unfinished_path(index), self.segment_path(index)
        try:
            with open(unfinished, "rb+") as stream:
                os.fsync(stream.fileno())  # so that no loss of power leaves a name without its bytes
            facts = facts | {"order": order, "bytes": unfinished.stat().st_size}
            with atomic_file(path.with_suffix(".json")) as temporary:
                temporary.write_text(json.dumps(facts), encoding="utf-8")
            os.replace(unfinished, path)
        except OSError as error:
            raise output_error(path, error) from error

    def find_segment(self, index: int, frames: int) -> tuple[EncodedSegment, dict[str, Any]] | None:
        """The segment of that number with its facts, if it is whole and holds ``frames`` frames."""
        path = self.segment_path(index)
        try:
            facts = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
            order = tuple(int(number) for number in facts["order"])
            if path.stat().st_size != facts["bytes"] or sorted(order) != list(range(frames)):
                return None
        except (OSError, ValueError, TypeError, KeyError):
            return None
        return EncodedSegment(path, order), facts

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


@contextmanager
def open_work(target: Path, key: str) -> Iterator[tuple[WorkFolder, list[str]]]:
    """The work folder for a result, held against other runs; gives notes on other unfinished work as well.

    Raises:
        UsageError: another run is making the same video now.
        OutputError: the folder cannot be made.
    """
    from filelock import FileLock, Timeout

    folder = target.with_name(f".{target.name}.{key[:12]}{_SUFFIX}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise output_error(target, error) from error
    lock = FileLock(folder / "lock", blocking=False)
    try:
        lock.acquire()
    except Timeout as error:
        raise VideoBeingMade(path=target) from error
    except OSError as error:
        raise output_error(target, error) from error
    try:
        remove_stale_partials(folder)
        others = [path for path in folder.parent.glob(f".{target.name}.*{_SUFFIX}") if path != folder]
        yield (
            WorkFolder(folder, key),
            [
                f"unfinished work on {target} with other settings lies in {other}; delete it when it is not wanted."
                for other in sorted(others)
            ],
        )
    finally:
        lock.release()
