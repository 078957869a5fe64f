"""How soon the command line answers, and what it does not load for it.

python -m benchmarks.startup
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import machine
from benchmarks.report import Targets, table

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = ROOT / "restore.py"
HEAVY = ("torch", "torchvision", "spandrel", "cv2", "scipy", "skimage", "diffusers", "streamlit")
# Runs the command line in this interpreter and then says which of the modules named it has loaded.
PROBE = """
import json, sys
sys.path.insert(0, sys.argv.pop(1))
named = sys.argv.pop(1).split(",")
from restoration_studio.cli import main as restore
try:
    status = restore.main(sys.argv[1:])
except SystemExit as end:
    status = end.code or 0
print("\\n" + json.dumps({"status": status, "loaded": [name for name in named if name in sys.modules]}))
"""


def loaded(*arguments: str) -> tuple[str, ...]:
    """The heavy modules in memory after ``restore`` ran with ``arguments``; it must succeed."""
    command = [sys.executable, "-c", PROBE, str(ROOT), ",".join(HEAVY), *arguments]
    answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[-1]
    reply = json.loads(answer)
    if reply["status"] != 0:
        raise RuntimeError(f"restore {' '.join(arguments)} ended with status {reply['status']}")
    return tuple(reply["loaded"])


def main() -> int:
    print(machine.description())
    command = [sys.executable, str(PROGRAM), "--help"]
    seconds = []
    for turn in range(11):
        started = time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        if turn:  # the first fills the disk's cache and writes byte code
            seconds.append(time.perf_counter() - started)
    times = machine.Times(tuple(seconds))
    source = ROOT / "examples" / "input" / "portrait_small.jpg"
    with tempfile.TemporaryDirectory() as folder:
        plain = ("--denoise", "--denoise-method", "nlm", "--detail", "--no-sr", "--quiet")
        cases = {
            "--help": loaded("--help"),
            "--dry-run of the default recipe": loaded(str(source), "-o", f"{folder}/a.jpg", "--dry-run"),
            "non-local means and detail": loaded(str(source), "-o", f"{folder}/b.jpg", *plain),
        }
    table(("command", "heavy modules loaded"), [(name, ", ".join(found) or "none") for name, found in cases.items()])
    print(f"--help: {times} s")
    targets = Targets()
    targets.check("seconds for --help, median of 10", times.median, "<", 0.4)
    targets.check("heavy modules loaded by --help", len(cases["--help"]), "==", 0)
    targets.check(
        "torch loaded by a recipe without networks", int("torch" in cases["non-local means and detail"]), "==", 0
    )
    return targets.finish()


if __name__ == "__main__":
    sys.exit(main())
