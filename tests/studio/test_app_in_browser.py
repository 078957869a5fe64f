"""The studio as a visitor meets it: a real browser on the real page."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from restoration_studio.stages import STAGES
from scripts.page_checks import NAMELESS, QUIETEST
from scripts.studio_browser import Visitor
from tests.waiting import wait_until

INPUTS = Path(__file__).parents[2] / "examples" / "input"
pytestmark = [pytest.mark.slow, pytest.mark.network]


@pytest.fixture
def page(browser: Any, address: str) -> Iterator[Visitor]:
    """A visitor who has just arrived; an error in the browser's console fails the test."""
    visitor = Visitor(browser, address)
    yield visitor
    visitor.leave()


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


def png(pixels: np.ndarray) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def test_from_example_to_restored_and_a_strength_moved(page: Visitor) -> None:
    page.example("Small, noisy portrait")
    assert page.page.get_by_text("It is noisy").first.is_visible()
    page.restore()
    page.restored()
    before = page.after()
    assert Image.open(io.BytesIO(before)).size == (640, 800)
    slider = page.page.get_by_role("slider", name=re.compile("Super-resolution: opacity"))
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
    page.only("Detail")
    page.restore()
    page.restored()
    name, data = page.download("Download picture")
    with Image.open(io.BytesIO(data)) as image:
        assert name == "phone_restored.png" and image.size == (120, 160)
        assert image.getexif().get(0x0112, 1) == 1


def test_every_format_downloads_as_what_it_says(page: Visitor) -> None:
    page.example("Noisy 16-bit scan")
    page.only("Detail")
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
    stop = page.button("Stop")
    stop.click()
    stop.wait_for(state="detached", timeout=90_000)
    _enabled(page.page.get_by_role("button", name="Restore", exact=True))
    assert page.page.get_by_role("button", name="Download picture").count() == 0
    page.only("Detail")
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
        visitor.only("Detail")
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
    """No mouse from the first page to the file: example, switches, Restore, divider, strength, download."""
    press = page.page.keyboard.press
    _tab_to(page.page, "Out of focus")
    press("Enter")
    page.button("Restore").wait_for()
    page.idle()
    for stage in STAGES:
        if page.toggle(stage.title).is_checked() and stage.name != "detail":
            _tab_to(page.page, stage.title)
            press("Space")
            page.page.wait_for_timeout(300)
            page.idle()
            assert not page.toggle(stage.title).is_checked()
    _tab_to(page.page, "Restore")
    press("Enter")
    page.restored()
    page.idle()
    _tab_to(page.page, "Divider between before and after")
    divider = page.page.locator(".rs-viewer [role=slider]").first
    before = divider.get_attribute("aria-valuenow")
    press("ArrowLeft")
    assert divider.get_attribute("aria-valuenow") != before
    _tab_to(page.page, "Detail: opacity")
    press("ArrowLeft")
    page.button("Restore again with these strengths").wait_for()
    page.idle()
    _tab_to(page.page, "Download picture")
    with page.page.expect_download() as waiting:
        press("Enter")
    assert waiting.value.suggested_filename == "astronaut_out_of_focus_restored.png"


def _enabled(button: Any) -> None:
    wait_until(button.is_enabled)


FOCUSED = """() => {
    let e = document.activeElement;
    while (e?.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;
    return (e?.ariaLabel || e?.labels?.[0]?.innerText || e?.innerText || '').trim();
}"""


def _tab_to(page: Any, text: str) -> None:
    for _ in range(160):
        page.keyboard.press("Tab")
        if page.evaluate(FOCUSED) == text:
            return
    raise AssertionError(f"the keyboard never reached '{text}'")


