"""What became of a batch: its table for people and its report for programs."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from restoration_studio.engine.errors import ForeignReportThere
from restoration_studio.errors import RestorationError, Words, as_data, render
from restoration_studio.text import printable

REPORT_NAME = "report.json"
OUTCOMES = ("restored", "skipped", "failed", "not done")
_NAMED = 20  # files that were not done and are named in the table; the report names all


@dataclass(frozen=True, slots=True)
class Item:
    """What became of one file: "restored", "skipped" (finished before), "failed" or "not done" (stopped).

    Attributes:
        message: why it failed; ``error`` says the same as data, where it is one of ours.
    """

    source: str
    target: str
    outcome: str
    seconds: float = 0.0
    error: RestorationError | None = None
    notes: tuple[str, ...] = ()

    @property
    def message(self) -> str:
        """Why it failed, as one sentence; empty where it did not."""
        return self.message_in(None)

    def message_in(self, words: Words | None) -> str:
        """``message`` in the words of an edge."""
        return render(self.error, words) if self.error is not None else ""

    def dump(self, words: Words | None = None) -> dict[str, Any]:
        """The item as JSON takes it, its message in ``words``."""
        data: dict[str, Any] = {
            "source": self.source,
            "target": self.target,
            "outcome": self.outcome,
            "seconds": self.seconds,
            "message": self.message_in(words),
            "notes": list(self.notes),
        }
        return data | ({"error": as_data(self.error, words)} if self.error is not None else {})


@dataclass(slots=True)
class BatchReport:
    """The outcome of a batch, in the order of the files' names.

    Attributes:
        ignored: files that are no pictures, and links to folders.
        path: of the report file; None when it could not be written, ``problem`` is then why.
    """

    items: list[Item] = field(default_factory=list)
    ignored: int = 0
    seconds: float = 0.0
    path: Path | None = None
    problem: RestorationError | None = None

    def named(self, outcome: str) -> list[Item]:
        return [item for item in self.items if item.outcome == outcome]

    @property
    def exit_code(self) -> int:
        """0 all done, 1 some files failed, 130 stopped."""
        return 130 if self.named("not done") else 1 if self.named("failed") or self.problem else 0

    def table(self, words: Words | None = None) -> str:
        """Counts, and a line for each file that failed or was not done; errors in ``words``."""
        counts = [f"{len(self.named(outcome))} {outcome}" for outcome in OUTCOMES]
        lines = [", ".join(counts) + (f", {self.ignored} other files left alone" if self.ignored else "")]
        lines += [f"  failed: {printable(_described(item, words))}" for item in self.named("failed")]
        undone = self.named("not done")
        lines += [f"  not done: {printable(item.source)}" for item in undone[:_NAMED]]
        if len(undone) > _NAMED:
            lines.append(f"  and {len(undone) - _NAMED} more that were not done; the report names them")
        if undone:
            lines.append("run the same command again to go on where this stopped")
        return "\n".join(lines)

    def dump(self, words: Words | None = None) -> dict[str, Any]:
        """The report as JSON takes it, errors in ``words``."""
        return {
            "seconds": round(self.seconds, 3),
            "counts": {outcome: len(self.named(outcome)) for outcome in OUTCOMES},
            "ignored": self.ignored,
            "files": [item.dump(words) for item in self.items],
        }


def check_report(path: Path) -> None:
    """See that a file of that name is an earlier report: anything else is not ours to replace.

    Raises:
        UsageError: it is something else.
    """
    if not path.exists():
        return
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        ours = isinstance(data, dict) and {"counts", "files"} <= data.keys()
    except (OSError, ValueError, RecursionError):
        ours = False
    if not ours:
        raise ForeignReportThere(path=path)


def _described(item: Item, words: Words | None) -> str:
    """The message of a file that failed, with its name in front unless it is in it."""
    message = item.message_in(words)
    return message if item.source in message else f"{item.source}: {message}"
