"""The picture viewer: its files on the server's side, and its behaviour in a real browser."""

from __future__ import annotations

import base64
import io
from functools import partial

import numpy as np
import pytest
from PIL import Image

from restoration_studio.studio import viewer
from restoration_studio.studio.core import browser_pictures


def picture(height: int, width: int, seed: int = 0) -> np.ndarray:
    """Smooth colours with a little grain, (height, width, 3) uint8."""
    y, x = np.mgrid[:height, :width]
    base = np.stack([x / width, y / height, (x + y) / (width + height)], axis=-1) * 220
    return np.clip(base + np.random.default_rng(seed).normal(0, 6, base.shape), 0, 255).astype(np.uint8)


def decoded(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(content)))


def test_small_pictures_are_encoded_without_loss():
    array = picture(40, 60)
    mime, content = browser_pictures.encode(array)
    assert mime == "image/png"
    np.testing.assert_array_equal(decoded(content), array)


def test_large_pictures_become_jpeg_close_to_the_original_without_colour_subsampling():
    array = picture(700, 900)
    mime, content = browser_pictures.encode(array)
    assert mime == "image/jpeg"
    image = Image.open(io.BytesIO(content))
    assert image.size == (900, 700)
    assert {tuple(layer[1:3]) for layer in image.layer} == {(1, 1)}
    assert np.abs(np.asarray(image).astype(int) - array).mean() < 5  # the grain has a deviation of 6


def test_two_megapixels_are_no_png_which_takes_ten_times_as_long():
    # How long it takes is measured by benchmarks.studio_speed, as a part of what follows a slider.
    assert browser_pictures.encode(picture(1155, 1732))[0] == "image/jpeg"


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((4, 4, 3), np.float32),
        np.zeros((0, 4, 3), np.uint8),
    ],
)
def test_other_arrays_are_refused(array):
    for function in (browser_pictures.encode, browser_pictures.encoded):
        with pytest.raises(ValueError, match="uint8"):
            function(array)


def test_shown_size_keeps_what_fits_and_the_proportions_of_what_does_not():
    assert browser_pictures.shown_size(4000, 4000) == (4000, 4000)
    width, height = browser_pictures.shown_size(12000, 8000)
    assert 15.9e6 < width * height <= 16e6
    assert width / height == pytest.approx(1.5, rel=1e-3)
    assert browser_pictures.shown_size(100_000_000, 1) == (16_000_000, 1)


def test_an_unchanged_picture_is_not_encoded_again(monkeypatch):
    array = picture(50, 70, seed=9)
    first = browser_pictures.encoded(array)
    monkeypatch.setattr(browser_pictures, "encode", lambda _: pytest.fail("encoded again"))
    assert browser_pictures.encoded(array.copy()) is first
    changed = array.copy()
    changed[25, 35, 1] ^= 1
    with pytest.raises(pytest.fail.Exception):
        browser_pictures.encoded(changed)


def test_a_view_that_is_not_contiguous_is_shown_right():
    array = picture(60, 80, seed=3)
    np.testing.assert_array_equal(decoded(browser_pictures.encoded(array[::2, ::-1]).content), array[::2, ::-1])


def test_the_cache_drops_the_oldest_above_its_limit():
    def make():
        return browser_pictures.EncodedPicture("image/png", bytes(100), 1, 1, 1, 1)

    cache = browser_pictures.EncodedCache(250)
    files = [cache.get(bytes([number]), make) for number in range(4)]
    assert cache.get(bytes([3]), make) is files[3]
    assert cache.get(bytes([2]), make) is files[2]
    assert cache.get(bytes([0]), make) is not files[0]


def test_reduced_pictures_know_both_sizes():
    file = browser_pictures.encoded(picture(300, 400, seed=2), megapixels=0.03)
    assert (file.width, file.height, file.reduced) == (400, 300, True)
    assert decoded(file.content).shape == (file.shown_height, file.shown_width, 3) == (150, 200, 3)
    thumbnail = browser_pictures.encoded(picture(300, 400, seed=2), longest=264)
    assert (thumbnail.shown_width, thumbnail.shown_height) == (264, 198)


