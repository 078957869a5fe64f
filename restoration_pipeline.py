"""Door to ``RestorationPipeline``, which is in ``restoration_studio.pipeline``."""

from restoration_studio.pipeline import CancelToken, Progress, Recipe, RecipeLike, RestorationPipeline, Stats

__all__ = ["CancelToken", "Progress", "Recipe", "RecipeLike", "RestorationPipeline", "Stats"]
