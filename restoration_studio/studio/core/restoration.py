"""The work of one restoration, for the queue."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from restoration_studio.engine.estimate import stage_costs
from restoration_studio.engine.layers import LayerCollector
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
        faces: list[FaceLayer] = []
        steps: list[tuple[str, NDArray[np.uint8]]] = []
        costs = stage_costs(recipe, loaded.picture.height, loaded.picture.width)
        height, width = costs[-1][1] if costs else (0, 0)
        collector = LayerCollector(recipe, (height, width)) if 0 < height * width <= layers_megapixels * 1e6 else None

        def on_stage(index: int, picture: Picture) -> None:
            if collector is not None:
                collector.add(index, picture)
            if index:
                steps.append((recipe.stages[index - 1].runs.title, screen_pixels(thumbnail_of(picture))))

        result = pipeline.run(
            lambda: loaded.picture,
            recipe,
            progress=progress,
            cancel=cancel,
            on_stage=on_stage,
            on_layer=faces.append if any(step.runs.makes_layers for step in recipe.stages) else None,
        )
        layers = collector.finish(result.picture) if collector is not None else None
        stats = result.to_record()
        stats["input"]["file"] = loaded.name
        before = screen_pixels(loaded.picture)
        return RestoredPicture(
            loaded.name, loaded.picture, result.picture, recipe, stats, layers, before, steps, faces, label
        )

    return run


def with_opacities(recipe: Recipe, opacities: Mapping[int, float]) -> Recipe:
    """The recipe with the opacity of each stage multiplied by that in ``opacities``."""
    data = recipe.dump()
    for index, opacity in opacities.items():
        data["stages"][index]["opacity"] *= opacity
    return Recipe.parse(data)
