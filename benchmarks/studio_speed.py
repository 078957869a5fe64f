"""How soon the studio's page is there, and how soon a picture follows a strength slider.

    python -m benchmarks.studio_speed

A real server and a real Chromium on this machine. First paint is counted from the request of the page until its title,
the upload and the examples with their pictures are on the screen, for a browser that has never been here; the first
visitor meets a server that has only just started. Server time of a slider is what lies on the wire between the
browser's message and the last byte of the answer; the picture has 2 megapixels, three stages are kept as layers.
"""

from __future__ import annotations

import contextlib
import io
import re
import socket
import socketserver
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks import machine
from benchmarks.report import Targets, table
from scripts.studio_browser import TITLE, Visitor, chromium, running_studio

VISITS, MOVES = 5, 8
WIDTH, HEIGHT = 867, 577  # made twice as large: 1734 x 1154, 2.0 megapixels
PAINTED = f"""() => {{
    const title = [...document.querySelectorAll('h1')].some(h => h.textContent.includes({TITLE!r}));
    const pictures = [...document.images].filter(i => i.complete && i.naturalWidth > 0);
    return title && pictures.length >= 6 && document.querySelector('input[type=file]') !== null;
}}"""


def loaded_modules(process_id: int) -> set[str]:
    """Which of the heavy libraries a process has mapped into its memory (Linux)."""
    maps = Path(f"/proc/{process_id}/maps").read_text(encoding="utf-8")
    return {name for name in ("torch", "cv2", "scipy", "skimage") if f"/site-packages/{name}/" in maps}


def first_paint(browser: Any, address: str) -> tuple[float, float]:
    """Seconds until the browser painted anything at all, and until the page is complete, for a new visitor."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    page = context.new_page()
    started = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.wait_for_function(PAINTED, polling="raf", timeout=60_000)
    complete = time.perf_counter() - started
    anything = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime") / 1000
    context.close()
    return anything, complete


class Wire:
    """Stands between browser and server and notes when bytes pass on the page's own connection.

    The browser's own clock would count how long it takes to draw, on the same two cores.
    """

    def __init__(self, address: str) -> None:
        self._host, self._port = address.removeprefix("http://").split(":")
        self.asked: list[float] = []
        self.answered: list[float] = []
        wire = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                wire.pass_on(self.request)

        class Proxy(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

        self._proxy = Proxy(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._proxy.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self._proxy.server_address[1]}"

    def pass_on(self, browser: socket.socket) -> None:
        """Copy between the two until both are silent for good."""
        with socket.create_connection((self._host, int(self._port))) as server:
            first = browser.recv(65536)
            page = b"upgrade: websocket" in first.lower()
            server.sendall(first)
            back = threading.Thread(target=self._copy, args=(server, browser, self.answered if page else None))
            back.start()
            self._copy(browser, server, self.asked if page else None)
            back.join()

    def _copy(self, source: socket.socket, target: socket.socket, times: list[float] | None) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if times is not None:
                    times.append(time.perf_counter())
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)

    def forget(self) -> None:
        self.asked.clear()
        self.answered.clear()

    def took(self) -> float:
        """Seconds from the question to the last byte of its answer."""
        return self.answered[-1] - self.asked[0]

    def close(self) -> None:
        self._proxy.shutdown()
        self._proxy.server_close()


def picture() -> bytes:
    """A noisy photograph as a PNG."""
    from skimage.data import chelsea

    grown = np.asarray(Image.fromarray(chelsea()).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC), np.float32)
    noisy = np.clip(grown + np.random.default_rng(0).normal(0, 8, grown.shape), 0, 255).astype(np.uint8)
    stream = io.BytesIO()
    Image.fromarray(noisy).save(stream, "PNG")
    return stream.getvalue()


def strengths(browser: Any, address: str) -> tuple[list[float], list[float]]:
    """Seconds of the server for moves of a slider, and seconds until the new picture is on the screen."""
    wire = Wire(address)
    visitor = Visitor(browser, wire.address)
    page = visitor.page
    page.set_default_timeout(300_000)
    visitor.idle()
    visitor.upload("photograph.png", picture())
    page.get_by_text(f"It is {WIDTH}x{HEIGHT} pixels").first.wait_for()
    page.get_by_role("combobox", name=re.compile("Start from")).click()
    page.get_by_role("option", name="fast", exact=True).click()
    visitor.idle()
    visitor.restore()
    visitor.restored(300_000)
    visitor.idle()
    page.wait_for_timeout(1500)
    slider = page.get_by_role("slider", name=re.compile("Super-resolution: opacity"))
    server, seen = [], []
    for move in range(MOVES + 1):
        before = _source(page)
        slider.focus()
        wire.forget()
        started = time.perf_counter()
        slider.press("ArrowLeft")
        while _source(page) == before:
            page.wait_for_timeout(5)
        on_screen = time.perf_counter() - started
        visitor.idle()
        if move:  # the first move is warming up
            seen.append(on_screen)
            server.append(wire.took())
    visitor.leave()
    wire.close()
    return server, seen


def _source(page: Any) -> str | None:
    address: str | None = page.locator("img[alt*='after' i]").first.get_attribute("src")
    return address


def main() -> int:
    print(machine.description())
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        browser.new_page().goto("about:blank")  # the browser itself has started: the page is what is measured
        with running_studio(Path(folder) / "log.txt") as server:
            visits = [first_paint(browser, server.address) for _ in range(VISITS + 1)]
            loaded = loaded_modules(server.process.pid)
            slider, seen = strengths(browser, server.address)
    cold, warm = visits[0], machine.Times(tuple(complete for _, complete in visits[1:]))
    anything = machine.Times(tuple(any_ for any_, _ in visits[1:]))
    moves, screen = machine.Times(tuple(slider)), machine.Times(tuple(seen))
    table(
        ("what", "seconds: median (lowest to highest)"),
        [
            ("page complete, first visitor of a new server", f"{cold[1]:.3f}"),
            ("page complete, later visitors with an empty browser", str(warm)),
            ("browser paints anything, later visitors", str(anything)),
            ("server time of a strength slider, 2.0 megapixels, 3 layers", str(moves)),
            ("from the key to the new picture on the screen", str(screen)),
        ],
    )
    print(f"heavy libraries in the server's memory after {len(visits)} visits: {', '.join(sorted(loaded)) or 'none'}")
    targets = Targets()
    targets.check("seconds to the complete page, first visitor of a new server", cold[1], "<", 2)
    targets.check("seconds to the complete page, later visitors, median", warm.median, "<", 2)
    targets.check("torch in memory before the first restoration", int("torch" in loaded), "==", 0)
    targets.check("server seconds of a strength slider, median", moves.median, "<", 0.3)
    return targets.finish()


if __name__ == "__main__":
    sys.exit(main())
