"""The work of one restoration, for the queue."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from restoration_studio.engine.layers import Layers
from restoration_studio.engine.recipe import Recipe
from restoration_studio.faces.layers import FaceLayer
from restoration_studio.image.picture import Picture
from restoration_studio.pipeline import RestorationPipeline
from restoration_studio.progress import CancelToken, ProgressCallback
from restoration_studio.studio.core.display import screen_pixels, thumbnail_of
from restoration_studio.studio.core.session import LoadedPicture, RestoredPicture

_PREVIEW_LAYERS_MEGAPIXELS = 24.0  # above, strengths are not kept as layers: the memory is better used


def restoration(
    pipeline: RestorationPipeline,
    loaded: LoadedPicture,
    recipe: Recipe,
    *,
    label: str = "",
    layers_megapixels: float = _PREVIEW_LAYERS_MEGAPIXELS,
) -> Callable[[ProgressCallback, CancelToken], RestoredPicture]:
    """The work of one restoration, for the queue; up to ``layers_megapixels`` the stages are kept as layers."""

    def run(progress: ProgressCallback, cancel: CancelToken) -> RestoredPicture:
        kept: list[Picture] = []
        faces: list[FaceLayer] | None = [] if any(step.runs.makes_layers for step in recipe.stages) else None
        after, stats = pipeline.run(
            lambda: loaded.picture, recipe, progress=progress, cancel=cancel, keep=kept, layers=faces
        )
        layers = Layers.of(kept, recipe) if after.megapixels <= layers_megapixels and recipe.stages else None
        steps = [
            (step.runs.title, screen_pixels(thumbnail_of(picture)))
            for step, picture in zip(recipe.stages, kept[1:], strict=True)
        ]
        stats["input"]["file"] = loaded.name
        before = screen_pixels(loaded.picture)
        return RestoredPicture(
            loaded.name, loaded.picture, after, recipe, stats, layers, before, steps, faces or [], label
        )

    return run


def with_opacities(recipe: Recipe, opacities: Mapping[int, float]) -> Recipe:
    """The recipe with the opacity of each stage multiplied by that in ``opacities``."""
    data = recipe.dump()
    for index, opacity in opacities.items():
        data["stages"][index]["opacity"] *= opacity
    return Recipe.parse(data)
