"""The studio's domain code knows nothing of its page, and nobody in the studio reads messages."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import restoration_studio.studio

STUDIO = Path(restoration_studio.studio.__file__).parent
DOMAIN = [*sorted((STUDIO / "core").glob("*.py")), STUDIO / "errors.py", STUDIO / "error_wording.py"]


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(STUDIO.parents[1]).with_suffix("").parts).removesuffix(".__init__")


def test_domain_code_is_imported_where_there_is_no_streamlit() -> None:
    script = f"""
import importlib, sys
sys.modules["streamlit"] = None
for name in {[module_name(path) for path in DOMAIN]!r}:
    importlib.import_module(name)
"""
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=STUDIO.parents[1])
    assert run.returncode == 0, run.stderr


def imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names


@pytest.mark.parametrize("path", DOMAIN, ids=module_name)
def test_domain_code_imports_no_page(path: Path) -> None:
    beside = {name for name in imports(path) if name.startswith("restoration_studio.studio.")}
    allowed = ("restoration_studio.studio.core", "restoration_studio.studio.errors", "restoration_studio.studio.error_")
    assert all(name.startswith(allowed) for name in beside)
    assert not any(name.partition(".")[0] == "streamlit" for name in imports(path))


def test_no_regular_expression_reads_a_message() -> None:
    assert [path.name for path in STUDIO.rglob("*.py") if "re" in imports(path)] == []
