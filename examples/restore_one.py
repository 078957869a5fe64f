"""What ``make restore`` runs: one photograph restored, with its before/after picture.

The input and the result are named by the environment variables INPUT and OUTPUT; flags go to ``restore.py``.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from restoration_studio.cli.main import main

RESULTS = Path("examples/output")


def run(flags: list[str]) -> int:
    """Restore INPUT into OUTPUT (``examples/output/NAME_restored.png`` when not given)."""
    source = Path(os.environ["INPUT"])
    output = os.environ.get("OUTPUT", "")
    # The example may be run again and again; a person's own file is never replaced unasked.
    again = [] if output else ["--overwrite"]
    target = Path(output) if output else RESULTS / f"{source.stem}_restored.png"
    return main([str(source), "--output", str(target), "--comparison", "--stats", *again, *flags])


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
