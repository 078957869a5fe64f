"""The studio as a visitor meets it: a real browser on the real page."""

from __future__ import annotations

import contextlib
import io
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

REPOSITORY = Path(__file__).parents[2]
INPUTS = REPOSITORY / "examples" / "input"
pytestmark = [pytest.mark.slow, pytest.mark.network]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The running studio."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("studio") / "log.txt"
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        "app.py",
        f"--server.port={port}",
        "--server.address=127.0.0.1",
    ]
    with open(log, "wb") as stream:
        server = subprocess.Popen(command, cwd=REPOSITORY, env=os.environ, stdout=stream, stderr=subprocess.STDOUT)
    found = f"http://127.0.0.1:{port}"
    for _ in range(240):
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{found}/_stcore/health", timeout=2):
            break
        assert server.poll() is None, log.read_text()
        time.sleep(0.25)
    yield found
    server.terminate()
    server.wait(timeout=20)


@pytest.fixture
def page(browser: Any, address: str) -> Iterator[Any]:
    """A visitor who has just arrived; an error in the browser's console fails the test."""
    visitor = Visitor(browser, address)
    yield visitor
    visitor.leave()


class Visitor:
    """A browser of one's own, with the few gestures these tests are made of."""

    def __init__(self, browser: Any, address: str, width: int = 1400) -> None:
        self.context = browser.new_context(viewport={"width": width, "height": 1000}, accept_downloads=True)
        self.page = self.context.new_page()
        self.page.set_default_timeout(60_000)
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.goto(address)
        self.page.get_by_role("heading", name="Bring a picture back").wait_for()

    def leave(self) -> None:
        self.context.close()
        assert self.errors == []

    def example(self, title: str) -> None:
        self.page.get_by_role("button", name=title).click()
        self.page.get_by_role("button", name="Restore", exact=True).wait_for()

    def upload(self, name: str, data: bytes) -> None:
        self.page.locator("input[type=file]").first.set_input_files({"name": name, "mimeType": "", "buffer": data})

    def switch(self, stage: str, on: bool) -> None:
        toggle = self.page.get_by_role("switch", name=stage).or_(
            self.page.get_by_role("checkbox", name=stage, exact=True)
        )
        self.idle()
        if toggle.first.is_checked() != on:
            self.page.get_by_text(stage, exact=True).first.click()
            self.page.wait_for_timeout(300)
            self.idle()
        assert toggle.first.is_checked() == on

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

    def only_detail(self) -> None:
        for stage in ("Denoise", "Super-resolution"):
            self.switch(stage, on=False)
        self.switch("Detail", on=True)

    def restore(self) -> None:
        self.page.get_by_role("button", name="Restore", exact=True).click()

    def restored(self) -> None:
        self.page.get_by_role("button", name="Download picture").wait_for(timeout=180_000)

    def after(self) -> bytes:
        """The "after" picture the browser shows, as bytes of a file."""
        source = self.page.locator("img[alt*='after' i]").first.get_attribute("src")
        assert source is not None
        body = self.page.evaluate(
            "async (url) => Array.from(new Uint8Array(await (await fetch(url)).arrayBuffer()))",
            source,
        )
        return bytes(body)

    def download(self, label: str) -> tuple[str, bytes]:
        with self.page.expect_download() as waiting:
            self.page.get_by_role("button", name=label).click()
        return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()


def jpeg(side: tuple[int, int] = (160, 120), orientation: int | None = None, seed: int = 0) -> bytes:
    """A soft random picture as a JPEG."""
    noise = np.random.default_rng(seed).integers(0, 255, (12, 16, 3), np.uint8)
    image = Image.fromarray(noise).resize(side, Image.Resampling.BICUBIC)
    exif = Image.Exif()
    if orientation:
        exif[0x0112] = orientation
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=95, exif=exif)
    return stream.getvalue()


def test_from_example_to_restored_and_a_strength_moved(page: Visitor) -> None:
    page.example("Small, noisy portrait")
    assert page.page.get_by_text("It is noisy").first.is_visible()
    page.restore()
    page.restored()
    before = page.after()
    assert Image.open(io.BytesIO(before)).size == (640, 800)
    slider = page.page.get_by_role("slider", name=re.compile("Super-resolution: share"))
    slider.focus()
    slider.press("Home")
    for _ in range(100):
        page.page.wait_for_timeout(100)
        if page.after() != before:
            break
    assert page.after() != before, "the picture did not follow the slider"
    assert page.page.get_by_role("button", name="Restore again with these strengths").is_visible()


def test_a_telephone_picture_lying_on_its_side_stands_upright(page: Visitor) -> None:
    page.upload("phone.jpg", jpeg((160, 120), orientation=6))
    page.page.get_by_text("It is 120x160 pixels").first.wait_for()
    page.only_detail()
    page.restore()
    page.restored()
    name, data = page.download("Download picture")
    with Image.open(io.BytesIO(data)) as image:
        assert name == "phone_restored.png" and image.size == (120, 160)
        assert image.getexif().get(0x0112, 1) == 1


