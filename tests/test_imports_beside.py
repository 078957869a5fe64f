"""What benchmarks, examples and scripts import from the package is there, also where they import it late."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = [path for room in ("benchmarks", "examples", "scripts") for path in sorted((ROOT / room).glob("*.py"))]


@cache
def names_in(module: str) -> set[str] | None:
    """What a module of the repository defines, its submodules included; None where there is no such module."""
    path = ROOT / module.replace(".", "/")
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    if not file.exists():
        return {child.stem for child in path.glob("*.py")} if path.is_dir() else None
    names = {child.stem for child in path.iterdir()} if path.is_dir() else set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    return names


def missing(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            if node.module.partition(".")[0] not in ("restoration_studio", "benchmarks", "examples", "scripts"):
                continue
            names = names_in(node.module)
            yield from (
                f"{path.name}:{node.lineno} {node.module}.{alias.name}"
                for alias in node.names
                if names is None or alias.name not in names
            )


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_what_is_imported_is_there(path: Path) -> None:
    assert list(missing(path)) == []