def test_the_sentence_about_reduced_pictures():
    small = browser_pictures.EncodedPicture("image/png", b"", 400, 300, 400, 300)
    large = browser_pictures.EncodedPicture("image/jpeg", b"", 8000, 6000, 4618, 3464)
    labels = ("before", "after")
    assert viewer._reduced_text([small, small], labels) == ""
    text = viewer._reduced_text([small, large], labels)
    assert text == "Shown reduced, “after” at 4618 × 3464 pixels; the download is full size."
    assert viewer._reduced_text([large, large], labels).count("4618") == 2


def test_stages_that_run_twice_get_other_titles():
    titles, _ = viewer._unique_titles([("Denoise", np.empty(0)), ("Sharpen", np.empty(0)), ("Denoise", np.empty(0))])
    assert titles == ["Denoise", "Sharpen", "Denoise (2)"]


def test_without_a_server_the_address_holds_the_picture():
    pytest.importorskip("streamlit", reason="the extra 'studio' is not installed")
    file = browser_pictures.encoded(picture(20, 30))
    head, data = viewer.media_url(file, "here").split(",", 1)
    assert head == "data:image/png;base64"
    assert base64.b64decode(data) == file.content


def test_the_address_follows_the_base_path_of_the_server():
    config = pytest.importorskip("streamlit.config", reason="the extra 'studio' is not installed")
    AppTest = pytest.importorskip("streamlit.testing.v1", reason="the extra 'studio' is not installed").AppTest  # noqa: N806

    script = """
import numpy as np, streamlit as st
from restoration_studio.studio.core.browser_pictures import encoded
from restoration_studio.studio.viewer import media_url
st.text(media_url(encoded(np.zeros((4, 4, 3), np.uint8)), "place"))
"""
    root = AppTest.from_string(script, default_timeout=30).run().text[0].value
    config.set_option("server.baseUrlPath", "photos/studio/")
    try:
        below = AppTest.from_string(script, default_timeout=30).run().text[0].value
    finally:
        config.set_option("server.baseUrlPath", "")
    assert root.startswith("/mock/media/") and root.endswith(".png")
    assert below == "/photos/studio" + root


APP = """
import numpy as np, streamlit as st
from restoration_studio.studio.viewer import compare
value = st.slider("strength", 0, 200, 100)
before = np.full((20, 30, 3), 90, np.uint8)
after = np.full((40, 60, 3), value, np.uint8)
compare(before, after, key="view", stages=[("Brighten", before), ("Enlarge", after)])
"""


def test_the_viewer_runs_in_streamlits_own_tester():
    AppTest = pytest.importorskip("streamlit.testing.v1", reason="the extra 'studio' is not installed").AppTest  # noqa: N806

    app = AppTest.from_string(APP, default_timeout=30).run()
    assert not app.exception
    assert not app.slider[0].set_value(120).run().exception


# --- in a browser ------------------------------------------------------------------------------------------

SCRIPT = """
import numpy as np, streamlit as st
from restoration_studio.studio.viewer import compare
st.set_page_config(layout="wide")
strength = st.slider("strength", 0, 100, 50)
y, x = np.mgrid[:600, :900]
after = np.stack([x * 255 // 900, y * 255 // 600, np.full_like(x, strength * 2)], axis=-1).astype(np.uint8)
before = np.full((200, 300, 3), 128, np.uint8)
compare(before, after, key="view", stages=[("Repair", before), ("Enlarge", after)])
"""
READY = ".rs-viewer[aria-busy=false]"


@pytest.fixture(scope="module")
def address(serve):
    return serve(SCRIPT)


@pytest.fixture
def open_page(open_window, address):
    """A function that opens the page in a window of its own."""
    return partial(open_window, address, READY)


def divider(page):
    return page.get_by_role("slider", name="Divider")


def value(page):
    return int(divider(page).get_attribute("aria-valuenow"))


def layer(page, name="after"):
    """Box, looks and source of the picture in a layer of the first pane."""
    return page.locator(f".pane.first .layer.{name} img").evaluate(
        "e => { const b = e.getBoundingClientRect(); return {x: b.x, y: b.y, width: b.width, height: b.height,"
        " sharp: getComputedStyle(e).imageRendering, src: e.src, natural: e.naturalWidth} }"
    )


def centre(locator):
    box = locator.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@pytest.mark.slow
