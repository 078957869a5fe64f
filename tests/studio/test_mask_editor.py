"""The mask editor: what the server makes of a painted mask, and painting in a real browser."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image

from restoration_studio.errors import InputError
from restoration_studio.studio import mask_editor as editor
from restoration_studio.studio.core.browser_pictures import digest_of
from restoration_studio.studio.core.masks import decode_mask


def data_address(alpha: np.ndarray) -> str:
    """A mask as the browser sends it: red with the mask as its alpha channel."""
    rgba = np.zeros((*alpha.shape, 4), np.uint8)
    rgba[..., 0] = 255
    rgba[..., 3] = alpha
    stream = io.BytesIO()
    Image.fromarray(rgba).save(stream, "PNG")
    return "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode()


def test_the_alpha_channel_is_the_mask():
    alpha = np.array([[0, 127, 128], [255, 1, 200]], np.uint8)
    mask = decode_mask(data_address(alpha), (3, 2), (3, 2))
    assert mask.dtype == np.uint8
    np.testing.assert_array_equal(mask, [[0, 0, 255], [255, 0, 255]])


def test_a_mask_is_enlarged_without_new_values():
    alpha = np.random.default_rng(0).integers(0, 2, (20, 30)).astype(np.uint8) * 255
    mask = decode_mask(data_address(alpha), (30, 20), (90, 60))
    np.testing.assert_array_equal(mask, alpha.repeat(3, axis=0).repeat(3, axis=1))


def test_a_decoded_mask_is_the_callers_own():
    address = data_address(np.zeros((4, 5), np.uint8))
    decode_mask(address, (5, 4), (5, 4))[:] = 9
    assert not decode_mask(address, (5, 4), (5, 4)).any()


GOOD = data_address(np.zeros((4, 5), np.uint8))


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        (None, "no PNG data address"),
        (7, "no PNG data address"),
        ("", "no PNG data address"),
        ("data:image/jpeg;base64,AAAA", "no PNG data address"),
        ("data:image/png;base64,###", "damaged"),
        ("data:image/png;base64,ää", "damaged"),
        ("data:image/png;base64,AAAA", "damaged"),
        (GOOD[:60], "damaged"),
        (GOOD[: len(GOOD) // 2 // 4 * 4], "damaged"),
        (data_address(np.zeros((5, 4), np.uint8)), "4 × 5 pixels, not 5 × 4"),
    ],
)
def test_what_is_no_mask_is_refused_with_a_sentence(address, reason):
    with pytest.raises(InputError, match=reason) as caught:
        decode_mask(address, (5, 4), (5, 4))
    assert "reload the page and paint it again" in str(caught.value)


def test_state_of_another_picture_or_first_mask_is_not_used():
    state = {"mask": {"png": None, "picture": "p", "base": None}}
    assert editor._painted(state, "p", None) == state["mask"]
    assert editor._painted(state, "other", None) is None
    assert editor._painted(state, "p", "b") is None
    assert editor._painted(None, "p", None) is None
    with pytest.raises(InputError, match="form"):
        editor._painted({"mask": "text"}, "p", None)


def test_first_masks_are_checked_and_made_of_two_values():
    photo = np.zeros((6, 8, 3), np.uint8)
    wanted = np.zeros((6, 8), np.uint8)
    wanted[1:3, 2:4] = 255
    np.testing.assert_array_equal(editor._checked(wanted > 0, photo), wanted)
    np.testing.assert_array_equal(editor._checked((wanted // 255) * 127 + 1, photo), wanted)
    for bad in (np.zeros((8, 6), np.uint8), np.zeros((6, 8), np.float32)):
        with pytest.raises(ValueError, match="to begin with"):
            editor._checked(bad, photo)


def test_what_is_about_to_be_returned_is_known_before_the_editor_is_drawn(monkeypatch):
    pytest.importorskip("streamlit", reason="the extra 'studio' is not installed")
    import streamlit as st

    photo = np.zeros((4, 5, 3), np.uint8)
    alpha = np.zeros((4, 5), np.uint8)
    alpha[1, 2] = 255
    state = {"m": {"mask": {"png": data_address(alpha), "picture": digest_of(photo).hex(), "base": None}}}
    monkeypatch.setattr(st, "session_state", state)
    np.testing.assert_array_equal(editor.marked_now(photo, key="m"), alpha)
    assert editor.marked_now(photo + 1, key="m") is None
    np.testing.assert_array_equal(editor.marked_now(photo, key="m", mask=alpha > 0), alpha)


def test_a_first_mask_survives_the_way_to_the_browser_and_back():
    base = np.random.default_rng(1).integers(0, 2, (12, 15)).astype(np.uint8) * 255
    file = editor._base_file(base, (15, 12))
    address = "data:image/png;base64," + base64.b64encode(file.content).decode()
    np.testing.assert_array_equal(decode_mask(address, (15, 12), (15, 12)), base)


APP = """
import numpy as np, streamlit as st
from restoration_studio.studio.mask_editor import mask_editor
photo = np.full((40, 60, 3), 90, np.uint8)
first = np.zeros((40, 60), np.uint8)
first[:10] = 255
mask = mask_editor(photo, key="mask", mask=first if st.checkbox("first") else None)
st.text("none" if mask is None else f"{mask.shape} {np.count_nonzero(mask == 255)}")
"""


def test_the_editor_runs_in_streamlits_own_tester():
    AppTest = pytest.importorskip("streamlit.testing.v1", reason="the extra 'studio' is not installed").AppTest  # noqa: N806

    app = AppTest.from_string(APP, default_timeout=30).run()
    assert not app.exception
    assert app.text[0].value == "none"
    app.checkbox[0].check().run()
    assert not app.exception
    assert app.text[0].value == "(40, 60) 600"


# --- in a browser ------------------------------------------------------------------------------------------

SCRIPT = """
import numpy as np, streamlit as st
from pathlib import Path
from restoration_studio.studio.mask_editor import mask_editor
st.set_page_config(layout="wide")
shape = (3000, 4000) if st.checkbox("large") else (400, 600)
y, x = np.mgrid[:shape[0], :shape[1]]
photo = np.stack([x * 255 // shape[1], y * 255 // shape[0], np.full_like(x, 90)], axis=-1).astype(np.uint8)
first = np.zeros(shape, np.uint8)
first[100:200, 300:400] = 255
if not st.checkbox("hidden"):
    damage = np.zeros(shape, bool)
    damage[300:320, 100:200] = True
    more = damage if st.checkbox("damage") else None
    start = first if st.checkbox("first") else None
    mask = mask_editor(photo, key="mask", mask=start, found=more, overlay=more)
    number = st.session_state.setdefault("number", 0) + 1
    st.session_state.number = number
    folder = Path(FOLDER) / st.query_params["test"]
    folder.mkdir(exist_ok=True)
    np.save(folder / "new.npy", np.zeros(0) if mask is None else mask)
    (folder / "new.npy").rename(folder / "mask.npy")
    st.text("none" if mask is None else f"marked {np.count_nonzero(mask)}")
"""


class Page:
    """The editor in a browser, and the mask that came back."""

    def __init__(self, page, file):
        self.page = page
        self.file = file

    def box(self):
        return self.page.locator(".rs-mask .stage img:not(.overlay)").evaluate(
            "e => { const b = e.getBoundingClientRect(); return [b.x, b.y, b.width, b.height] }"
        )

    def at(self, x, y, size=(600, 400)):
        """Where pixel corner (x, y) of the picture is in the window."""
        left, top, width, height = self.box()
        return left + x * width / size[0], top + y * height / size[1]

    def drag(self, *points, size=(600, 400)):
        self.page.mouse.move(*self.at(*points[0], size))
        self.page.mouse.down()
        for point in points[1:]:
            self.page.mouse.move(*self.at(*point, size), steps=4)
        self.page.mouse.up()

    def tool(self, name):
        self.page.get_by_role("button", name=name, exact=True).click()

    def mask(self, wanted):
        """The mask once it meets ``wanted`` (a count of marked pixels as a range), or the last one."""
        mask = np.zeros(0)
        for _ in range(300):  # a machine with much to do takes its time
            if self.file.exists():
                mask = np.load(self.file)
                if np.count_nonzero(mask) in wanted:
                    break
            self.page.wait_for_timeout(100)
        assert np.count_nonzero(mask) in wanted
        return mask


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("masks")


@pytest.fixture(scope="module")
def address(serve, folder):
    return serve(SCRIPT.replace("FOLDER", repr(str(folder))))


@pytest.fixture
def open_page(open_window, address, folder, request):
    """A function that opens the editor in a window of its own."""

    def open_(width=1400, height=1000, **options):
        ready = ".rs-mask[aria-busy=false]"
        page = open_window(f"{address}/?test={request.node.name}", ready, width, height, **options)
        return Page(page, folder / request.node.name / "mask.npy")

    return open_


def set_size(page, diameter):
    """Set the brush to a diameter with the keys."""
    page.page.locator(".stage").focus()
    for _ in range(80):
        now = int(page.page.locator(".size-text").inner_text().split()[0])
        if now == diameter:
            return
        page.page.keyboard.press("]" if now < diameter else "[")
    raise AssertionError(now)


@pytest.mark.slow
def test_brush_and_eraser_mark_and_unmark_the_pixels_under_them(open_page):
    page = open_page()
    set_size(page, 18)
    page.drag((100, 200), (300, 200))
    area = 200 * 18 + np.pi * 9**2
    mask = page.mask(range(round(area * 0.95), round(area * 1.05)))
    assert mask.shape == (400, 600) and set(np.unique(mask)) == {0, 255}
    rows, columns = np.nonzero(mask)
    assert (rows.min(), rows.max()) == pytest.approx((191, 208), abs=1)
    assert (columns.min(), columns.max()) == pytest.approx((91, 308), abs=1)
    page.tool("Eraser")
    page.drag((200, 150), (200, 250))
    mask = page.mask(range(round((area - 18 * 18) * 0.95), round((area - 18 * 18) * 1.05)))
    assert not mask[195:205, 193:207].any() and mask[200, 180] == mask[200, 220] == 255


@pytest.mark.slow
def test_rectangle_lasso_invert_clear_undo_and_redo(open_page):
    page = open_page()
    keys = page.page.keyboard
    page.tool("Rectangle")
    page.drag((50, 60), (150, 100))
    mask = page.mask(range(3800, 4200))
    rows, columns = np.nonzero(mask)
    assert (columns.min(), columns.max(), rows.min(), rows.max()) == pytest.approx((50, 149, 60, 99), abs=1)
    assert np.count_nonzero(mask) == (np.ptp(rows) + 1) * (np.ptp(columns) + 1)  # without rounded corners
    rectangle = np.count_nonzero(mask)
    page.tool("Lasso")
    page.drag((300, 100), (500, 100), (500, 300))  # closed by itself: a triangle
    mask = page.mask(range(rectangle + 19500, rectangle + 20500))
    assert mask[150, 450] == 255 and mask[250, 350] == 0
    both = np.count_nonzero(mask)
    page.tool("Invert the mask")
    page.mask([600 * 400 - both])
    page.tool("Clear the mask")
    assert page.mask([0]).shape == (0,)  # None: nothing is marked
    page.tool("Undo")
    page.mask([600 * 400 - both])
    page.page.locator(".stage").focus()
    keys.press("Control+z")
    np.testing.assert_array_equal(page.mask([both]), mask)
    keys.press("Control+z")
    page.mask([rectangle])
    keys.press("Control+Shift+Z")
    np.testing.assert_array_equal(page.mask([both]), mask)
    keys.press("Control+z")
    keys.press("Control+z")
    page.mask([0])
    assert page.page.get_by_role("button", name="Undo").get_attribute("aria-disabled") == "true"
    page.tool("Redo")
    page.mask([rectangle])
    page.drag((400, 200), (420, 200), (420, 220))
    page.mask(range(rectangle + 150, rectangle + 260))
    assert page.page.get_by_role("button", name="Redo").get_attribute("aria-disabled") == "true"
    with_alt = page.page
    page.tool("Rectangle")
    with_alt.keyboard.down("Alt")
    page.drag((0, 0), (600, 400))
    with_alt.keyboard.up("Alt")
    page.mask([0])


@pytest.mark.slow
def test_a_polygon_is_clicked_corner_by_corner(open_page):
    page = open_page()
    page.tool("Polygon")
    for corner in ((100, 100), (300, 100), (300, 200), (500, 350)):
        page.page.mouse.click(*page.at(*corner))
    page.page.locator(".stage").focus()
    page.page.keyboard.press("Backspace")
    page.page.mouse.click(*page.at(100, 300))
    page.page.mouse.click(*page.at(101, 101))  # the first again
    mask = page.mask(range(29_000, 31_000))  # 200 x 100 and a triangle below
    assert mask[150, 280] == 255 and mask[280, 110] == 255 and mask[280, 280] == 0
    count = np.count_nonzero(mask)
    for corner in ((400, 100), (500, 100), (500, 200)):
        page.page.mouse.click(*page.at(*corner))
    page.page.keyboard.press("Escape")
    for corner in ((400, 300), (500, 300), (500, 390)):
        page.page.mouse.click(*page.at(*corner))
    page.page.keyboard.press("Enter")
    mask = page.mask(range(count + 4400, count + 4700))
    assert mask[310, 480] == 255 and mask[110, 480] == 0
    page.tool("Undo")
    page.mask([count])


@pytest.mark.slow
def test_what_was_found_is_shown_added_and_taken_away(open_page):
    page = open_page()
    assert not page.page.get_by_role("button", name="Add found").is_visible()
    page.page.get_by_text("damage").click()
    add = page.page.get_by_role("button", name="Add found")
    add.wait_for()
    shown = page.page.locator(".rs-mask img.overlay")
    assert shown.is_visible()
    page.tool("Would be filled")
    assert not shown.is_visible()
    page.tool("Rectangle")
    page.drag((50, 290), (150, 350))
    count = np.count_nonzero(page.mask(range(5700, 6400)))
    add.click()
    union = page.mask(range(count + 900, count + 1100))
    assert union[310, 180] == 255 and union[340, 60] == 255
    page.tool("Take found away")
    rest = page.mask(range(count - 1100, count - 900))
    assert rest[310, 120] == 0 and rest[340, 120] == 255
    page.tool("Undo")
    page.mask([np.count_nonzero(union)])


@pytest.mark.slow
def test_a_rectangle_by_numbers_from_the_keyboard_alone(open_page):
    page = open_page()
    keys = page.page.keyboard
    page.page.locator("summary").focus()
    keys.press("Enter")
    for text in ("30", "40", "200", "100"):
        keys.press("Tab")
        keys.press("Control+a")
        keys.type(text)
    keys.press("Tab")
    keys.press("Enter")
    wanted = np.zeros((400, 600), np.uint8)
    wanted[40:140, 30:230] = 255
    np.testing.assert_array_equal(page.mask([20000]), wanted)
    page.page.get_by_label("Left").fill("500")  # beyond the edge: what lies within the picture
    page.tool("Mark")
    wanted[40:140, 500:600] = 255
    np.testing.assert_array_equal(page.mask([30000]), wanted)
    page.page.get_by_label("Left").fill("30")
    page.tool("Unmark")
    wanted[40:140, 30:230] = 0
    np.testing.assert_array_equal(page.mask([10000]), wanted)


@pytest.mark.slow
def test_painting_while_zoomed_marks_the_same_pixels_and_the_picture_can_be_moved(open_page):
    page = open_page()
    page.tool("Zoom 4 to 1")
    before = page.box()
    assert before[2] == pytest.approx(2400)
    stage = page.page.locator(".stage").bounding_box()
    x, y = stage["x"] + stage["width"] / 2, stage["y"] + stage["height"] / 2
    page.page.locator(".stage").focus()
    page.page.keyboard.down(" ")
    page.page.mouse.move(x, y)
    page.page.mouse.down()
    page.page.mouse.move(x + 100, y + 60, steps=3)
    page.page.mouse.up()
    page.page.keyboard.up(" ")
    after = page.box()
    assert (after[0] - before[0], after[1] - before[1]) == pytest.approx((100, 60), abs=1)
    page.tool("Rectangle")
    page.drag((260, 180), (300, 200))
    rows, columns = np.nonzero(page.mask([800]))
    assert (columns.min(), columns.max(), rows.min(), rows.max()) == (260, 299, 180, 199)
    assert page.box() == after  # the answer of the page leaves the view alone


@pytest.mark.slow
def test_one_finger_paints_and_two_fingers_zoom_without_a_trace(open_page):
    page = open_page(390, 844, has_touch=True, is_mobile=True, device_scale_factor=2)
    page.page.locator(".stage").scroll_into_view_if_needed()
    touch = page.page.context.new_cdp_session(page.page)

    def send(kind, *points):
        touch.send(
            "Input.dispatchTouchEvent",
            {"type": kind, "touchPoints": [{"x": x, "y": y, "id": n} for n, (x, y) in enumerate(points)]},
        )

    (x, y), width = page.at(300, 200), page.box()[2]
    send("touchStart", (x - 20, y))
    send("touchStart", (x - 20, y), (x + 20, y))
    for step in range(1, 6):
        send("touchMove", (x - 20 - 4 * step, y), (x + 20 + 4 * step, y))
    send("touchEnd")
    assert page.box()[2] == pytest.approx(2 * width, rel=0.03)
    assert page.page.locator(".marked").inner_text().startswith("Nothing is marked")
    assert page.page.get_by_role("button", name="Undo").get_attribute("aria-disabled") == "true"
    send("touchStart", (x, y))
    for step in range(1, 6):
        send("touchMove", (x + 10 * step, y))
    send("touchEnd")
    mask = page.mask(range(500, 6000))
    column, row = 300 + 25 * 600 / page.box()[2], 200
    assert mask[row, round(column)] == 255
    assert page.page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.slow
def test_a_first_mask_is_shown_returned_and_can_be_undone(open_page):
    page = open_page()
    page.tool("Rectangle")
    page.drag((0, 0), (20, 20))
    page.mask(range(350, 450))
    page.page.get_by_text("first").click()
    mask = page.mask([10000])
    assert mask[100:200, 300:400].all()
    page.page.wait_for_function(
        "document.querySelector('.stBidiComponent [data-testid]').shadowRoot"
        ".querySelector('.marked').textContent.startsWith('4.2 %')"
    )
    page.drag((400, 200), (500, 300))
    page.mask(range(19500, 20500))
    page.tool("Undo")
    page.tool("Undo")
    page.mask(range(350, 450))


@pytest.mark.slow
def test_the_mask_survives_a_while_out_of_sight(open_page):
    page = open_page()
    page.tool("Rectangle")
    page.drag((100, 100), (200, 200))
    count = np.count_nonzero(page.mask(range(9500, 10500)))
    page.page.get_by_text("hidden").click()
    page.page.wait_for_selector(".rs-mask", state="detached")
    page.file.unlink()
    page.page.get_by_text("hidden").click()
    page.page.wait_for_selector(".rs-mask[aria-busy=false]")
    page.mask([count])
    page.tool("Undo")
    page.mask([0])


@pytest.mark.slow
def test_a_large_picture_is_painted_reduced_and_another_picture_begins_empty(open_page):
    page = open_page()
    page.tool("Rectangle")
    page.drag((100, 100), (200, 200))
    page.mask(range(9500, 10500))
    page.page.get_by_text("large").click()
    page.mask([0])
    page.page.wait_for_function(
        "document.querySelector('.stBidiComponent [data-testid]').shadowRoot"
        ".querySelector('.note').textContent.includes('2309 × 1732')"
    )
    page.drag((1000, 1000), (3000, 2000), size=(4000, 3000))
    mask = page.mask(range(1_950_000, 2_050_000))
    assert mask.shape == (3000, 4000)
    rows, columns = np.nonzero(mask)
    bounds = (columns.min(), columns.max(), rows.min(), rows.max())
    assert bounds == pytest.approx((1000, 3000, 1000, 2000), abs=8)


@pytest.mark.slow
@pytest.mark.parametrize("width", [390, 1400])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_control_has_a_name_and_enough_contrast(open_page, contrasts, width, scheme):
    page = open_page(width, 900, color_scheme=scheme).page
    page.locator("summary").click()
    for button in page.locator(".rs-mask button").all():
        assert button.get_attribute("aria-label") or button.inner_text()
    # What can do nothing now (undo before the first stroke) may be faint.
    names = ".rs-mask button:not([aria-disabled=true]), .readout, .size-text, .foot .marked, summary, .numbers input"
    ratios = contrasts(page, names)
    assert len(ratios) > 15
    assert min(ratios) >= 4.5
    assert page.evaluate("document.documentElement.scrollWidth") <= width
