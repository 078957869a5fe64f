"""How the benchmarks say what they found: Markdown tables, and targets that give the exit status."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Sequence

_COMPARISONS = {">=": operator.ge, "<=": operator.le, "<": operator.lt, "==": operator.eq}


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a Markdown table; floats get two decimals."""
    print()
    print("| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(f"{cell:.2f}" if isinstance(cell, float) else str(cell) for cell in row) + " |")
    print(flush=True)


class Targets:
    """What a benchmark promises; ``finish`` prints the list and gives the exit status."""

    def __init__(self) -> None:
        self._rows: list[tuple[str, float, str, bool]] = []

    def check(self, what: str, value: float, comparison: str, target: float) -> None:
        """Note ``what`` came to ``value``, where ``comparison`` (">=", "<=", "<" or "==") to ``target`` is promised."""
        met = bool(_COMPARISONS[comparison](value, target))
        self._rows.append((what, value, f"{comparison} {target:g}", met))

    def finish(self) -> int:
        """0 when every target is met and there is one, else 1."""
        rows = [(what, f"{value:.4g}", target, "yes" if met else "**no**") for what, value, target, met in self._rows]
        table(("target", "measured", "wanted", "met"), rows)
        return 0 if self._rows and all(row[3] for row in self._rows) else 1
