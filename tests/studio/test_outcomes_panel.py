"""Several ways of filling in the studio: what can be made, the work, where they differ, and choosing one."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("streamlit", reason="the extra 'studio' is not installed")

from streamlit.testing.v1 import AppTest

from restoration_studio.config import Config
from restoration_studio.engine.outcomes import variants
from restoration_studio.engine.propose import Proposal
from restoration_studio.engine.recipe import Recipe
from restoration_studio.errors import RestorationError, WeightsError
from restoration_studio.image.arrays import picture_from_array
from restoration_studio.pipeline import RestorationPipeline
from restoration_studio.progress import CancelToken, Progress
from restoration_studio.studio.core.outcomes import places_apart, possible, several
from restoration_studio.studio.core.session import LoadedPicture, Outcomes
from tests.waiting import wait_for

APP = Path(__file__).parents[2] / "app.py"


@pytest.fixture
def page() -> Iterator[AppTest]:
    import streamlit as st

    st.cache_resource.clear()
    yield AppTest.from_file(str(APP), default_timeout=60).run()
    st.cache_resource.clear()


@pytest.fixture
def filling() -> Recipe:
    area = {"rectangles": [[20, 16, 14, 10]]}
    return Recipe.parse({"name": "t", "stages": [{"stage": "inpaint", "area": area}]}, "test")


@pytest.fixture
def loaded() -> LoadedPicture:
    pixels = np.random.default_rng(3).integers(40, 220, (48, 64, 3), np.uint8)
    picture = picture_from_array(pixels)
    return LoadedPicture("p.png", picture, Proposal(Recipe.parse({"name": "t", "stages": []}, "test"), (), {}))


def test_methods_without_a_seed_give_as_many_ways_as_they_have(filling: Recipe) -> None:
    assert possible(filling, []) == 0
    assert possible(filling, ["harmonic"]) == 1
    assert possible(filling, ["telea", "ns"]) == 6
    assert possible(filling, ["stable-diffusion"]) == 6


def test_the_work_makes_every_way_with_its_record_and_tells_where_it_is(filling: Recipe, loaded: LoadedPicture) -> None:
    reports: list[Progress] = []
    made = variants(filling, 3, methods=["telea", "ns"])
    outcomes = several(RestorationPipeline(Config()), loaded, made)(reports.append, CancelToken())
    assert [result.label for result in outcomes.results] == ["Telea", "Navier-Stokes", "Telea, radius 6"]
    methods = [result.stats["recipe"]["stages"][0]["method"] for result in outcomes.results]
    assert methods == ["telea", "ns", "telea"] and not outcomes.problems
    fractions = [report.fraction for report in reports]
    assert fractions == sorted(fractions) and fractions[-1] <= 1
    outcome = reports[-1].current("outcome")
    assert outcome is not None
    assert (outcome.index, outcome.count, outcome.description) == (2, 3, "Telea, radius 6")
    box = places_apart(outcomes.results)
    assert box is not None
    top, left, bottom, right = (edge / 1000 for edge in box)
    assert top * 48 <= 16 and bottom * 48 >= 26 - 1 and left * 64 <= 20 and right * 64 >= 34 - 1


def test_ways_that_do_not_differ_have_no_place_to_look_at(filling: Recipe, loaded: LoadedPicture) -> None:
    made = variants(filling, 1, methods=["ns"])
    (one,) = several(RestorationPipeline(Config()), loaded, made)(lambda _: None, CancelToken()).results
    assert places_apart([one]) is None and places_apart([one, replace(one)]) is None


def test_a_way_that_fails_stops_no_other_and_is_told(
    filling: Recipe, loaded: LoadedPicture, monkeypatch: pytest.MonkeyPatch
) -> None:
    from restoration_studio.stages.inpaint import Inpaint

    whole = Inpaint.run

    def run(self: Inpaint, picture: Any, settings: Any, work: Any) -> Any:
        if settings.method == "ns":
            raise WeightsError("the weights are not here; fetch them.")
        return whole(self, picture, settings, work)

    monkeypatch.setattr(Inpaint, "run", run)
    pipeline = RestorationPipeline(Config())
    outcomes = several(pipeline, loaded, variants(filling, 2, methods=["telea", "ns"]))(lambda _: None, CancelToken())
    assert [result.label for result in outcomes.results] == ["Telea"]
    assert outcomes.problems == ["Navier-Stokes: the weights are not here; fetch them."]
    with pytest.raises(RestorationError, match="not here"):
        several(pipeline, loaded, variants(filling, 1, methods=["ns"]))(lambda _: None, CancelToken())


def test_outcomes_are_shown_and_the_one_taken_is_the_result(
    page: AppTest, filling: Recipe, loaded: LoadedPicture
) -> None:
    page.button(key="example:photographer_scratched.jpg").click().run()
    for toggle in page.toggle:
        if str(toggle.key).startswith("on:"):
            toggle.set_value(toggle.key == "on:inpaint")
    page.run()
    assert not page.exception
    page.multiselect[0].set_value(["telea", "ns"]).run()
    page.slider(key="outcome_count:6").set_value(2).run()
    # The work itself is tested above; on this page the search for damage would take most of a minute.

    state = page.session_state.session
    work = several(RestorationPipeline(Config()), loaded, variants(filling, 2, methods=["telea", "ns"]))
    state.outcomes = work(lambda _: None, CancelToken())
    assert isinstance(state.outcomes, Outcomes)
    page.run()
    assert not page.exception
    second = state.outcomes.results[1]
    page.button(key=f"take:{id(second)}").click().run()
    assert not page.exception
    assert state.shown is second and state.results == [second]
    assert page.button(key=f"take:{id(second)}").disabled
    assert any("Navier-Stokes" in mark.value for mark in page.markdown)


def test_the_button_puts_the_ways_into_the_queue(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    import restoration_studio.studio.outcomes_panel as module

    seen: list[list[str]] = []
    done = threading.Event()

    def fake(pipeline: Any, loaded: Any, made: Any) -> Any:
        seen.append([one.label for one in made])

        def run(progress: Any, cancel: Any) -> Any:
            done.set()
            raise WeightsError("no.")

        return run

    monkeypatch.setattr(module, "several", fake)
    page.button(key="example:photographer_scratched.jpg").click().run()
    page.toggle(key="on:inpaint").set_value(True).run()
    page.multiselect[0].set_value(["telea", "ns"]).run()
    page.slider(key="outcome_count:6").set_value(3).run()
    page.button(key="outcomes").click().run()
    assert done.wait(20)
    wait_for(page.session_state.session.job)
    page.run()
    assert seen == [["Telea", "Navier-Stokes", "Telea, radius 6"]]
    assert [error.value for error in page.error] == ["no."]


def test_weights_that_do_not_go_with_the_method_are_said_and_those_that_do_are_taken(page: AppTest) -> None:
    page.button(key="example:photographer_scratched.jpg").click().run()
    page.toggle(key="on:inpaint").set_value(True).run()
    method = next(box for box in page.selectbox if "harmonic" in box.options)
    method.set_value("network").run()
    assert not page.exception and "needs to be told which network" in page.error[0].value
    assert page.button(key="restore").disabled
    weights = next(text for text in page.text_input if text.label == "Weights")
    weights.set_value("partial-convolution").run()
    assert not page.exception and not page.error and not page.button(key="restore").disabled
    assert "Network" in page.multiselect[0].options
    next(box for box in page.selectbox if "harmonic" in box.options).set_value("ns").run()
    assert not page.exception and "'ns' takes no weights" in page.error[0].value
