"""Every model by its name, of all that are listed in ``weights/listed``."""

from __future__ import annotations

import difflib

from restoration_studio.weights.errors import ModelUnknown
from restoration_studio.weights.listed import faces, own, restoration, super_resolution, video_and_measures
from restoration_studio.weights.model import Model

__all__ = [
    "ALTERNATIVES",
    "ANY_COLORIZER",
    "COLORIZERS",
    "MODELS",
    "SMALL_COLORIZER",
    "SUPER_RESOLUTION",
    "Model",
    "get",
]

MODELS: dict[str, Model] = {
    model.name: model
    for model in (*super_resolution.MODELS, *restoration.MODELS, *faces.MODELS, *video_and_measures.MODELS, *own.MODELS)
}

# Names that stand for the first of several models that is on this machine, else for the last:
# `weights.store.resolve_alias`.
ANY_COLORIZER, SMALL_COLORIZER = "any-colorizer", "small-colorizer"
ALTERNATIVES: dict[str, tuple[str, ...]] = {ANY_COLORIZER: ("ddcolor-modelscope", SMALL_COLORIZER)}
COLORIZERS = tuple(model.name for model in MODELS.values() if model.purpose == "colourisation")

SUPER_RESOLUTION = (*(model.name for model in super_resolution.MODELS), "basicvsr-reds4")  # the last for films


def get(name: str) -> Model:
    """The catalogue's entry of that name.

    Raises:
        ModelUnknown: there is none.
    """
    if name in MODELS:
        return MODELS[name]
    close = difflib.get_close_matches(name.lower(), MODELS, n=3, cutoff=0.4)
    raise ModelUnknown(name=name, nearest=tuple(close))