def test_divider_by_mouse_and_keyboard(open_page):
    page = open_page()
    assert value(page) == 50
    picture_box = layer(page)
    x, y = centre(page.locator(".knob"))
    assert x == pytest.approx(picture_box["x"] + picture_box["width"] / 2, abs=1)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(picture_box["x"] + picture_box["width"] * 0.25, y, steps=5)
    page.mouse.up()
    assert value(page) == 25
    clip = page.locator(".pane.first .layer.after").evaluate("e => e.style.clipPath")
    pane = page.locator(".pane.first").bounding_box()
    wanted = picture_box["x"] + picture_box["width"] * 0.25 - pane["x"]
    assert float(clip.split()[-1].rstrip("px)")) == pytest.approx(wanted, abs=1)
    # With the whole picture in sight a press anywhere brings the divider.
    page.mouse.click(picture_box["x"] + picture_box["width"] * 0.8, y + 100)
    assert value(page) == 80
    divider(page).focus()
    for key, expected in [
        ("Home", 0), ("ArrowRight", 1), ("ArrowUp", 2), ("PageUp", 12), ("ArrowLeft", 11), ("PageDown", 1),
        ("Shift+ArrowRight", 11), ("End", 100), ("ArrowRight", 100), ("ArrowDown", 99),
    ]:  # fmt: skip
        page.keyboard.press(key)
        assert value(page) == expected, key
    assert "99 % before" in divider(page).get_attribute("aria-valuetext")


@pytest.mark.slow
def test_divider_and_pinch_by_touch(open_page):
    page = open_page(390, 844, has_touch=True, is_mobile=True, device_scale_factor=2)
    page.locator(".stage").scroll_into_view_if_needed()
    touch = page.context.new_cdp_session(page)

    def send(kind, *points):
        touch.send(
            "Input.dispatchTouchEvent",
            {"type": kind, "touchPoints": [{"x": x, "y": y, "id": n} for n, (x, y) in enumerate(points)]},
        )

    box = layer(page)
    x, y = centre(page.locator(".knob"))
    send("touchStart", (x, y))
    for step in range(1, 6):
        send("touchMove", (x + step * box["width"] * 0.05, y))
    send("touchEnd")
    assert value(page) == pytest.approx(75, abs=1)
    # Two fingers twice as far apart show the picture twice as large, around the same point.
    middle = box["x"] + box["width"] / 2
    top = box["y"] + box["height"] * 0.75
    send("touchStart", (middle - 30, top), (middle + 30, top))
    for step in range(1, 7):
        send("touchMove", (middle - 30 - 5 * step, top), (middle + 30 + 5 * step, top))
    send("touchEnd")
    after = layer(page)
    assert value(page) == pytest.approx(75, abs=1)  # the first finger of a pinch leaves the divider alone
    assert after["width"] == pytest.approx(box["width"] * 2, rel=0.02)
    assert (top - after["y"]) / after["height"] == pytest.approx(0.75, abs=0.02)
    send("touchStart", (middle, top))
    for step in range(1, 5):
        send("touchMove", (middle + 10 * step, top))
    send("touchEnd")
    assert layer(page)["x"] == pytest.approx(after["x"] + 40, abs=2)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390


