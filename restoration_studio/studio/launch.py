"""Opens the studio's page from any folder: what ``restoration-studio`` does."""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import tomllib
import webbrowser
from collections.abc import Mapping, Sequence
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import Any

from restoration_studio.config import Config
from restoration_studio.errors import RestorationError
from restoration_studio.studio.core.shipped import settings_file

_SCRIPT = Path(__file__).with_name("page") / "studio_page.py"
_FIRST_PORT = 8501
_FOLDERS = ("CACHE_DIR", "CONFIG", "PRESETS_DIR", "RESULTS_DIR")  # settings that name a place


def main(words: Sequence[str]) -> int:
    """Open the page and serve it until it is stopped; gives the exit status."""
    parser = argparse.ArgumentParser(
        prog="restoration-studio", description="Opens the studio's page; ctrl-C ends it.", allow_abbrev=False
    )
    parser.add_argument("--port", type=int, metavar="N", help=f"default: the first free one from {_FIRST_PORT} on")
    parser.add_argument(
        "--address", metavar="ADDRESS", help="who may come: 127.0.0.1, this machine alone (default), or 0.0.0.0, all"
    )
    parser.add_argument(
        "--browser",
        action=argparse.BooleanOptionalAction,
        default=sys.stdout.isatty(),
        help="open the page in a browser (default: when started in a terminal)",
    )
    parser.add_argument("options", nargs="*", metavar="-- OPTION", help="options of 'streamlit run'")
    arguments = parser.parse_args(words)
    if find_spec("streamlit") is None:
        print("restoration-studio: the page needs Streamlit; pip install 'restoration-studio[studio]'", file=sys.stderr)
        return 3
    try:  # here, where whoever starts it looks, and not on the page of the first visitor
        Config.load()
    except RestorationError as error:
        print(f"restoration-studio: {error}", file=sys.stderr)
        return error.exit_code
    address = arguments.address or os.environ.get("STREAMLIT_SERVER_ADDRESS") or "127.0.0.1"
    given = os.environ.get("STREAMLIT_SERVER_PORT", "").strip()
    if given and not given.isdecimal():
        print(f"restoration-studio: STREAMLIT_SERVER_PORT takes a number, not '{given}'.", file=sys.stderr)
        return 2
    port = arguments.port or int(given or 0) or _free_port(address)
    flags = _flags(settings_file(), os.environ)
    flags += [f"--server.address={address}", f"--server.port={port}", *arguments.options]
    # Not from the folder the person is in: Python would import, and Streamlit take settings, from the files there.
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "streamlit", "run", str(_SCRIPT), *flags],
        cwd=_SCRIPT.parent,
        env=_environment(os.environ),
    ) as page:
        signal.signal(signal.SIGTERM, lambda *_: page.terminate())
        signal.signal(signal.SIGINT, _ignored)  # the page is told by the terminal, too, and ends by itself
        if arguments.browser:
            threading.Thread(target=_open_browser, args=(page, address, port), daemon=True).start()
        status = page.wait()
    return 130 if status == -signal.SIGINT else abs(status) if status != -signal.SIGTERM else 0


def _ignored(_number: int, _frame: FrameType | None) -> None:
    """Leave it to the page."""


def _flags(settings: Path, environment: Mapping[str, str]) -> list[str]:
    """Settings as flags of Streamlit, which looks for the file itself only beside a script or in the current folder.

    What the environment sets is left to it.
    """
    flat = _flat(tomllib.loads(settings.read_text(encoding="utf-8")))
    return [f"--{name}={value}" for name, value in flat.items() if _variable(name) not in environment]


def _flat(table: Mapping[str, Any], before: str = "") -> dict[str, str]:
    """``{"server": {"headless": True}}`` as ``{"server.headless": "true"}``."""
    flat: dict[str, str] = {}
    for key, value in table.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{before}{key}.")
        else:
            flat[before + key] = str(value).lower() if isinstance(value, bool) else str(value)
    return flat


def _variable(name: str) -> str:
    """Streamlit's environment variable for a setting: ``STREAMLIT_SERVER_MAX_UPLOAD_SIZE``."""
    before = ["", *name]
    words = [
        f"_{letter}" if last.islower() and letter.isupper() else letter
        for last, letter in zip(before, name, strict=False)
    ]
    return "STREAMLIT_" + "".join(words).replace(".", "_").upper()


def _environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The page's environment: relative names of places stay what they are from the person's folder."""
    places = {f"RESTORATION_STUDIO_{name}" for name in _FOLDERS}
    return {
        name: str(Path.cwd() / value) if name in places and value.strip() and not value.startswith("~") else value
        for name, value in environment.items()
    }


def _free_port(address: str) -> int:
    for port in range(_FIRST_PORT, _FIRST_PORT + 100):
        with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
            if sys.platform != "win32":  # else a port that was left a moment ago counts as taken
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with suppress(OSError):
                probe.bind((address, port))
                return port
    return _FIRST_PORT  # Streamlit says what is wrong with it


def _open_browser(page: subprocess.Popen[bytes], address: str, port: int) -> None:
    """Open the page in the person's browser as soon as it answers."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address, address)  # noqa: S104 - compared, not bound
    while page.poll() is None:
        with suppress(OSError, HTTPException):
            connection = HTTPConnection(host, port, timeout=2)
            connection.request("GET", "/_stcore/health")
            if connection.getresponse().status == 200:
                webbrowser.open(f"http://{f'[{host}]' if ':' in host else host}:{port}")
                return
        time.sleep(0.2)
