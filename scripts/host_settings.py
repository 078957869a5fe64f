"""What a build may borrow of this machine while a RUN step runs: the way to the package index and Debian's mirror.

Docker gives its builds the machine's name servers and proxies; a machine behind a mirror of its own needs its pip and
apt settings too. They are lent to one command at a time and nothing of them stays in the image.
"""

from __future__ import annotations

import ast
import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from scripts.chroot import Bind

PIP_SETTINGS = (
    "cert",
    "client-cert",
    "default-timeout",
    "extra-index-url",
    "find-links",
    "index-url",
    "proxy",
    "retries",
    "timeout",
    "trusted-host",
)
PROXIES = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
_APT = re.compile(r"Acquire::(http|https|Retries|Check-Valid-Until|Check-Date)\b")


def lent(folder: Path) -> tuple[dict[str, str], list[Bind]]:
    """Environment and binds for a RUN step; files that have to be written are written into ``folder``."""
    env = {name: os.environ[name] for name in PROXIES if name in os.environ}
    binds = [Bind(Path(name).resolve(), name) for name in ("/etc/resolv.conf", "/etc/hosts") if Path(name).exists()]
    for name, value in _pip().items():
        if name in ("cert", "client-cert"):
            binds.append(Bind(Path(value).resolve(), f"/run/lent/{name}.pem"))
            value = binds[-1].target
        env["PIP_" + name.upper().replace("-", "_")] = value
        binds += [Bind(path, str(path)) for path in _local_folders(value)]
    options = subprocess.run(["apt-config", "dump"], check=True, capture_output=True, text=True).stdout.splitlines()
    (folder / "apt.conf").write_text("\n".join(filter(_APT.match, options)) + "\n", encoding="utf-8")
    env["APT_CONFIG"] = "/run/lent/apt.conf"
    return env, [*binds, Bind(folder / "apt.conf", env["APT_CONFIG"])]


def _pip() -> dict[str, str]:
    """pip's own view of its configuration files and environment; the environment wins, as in pip."""
    if importlib.util.find_spec("pip") is None:
        return {}
    command = [sys.executable, "-m", "pip", "config", "list"]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    found = [re.fullmatch(r"(global|install|:env:)\.([a-z-]+)=(.*)", line) for line in lines]
    order = ("global", "install", ":env:")
    settings = sorted((f for f in found if f and f[2] in PIP_SETTINGS), key=lambda f: order.index(f[1]))
    return {f[2]: str(ast.literal_eval(f[3])) for f in settings}


def _local_folders(value: str) -> Iterator[Path]:
    for word in value.split():
        path = Path(word.removeprefix("file://"))
        if path.is_absolute() and path.is_dir():
            # an index may link to files beside it: lend the folder above, unless that would be the whole machine
            yield path.parent if word.startswith("file://") and len(path.parts) > 2 else path
