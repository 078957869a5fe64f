"""Restored faces after the run: each before and after, how alike it stayed, and its strength, with no network run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from restoration_studio.faces.layers import FaceLayer, mix_faces
from restoration_studio.image.picture import Picture
from restoration_studio.studio.session import Result, screen_pixels, thumbnail_of

_ROUND = 0.35  # of the face's box that is shown around it
_SHOWN = 320  # pixels of the longer side


def faces_panel(result: Result, mixed: Picture, shares: Mapping[int, float]) -> tuple[Picture, dict[int, float]]:
    """Each restored face with a slider; gives ``mixed`` with the faces' strengths, and those that were moved."""
    if not result.faces:
        return mixed, {}
    settings = faces_settings(result)
    strengths, places = {}, []
    with st.expander("Faces", expanded=True, icon=":material/face:"):
        for layer in result.faces:
            before, after, words = st.columns([1, 1, 2], vertical_alignment="center")
            places.append((before, after))
            with words:
                strengths[layer.number] = _strength(result, layer, settings.guard)
        share = _share(result, shares)
        # The stage's own share weakens what its slider adds or takes as well.
        changed = {
            layer.number: layer.strength + share * (strengths[layer.number] - layer.strength) for layer in result.faces
        }
        made = mix_faces(mixed, result.faces, changed)
        for layer, (before, after) in zip(result.faces, places, strict=True):
            before.image(crop(result.before, layer, result), "before", width="stretch")
            after.image(crop(made, layer, result), "after", width="stretch")
    moved = {n: s for n, s in strengths.items() if s != _of(result, n).strength}
    return made, moved


def faces_settings(result: Result) -> Any:
    """The settings the faces were restored with."""
    return next(step.settings for step in result.recipe.stages if step.runs.makes_layers)


def _share(result: Result, shares: Mapping[int, float]) -> float:
    return next((shares.get(i, 1.0) for i, step in enumerate(result.recipe.stages) if step.runs.makes_layers), 1.0)


def _of(result: Result, number: int) -> FaceLayer:
    return next(layer for layer in result.faces if layer.number == number)


def _strength(result: Result, layer: FaceLayer, guard: float) -> float:
    """The words and the slider of one face; gives its strength, 0 to 1."""
    key = f"face:{id(result)}:{layer.number}"
    st.markdown(f"**Face {layer.number}**")
    st.caption(words(layer, guard))
    start = round(layer.strength * 100)
    percent = st.slider(f"Face {layer.number}: strength", 0, 100, start, format="%d%%", key=key)
    if percent == start:
        if layer.strength < layer.asked:
            st.button(
                "Restore it all the same", key=f"overrule:{key}", on_click=_overrule, args=(key, layer.asked),
                help="You may know better than the guard; the strength can be taken back at any time.",
            )  # fmt: skip
        return layer.strength
    if guard and layer.similarity is not None and percent / 100 > layer.strength and layer.strength < layer.asked:
        st.caption(":material/warning: More than the identity guard allowed: look whether it still is the same person.")
    return percent / 100


def _overrule(key: str, strength: float) -> None:
    st.session_state[key] = round(strength * 100)


def words(layer: FaceLayer, guard: float) -> str:
    """What the identity guard made of a face, in one or two sentences."""
    if layer.similarity_asked is None:
        return "The identity guard was off, so nobody looked whether it is still the same person."
    scale = "1 is the same picture, above 0.36 the same person"
    if layer.strength >= layer.asked:
        return f"Similarity {layer.similarity_asked:.2f} ({scale})."
    why = f"looked too little like the same person: similarity {layer.similarity_asked:.2f}, and {guard:.2f} is asked"
    if layer.strength <= 0:
        return f"Left as it was. Restored, it {why} for ({scale})."
    now = "" if layer.similarity is None else f", where it is {layer.similarity:.2f}"
    return f"Held at {layer.strength:.0%}{now}. At {layer.asked:.0%} it {why} for ({scale})."


def crop(picture: Picture, layer: FaceLayer, result: Result) -> NDArray[np.uint8]:
    """A face and a little round it, as a screen shows it, from the input or from the result."""
    ratio = picture.height / result.before.height
    left, top, right, bottom = (edge * ratio for edge in layer.box)
    around = _ROUND * max(right - left, bottom - top)
    rows = slice(max(0, int(top - around)), max(1, int(bottom + around)))
    columns = slice(max(0, int(left - around)), max(1, int(right + around)))
    part = np.ascontiguousarray(picture.pixels[rows, columns])
    return screen_pixels(thumbnail_of(picture.with_(pixels=part, alpha=None), _SHOWN))


def with_face_strengths(data: dict[str, Any], result: Result, moved: Mapping[int, float]) -> dict[str, Any]:
    """A recipe's dictionary with the strengths that faces were given by hand; over the guard's it is switched off."""
    if not moved:
        return data
    now = {layer.number: moved.get(layer.number, layer.strength) for layer in result.faces}
    last = max(now)
    for index, step in enumerate(result.recipe.stages):
        if step.runs.makes_layers:
            # The guard would take back what a person decided; the others keep the strength that it gave them.
            texts = [f"{now.get(number, 1.0):g}" for number in range(1, last + 1)]
            data["stages"][index] |= {"strengths": ",".join(texts), "guard": 0.0}
    return data
