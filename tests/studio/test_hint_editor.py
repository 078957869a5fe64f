"""Colour hints in the studio: what the browser sends becomes the setting, and the setting is drawn."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("streamlit", reason="the extra 'studio' is not installed")

from streamlit.testing.v1 import AppTest

from restoration_studio.errors import InputError, RecipeError
from restoration_studio.stages.hints import parse_hints
from restoration_studio.studio.core.hints import placed, received
from restoration_studio.studio.hint_panel import hint_setting

APP = Path(__file__).parents[2] / "app.py"


def test_the_setting_is_the_colourisers_own() -> None:
    stage, control = hint_setting()
    assert (stage.name, control.field, control.keyword) == ("colorize", "hints", "hint")


def test_hints_of_both_kinds_are_drawn_as_shares_of_the_sides() -> None:
    found = placed(parse_hints("40%,25%,#7a4b2a;9,4,keep"), 10, 20)
    assert found == [(0.4, 0.25, "#7a4b2a"), (pytest.approx(9.5 / 20), pytest.approx(0.45), "keep")]
    with pytest.raises(InputError, match="outside"):
        placed(parse_hints("30,4,keep"), 10, 20)


def test_what_the_browser_sends_is_checked_and_belongs_to_its_picture() -> None:
    sent = {"hints": {"picture": "p", "text": "40.125%,25%,#7A4B2A"}}
    assert received(sent, "p", "before") == "40.125%,25%,#7a4b2a"
    assert received(sent, "other", "before") == "before" == received(None, "p", "before")
    assert received({"hints": {"picture": "p", "text": ""}}, "p", "1,1,keep") == ""
    with pytest.raises(InputError, match="reload"):
        received({"hints": "text"}, "p", "")
    with pytest.raises(RecipeError, match="a hint is"):
        received({"hints": {"picture": "p", "text": "nonsense"}}, "p", "")


def test_the_panel_is_there_where_colourisation_is_on_and_says_what_is_wrong() -> None:
    import streamlit as st

    st.cache_resource.clear()
    page = AppTest.from_file(str(APP), default_timeout=60).run()
    page.button(key="example:photographer_scratched.jpg").click().run()
    page.toggle(key="on:colorize").set_value(False).run()
    assert not [toggle for toggle in page.toggle if toggle.key == "hinting"]
    page.toggle(key="on:colorize").set_value(True).run()
    page.toggle(key="hinting").set_value(True).run()
    assert not page.exception
    page.text_input(key="set:colorize.hints").set_value("900%,1%,#ff0000").run()
    assert not page.exception
    assert any("outside the picture" in error.value for error in page.error)
    st.cache_resource.clear()


SCRIPT = """
import numpy as np, streamlit as st
from restoration_studio.studio.hint_panel import hint_editor
st.set_page_config(layout="wide")
photo = np.full((400, 600, 3), 120, np.uint8)
photo[:, :300] = (200, 40, 60)
hint_editor(photo, "mine", key="editor", reference=photo[:, ::-1] if st.checkbox("other") else None)
st.text_input("Hints", key="mine")
st.text("now " + st.session_state.mine)
"""


@pytest.mark.slow
def test_hints_are_clicked_drawn_picked_removed_and_typed(browser: Any, serve: Any) -> None:
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(serve(SCRIPT))
    page.wait_for_selector(".rs-hints[aria-busy=false]", timeout=60_000)

    def at(x: float, y: float) -> tuple[float, float]:
        box = page.locator(".rs-hints .stage img").bounding_box()
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    def hints(count: int) -> tuple[Any, ...]:
        for _ in range(100):
            text = page.get_by_text(re.compile("^now")).inner_text().removeprefix("now").strip()
            if len(parse_hints(text)) == count:
                return parse_hints(text)
            page.wait_for_timeout(100)
        raise AssertionError(text)

    page.mouse.click(*at(0.6, 0.25))
    (first,) = hints(1)
    assert (first.x, first.y, first.relative) == (pytest.approx(60, abs=0.3), pytest.approx(25, abs=0.3), True)
    assert first.colour == (0x7A, 0x4B, 0x2A)
    page.get_by_role("button", name="Eyedropper").click()
    page.mouse.click(*at(0.2, 0.5))
    assert page.locator(".code").inner_text() == "#c8283c", "the colour under the point"
    page.mouse.move(*at(0.7, 0.8))
    page.mouse.down()
    page.mouse.move(*at(0.8, 0.8), steps=20)
    page.mouse.up()
    for _ in range(50):
        drawn = page.locator(".rs-hints circle").count()
        if drawn > 3:
            break
        page.wait_for_timeout(100)
    assert 5 <= drawn <= 7  # every fiftieth of the longer side
    stroke = hints(drawn)[1:]
    assert {one.colour for one in stroke} == {(0xC8, 0x28, 0x3C)}
    assert np.ptp([one.y for one in stroke]) < 1
    page.get_by_role("button", name="Remove", exact=True).click()
    page.mouse.click(*at(0.6, 0.25))
    hints(drawn - 1)
    page.get_by_role("button", name="Undo").click()
    hints(drawn)
    page.get_by_label("Hints", exact=True).fill("10%,10%,keep;20%,20%,#0000ff")
    page.keyboard.press("Enter")
    hints(2)
    page.wait_for_function(
        "[...document.querySelectorAll('.stBidiComponent [data-testid]')]"
        ".some((e) => e.shadowRoot?.querySelectorAll('circle').length === 2)"
    )
    page.get_by_text("other", exact=True).click()
    other = page.locator(".rs-hints .reference img")
    other.click(position={"x": 5, "y": 5})
    for _ in range(30):
        if page.locator(".code").inner_text() == "#787878":
            break
        page.wait_for_timeout(100)
    assert page.locator(".code").inner_text() == "#787878"
    page.close()
    assert errors == []
