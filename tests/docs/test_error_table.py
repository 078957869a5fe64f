"""The table of errors in the documentation is complete, and every kind of mistake is told apart by its code."""

from __future__ import annotations

import pkgutil
from collections import Counter
from importlib import import_module
from pathlib import Path

import pytest

import restoration_studio
from restoration_studio import errors
from restoration_studio.errors import RestorationError
from scripts.error_table import MARK, below, error_modules, kinds, table

ROOT = Path(__file__).parents[2]
FAMILIES = {
    name
    for name, value in vars(errors).items()
    if isinstance(value, type) and issubclass(value, RestorationError) and value.sentence == RestorationError.sentence
}


@pytest.mark.slow  # all that the package can import is imported
def test_no_room_keeps_an_error_elsewhere() -> None:
    """Whatever module is imported, no kind of mistake comes up that the table does not have."""
    for module in pkgutil.walk_packages(restoration_studio.__path__, "restoration_studio."):
        if not module.name.endswith("__main__"):
            try:
                import_module(module.name)
            except ModuleNotFoundError as error:
                # An optional extra; a module of our own must be there.
                assert not str(error.name).startswith("restoration_studio"), module.name
    known, places = set(kinds()), set(error_modules())
    strange = [
        f"{kind.__module__}.{kind.__name__}"
        for kind in below(RestorationError)
        if kind.__module__.startswith("restoration_studio.")
        and kind.__module__ not in places
        and kind.sentence != RestorationError.sentence
    ]
    assert strange == []
    assert known


def test_a_code_is_one_kind_of_mistake() -> None:
    counted = Counter(kind.code for kind in kinds())
    assert [code for code, times in counted.items() if times > 1] == []
    assert not set(counted) & {getattr(errors, name).code for name in FAMILIES}


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.code)
def test_a_kind_says_what_it_is(kind: type[RestorationError]) -> None:
    assert (kind.__doc__ or "").strip() and not (kind.__doc__ or "").startswith(f"{kind.__name__}(")
    assert kind.code.isidentifier() and kind.code == kind.code.lower()
    assert kind.__module__.startswith("restoration_studio.")


def test_the_page_has_every_code() -> None:
    assert MARK in (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    text = table()
    assert [kind.code for kind in kinds() if f"| `{kind.code}` |" not in text] == []
