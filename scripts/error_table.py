"""The table of all errors in the documentation, made from their classes.

    python -m scripts.error_table

``scripts/site.py`` puts it in the place of ``MARK`` in ``docs/errors.md``.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import restoration_studio
from restoration_studio.errors import RestorationError

MARK = "<!-- the table of errors -->"


def error_modules() -> list[str]:
    """The modules that define kinds of mistakes: those whose text gives one a code."""
    package = Path(restoration_studio.__file__).parent
    return [
        ".".join(path.relative_to(package.parent).with_suffix("").parts)
        for path in sorted(package.rglob("*.py"))
        if "    code: ClassVar[str]" in path.read_text(encoding="utf-8")
    ]


def kinds() -> list[type[RestorationError]]:
    """Every kind of mistake, sorted by the room it is raised in and its code; families of them are left out."""
    for name in error_modules():
        import_module(name)
    ours = {
        kind for kind in below(RestorationError) if kind.__module__.partition(".")[0] == restoration_studio.__name__
    }
    found = {kind for kind in ours if kind.sentence != RestorationError.sentence}
    return sorted(found, key=lambda kind: (kind.__module__, kind.code))


def below(kind: type[RestorationError]) -> Iterator[type[RestorationError]]:
    for child in kind.__subclasses__():
        yield child
        yield from below(child)


def family(kind: type[RestorationError]) -> type[RestorationError]:
    """The nearest family a kind belongs to."""
    bases = (base for base in kind.__mro__[1:] if issubclass(base, RestorationError))
    return next(base for base in bases if base.sentence == RestorationError.sentence)


def table() -> str:
    """Markdown: a section for each room, a row for each kind."""
    lines: list[str] = []
    room = ""
    for kind in kinds():
        if kind.__module__ != room:
            room = kind.__module__
            lines += ["", f"## `{room}`", "", "| code | family, exit status | when | sentence |", "|---|---|---|---|"]
        meaning = " ".join((inspect.getdoc(kind) or "").split("\n\n")[0].split())
        cells = (f"`{kind.code}`", f"{family(kind).__name__}, {kind.exit_code}", meaning, f"`{kind.sentence}`")
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines).strip()


if __name__ == "__main__":
    print(table())
