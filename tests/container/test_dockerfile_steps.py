"""The reader of Dockerfile and .dockerignore, held to what Docker's own documentation says of both."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts.dockerfile_steps import Ignore, NotUnderstood, expand, read_dockerfile


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("FROM a\nONBUILD RUN x\n", "ONBUILD"),
        ("FROM a\nCOPY --chmod=644 x y\n", "--chmod"),
        ("FROM a\nRUN <<EOF\n", "<<EOF"),
        ("FROM a\nRUN x \\\n", "ends in the middle"),
        ("RUN x\nFROM a\n", "RUN"),
    ],
)
def test_what_the_reader_cannot_read_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    (tmp_path / "Dockerfile").write_text(text)
    with pytest.raises(NotUnderstood, match=re.escape(complaint)):
        read_dockerfile(tmp_path / "Dockerfile")


def test_reader_joins_lines_and_leaves_comments_out(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(
        "# syntax=docker/dockerfile:1\nARG V=1\nFROM base:${V} as first\n"
        "RUN a \\\n  # why\n  && b\nRUN --mount=type=cache,target=/c d\n"
    )
    (stage,) = read_dockerfile(tmp_path / "Dockerfile")
    assert (stage.base, stage.name) == ("base:1", "first")
    assert [step.value for step in stage.steps] == ["a && b", "d"]
    assert stage.steps[1].flags == {"mount": "type=cache,target=/c"}
    assert stage.steps[0].line == 4


def test_variables_are_filled_in_as_docker_does() -> None:
    assert expand("$A/${B}/${C:-three}/${A:-no}/$D", {"A": "1", "B": "2"}) == "1/2/three/1/"


@pytest.mark.parametrize(
    ("patterns", "path", "out"),
    [
        (".git", ".git/objects/ab", True),
        (".git", "a/.git", False),  # a pattern begins at the build's folder
        ("**/__pycache__", "__pycache__/x.pyc", True),
        ("**/__pycache__", "a/b/__pycache__/x.pyc", True),
        (".*_cache", ".mypy_cache/3.11/x", True),
        (".*_cache", "a.mypy_cache", False),
        ("*.md\n!README.md", "README.md", False),
        ("*.md\n!README.md", "CHANGES.md", True),
        ("*.md", "docs/CHANGES.md", False),
        ("a?c", "abc", True),
        ("a?c", "a/c", False),
        ("/docs/", "docs/x", True),
        ("# a comment\n", "# a comment", False),
        ("file[0-9].txt", "file7.txt", True),
        ("a.c", "abc", False),
    ],
)
def test_ignore_patterns_mean_what_docker_means(patterns: str, path: str, out: bool) -> None:
    assert Ignore(patterns).leaves_out(path) is out
