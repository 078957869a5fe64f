"""What a batch will look at: which pictures are in a folder and where the result of each goes."""

from __future__ import annotations

import hashlib
import os
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from restoration_studio.engine.errors import (
    BatchInputIsFile,
    BatchOutputIsFile,
    BatchOutputIsInput,
    FolderMissing,
    FolderUnreadable,
    ResultOverOriginal,
)
from restoration_studio.engine.recipe import Recipe
from restoration_studio.image.formats import is_picture_name, suffix_for_name


@dataclass(frozen=True, slots=True)
class Plan:
    """What a batch will look at.

    Attributes:
        pairs: every picture with the file its result goes to, sorted.
        ignored: number of files that are no pictures, and of links to folders.
        unreadable: subfolders that cannot be read, and why.
    """

    pairs: list[tuple[Path, Path]]
    ignored: int
    unreadable: list[tuple[Path, str]]


def plan(input_dir: Path, output_dir: Path, recipe: Recipe) -> Plan:
    """Every picture under ``input_dir`` with the file its result goes to.

    A result keeps its picture's name; where the format changes, the new suffix is added (``a.heic.png``).
    Two pictures never share a result, not even on systems that take ``A.jpg`` and ``a.jpg`` for one.

    Raises:
        InputError, UsageError: the folders cannot be used.
    """
    _check_folders(input_dir, output_dir)
    pairs: list[tuple[Path, Path]] = []
    taken: set[str] = set()
    unreadable: list[tuple[Path, str]] = []
    found = list(_files(input_dir, output_dir, unreadable))
    if any(folder == input_dir for folder, _ in unreadable):
        raise FolderUnreadable(path=input_dir, reason=unreadable[0][1])
    wanted = [path for path in found if is_picture_name(path) and not path.is_dir()]
    # Files that keep their name come first, so that only a changed name gives way to them.
    for source in sorted(wanted, key=lambda path: (_result_name(path, recipe) != path.name, str(path))):
        relative = source.relative_to(input_dir)
        target = first = relative.with_name(_result_name(source, recipe))
        count = 0
        while _folded(target) in taken:
            mark = hashlib.sha256(os.fsencode(relative) + b"\0" * count).hexdigest()[:8]
            target, count = first.with_name(f"{first.stem}-{mark}{first.suffix}"), count + 1
        taken.add(_folded(target))
        pairs.append((source, output_dir / target))
    _check_originals(pairs)
    return Plan(sorted(pairs), len(found) - len(wanted), unreadable)


def _check_folders(input_dir: Path, output_dir: Path) -> None:
    if not input_dir.exists():
        raise FolderMissing(path=input_dir)
    if not input_dir.is_dir():
        raise BatchInputIsFile(path=input_dir)
    if output_dir.exists() and not output_dir.is_dir():
        raise BatchOutputIsFile(path=output_dir)
    if output_dir.exists() and output_dir.samefile(input_dir):
        raise BatchOutputIsInput(path=output_dir)


def _check_originals(pairs: list[tuple[Path, Path]]) -> None:
    """No result may take the place of a picture of the input, as where the input lies inside the output folder."""
    folders = {path.parent for pair in pairs for path in pair}
    real = {folder: os.path.realpath(folder) for folder in folders}
    originals = {(real[source.parent], source.name) for source, _ in pairs}
    for source, target in pairs:
        if (real[target.parent], target.name) in originals:
            raise ResultOverOriginal(source=source, path=target)


def _files(input_dir: Path, output_dir: Path, unreadable: list[tuple[Path, str]]) -> Iterator[Path]:
    """Every file below ``input_dir`` but those below ``output_dir`` and in hidden folders.

    Links to folders are given as files: they are not gone into, as they may lead round in circles.
    """

    def note(error: OSError) -> None:
        unreadable.append((Path(error.filename), (error.strerror or str(error)).lower()))

    results = os.path.realpath(output_dir)
    for folder, names, files in os.walk(input_dir, onerror=note):
        here = Path(folder)
        shown = sorted(name for name in names if not name.startswith("."))
        yield from (here / name for name in shown if (here / name).is_symlink())
        names[:] = [name for name in shown if os.path.realpath(here / name) != results]
        yield from (here / name for name in sorted(files) if not name.startswith("."))


def _result_name(source: Path, recipe: Recipe) -> str:
    suffix = suffix_for_name(source, recipe.output.format)
    return source.name if suffix == source.suffix.lower() else source.name + suffix


def _folded(path: Path) -> str:
    """What a system sees that tells neither case nor Unicode forms apart."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", str(path)).casefold())
