"""The page's logic without a browser: examples, proposals, controls, presets, running, strengths, failure."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("streamlit", reason="the extra 'studio' is not installed")

from streamlit.testing.v1 import AppTest

from restoration_studio.stages import STAGES
from restoration_studio.stages.describe import controls
from restoration_studio.studio.restore_page import PROPOSED
from tests.waiting import wait_for

APP = Path(__file__).parents[2] / "app.py"


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    import streamlit as st

    st.cache_resource.clear()
    yield AppTest.from_file(str(APP), default_timeout=60).run()
    st.cache_resource.clear()


def chosen(page: AppTest, example: str = "portrait_small.jpg") -> AppTest:
    page.button(key=f"example:{example}").click().run()
    assert not page.exception
    return page


def finished(page: AppTest) -> AppTest:
    state = page.session_state.session
    wait_for(state.job)
    page.run()
    assert not page.exception
    return page


def only(page: AppTest, *wanted: str) -> AppTest:
    for stage in STAGES:
        page.toggle(key=f"on:{stage.name}").set_value(stage.name in wanted)
    return page.run()


def test_first_page_offers_examples_and_upload(page: AppTest) -> None:
    assert not page.exception
    assert len([button for button in page.button if str(button.key).startswith("example:")]) == 6


def test_an_example_brings_a_proposal_with_reasons(page: AppTest) -> None:
    chosen(page)
    assert page.selectbox(key="preset").value == PROPOSED
    assert page.toggle(key="on:denoise").value and page.toggle(key="on:super_resolution").value
    assert any("noisy" in caption.value for caption in page.caption)
    assert any("640x800 pixels" in caption.value for caption in page.caption), "the estimate stands beside the button"


def test_every_setting_of_every_stage_has_a_control(page: AppTest) -> None:
    only(chosen(page), *(stage.name for stage in STAGES))
    keys = {
        str(widget.key)
        for kind in (
            "slider",
            "number_input",
            "selectbox",
            "checkbox",
            "toggle",
            "button_group",
            "multiselect",
            "text_input",
        )
        for widget in page.get(kind)
    }
    for stage in STAGES:
        for control in controls(stage):
            if control.kind != "region":
                expected = {f"set:{stage.name}.{control.field}", f"auto:{stage.name}.{control.field}"}
                assert keys & expected, (stage.name, control.field)


def test_a_preset_moves_the_controls_and_reset_brings_them_back(page: AppTest) -> None:
    chosen(page)
    page.selectbox(key="preset").select("scratched").run()
    assert not page.toggle(key="on:detail").value
    page.selectbox(key="preset").select("painting").run()
    assert page.slider(key="set:detail.amount").value == 1.1
    page.slider(key="set:detail.amount").set_value(1.9).run()
    page.button(key="reset").click().run()
    assert page.slider(key="set:detail.amount").value == 1.1


def test_restore_then_move_strengths_without_another_run(page: AppTest) -> None:
    only(chosen(page), "detail")
    page.button(key="restore").click().run()
    finished(page)
    state = page.session_state.session
    (result,) = state.results
    assert [stage["stage"] for stage in result.stats["stages"]] == ["detail"]
    (opacity,) = [slider for slider in page.slider if str(slider.key).startswith("opacity:")]
    opacity.set_value(40).run()
    assert not page.exception
    assert state.results == [result] and state.job is None


def test_a_failure_is_one_sentence_and_settings_stay(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    from restoration_studio.errors import WeightsError
    from restoration_studio.stages.detail import Detail

    only(chosen(page), "detail")
    page.slider(key="set:detail.amount").set_value(1.9).run()

    def fail(*_: object) -> None:
        raise WeightsError("the weights are not here; fetch them.")

    monkeypatch.setattr(Detail, "run", fail)
    page.button(key="restore").click().run()
    finished(page)
    assert [error.value for error in page.error] == ["the weights are not here; fetch them."]
    assert page.slider(key="set:detail.amount").value == 1.9
    assert not page.button(key="restore").disabled


def test_earlier_results_stay_when_a_later_run_fails(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    only(chosen(page), "detail")
    page.button(key="restore").click().run()
    finished(page)
    from restoration_studio.errors import InputError
    from restoration_studio.stages.detail import Detail

    def fail(*_: object) -> None:
        raise InputError("no.")

    monkeypatch.setattr(Detail, "run", fail)
    page.slider(key="set:detail.amount").set_value(1.9).run()
    page.button(key="restore").click().run()
    finished(page)
    assert len(page.session_state.session.results) == 1 and page.error


@pytest.mark.parametrize("name", ["many", "models", "about"])
def test_other_pages_draw_without_errors(name: str) -> None:
    from restoration_studio.studio import about_page, batch_page, models_page

    source = {
        "many": "from restoration_studio.studio.batch_page import batch_page as page",
        "models": "from restoration_studio.studio.models_page import models_page as page",
        "about": "from restoration_studio.studio.about_page import about_page as page",
    }[name]
    assert about_page and batch_page and models_page
    shown = AppTest.from_string(f"{source}\npage()", default_timeout=30).run()
    assert not shown.exception and shown.title


def test_results_are_kept_on_the_server_only_where_it_has_a_folder_for_them(
    page: AppTest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    only(chosen(page), "detail")
    page.button(key="restore").click().run()
    finished(page)
    assert not [button for button in page.button if str(button.key).startswith("keep:")]
    monkeypatch.setenv("RESTORATION_STUDIO_RESULTS_DIR", str(tmp_path / "results"))
    import streamlit as st

    st.cache_resource.clear()
    page.run()
    for _ in range(2):
        (keep,) = [button for button in page.button if str(button.key).startswith("keep:")]
        keep.click().run()
        assert not page.exception and page.success and not page.error
    names = sorted(path.name for path in (tmp_path / "results").iterdir())
    pictures = ["portrait_small_restored.png", "portrait_small_restored_2.png"]
    assert names == sorted([*pictures, *(f"{name}.record.json" for name in pictures)])


def test_figures_are_drawn_when_somebody_looks(page: AppTest) -> None:
    only(chosen(page), "detail")
    page.button(key="restore").click().run()
    finished(page)
    assert not page.metric, "plots take longer than the rest of the page"
    page.session_state.figures = True
    page.run()
    assert not page.exception and not page.warning
    assert [metric.label for metric in page.metric] == ["Time", "Sharpness", "Noise"]
