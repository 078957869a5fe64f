"""The record beside a result: what was done to which file, with which weights, how long it took."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import sys
from functools import cache
from pathlib import Path
from typing import Any

from restoration_studio.config import VERSION
from restoration_studio.files import atomic_file

RECORD_SUFFIX = ".record.json"
_LONGEST_NAME = 255  # bytes, on nearly every file system
_PACKAGES = ("numpy", "pillow", "opencv-python", "torch", "spandrel", "scikit-image")


def record_path(result: Path) -> Path:
    """Where the record of a result lies: ``photo.png`` has ``photo.png.record.json``.

    A name too long to have that added is cut, and a piece of its SHA-256 keeps it apart from its like.
    """
    name = os.fsencode(result.name)
    if len(name) + len(RECORD_SUFFIX) <= _LONGEST_NAME:
        return result.with_name(result.name + RECORD_SUFFIX)
    kept = name[: _LONGEST_NAME - len(RECORD_SUFFIX) - 9].decode("utf-8", errors="ignore")
    return result.with_name(f"{kept}-{hashlib.sha256(name).hexdigest()[:8]}{RECORD_SUFFIX}")


@cache
def versions() -> dict[str, str]:
    """Versions of the studio, Python and the packages a result depends on."""
    from importlib import metadata

    found = {"restoration-studio": VERSION, "python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue  # not every recipe needs every package
    return found


def make_record(stats: dict[str, Any]) -> dict[str, Any]:
    """The record as JSON takes it. ``--recipe`` accepts it again and makes the same pixels of the same file."""
    return {"record": 1, **stats, "versions": versions(), "system": f"{platform.system()} {platform.machine()}"}


def write_record(stats: dict[str, Any], result: Path) -> Path:
    """Write the record beside ``result``.

    Raises:
        OutputError: it cannot be written.
    """
    path = record_path(result)
    write_json(make_record(stats), path)
    return path


def claim(result: Path, source: Path) -> None:
    """Say, before ``result`` is made, that it is ours to make, so that a killed program's result can be told
    from a file somebody else put there. The record of the finished result takes its place.

    Raises:
        OutputError: it cannot be written.
    """
    write_json({"record": 1, "begun": str(source)}, record_path(result))


def write_json(data: Any, path: Path) -> None:
    """Write ``data`` as JSON in UTF-8, readable for people too.

    Raises:
        OutputError: the file cannot be written.
    """
    text = json.dumps(data, indent=2, ensure_ascii=False, default=as_json)
    with atomic_file(path) as temporary:
        # Bytes in names of files that are no text become \udc.., which is how JSON writes them.
        temporary.write_text(text + "\n", encoding="utf-8", errors="backslashreplace")


def read_record(result: Path) -> dict[str, Any] | None:
    """The record of a result, or None when there is none that can be read."""
    try:
        data = json.loads(record_path(result).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):  # ValueError: no UTF-8, no JSON
        return None
    return data if isinstance(data, dict) else None


def as_json(value: object) -> Any:
    """Numbers of numpy and names of files, for JSON."""
    if isinstance(value, Path):
        return str(value)
    item = getattr(value, "item", None)
    if item is None:
        raise TypeError(f"{type(value).__name__} does not go into a record")
    return item()


def peak_memory_bytes() -> int | None:
    """The most memory this process has held so far, or None where the system does not tell."""
    if sys.platform == "win32":
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
