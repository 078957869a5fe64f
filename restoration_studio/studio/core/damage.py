"""What inpainting would fill: looked for once, then following threshold, areas and growth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from restoration_studio.context import StageContext
from restoration_studio.models import ModelManager
from restoration_studio.pipeline import RestorationPipeline
from restoration_studio.progress import CancelToken, ProgressCallback, ProgressTracker
from restoration_studio.stages.mask import MaskSettings, damage_confidence, make_mask
from restoration_studio.studio.core.session import DamageMap, LoadedPicture

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class WouldFill:
    """(height, width) each: the damage over the threshold, and all that would be filled; None where not known."""

    found: Mask | None = None
    filled: Mask | None = None


def without_areas(settings: MaskSettings) -> MaskSettings:
    """The same without areas: what is looked for where none is drawn."""
    return settings.model_copy(update={"area": None, "keep": None})


def _key(loaded: LoadedPicture, settings: MaskSettings) -> tuple[Any, ...]:
    return id(loaded.picture), without_areas(settings).found_kinds(), settings.protect


def damage_found(
    models: ModelManager, known: DamageMap | None, loaded: LoadedPicture, settings: MaskSettings | None
) -> WouldFill:
    """What is known of what would be filled, at the threshold, areas and growth of now.

    Raises:
        InputError: an area lies outside the picture.
    """
    if settings is None:
        return WouldFill()
    search = without_areas(settings)
    confidence = known.confidence if known is not None and known.key == _key(loaded, settings) else None
    found = None if confidence is None or not search.found_kinds() else confidence >= settings.threshold
    if settings.found_kinds() and confidence is None:
        return WouldFill(found)
    if not settings.found_kinds() and settings.area is None:
        return WouldFill(found)
    return WouldFill(found, make_mask(loaded.picture, settings, StageContext(models), sure=confidence))


def search_work(
    pipeline: RestorationPipeline, loaded: LoadedPicture, settings: MaskSettings
) -> Callable[[ProgressCallback, CancelToken], DamageMap]:
    """The work for the queue: looks for damage; every threshold is served by what it gives."""

    def run(progress: ProgressCallback, cancel: CancelToken) -> DamageMap:
        task = ProgressTracker(progress, cancel).task("Looking for damage")
        task.update(0)
        context = StageContext(pipeline.models, check_cancelled=task.check, recall=pipeline.cache.remember)
        looking = without_areas(settings)
        for name in looking.mask_models():
            pipeline.models.fetch(name, context.fetching)
        return DamageMap(_key(loaded, settings), damage_confidence(loaded.picture, looking, context))

    return run
