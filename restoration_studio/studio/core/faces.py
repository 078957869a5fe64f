"""Restored faces of a result: what the identity guard made of them, how they look, and strengths moved by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from restoration_studio.faces.layers import FaceLayer
from restoration_studio.image.picture import Picture
from restoration_studio.studio.core.display import screen_pixels, thumbnail_of
from restoration_studio.studio.core.session import RestoredPicture

_ROUND = 0.35  # of the face's box that is shown around it
_SHOWN = 320  # pixels of the longer side


def faces_settings(result: RestoredPicture) -> Any:
    """The settings the faces were restored with."""
    return next(step.settings for step in result.recipe.stages if step.runs.makes_layers)


def faces_opacity(result: RestoredPicture, opacities: Mapping[int, float]) -> float:
    return next((opacities.get(i, 1.0) for i, step in enumerate(result.recipe.stages) if step.runs.makes_layers), 1.0)


def face_of(result: RestoredPicture, number: int) -> FaceLayer:
    return next(layer for layer in result.faces if layer.number == number)


def guard_words(layer: FaceLayer, guard: float) -> str:
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


def crop(picture: Picture, layer: FaceLayer, result: RestoredPicture) -> NDArray[np.uint8]:
    """A face and a little round it, as a screen shows it, from the input or from the result."""
    ratio = picture.height / result.before.height
    left, top, right, bottom = (edge * ratio for edge in layer.box)
    around = _ROUND * max(right - left, bottom - top)
    rows = slice(max(0, int(top - around)), max(1, int(bottom + around)))
    columns = slice(max(0, int(left - around)), max(1, int(right + around)))
    part = np.ascontiguousarray(picture.pixels[rows, columns])
    return screen_pixels(thumbnail_of(picture.with_(pixels=part, alpha=None), _SHOWN))


def with_face_strengths(data: dict[str, Any], result: RestoredPicture, moved: Mapping[int, float]) -> dict[str, Any]:
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
