"""What the documentation names is there."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PAGES = sorted([*(ROOT / "docs").glob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"])
PLACES = (ROOT, ROOT / "restoration_studio", ROOT / "restoration_studio" / "studio", ROOT / "docs")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_named_in_a_page_are_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = set(re.findall(r"`([\w.]+(?:/[\w.]+)*/?\.(?:py|md))`|`(\w+(?:/\w+)+\.json)`", text))
    paths = {first or second for first, second in named if "NAME" not in first}
    assert [path for path in sorted(paths) if not any((place / path).exists() for place in PLACES)] == []
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)", text)
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_modules_named_in_a_page_are_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = set(re.findall(r"python -m ([\w.]+)|^from (restoration_studio[\w.]*) import", text, re.M))
    for module in {first or second for first, second in named} - {"pip", "venv"}:
        path = ROOT / module.replace(".", "/")
        assert path.with_suffix(".py").exists() or path.is_dir(), module


def test_every_page_is_in_the_navigation() -> None:
    navigation = json.dumps(yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["nav"])
    pages = [*(ROOT / "docs").glob("*.md"), *(ROOT / "docs").glob("notebooks/*.ipynb")]
    assert [page.name for page in pages if page.name not in navigation] == []
