"""Toggles and sliders for every stage, made from the stages' settings; a new stage appears by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import streamlit as st
from pydantic import BaseModel

from restoration_studio.engine.recipe import Recipe
from restoration_studio.stages import STAGES
from restoration_studio.stages.describe import Control, Described, controls
from restoration_studio.stages.region import Region
from restoration_studio.weights.catalogue import MODELS

_ELSEWHERE = "region"  # the kind of setting that is painted, see studio.core.masks
_SIDE_BY_SIDE = 4  # as many choices stand beside each other; more go into a list
_SLIDER_STEPS = 1000  # finer than that no hand moves a slider
_LARGEST = 2**53 - 1  # whole number that a browser keeps exactly


class Drawn(Described, Protocol):
    """A stage, or a step that films take: what a panel is drawn of."""

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def summary(self) -> str: ...


# ``scope`` stands before every key: pages with controls of their own do not move each other's.


def switch_key(stage: Drawn, scope: str = "") -> str:
    """Where the page keeps whether a stage is on."""
    return f"{scope}on:{stage.name}"


def control_key(stage: Drawn, control: Control, scope: str = "") -> str:
    """Where the page keeps a setting; "auto" is kept apart, under ``auto_key``."""
    return f"{scope}set:{stage.name}.{control.field}"


def auto_key(stage: Drawn, control: Control, scope: str = "") -> str:
    """Where the page keeps whether a setting is left to "auto"."""
    return f"{scope}auto:{stage.name}.{control.field}"


def set_recipe(recipe: Recipe, scope: str = "") -> None:
    """Move every toggle and slider to where ``recipe`` has it."""
    steps = {step.stage: step.settings for step in recipe.stages}
    for stage in STAGES:
        set_stage(stage, steps.get(stage.name), scope)


def set_stage(stage: Drawn, settings: BaseModel | None, scope: str = "") -> None:
    """Move the toggle and sliders of one stage to ``settings``; None switches it off, with its defaults."""
    st.session_state[switch_key(stage, scope)] = settings is not None
    values = (settings or stage.Settings()).model_dump()
    for control in _shown(stage):
        set_control(stage, control, values[control.field], scope)


def set_control(stage: Drawn, control: Control, value: Any, scope: str = "") -> None:
    """Move the control of one setting to ``value``."""
    if control.auto:
        st.session_state[auto_key(stage, control, scope)] = value == "auto"
        value = _start(control) if value == "auto" else value
    if control.model and control.choices and value not in control.choices:
        st.session_state.setdefault("own_models", []).append(value)
    st.session_state[control_key(stage, control, scope)] = _typed(control, value)


def value_of(stage: Drawn, control: Control, scope: str = "") -> Any:
    """The setting as its control stands now."""
    if control.auto and st.session_state[auto_key(stage, control, scope)]:
        return "auto"
    value = st.session_state[control_key(stage, control, scope)]
    # An emptied field stands for nothing where nothing is the default.
    return control.default if value is None or (value == "" and control.default is None) else value


def values_of(stage: Drawn, scope: str = "") -> dict[str, Any]:
    """The settings of one stage as its controls stand now, but for painted ones."""
    return {control.field: value_of(stage, control, scope) for control in _shown(stage)}


def hold(busy: bool, scope: str = "") -> None:
    """Tell the browser every control's value again when a run begins or ends.

    Controls are drawn anew when they are switched off or on, and would show their first value, not their last.
    """
    if st.session_state.get(f"{scope}held") == busy:
        return
    st.session_state[f"{scope}held"] = busy
    for key in list(st.session_state):
        if str(key).startswith((f"{scope}on:", f"{scope}auto:", f"{scope}set:")):
            st.session_state[key] = st.session_state[key]


def recipe_of_page(regions: Mapping[tuple[str, str], Region], scope: str = "") -> Recipe:
    """The recipe that toggles and sliders stand for now, with regions by the names of their stage and setting.

    Raises:
        RecipeError: a text cannot be meant, or settings do not go together.
    """
    stages = []
    for stage in STAGES:
        if not st.session_state[switch_key(stage, scope)]:
            continue
        step: dict[str, Any] = {"stage": stage.name}
        step |= {field: region for (name, field), region in regions.items() if name == stage.name}
        stages.append(step | values_of(stage, scope))
    return Recipe.parse({"name": "studio", "stages": stages}, "the page's settings")


def stage_panel(stage: Drawn, reason: str, *, disabled: bool, scope: str = "") -> None:
    """The controls of one stage: its switch, its main settings, and the others folded away."""
    on = st.toggle(stage.title, key=switch_key(stage, scope), disabled=disabled, help=stage.summary)
    if reason:
        st.caption(reason)
    if not on:
        return
    shown = _shown(stage)
    for control in shown:
        if not control.advanced:
            _widget(stage, control, disabled, scope)
    with st.expander("Advanced"):
        for control in shown:
            if control.advanced:
                _widget(stage, control, disabled, scope)


def _shown(stage: Drawn) -> list[Control]:
    return [control for control in controls(stage) if control.kind != _ELSEWHERE]


def _widget(stage: Drawn, control: Control, disabled: bool, scope: str) -> None:
    key, label = control_key(stage, control, scope), control.title + (f" ({control.unit})" if control.unit else "")
    if control.auto:
        name = f"{control.title}: automatic"
        if st.checkbox(name, key=auto_key(stage, control, scope), disabled=disabled, help=control.description):
            # A widget that is not shown forgets its value unless it is kept by hand.
            st.session_state[key] = st.session_state[key]
            return
    about: dict[str, Any] = {"key": key, "disabled": disabled, "help": control.description}
    if control.kind in ("number", "integer"):
        _number(control, label, about)
    elif control.model and control.choices:
        own = [name for name in st.session_state.get("own_models", []) if name not in control.choices]
        st.selectbox(label, [*control.choices, *dict.fromkeys(own)], format_func=model_label, **about)
    elif control.kind == "switch":
        st.toggle(label, **about)
    elif control.kind == "list":
        st.multiselect(label, _options(control, key), accept_new_options=not control.choices, **about)
    elif control.kind == "choice" and len(control.choices) <= _SIDE_BY_SIDE:
        st.segmented_control(label, control.choices, required=True, **about)
    elif control.kind == "choice":
        st.selectbox(label, control.choices, **about)
    elif control.choices:
        st.selectbox(label, _options(control, key), accept_new_options=True, **about)
    else:
        st.text_input(label, **about)


def _number(control: Control, label: str, about: dict[str, Any]) -> None:
    """A slider where both ends are known and a hand can reach each value, else a field to type into."""
    number = int if control.kind == "integer" else float
    low, high = control.minimum, control.maximum
    step = number(control.step or (1 if control.kind == "integer" else ((high or 1) - (low or 0)) / 100))
    if low is not None and high is not None and (high - low) / step <= _SLIDER_STEPS:
        st.slider(label, number(low), number(high), step=step, **about)
        return
    ends = [number(min(max(end, -_LARGEST), _LARGEST)) if end is not None else None for end in (low, high)]
    st.number_input(label, ends[0], ends[1], step=step, **about)


def _options(control: Control, key: str) -> list[str]:
    """The values offered, with those of one's own that stand there now."""
    now = st.session_state[key]
    return list(dict.fromkeys([*control.choices, *(now if isinstance(now, list) else [now])]))


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
    if control.kind in ("text", "list"):
        return list(value or ()) if control.kind == "list" else value or ""
    if value is None:
        value = control.minimum or 0
    if control.kind == "integer":
        return int(value)
    return float(value) if control.kind == "number" else value
