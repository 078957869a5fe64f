"""Faces after the run: the guard in words, strengths that remix without a network, overruling, the exact run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("streamlit", reason="the extra 'studio' is not installed")

from streamlit.testing.v1 import AppTest

from restoration_studio.faces.layers import FaceLayer
from restoration_studio.image.picture import Picture
from restoration_studio.studio.core.faces import guard_words
from tests.waiting import wait_for

APP = Path(__file__).parents[2] / "app.py"
GOOD = FaceLayer(1, (20, 20, 50, 60), 0.82, 0.82, 1.0, 1.0, 20, 20, np.full((40, 30, 3), 0.1, np.float16), (200, 160))
HELD = replace(GOOD, number=2, box=(100, 20, 130, 60), similarity=0.61, similarity_asked=0.42, strength=0.5, left=100)
LEFT = replace(GOOD, number=3, box=(20, 120, 50, 160), similarity=1.0, similarity_asked=0.11, strength=0.0, top=120)


def test_what_the_guard_did_is_said_in_words() -> None:
    assert guard_words(GOOD, 0.6).startswith("Similarity 0.82")
    assert guard_words(HELD, 0.6).startswith("Held at 50%, where it is 0.61. At 100% it looked too little like")
    assert "similarity 0.11, and 0.60 is asked" in guard_words(LEFT, 0.6) and guard_words(LEFT, 0.6).startswith(
        "Left as it was"
    )
    assert "was off" in guard_words(replace(GOOD, similarity=None, similarity_asked=None), 0.0)


@pytest.mark.slow
def test_strengths_move_the_picture_with_no_new_run_and_the_guard_can_be_overruled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import streamlit as st

    from restoration_studio.stages.faces import Faces

    runs: list[Any] = []
    layers: list[FaceLayer] = []

    def run(self: Faces, picture: Picture, settings: Any, work: Any) -> Picture:
        runs.append(settings)
        size = (picture.height, picture.width)
        layers[:] = [replace(layer, size=size) for layer in (GOOD, HELD, LEFT)]
        pixels = picture.pixels.copy()
        for layer in layers:
            layer.paste_back(pixels, layer.strength)
            work.on_layer(layer)
        return picture.with_(pixels=pixels)

    monkeypatch.setattr(Faces, "run", run)
    monkeypatch.setattr(Faces, "models", lambda self, settings: ())
    st.cache_resource.clear()
    page = AppTest.from_file(str(APP), default_timeout=60).run()
    page.button(key="example:portrait_small.jpg").click().run()
    for toggle in page.toggle:
        if str(toggle.key).startswith("on:"):
            toggle.set_value(toggle.key == "on:faces")
    page.run()

    def finished() -> Any:
        state = page.session_state.session
        wait_for(state.job)
        page.run()
        assert not page.exception and not page.error
        return state

    page.button(key="restore").click().run()
    result = finished().shown
    assert len(result.faces) == 3 and len(runs) == 1
    sliders = {s.label: s for s in page.slider if str(s.key).startswith("face:")}
    assert [slider.value for slider in sliders.values()] == [100, 50, 0]
    overrule = [button for button in page.button if str(button.key).startswith("overrule:")]
    assert len(overrule) == 2, "the guard let the first face be"
    overrule[1].click().run()
    assert not page.exception and len(runs) == 1
    assert page.slider(key=f"face:{id(result)}:3").value == 100
    assert any("More than the identity guard allowed" in caption.value for caption in page.caption)
    page.button(key=f"again:{id(result)}").click().run()
    finished()
    assert len(runs) == 2 and (runs[1].strengths, runs[1].guard) == ("1,0.5,1", 0.0)
    st.cache_resource.clear()
