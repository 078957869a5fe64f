"""Every kind of mistake can be told to a visitor: no flags, no settings, none of the server's folders."""

from __future__ import annotations

import string

import pytest

from restoration_studio.engine.recipe import Recipe
from restoration_studio.errors import RecipeError, RestorationError
from restoration_studio.studio.error_wording import WORDS, worded
from scripts import error_table

# Visitors never meet these; whoever starts the server does.
OF_THE_SERVER = {"config_file_damaged", "config_file_missing", "config_file_unreadable"}
OF_PROGRAMMERS = ("--", "=True", "=False", "()", "python -m", "pip ", "RESTORATION_STUDIO", "configuration", "keyword")


def kinds() -> list[type[RestorationError]]:
    """Every kind of mistake of the package, but those that no page meets."""
    elsewhere = tuple(f"restoration_studio.{room}." for room in ("training", "evaluation", "cli"))
    own = (kind for kind in error_table.kinds() if kind.__module__.startswith("restoration_studio."))
    return [kind for kind in own if not kind.__module__.startswith(elsewhere)]


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


def test_a_mistake_in_the_pages_settings_is_told_in_the_pages_words() -> None:
    with pytest.raises(RecipeError) as told:
        Recipe.parse({"stages": [{"stage": "colorize", "method": "hints"}]}, "the page's settings")
    assert worded(told.value).startswith("the page's settings: the method hints")
    assert worded(told.value).endswith("place one under Colour hints.")
