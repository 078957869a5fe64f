"""Errors in the words of the page: visitors know their files by name and the page by its controls, not the server's
folders, settings or command line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from restoration_studio.errors import RestorationError, Words, render

WORDS: Words = {}
"""Where an error's own sentence would not be understood at the page, by its code."""


def page_words(error: RestorationError) -> str:
    """The error as one sentence for a visitor: of files their names alone, of settings the titles of their controls."""
    return render(_with_files(error, {}), WORDS)


@contextmanager
def files_named(names: Mapping[Path, str]) -> Iterator[None]:
    """Errors from within speak of the server's files by their visitor's names."""
    try:
        yield
    except RestorationError as error:
        raise _with_files(error, names) from error


def _with_files(error: RestorationError, names: Mapping[Path, str]) -> RestorationError:
    """The same error about files as a visitor knows them, in whatever folder they lie here."""
    if error.details:
        return type(error)(**{field: _known(value, names) for field, value in error.details.items()})
    message = getattr(error, "message", "")
    return type(error)(_known(message, names)) if message else error


def _known(value: Any, names: Mapping[Path, str]) -> Any:
    if isinstance(value, RestorationError):
        return _with_files(value, names)
    if isinstance(value, Path):
        by_last = {path.name: name for path, name in names.items()}
        return Path(names.get(value, by_last.get(value.name, value.name)))
    if isinstance(value, str):  # a library's reason may name the file that it was given
        for path, name in names.items():
            value = value.replace(str(path), name)
    return value
