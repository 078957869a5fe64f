"""A stage owns its behaviour: whoever wants to know how one behaves asks the stage, never its name."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Set
from pathlib import Path

import pytest

from restoration_studio.stages import STAGES

PACKAGE = Path(__file__).parents[1] / "restoration_studio"
NAMES = {stage.name for stage in STAGES}
CLASSES = {type(stage).__name__ for stage in STAGES}


def names_a_stage(node: ast.expr | None, constants: Set[str]) -> bool:
    """Whether an operand stands for one certain stage: its name, the name of its class, or a list with one."""
    if isinstance(node, ast.Constant):
        return node.value in NAMES
    if isinstance(node, ast.Name):
        return node.id in constants
    if isinstance(node, ast.Attribute):
        return node.attr in constants or (
            node.attr == "name" and isinstance(node.value, ast.Name) and node.value.id in CLASSES
        )
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return any(names_a_stage(element, constants) for element in node.elts)
    return False


def constants_of(tree: ast.Module) -> set[str]:
    """Names in capitals that the module gives to a stage's name."""
    return {
        name.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        for name, value in pairs(target, node.value)
        if name.id.isupper() and names_a_stage(value, set())
    }


def pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[ast.Name, ast.expr]]:
    if isinstance(target, ast.Name):
        yield target, value
    elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for one, its_value in zip(target.elts, value.elts, strict=True):
            yield from pairs(one, its_value)


def comparisons(tree: ast.Module) -> Iterator[int]:
    """Lines that compare something with a stage's name or class."""
    constants = constants_of(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            if any(names_a_stage(operand, constants) for operand in (node.left, *node.comparators)):
                yield node.lineno
        elif isinstance(node, ast.MatchValue):
            if names_a_stage(node.value, constants):
                yield node.value.lineno
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in {"isinstance", "issubclass"}
            and {name.id for name in ast.walk(node.args[1]) if isinstance(name, ast.Name)} & CLASSES
        ):
            yield node.lineno


def test_no_file_outside_stages_compares_a_stages_name():
    found = [
        f"{path.relative_to(PACKAGE)}:{line}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.relative_to(PACKAGE).parts[0] != "stages"
        for line in comparisons(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        'stage.name == "denoise"',
        '"denoise" in recipe.names',
        'step.stage in ("detail", "denoise")',
        "stage.name != Denoise.name",
        "isinstance(stage, Denoise)",
        'STAGE = "denoise"\nstep.stage == STAGE',
        "match name:\n    case 'grain': pass",
    ],
)
def test_a_comparison_would_be_found(line):
    assert list(comparisons(ast.parse(line)))
