"""Starts what ``perform_dockerfile`` made and looks at it: ``python3 -m scripts.run_image IMAGE.json`` (as root).

Run it in a network namespace of its own (``unshare --net``): there the port is free whatever else this machine serves,
and the studio has no network, so that whatever works here works offline.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from scripts.chroot import Image, account, process_one, run, started

OUTSIDE = "192.0.2.1"  # RFC 5737: an address that is not 127.0.0.1, as a published port's traffic has
HEALTHY_WITHIN = 90.0
STOPPED_WITHIN = 10.0  # Docker's own patience before it kills

PAGE_SCRIPT = """
from streamlit.testing.v1 import AppTest
page = AppTest.from_file("/app/app.py", default_timeout=80).run()
assert not page.exception, [e.value for e in page.exception]
assert page.button, "the page shows no button"
print("   buttons:", ", ".join(b.label for b in page.button))
page.button[0].click().run()
assert not page.exception, [e.value for e in page.exception]
print("   after a click on the first:", ", ".join(b.label for b in page.button))
"""
TORCH_SCRIPT = """
import torch, torchvision, spandrel
torch.nn.Conv2d(3, 3, 3)(torch.rand(1, 3, 8, 8))
print("   torch", torch.__version__, "for CUDA", torch.version.cuda, "; GPU here:", torch.cuda.is_available())
assert torch.version.cuda, "this build of torch cannot use an NVIDIA GPU"
"""
RESTORE = (
    "python restore.py examples/input/portrait_small.jpg -o /results/portrait.png --overwrite "
    "--denoise-method nlm --no-sr"
)


class NotAsExpected(Exception):
    """What was looked at is not as it has to be."""


def say(text: str) -> None:
    sys.stderr.write(f"== {text}\n")


def expect(right: bool, text: str) -> None:
    if not right:
        raise NotAsExpected(text)
    say(text)


def look(image: Image, about: dict[str, Any]) -> None:
    """Start the command, look at everything that can be looked at, stop it; raises ``NotAsExpected``."""
    uid, _, _ = account(image.root, image.user)
    expect(uid != 0, f"USER is number {uid}, not root")
    began = time.monotonic()
    with started(image, about["command"]) as studio:
        while run(image, about["health"], timeout=30, quiet=True):
            if studio.poll() is not None:
                raise NotAsExpected(f"the studio ended by itself with status {studio.returncode}")
            if time.monotonic() - began > HEALTHY_WITHIN:
                raise NotAsExpected(f"HEALTHCHECK has not succeeded in {HEALTHY_WITHIN:.0f} s")
            time.sleep(0.5)
        say(f"HEALTHCHECK succeeds {time.monotonic() - began:.1f} s after the start")
        one = process_one(studio)
        status = Path(f"/proc/{one}/status").read_text(encoding="utf-8")
        expect(f"Uid:\t{uid}\t{uid}\t{uid}\t{uid}\n" in status, f"the studio runs as user {uid}, as process 1")
        look_at_pages(about["port"])
        look_inside(image, about["volumes"])
        began = time.monotonic()
        os.kill(one, signal.SIGTERM)
        try:
            studio.wait(STOPPED_WITHIN)
        except subprocess.TimeoutExpired as error:
            raise NotAsExpected(f"the studio does not stop within {STOPPED_WITHIN:.0f} s of SIGTERM") from error
        say(f"SIGTERM stops the studio in {time.monotonic() - began:.1f} s")
    expect(run(image, about["health"], timeout=30, quiet=True) != 0, "HEALTHCHECK fails once the studio is stopped")


def look_at_pages(port: int) -> None:
    expect(fetch(port, "/_stcore/health").strip() == "ok", f"the health page says ok on {OUTSIDE}:{port}")
    page = fetch(port, "/")
    scripts = re.findall(r'<script[^>]+src="([^"]+)"', page)
    expect(bool(scripts), f"the page comes ({len(page)} characters, {len(scripts)} script)")
    expect(bool(fetch(port, "/" + scripts[0].lstrip("./"))), "its script comes")


def look_inside(image: Image, volumes: list[str]) -> None:
    """What ``docker exec`` would be used for."""
    for folder in volumes:
        expect(run(image, ["sh", "-c", f"touch {folder}/x && rm {folder}/x"]) == 0, f"the user can write to {folder}")
    expect(run(image, ["sh", "-c", "! touch x 2>/dev/null"]) == 0, f"the user cannot write to {image.folder}")
    for text, command in (
        ("app.py runs to its end and opens its first example", ["python", "-c", PAGE_SCRIPT]),
        ("torch, torchvision and spandrel work", ["python", "-c", TORCH_SCRIPT]),
        ("the command line restores an example", RESTORE.split()),
    ):
        began = time.monotonic()
        expect(run(image, command, timeout=300) == 0, text)
        say(f"  ... in {time.monotonic() - began:.1f} s")
    results = sorted(path.name for path in (image.root / "results").iterdir() if path.stat().st_size)
    expect(results == ["portrait.png", "portrait.png.record.json"], f"results: {', '.join(results)}")


def fetch(port: int, path: str) -> str:
    connection = http.client.HTTPConnection(OUTSIDE, port, timeout=20)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
    except OSError as error:
        raise NotAsExpected(f"{OUTSIDE}:{port}{path} cannot be fetched: {error}") from error
    if answer.status != 200:
        raise NotAsExpected(f"{path} answers {answer.status}")
    return answer.read().decode("utf-8")


def main() -> int:
    about = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    image = Image(Path(about["root"]), about["env"], about["folder"], about["user"])
    for command in ("ip link set lo up", f"ip address add {OUTSIDE}/32 dev lo"):
        subprocess.run(command.split(), check=True)
    try:
        look(image, about)
    except (NotAsExpected, subprocess.TimeoutExpired) as error:
        say(f"failed: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
