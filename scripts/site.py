"""MkDocs' hooks: the table of errors, and pages whose texts lie beside what they describe.

Cards of models, CONTRIBUTING and CHANGELOG stay where a reader of the repository looks for them.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parent.parent
sys.path.insert(0, str(REPOSITORY))  # MkDocs loads this file by its path

from scripts.error_table import MARK, table  # noqa: E402

CARDS = "restoration_studio/weights"
TOP = ("CONTRIBUTING.md", "CHANGELOG.md")


def on_files(files: Any, config: Any) -> Any:
    """Add the pages that lie outside the folder of the documentation."""
    from mkdocs.structure.files import File

    for path in sorted((REPOSITORY / CARDS).glob("*.md")):
        files.append(File.generated(config, f"cards/{path.name}", abs_src_path=str(path)))
    for name in TOP:
        files.append(File.generated(config, name.lower(), abs_src_path=str(REPOSITORY / name)))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Put the table in the place of its mark, and point links of the repository at the site's pages."""
    markdown = markdown.replace(f"](../{CARDS}/", "](cards/")
    for name in TOP:
        markdown = markdown.replace(f"](../{name})", f"]({name.lower()})")
    return markdown.replace(MARK, table()) if MARK in markdown else markdown
