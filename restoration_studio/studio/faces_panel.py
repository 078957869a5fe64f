"""Restored faces after the run: each before and after, how alike it stayed, and its strength, with no network run."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from restoration_studio.faces.layers import FaceLayer, mix_faces
from restoration_studio.image.picture import Picture
from restoration_studio.studio.core.faces import crop, face_of, faces_opacity, faces_settings, guard_words
from restoration_studio.studio.core.session import RestoredPicture


def faces_panel(
    result: RestoredPicture, mixed: Picture, opacities: Mapping[int, float]
) -> tuple[Picture, dict[int, float]]:
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
        opacity = faces_opacity(result, opacities)
        # The stage's own opacity weakens what its slider adds or takes as well.
        changed = {
            layer.number: layer.strength + opacity * (strengths[layer.number] - layer.strength)
            for layer in result.faces
        }
        remixed = mix_faces(mixed, result.faces, changed)
        for layer, (before, after) in zip(result.faces, places, strict=True):
            before.image(crop(result.before, layer, result), "before", width="stretch")
            after.image(crop(remixed, layer, result), "after", width="stretch")
    moved = {n: s for n, s in strengths.items() if s != face_of(result, n).strength}
    return remixed, moved


def _strength(result: RestoredPicture, layer: FaceLayer, guard: float) -> float:
    """The words and the slider of one face; gives its strength, 0 to 1."""
    key = f"face:{id(result)}:{layer.number}"
    st.markdown(f"**Face {layer.number}**")
    st.caption(guard_words(layer, guard))
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
