"""Controls for every kind of setting a stage may have, also for kinds that no stage here uses."""

from __future__ import annotations

import pytest

pytest.importorskip("streamlit", reason="the extra 'studio' is not installed")

from streamlit.testing.v1 import AppTest


def app() -> None:
    """A page with the controls of a stage that has every kind of setting; it writes the recipe's step."""
    from typing import Annotated, Any, ClassVar, Literal

    import streamlit as st
    from pydantic import Field

    import restoration_studio.studio.controls as controls
    from restoration_studio.context import StageContext
    from restoration_studio.stages.base import Stage, StageSettings, setting
    from restoration_studio.stages.region import Region

    class EverySettings(StageSettings):
        amount: float = setting(1.3, "A number.", title="Amount", step=0.1, ge=1.0, le=2.0)
        level: Annotated[float, Field(ge=1, le=30)] | Literal["auto"] = setting("auto", "Or auto.", title="Level")
        open_end: float = setting(4.0, "No upper end.", title="Open end", ge=0.0)
        seed: int = setting(7, "A large range.", title="Seed", ge=0, le=2**63 - 1)
        few: Literal["a", "b"] = setting("b", "Two ways.", title="Few")
        one: Literal["only"] = setting("only", "One way.", title="One")
        many: Literal["m1", "m2", "m3", "m4", "m5", "m6"] = setting("m2", "Six ways.", title="Many")
        switch: bool = setting(True, "Yes or no.", title="Switch")
        prompt: str = setting("old photograph", "What to draw.", title="Prompt", choices=("old photograph", "painting"))
        free: str = setting("", "A free text.", title="Free")
        nothing: str | None = setting(None, "A text or nothing.", title="Nothing")
        kinds: tuple[str, ...] = setting(("dust",), "Kinds of damage.", title="Kinds")
        sorts: tuple[Literal["x", "y"], ...] = setting(("x",), "Sorts.", title="Sorts")
        mask: Region | None = setting(None, "What to fill.", title="Mask")

    class Every(Stage[EverySettings]):
        name, title, summary = "every", "Every", "Has every kind of setting."
        flag, toggle = "every", "apply_every"
        Settings: ClassVar[type[Any]] = EverySettings

        def run(self, picture: Any, settings: EverySettings, context: StageContext) -> Any:
            return picture

    stage = Every()
    if controls.switch_key(stage) not in st.session_state:
        st.session_state[controls.switch_key(stage)] = True
        for control in controls._shown(stage):
            controls.set_control(stage, control, control.default)
    controls.stage_panel(stage, "a reason", disabled=False)
    step = {control.field: controls.value_of(stage, control) for control in controls._shown(stage)}
    st.json(EverySettings.model_validate(step).model_dump_json())


def step(page: AppTest) -> dict[str, object]:
    import json

    assert not page.exception, page.exception
    found: dict[str, object] = json.loads(page.json[0].value)
    return found


def test_every_kind_of_setting_has_a_control_that_gives_its_value_back() -> None:
    page = AppTest.from_function(app, default_timeout=30).run()
    first = step(page)
    assert first == {
        "opacity": 1.0, "region": None, "amount": 1.3, "level": "auto", "open_end": 4.0, "seed": 7, "few": "b",
        "one": "only", "many": "m2", "switch": True, "prompt": "old photograph", "free": "", "nothing": None,
        "kinds": ["dust"], "sorts": ["x"], "mask": None,
    }  # fmt: skip
    page.checkbox(key="auto:every.level").uncheck()
    page.number_input(key="set:every.seed").set_value(12)
    page.selectbox(key="set:every.many").select("m5")
    page.toggle(key="set:every.switch").set_value(False)
    page.text_input(key="set:every.nothing").set_value("something")
    page.multiselect(key="set:every.sorts").set_value(["y", "x"])
    page.slider(key="set:every.amount").set_value(1.7)
    changed = step(page.run())
    assert isinstance(changed["level"], float)
    assert {key: value for key, value in changed.items() if value != first[key] and key != "level"} == {
        "seed": 12, "many": "m5", "switch": False, "nothing": "something", "sorts": ["y", "x"], "amount": 1.7,
    }  # fmt: skip
