"""What would be done to a picture, shown before it is done: the mask of what would be filled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from restoration_studio.engine.errors import NothingWouldBeFilled
from restoration_studio.engine.prepare import prepare
from restoration_studio.engine.recipe import Recipe
from restoration_studio.progress import Task

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from restoration_studio.image.picture import Picture
    from restoration_studio.models import ModelManager


def preview_mask(picture: Picture, recipe: Recipe, *, models: ModelManager, task: Task) -> NDArray[np.bool_]:
    """What ``recipe`` would fill in ``picture``: (height, width), True = to be filled. Nothing is filled.

    Networks run in float32, however the recipe itself is to run.

    Raises:
        NothingWouldBeFilled: the recipe has no stage that fills.
        RestorationError: the mask cannot be made; see ``stages.mask.make_mask``.
    """
    from restoration_studio.stages.mask import make_mask

    step = next((step for step in recipe.stages if step.runs.fills), None)
    if step is None:
        raise NothingWouldBeFilled()
    alone = recipe.model_copy(update={"stages": (step,), "precision": "float32"})
    prepared = prepare(alone, picture.height, picture.width, picture.bit_depth, models=models)
    context = prepared.context(check_cancelled=task.check)
    settings: Any = step.settings
    return make_mask(picture, settings, context)
