"""Sentences for visitors, who know their files by name and the page by its controls, not the server's folders."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from restoration_studio.errors import RestorationError


def named(message: str, path: str | Path, name: str) -> str:
    """``message`` with the visitor's ``name`` of a file where the server's ``path`` stands, in whatever folder."""
    whole, last = re.escape(str(path)), re.escape(Path(path).name)
    return re.sub(rf"{whole}|\S*/{last}", lambda found: name, message)


@contextmanager
def errors_named(names: Mapping[Path, str]) -> Iterator[None]:
    """Errors from within speak of files by their visitor's names."""
    try:
        yield
    except RestorationError as error:
        for path, name in names.items():
            error.args = tuple(named(str(part), path, name) for part in error.args)
        raise
