"""The studio as a visitor meets it, for tests, benchmarks and screenshots: a real server and a real browser."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent
CHROMIUM_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
TITLE = "Bring a picture back"
_PICTURES_LOADED = "[...document.images].every(image => image.complete && image.naturalWidth > 0)"
_HOLD_FILM = """(seconds) => {
    const roots = [document, ...[...document.querySelectorAll('*')].map((e) => e.shadowRoot).filter(Boolean)];
    const root = roots.map((r) => r.querySelector('.rs-video')).find(Boolean);
    root.video.pause();
    root.video.seek(seconds);
}"""


class NoBrowser(Exception):
    """There is no Chromium, or Playwright is not installed."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running studio: its address and its process."""

    address: str
    process: subprocess.Popen[bytes]


@contextlib.contextmanager
def running_studio(log: Path, environment: Mapping[str, str] | None = None) -> Iterator[Server]:
    """Start ``app.py`` on a free port of this machine and end it afterwards.

    Raises:
        RuntimeError: it did not answer; the message holds what it printed.
    """
    with running_streamlit(REPOSITORY / "app.py", log, environment) as server:
        yield server


@contextlib.contextmanager
def running_streamlit(
    script: Path, log: Path, environment: Mapping[str, str] | None = None, options: Sequence[str] = ()
) -> Iterator[Server]:
    """Serve a script from its own folder, as ``running_studio`` does; ``options`` are Streamlit's, ``name=value``.

    Raises:
        RuntimeError: it did not answer; the message holds what it printed.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    flags = [f"--{option}" for option in (f"server.port={port}", "server.address=127.0.0.1", *options)]
    with open(log, "wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", script.name, *flags],
            cwd=script.parent,
            env={**os.environ, **(environment or {})},
            stdout=stream,
            stderr=subprocess.STDOUT,
        )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_until_healthy(address, process, log)
        yield Server(address, process)
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait_until_healthy(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{address}/_stcore/health", timeout=2):  # noqa: S310
            return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise RuntimeError(f"the studio did not answer:\n{log.read_text(encoding='utf-8')}")


@contextlib.contextmanager
def chromium() -> Iterator[Any]:
    """Chromium without a window: the system's, else the one that Playwright fetched.

    Raises:
        NoBrowser: there is none, with what to do.
    """
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise NoBrowser("playwright is not installed: pip install playwright") from error
    with sync_playwright() as driver:
        found = [path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))]
        path = found[0] if found else driver.chromium.executable_path
        if not Path(path).is_file():
            raise NoBrowser("no Chromium: install the system's package or run 'playwright install chromium'")
        browser = driver.chromium.launch(executable_path=path, args=list(CHROMIUM_ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


class Visitor:
    """A browser of one's own on the studio, with the gestures of a visitor."""

    def __init__(self, browser: Any, address: str, width: int = 1400, height: int = 1000, **options: Any) -> None:
        self.context = browser.new_context(
            viewport={"width": width, "height": height}, accept_downloads=True, **options
        )
        self.page = self.context.new_page()
        self.page.set_default_timeout(60_000)
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.goto(address)
        self.page.get_by_role("heading", name=TITLE).wait_for()

    def leave(self) -> None:
        """Close the browser; an error in the page's own scripts is an error here."""
        self.context.close()
        if self.errors:
            raise AssertionError(f"errors in the page: {self.errors}")

    def idle(self) -> None:
        """Wait until the page has finished drawing itself."""
        quiet = 0
        for _ in range(600):
            running = self.page.locator("[data-testid=stApp]").get_attribute("data-test-script-state") == "running"
            quiet = 0 if running else quiet + 1
            if quiet == 5:
                return
            self.page.wait_for_timeout(100)
        raise AssertionError("the page never came to rest")

    def example(self, title: str) -> None:
        self.page.get_by_role("button", name=title).click()
        self.button("Restore").wait_for()

    def upload(self, name: str, data: bytes) -> None:
        self.page.locator("input[type=file]").first.set_input_files({"name": name, "mimeType": "", "buffer": data})

    def button(self, name: str) -> Any:
        """A button of the page itself; Streamlit's header has a "Stop" of its own."""
        return self.page.get_by_test_id("stMainBlockContainer").get_by_role("button", name=name, exact=True)

    def toggle(self, name: str) -> Any:
        page = self.page
        return page.get_by_role("switch", name=name).or_(page.get_by_role("checkbox", name=name, exact=True)).first

    def switch(self, name: str, on: bool) -> None:
        """Bring a toggle into a state."""
        self.idle()
        if self.toggle(name).is_checked() != on:
            self.page.get_by_text(name, exact=True).first.click()
            self.page.wait_for_timeout(300)
            self.idle()
        if self.toggle(name).is_checked() != on:
            raise AssertionError(f"'{name}' could not be switched {'on' if on else 'off'}")

    def only(self, *stages: str) -> None:
        """Switch on the stages with these titles and all others off."""
        from restoration_studio.stages import STAGES

        for stage in STAGES:
            self.switch(stage.title, on=stage.title in stages)

    def restore(self) -> None:
        self.button("Restore").click()

    def restored(self, timeout: float = 180_000) -> None:
        self.page.get_by_role("button", name="Download picture").wait_for(timeout=timeout)

    def after(self) -> bytes:
        """The "after" picture the browser shows, as bytes of a file."""
        source = self.page.locator("img[alt*='after' i]").first.get_attribute("src")
        body = self.page.evaluate(
            "async (url) => Array.from(new Uint8Array(await (await fetch(url)).arrayBuffer()))", source
        )
        return bytes(body)

    def download(self, label: str) -> tuple[str, bytes]:
        """Press a download button; the suggested name and the file's bytes."""
        with self.page.expect_download() as waiting:
            self.page.get_by_role("button", name=label).click()
        return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()

    def hold_video(self, seconds: float) -> None:
        """Let the film viewer stand at one moment."""
        self.page.evaluate(_HOLD_FILM, seconds)
        self.page.wait_for_timeout(800)

    def pictures_loaded(self) -> None:
        """Wait until every picture on the page has arrived."""
        self.page.wait_for_function(_PICTURES_LOADED)
