"""What would be filled, before anything is: the search, and how it follows threshold, growth and what is marked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("streamlit", reason="the extra 'studio' is not installed")

from streamlit.testing.v1 import AppTest

from restoration_studio.config import Config
from restoration_studio.engine.propose import Proposal
from restoration_studio.engine.recipe import Recipe
from restoration_studio.errors import Cancelled
from restoration_studio.image.arrays import picture_from_array
from restoration_studio.models import ModelManager
from restoration_studio.pipeline import RestorationPipeline
from restoration_studio.progress import CancelToken, Progress
from restoration_studio.stages.mask import MaskSettings
from restoration_studio.stages.region import Region
from restoration_studio.studio.core.damage import damage_found, search_work
from restoration_studio.studio.core.session import LoadedPicture, Session
from tests.waiting import wait_for

APP = Path(__file__).parents[2] / "app.py"


@pytest.fixture
def models() -> ModelManager:
    return ModelManager(Config())


@pytest.fixture
def loaded() -> LoadedPicture:
    rng = np.random.default_rng(1)
    pixels = np.clip(rng.normal(110, 3, (120, 160, 1)), 0, 255).repeat(3, axis=2).astype(np.uint8)
    pixels[:, 80:82] = 250  # a scratch from top to bottom
    return LoadedPicture(
        "p.png", picture_from_array(pixels), Proposal(Recipe.parse({"name": "t", "stages": []}, "t"), (), {})
    )


def test_what_is_found_once_follows_the_settings_without_looking_again(
    models: ModelManager, loaded: LoadedPicture, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = MaskSettings(kinds="scratches", grow=0)
    reports: list[Progress] = []
    state = Session()
    assert damage_found(models, state.damage_map, loaded, settings).filled is None
    state.damage_map = search_work(RestorationPipeline(Config()), loaded, settings)(reports.append, CancelToken())
    assert reports[0].task.description == "Looking for damage"
    monkeypatch.setattr("restoration_studio.damage.find.confidences", lambda *_, **__: 1 / 0)
    narrow = damage_found(models, state.damage_map, loaded, settings).filled
    wide = damage_found(models, state.damage_map, loaded, settings.model_copy(update={"grow": 3})).filled
    assert narrow is not None and wide is not None
    assert narrow[20:100, 80:82].mean() > 0.9 and not narrow[:, :60].any()
    assert wide.sum() > 2 * narrow.sum() and wide[narrow].all()
    none = damage_found(models, state.damage_map, loaded, settings.model_copy(update={"threshold": 1.0})).filled
    assert none is not None and none.sum() < narrow.sum()
    keep = Region(rectangles=((0, 0, 160, 60),))
    kept = damage_found(models, state.damage_map, loaded, settings.model_copy(update={"keep": keep})).filled
    assert kept is not None and not kept[:60].any() and (kept[60:] == narrow[60:]).all()
    area = settings.model_copy(update={"kinds": "auto", "area": Region(rectangles=((2, 2, 5, 5),))})
    only = damage_found(models, state.damage_map, loaded, area).filled
    assert only is not None and only.sum() == 25, "where something is marked, auto looks for nothing"


def test_another_kind_or_picture_is_looked_for_anew(models: ModelManager, loaded: LoadedPicture) -> None:
    settings = MaskSettings(kinds="simple")
    state = Session(
        damage_map=search_work(RestorationPipeline(Config()), loaded, settings)(lambda _: None, CancelToken())
    )
    assert damage_found(models, state.damage_map, loaded, settings).found is not None
    assert damage_found(models, state.damage_map, loaded, settings.model_copy(update={"kinds": "spots"})).found is None
    other = LoadedPicture("q", loaded.picture.with_(pixels=loaded.picture.pixels.copy()), loaded.proposal)
    assert damage_found(models, state.damage_map, other, settings).found is None


def test_the_search_can_be_stopped(models: ModelManager, loaded: LoadedPicture) -> None:
    stop = CancelToken()
    stop.cancel()
    with pytest.raises(Cancelled):
        search_work(RestorationPipeline(Config()), loaded, MaskSettings())(lambda _: None, stop)


@pytest.mark.slow
def test_the_page_shows_what_would_be_filled() -> None:

    import streamlit as st

    st.cache_resource.clear()
    page = AppTest.from_file(str(APP), default_timeout=60).run()
    page.button(key="example:photographer_scratched.jpg").click().run()
    page.toggle(key="on:inpaint").set_value(True).run()
    page.selectbox(key="set:inpaint.kinds").select("simple").run()
    page.toggle(key="mark").set_value(True).run()
    assert not page.exception
    page.button(key="look_for_damage").click().run()
    state = page.session_state.session
    wait_for(state.job)
    page.run()
    assert not page.exception and not page.error
    assert state.damage_map is not None

    def share() -> float:
        (said,) = [caption.value for caption in page.caption if "would be filled, shown" in caption.value]
        return float(said.split("%")[0])

    before = share()
    page.slider(key="set:inpaint.grow").set_value(12).run()
    assert share() > before > 0 and state.job is None
    st.cache_resource.clear()
