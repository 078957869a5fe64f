"""Every kind of mistake can be told to a visitor: no flags, no settings, none of the server's folders."""

from __future__ import annotations

import ast
import importlib
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

import restoration_studio
from restoration_studio.errors import RestorationError
from restoration_studio.studio.error_wording import WORDS

PACKAGE = Path(restoration_studio.__file__).parent
# Visitors never meet these; whoever starts the server does.
OF_THE_SERVER = {"config_file_damaged", "config_file_missing", "config_file_unreadable"}
OF_PROGRAMMERS = ("--", "=True", "=False", "()", "python -m", "pip ", "RESTORATION_STUDIO", "configuration", "keyword")


def declares_codes(path: Path) -> bool:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    classes = (node for node in tree.body if isinstance(node, ast.ClassDef))
    fields = (node for each in classes for node in each.body if isinstance(node, ast.AnnAssign))
    return any(isinstance(field.target, ast.Name) and field.target.id == "code" for field in fields)


def below(cls: type[RestorationError]) -> Iterator[type[RestorationError]]:
    for each in cls.__subclasses__():
        yield each
        yield from below(each)


def kinds() -> list[type[RestorationError]]:
    """Every kind of mistake of the package, but those of training and evaluation, which no page runs."""
    for path in sorted(PACKAGE.rglob("*.py")):
        room = path.relative_to(PACKAGE).parts[0]
        if room not in ("training", "evaluation", "cli") and declares_codes(path):
            importlib.import_module(".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts))
    found = {each for each in below(RestorationError) if each.__module__.startswith("restoration_studio.")}
    without = tuple(f"restoration_studio.{room}" for room in ("training", "evaluation", "cli"))
    return sorted(
        (each for each in found if each.sentence != "{message}" and not each.__module__.startswith(without)),
        key=lambda each: each.code,
    )


def literal(text: str) -> str:
    """A format text without its fields."""
    return " ".join(part for part, *_ in string.Formatter().parse(text))


def spoken_by_programmers(text: str) -> list[str]:
    """What a visitor could not know: flags, names of settings and of functions."""
    plain = literal(text)
    names = [word for word in plain.replace(".", " ").replace("'", " ").split() if "_" in word.strip(",;:()")]
    return [mark for mark in OF_PROGRAMMERS if mark in plain] + names


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.code)
def test_every_kind_has_words_for_visitors(kind: type[RestorationError]) -> None:
    words = WORDS.get(kind.code, kind.sentence)
    if callable(words) or kind.code in OF_THE_SERVER:
        return
    assert spoken_by_programmers(words) == []


def test_words_are_of_kinds_that_exist() -> None:
    assert set(WORDS) <= {kind.code for kind in kinds()}
    assert {kind.code for kind in kinds()} >= OF_THE_SERVER