def test_a_painted_mask_is_where_the_stage_works_and_nowhere_else(page: Visitor) -> None:
    """The app's own mask editor, in the page: paint, restore, and compare the download with the file."""
    data = png(np.random.default_rng(5).integers(60, 200, (150, 200, 3), np.uint8))
    page.upload("marked.png", data)
    page.page.get_by_text("It is 200x150 pixels").first.wait_for()
    page.only("Detail")
    page.page.get_by_text("Work on a part only").click()
    page.switch("Mark a part of the picture", on=True)
    page.page.wait_for_selector(".rs-mask[aria-busy=false]")
    assert page.page.get_by_text("Detail: only here").first.is_visible()
    page.page.get_by_role("button", name="Rectangle", exact=True).click()
    picture = page.page.locator(".rs-mask .stage img")
    picture.scroll_into_view_if_needed()
    box = picture.bounding_box()
    mouse = page.page.mouse
    mouse.move(box["x"] + box["width"] * 0.2, box["y"] + box["height"] * 0.2)
    mouse.down()
    mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.6, steps=5)
    mouse.up()
    page.page.get_by_role("button", name="Download mask").wait_for()
    page.idle()
    _, painted = page.download("Download mask")
    mask = np.asarray(Image.open(io.BytesIO(painted))) > 0
    assert 0.10 < mask.mean() < 0.14 and mask[60, 70] and not mask[10, 10]
    page.restore()
    page.restored()
    page.idle()
    _, result = page.download("Download picture")
    before, after = (np.asarray(Image.open(io.BytesIO(file))).astype(int) for file in (data, result))
    changed = (before != after).any(axis=2)
    assert changed[mask].mean() > 0.5, "nothing happened where it was marked"
    rows, columns = np.nonzero(mask)
    soft = 12  # the soft edge reaches out a little
    changed[rows.min() - soft : rows.max() + soft, columns.min() - soft : columns.max() + soft] = False
    assert not changed.any(), "something happened where nothing was marked"


PLACES = (("many", "Restore many"), ("film", "Restore a film"), ("models", "Models"), ("about", "About"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_control_has_a_name_and_every_text_enough_contrast(browser: Any, address: str, scheme: str) -> None:
    visitor = Visitor(browser, address, color_scheme=scheme)

    def looked_at(what: str) -> None:
        visitor.idle()
        assert visitor.page.evaluate(NAMELESS) == [], what
        assert visitor.page.evaluate(QUIETEST, 4.5) == [], what

    looked_at("first page")
    visitor.example("Out of focus")
    visitor.only("Detail")
    looked_at("proposal")
    visitor.restore()
    visitor.restored()
    visitor.page.get_by_text("Figures", exact=True).click()
    visitor.page.get_by_text("Brightness before and after").wait_for()
    assert visitor.page.get_by_text("deprecated").count() == 0
    looked_at("result")
    for place, title in PLACES:
        visitor.page.goto(f"{address}/{place}")
        visitor.page.get_by_role("heading", name=title, exact=True).wait_for()
        looked_at(place)
    visitor.leave()


def test_on_a_telephones_width_nothing_sticks_out(browser: Any, address: str) -> None:
    visitor = Visitor(browser, address, width=390)
    visitor.example("Out of focus")
    visitor.only("Detail")
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


def test_settings_and_hints_go_along_to_a_series_and_are_there_on_coming_back(page: Visitor) -> None:
    page.upload("grey.jpg", jpeg((90, 70)))
    page.page.get_by_text("It is 90x70 pixels").first.wait_for()
    page.only("Colourise")
    field = page.page.get_by_role("textbox", name="Colour hints")
    field.fill("40%,25%,#7a4b2a")
    field.press("Enter")
    page.idle()
    page.page.get_by_role("link", name="Restore many").click()
    page.page.get_by_role("heading", name="Restore many").wait_for()
    page.page.get_by_role("combobox").first.click()
    page.page.get_by_role("option", name="as on the Restore page").click()
    page.page.get_by_text("Colourise, as set on the Restore page").wait_for()
    page.page.get_by_role("link", name="Restore", exact=True).click()
    page.button("Restore").wait_for()
    page.idle()
    assert field.input_value() == "40%,25%,#7a4b2a"
    assert not page.toggle("Detail").is_checked()
