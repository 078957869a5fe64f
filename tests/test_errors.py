"""Errors are data: codes, what they speak of, and words that each edge has for them."""

from __future__ import annotations

import ast
import pickle
from pathlib import Path
from typing import ClassVar

import pytest

import restoration_studio
from restoration_studio.cli.wording import WORDS
from restoration_studio.errors import InputError, RestorationError, UsageError, render
from scripts.error_table import kinds

PACKAGE = Path(restoration_studio.__file__).parent
FAMILIES = {
    "RestorationError", "UsageError", "InputError", "RecipeError", "OutputError", "WeightsError", "UnavailableError",
    "RefusedError", "OutOfMemoryError", "Cancelled", "Interrupted",
}  # fmt: skip


class _TooWide(InputError):
    """A test's own."""

    code: ClassVar[str] = "test_too_wide"
    sentence: ClassVar[str] = "{path} is {width:g} wide{hint}"

    path: Path
    width: float = 3.0

    @property
    def hint(self) -> str:
        return "!"


class _Wrapped(UsageError):
    """A test's own, round another."""

    code: ClassVar[str] = "test_wrapped"
    sentence: ClassVar[str] = "no sheet: {error}"

    error: RestorationError


def test_an_error_carries_what_it_speaks_of() -> None:
    error = _TooWide(path=Path("a.png"))
    assert str(error) == "a.png is 3 wide!" and error.details == {"path": Path("a.png"), "width": 3.0}
    assert error.exit_code == 2 and isinstance(error, InputError)
    with pytest.raises(TypeError):
        _TooWide()  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        _TooWide(path=Path("a"), height=3)  # type: ignore[call-arg]


def test_it_travels_between_processes() -> None:
    error = pickle.loads(pickle.dumps(_TooWide(path=Path("a.png"), width=4.0)))
    assert type(error) is _TooWide and error.details == {"path": Path("a.png"), "width": 4.0}


def test_each_edge_has_its_words_also_for_an_error_within_another() -> None:
    words = {"test_too_wide": lambda error: f"make {error.path.name} narrower", "test_wrapped": "--sheet: {error}"}
    error = _Wrapped(error=_TooWide(path=Path("/server/a.png")))
    assert render(error, words) == "--sheet: make a.png narrower"
    assert render(error) == "no sheet: /server/a.png is 3 wide!"


def test_every_kind_has_a_code_of_its_own_a_sentence_and_a_description() -> None:
    codes: dict[str, str] = {}
    for kind in kinds():
        assert "code" in vars(kind) and "sentence" in vars(kind), kind
        assert codes.setdefault(kind.code, kind.__qualname__) == kind.__qualname__, kind.code
        assert kind.code == kind.code.lower() and " " not in kind.code
        assert kind.__doc__, kind
    assert len(codes) > 100


def test_words_of_the_command_line_are_for_errors_that_exist() -> None:
    assert set(WORDS) <= {kind.code for kind in kinds()}


def test_no_sentence_of_a_room_names_a_flag() -> None:
    """The command line's words do; a programmer has keywords and settings."""
    named = {kind.__name__: kind.sentence for kind in kinds() if ".cli" not in kind.__module__}
    commands = {name for name, sentence in named.items() if "python -m restoration_studio" in sentence}
    flagged = {name for name, sentence in named.items() if " --" in sentence or " -o" in sentence}
    assert flagged <= commands


def test_no_family_is_raised_itself() -> None:
    raised = []
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FAMILIES:
                raised.append(f"{path.relative_to(PACKAGE)}:{node.lineno} {node.func.id}")
    assert raised == []
