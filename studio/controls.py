"""Toggles and sliders for every stage, made from the stages' settings; a new stage appears by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from pipeline.recipe import Recipe
from stages import STAGES
from stages.base import Stage
from stages.describe import Control, controls
from stages.region import Region
from weights.catalogue import MODELS

# What a person sets with other means than a slider here.
_ELSEWHERE = ("region",)


def switch_key(stage: Stage[Any]) -> str:
    """Where the page keeps whether a stage is on."""
    return f"on:{stage.name}"


def control_key(stage: Stage[Any], control: Control) -> str:
    """Where the page keeps a setting; "auto" is kept apart, under ``auto_key``."""
    return f"set:{stage.name}.{control.field}"


def auto_key(stage: Stage[Any], control: Control) -> str:
    """Where the page keeps whether a setting is left to "auto"."""
    return f"auto:{stage.name}.{control.field}"


def set_recipe(recipe: Recipe) -> None:
    """Move every toggle and slider to where ``recipe`` has it."""
    steps = {step.stage: step.settings for step in recipe.stages}
    for stage in STAGES:
        settings = steps.get(stage.name)
        st.session_state[switch_key(stage)] = settings is not None
        values = (settings or stage.Settings()).model_dump()
        for control in _shown(stage):
            value = values[control.field]
            if control.auto:
                st.session_state[auto_key(stage, control)] = value == "auto"
                value = _start(control) if value == "auto" else value
            if control.model and value not in control.choices:
                st.session_state.setdefault("own_models", []).append(value)
            st.session_state[control_key(stage, control)] = _typed(control, value)


def hold(busy: bool) -> None:
    """Tell the browser every control's value again when a run begins or ends.

    Controls are drawn anew when they are switched off or on, and would show their first value, not their last.
    """
    if st.session_state.get("held") == busy:
        return
    st.session_state.held = busy
    for key in list(st.session_state):
        if str(key).startswith(("on:", "auto:", "set:")):
            st.session_state[key] = st.session_state[key]


def recipe_of_page(regions: Mapping[str, Region]) -> Recipe:
    """The recipe that toggles and sliders stand for now, with the regions of some stages by name.

    Raises:
        RecipeError: a value is out of range, which the widgets do not let happen.
    """
    stages = []
    for stage in STAGES:
        if not st.session_state[switch_key(stage)]:
            continue
        step: dict[str, Any] = {"stage": stage.name, "region": regions.get(stage.name)}
        for control in _shown(stage):
            auto = control.auto and st.session_state[auto_key(stage, control)]
            step[control.field] = "auto" if auto else st.session_state[control_key(stage, control)]
        stages.append(step)
    return Recipe.parse({"name": "studio", "stages": stages}, "the page's settings")


def stage_panel(stage: Stage[Any], reason: str, *, disabled: bool) -> None:
    """The controls of one stage: its switch, its main settings, and the others folded away."""
    on = st.toggle(stage.title, key=switch_key(stage), disabled=disabled, help=stage.summary)
    if reason:
        st.caption(reason)
    if not on:
        return
    shown = _shown(stage)
    for control in shown:
        if not control.advanced:
            _widget(stage, control, disabled)
    with st.expander("Advanced"):
        for control in shown:
            if control.advanced:
                _widget(stage, control, disabled)


def _shown(stage: Stage[Any]) -> list[Control]:
    return [control for control in controls(stage) if control.field not in _ELSEWHERE]


def _widget(stage: Stage[Any], control: Control, disabled: bool) -> None:
    key, label = control_key(stage, control), control.title + (f" ({control.unit})" if control.unit else "")
    if control.auto:
        name = f"{control.title}: automatic"
        if st.checkbox(name, key=auto_key(stage, control), disabled=disabled, help=control.description):
            # A widget that is not shown forgets its value unless it is kept by hand.
            st.session_state[key] = st.session_state[key]
            return
    if control.kind in ("number", "integer"):
        number = int if control.kind == "integer" else float
        st.slider(
            label,
            number(control.minimum or 0),
            number(control.maximum or 1),
            step=number(control.step or 1),
            key=key,
            disabled=disabled,
            help=control.description,
        )
    elif control.model:
        own = st.session_state.get("own_models", [])
        choices = [*control.choices, *dict.fromkeys(own)]
        st.selectbox(label, choices, key=key, disabled=disabled, help=control.description, format_func=model_label)
    elif control.kind == "choice":
        st.segmented_control(
            label, control.choices, key=key, disabled=disabled, help=control.description, required=True
        )
    else:
        st.text_input(label, key=key, disabled=disabled, help=control.description)


def model_label(name: str) -> str:
    """A model with its licence and size, as a person chooses by them."""
    entry = MODELS.get(name)
    if entry is None:
        return name
    size = entry.sources[0].size
    return f"{entry.title} · {entry.licence}" + (f" · {size / 1e6:.0f} MB" if size else "")


def _start(control: Control) -> float:
    """Where the slider of a setting stands that was automatic: low, or at a usual tile."""
    low, high = control.minimum or 0, control.maximum or 1
    return min(high, 256) if control.machine else low + (high - low) / 3


def _typed(control: Control, value: Any) -> Any:
    if control.kind == "integer":
        return int(value)
    return float(value) if control.kind == "number" else value