@pytest.mark.slow
def test_zoom_buttons_keys_wheel_and_drag(open_page):
    page = open_page()
    fitted = layer(page)
    for name, scale in [("1", 1), ("2", 2), ("4", 4)]:
        button = page.get_by_role("button", name=f"Zoom {name} to 1")
        button.click()
        assert layer(page)["width"] == pytest.approx(900 * scale)
        assert button.get_attribute("aria-pressed") == "true"
        assert page.locator(".readout").inner_text() == f"{scale * 100} %"
        assert layer(page)["sharp"] == ("pixelated" if scale > 2 else "auto")
    assert layer(page, "before")["width"] == pytest.approx(3600)
    assert layer(page, "before")["sharp"] == "auto"  # of another size: enlarged smoothly
    page.get_by_role("button", name="Fit the picture").click()
    assert layer(page)["width"] == pytest.approx(fitted["width"])
    page.locator(".stage").focus()
    page.keyboard.press("1")
    assert page.locator(".readout").inner_text() == "100 %"
    page.keyboard.press("+")
    assert page.locator(".readout").inner_text() == "125 %"
    page.keyboard.press("+")
    page.keyboard.press("-")
    assert page.locator(".readout").inner_text() == "125 %"
    page.keyboard.press("0")
    assert page.get_by_role("button", name="Fit the picture").get_attribute("aria-pressed") == "true"
    # The wheel zooms at the pointer: the pixel under it stays.
    page.get_by_role("button", name="Zoom 2 to 1").click()
    start = layer(page)
    x, y = (a + b for a, b in zip(centre(page.locator(".stage")), (-150, 60), strict=True))
    spot = ((x - start["x"]) / start["width"], (y - start["y"]) / start["height"])
    page.mouse.move(x, y)
    for _ in range(6):
        page.mouse.wheel(0, -200)
    page.wait_for_function(
        f"parseFloat(document.querySelector('.stBidiComponent [data-testid]').shadowRoot"
        f".querySelector('.pane.first .after img').style.width) > {start['width'] * 4}"
    )
    zoomed = layer(page)
    assert (x - zoomed["x"]) / zoomed["width"] == pytest.approx(spot[0], abs=0.002)
    assert (y - zoomed["y"]) / zoomed["height"] == pytest.approx(spot[1], abs=0.002)
    page.mouse.down()
    page.mouse.move(x - 70, y + 40, steps=4)
    page.mouse.up()
    moved = layer(page)
    assert (moved["x"] - zoomed["x"], moved["y"] - zoomed["y"]) == pytest.approx((-70, 40), abs=1.5)
    page.locator(".stage").focus()
    page.keyboard.press("ArrowRight")
    assert layer(page)["x"] == pytest.approx(moved["x"] - 60, abs=1)


@pytest.mark.slow
def test_modes_show_the_right_layers(open_page):
    page = open_page()
    first = page.locator(".pane.first")

    def seen(selector):
        return page.locator(selector).is_visible()

    page.get_by_role("button", name="Side by side").click()
    page.get_by_role("button", name="Zoom 2 to 1").click()
    left, right = (page.locator(f".pane.{name} img >> visible=true") for name in ("first", "second"))
    panes = [page.locator(f".pane.{name}").bounding_box() for name in ("first", "second")]
    boxes = [left.bounding_box(), right.bounding_box()]
    assert boxes[0]["x"] - panes[0]["x"] == pytest.approx(boxes[1]["x"] - panes[1]["x"], abs=0.6)
    assert boxes[0]["width"] == boxes[1]["width"] == pytest.approx(1800)
    assert left.get_attribute("src") != right.get_attribute("src")
    page.get_by_role("button", name="Difference", exact=True).click()
    assert seen(".gains") and not seen(".divider") and not seen(".pane.second")
    page.get_by_role("button", name="Difference times 16").click()
    assert first.locator(".layers").evaluate("e => e.style.filter") == "brightness(16)"
    assert first.locator(".after img").evaluate("e => getComputedStyle(e).mixBlendMode") == "difference"
    page.get_by_role("button", name="Before only").click()
    assert seen(".pane.first .before img") and not seen(".pane.first .after img")
    assert page.locator(".tag >> visible=true").all_inner_texts() == ["before"]
    page.get_by_role("button", name="After only").click()
    assert seen(".pane.first .after img") and not seen(".pane.first .before img")
    assert page.locator(".tag >> visible=true").all_inner_texts() == ["after"]
    page.get_by_role("button", name="Slider", exact=True).click()
    assert seen(".divider")
    assert page.locator(".readout").inner_text() == "200 %"


@pytest.mark.slow
def test_on_a_phone_the_two_stand_one_above_the_other_at_full_width(open_page):
    page = open_page(390, 844)
    page.get_by_role("button", name="Side by side").click()
    upper, lower = (page.locator(f".pane.{name} img >> visible=true").bounding_box() for name in ("first", "second"))
    assert upper["width"] == lower["width"] == pytest.approx(page.locator(".stage").bounding_box()["width"], abs=1)
    assert lower["y"] >= upper["y"] + upper["height"] - 1


