"""A real browser on a real Streamlit server, for the parts of the page that live in the browser."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from scripts.studio_browser import REPOSITORY, NoBrowser, chromium


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    """Chromium without a window; the test is skipped where there is none."""
    with contextlib.ExitStack() as stack:
        try:
            started = stack.enter_context(chromium())
        except NoBrowser as error:
            pytest.skip(str(error))
        yield started


@pytest.fixture(scope="module")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """A function that serves the text of a Streamlit script and gives its address."""
    servers: list[subprocess.Popen[bytes]] = []

    def start(script: str) -> str:
        folder = tmp_path_factory.mktemp("served")
        (folder / "page.py").write_text(script, encoding="utf-8")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        options = {
            "server.headless": "true",
            "server.port": str(port),
            "server.address": "127.0.0.1",
            "server.fileWatcherType": "none",
            "browser.gatherUsageStats": "false",
        }
        flags = [f"--{name}={value}" for name, value in options.items()]
        log = folder / "log.txt"
        with open(log, "wb") as stream:
            servers.append(
                subprocess.Popen(
                    [sys.executable, "-m", "streamlit", "run", str(folder / "page.py"), *flags],
                    cwd=folder,
                    env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
                    stdout=stream,
                    stderr=subprocess.STDOUT,
                )
            )
        address = f"http://127.0.0.1:{port}"
        for _ in range(240):
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{address}/_stcore/health", timeout=2):
                return address
            assert servers[-1].poll() is None, log.read_text(encoding="utf-8")
            time.sleep(0.25)
        raise AssertionError(f"Streamlit did not answer:\n{log.read_text(encoding='utf-8')}")

    yield start
    for server in servers:
        server.terminate()
        server.wait(timeout=20)


CONTRASTS = """elements => {
    const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
    const paint = (colors) => {
        canvas.clearRect(0, 0, 1, 1);
        for (const color of colors) { canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1); }
        return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
    };
    const linear = (v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    const light = (rgb) => rgb.map((v) => linear(v / 255))
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    return elements.map((element) => {
        const layers = [];
        for (let e = element; e; e = e.parentElement || e.getRootNode().host)
            layers.unshift(getComputedStyle(e).backgroundColor);
        const back = paint(layers);
        const text = paint([...layers, getComputedStyle(element).color]);
        const [a, b] = [light(back), light(text)].sort((x, y) => y - x);
        return (a + 0.05) / (b + 0.05);
    });
}"""


@pytest.fixture
def contrasts() -> Callable[[Any, str], list[float]]:
    """A function that measures WCAG's contrast of text on what lies below it, for each element of a selector."""
    return lambda page, selector: page.locator(selector).evaluate_all(CONTRASTS)