def test_every_format_downloads_as_what_it_says(page: Visitor) -> None:
    page.example("Noisy 16-bit scan")
    page.only_detail()
    page.restore()
    page.restored()
    for label, kind, suffix in (
        ("PNG", "PNG", ".png"),
        ("JPEG", "JPEG", ".jpg"),
        ("TIFF, 16 bits", "TIFF", ".tif"),
        ("WebP", "WEBP", ".webp"),
    ):
        page.page.get_by_role("radio", name=label, exact=True).or_(
            page.page.get_by_role("button", name=label, exact=True)
        ).first.click()
        page.page.wait_for_timeout(1200)
        name, data = page.download("Download picture")
        assert name == "cat_noisy_16bit_restored" + suffix
        with Image.open(io.BytesIO(data)) as image:
            assert (image.format, image.size) == (kind, (200, 160))
    _, sheet = page.download("Before and after")
    assert Image.open(io.BytesIO(sheet)).width > 200
    name, record = page.download("Record")
    assert b'"recipe"' in record and name.endswith(".record.json")


def test_stop_and_then_another_run(page: Visitor) -> None:
    page.upload("large.jpg", jpeg((900, 700)))
    page.page.get_by_text("It is 900x700 pixels").first.wait_for()
    page.restore()
    # Streamlit's own header has a "Stop" while the page is being drawn.
    stop = page.page.get_by_test_id("stMainBlockContainer").get_by_role("button", name="Stop")
    stop.click()
    stop.wait_for(state="detached", timeout=90_000)
    _enabled(page.page.get_by_role("button", name="Restore", exact=True))
    assert page.page.get_by_role("button", name="Download picture").count() == 0
    page.only_detail()
    page.restore()
    page.restored()


def test_a_broken_file_is_one_sentence_and_the_page_goes_on(page: Visitor) -> None:
    page.upload("holiday.jpg", b"this is no picture")
    page.page.get_by_text("holiday.jpg").nth(0).wait_for()
    alert = page.page.get_by_role("alert")
    alert.first.wait_for()
    assert "holiday.jpg" in alert.first.inner_text() and "Traceback" not in alert.first.inner_text()
    page.upload("good.jpg", jpeg())
    page.page.get_by_text("It is 160x120 pixels").first.wait_for()


def test_two_visitors_at_once_see_their_own_pictures(browser: Any, address: str) -> None:
    visitors = [Visitor(browser, address) for _ in range(2)]
    sizes = [(100, 140), (150, 90)]
    for visitor, size in zip(visitors, sizes, strict=True):
        visitor.upload("mine.jpg", jpeg(size, seed=size[0]))
        visitor.page.get_by_text(f"It is {size[0]}x{size[1]} pixels").first.wait_for()
        visitor.only_detail()
    for visitor in visitors:
        visitor.restore()
    for visitor, size in zip(visitors, sizes, strict=True):
        visitor.restored()
        assert Image.open(io.BytesIO(visitor.after())).size == size
        visitor.leave()


def test_restore_many_with_one_broken_file(page: Visitor, address: str) -> None:
    page.page.goto(f"{address}/many")
    page.page.get_by_role("heading", name="Restore many").wait_for()
    page.page.locator("input[type=file]").first.set_input_files(
        [
            {"name": "one.jpg", "mimeType": "image/jpeg", "buffer": jpeg((60, 50))},
            {"name": "broken.jpg", "mimeType": "image/jpeg", "buffer": jpeg()[:500]},
        ]
    )
    page.page.get_by_text("broken.jpg").first.wait_for()
    page.page.get_by_role("button", name="Restore all").click()
    page.page.get_by_text("1 restored, 1 failed").wait_for(timeout=120_000)
    _, data = page.download("Download all as zip")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert {"one.jpg", "report.json"} <= set(archive.namelist())
        assert "broken.jpg" not in archive.namelist()


def test_by_keyboard_alone(page: Visitor) -> None:
    """Tab to an example, Enter; tab to Restore, Enter; tab to the divider, arrows."""
    _tab_to(page.page, "Out of focus")
    page.page.keyboard.press("Enter")
    page.page.get_by_role("button", name="Restore", exact=True).wait_for()
    page.page.wait_for_timeout(1000)
    page.only_detail()
    _tab_to(page.page, "Restore")
    page.page.keyboard.press("Enter")
    page.restored()
    divider = page.page.locator("[role=slider][aria-valuenow]").first
    divider.focus()
    before = divider.get_attribute("aria-valuenow")
    page.page.keyboard.press("ArrowLeft")
    assert divider.get_attribute("aria-valuenow") != before


def _enabled(button: Any) -> None:
    for _ in range(300):
        if button.is_enabled():
            return
        time.sleep(0.1)
    raise AssertionError("the button stayed disabled")


def _tab_to(page: Any, text: str) -> None:
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement?.innerText?.trim()") == text:
            return
    raise AssertionError(f"the keyboard never reached '{text}'")


def test_on_a_telephones_width_nothing_sticks_out(browser: Any, address: str) -> None:
    visitor = Visitor(browser, address, width=390)
    visitor.example("Out of focus")
    visitor.only_detail()
    visitor.restore()
    visitor.restored()
    main = "document.querySelector('[data-testid=stMain]')"
    overflow = "(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)(" + main + ")"
    assert visitor.page.evaluate(overflow) <= 1
    visitor.leave()


def test_a_pasted_picture_is_opened(page: Visitor) -> None:
    page.idle()
    page.page.wait_for_timeout(1500)  # the listener is there once the browser has drawn its component
    page.page.evaluate(
        """async (bytes) => {
            const file = new File([new Uint8Array(bytes)], "clip.jpg", { type: "image/jpeg" });
            const data = new DataTransfer();
            data.items.add(file);
            document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true }));
        }""",
        list(jpeg((70, 90))),
    )
    page.page.get_by_text("It is 70x90 pixels").first.wait_for()