@pytest.mark.slow
def test_difference_is_that_of_the_pixels(open_page):
    page = open_page()
    page.get_by_role("button", name="Difference", exact=True).click()
    page.get_by_role("button", name="Difference as it is").click()

    def pixel(x, y):
        box = layer(page)
        clip = {"x": box["x"] + box["width"] * x, "y": box["y"] + box["height"] * y, "width": 1, "height": 1}
        return decoded(page.screenshot(clip=clip))[0, 0, :3].astype(int)

    # |after - 128| of a picture that is (255 x, 255 y, 100) at (x, y)
    for x, y in [(0.25, 0.5), (0.75, 0.8)]:
        wanted = [abs(255 * x - 128), abs(255 * y - 128), 28]
        assert np.abs(pixel(x, y) - wanted).max() <= 4


@pytest.mark.slow
def test_a_new_after_takes_the_old_ones_place_without_a_gap_and_keeps_the_zoom(open_page):
    page = open_page()
    page.get_by_role("button", name="Zoom 4 to 1").click()
    page.locator(".stage").focus()
    page.keyboard.press("ArrowRight")
    divider(page).focus()
    page.keyboard.press("PageDown")
    before = layer(page)
    page.evaluate(
        """() => {
            const host = document.querySelector('.stBidiComponent [data-testid]');
            window.gaps = 0; window.frames = 0; window.hosts = new Set();
            const look = () => {
                const host = document.querySelector('.stBidiComponent [data-testid]');
                window.hosts.add(host);
                const image = host?.shadowRoot.querySelector('.pane.first .after img');
                window.frames += 1;
                if (!image || !image.complete || !image.naturalWidth || !image.getBoundingClientRect().width)
                    window.gaps += 1;
                requestAnimationFrame(look);
            };
            look();
        }"""
    )
    strength = page.get_by_role("slider", name="strength")
    for number in range(4):
        old = layer(page)["src"]
        strength.focus()
        page.keyboard.press("ArrowRight")
        page.wait_for_function(
            "old => document.querySelector('.stBidiComponent [data-testid]').shadowRoot"
            ".querySelector('.pane.first .after img').src !== old",
            arg=old,
        )
        now = layer(page)
        assert {**now, "src": ""} == {**before, "src": ""}, number
    assert value(page) == 40
    assert page.locator(".readout").inner_text() == "400 %"
    assert page.evaluate("window.gaps") == 0
    assert page.evaluate("window.hosts.size") == 1


@pytest.mark.slow
def test_a_step_from_the_strip_is_shown_as_after(open_page):
    page = open_page()
    steps = page.locator(".strip button")
    assert steps.count() == 2
    assert [step.get_attribute("aria-pressed") for step in steps.all()] == ["false", "true"]
    result = layer(page)
    steps.nth(0).focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(READY)
    page.wait_for_function(
        "document.querySelector('.stBidiComponent [data-testid]').shadowRoot"
        ".querySelector('.strip button').getAttribute('aria-pressed') === 'true'"
    )
    shown = layer(page)
    assert shown["natural"] == 300 and result["natural"] == 900
    assert shown["width"] == result["width"]
    assert page.locator(".tag.after").inner_text() == "after: Repair"
    steps.nth(1).click()
    page.wait_for_function(
        "document.querySelector('.stBidiComponent [data-testid]').shadowRoot"
        ".querySelector('.pane.first .after img').naturalWidth === 900"
    )
    assert page.locator(".tag.after").inner_text() == "after"


@pytest.mark.slow
def test_a_result_that_is_no_step_has_a_place_and_a_picture_of_its_own(browser, serve):
    page = browser.new_page()
    page.goto(serve(SCRIPT.replace('("Enlarge", after)', '("Enlarge", after // 2)')))
    page.wait_for_selector(READY, timeout=60_000)
    steps = page.locator(".strip button")
    assert [step.inner_text() for step in steps.all()] == ["1Repair", "2Enlarge", "3Result"]
    page.wait_for_function(
        "[...document.querySelector('.stBidiComponent [data-testid]').shadowRoot.querySelectorAll('.strip img')]"
        ".filter((image) => image.naturalWidth > 0).length === 3"
    )
    page.close()


@pytest.mark.slow
@pytest.mark.parametrize("width", [390, 1400])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_control_has_a_name_and_enough_contrast(open_page, contrasts, width, scheme):
    page = open_page(width, 900, color_scheme=scheme)
    for button in page.locator(".rs-viewer button").all():
        assert button.get_attribute("aria-label")
    ratios = contrasts(page, ".rs-viewer .bar button, .readout, .foot p, .strip button")
    assert len(ratios) > 10
    assert min(ratios) >= 4.5
