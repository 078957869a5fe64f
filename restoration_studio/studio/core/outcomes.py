"""Several ways of filling the same holes: how many there are, the work for the queue, where they differ."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from restoration_studio.engine.outcomes import Variant, variants
from restoration_studio.engine.recipe import Recipe
from restoration_studio.errors import Cancelled, RestorationError, UsageError
from restoration_studio.pipeline import RestorationPipeline
from restoration_studio.progress import CancelToken, ProgressCallback, ProgressTracker
from restoration_studio.studio.core.display import screen_pixels, thumbnail_of
from restoration_studio.studio.core.restoration import restoration
from restoration_studio.studio.core.session import LoadedPicture, Outcomes, RestoredPicture
from restoration_studio.studio.error_wording import worded

MOST = 6  # side by side on a page, and in memory
_LAYERS_MEGAPIXELS = 24.0  # of all outcomes together; above, they are kept without layers
_SHOWN = 720  # pixels of the longer side of each
_CLOSE = 0.3  # share of width and height that is seen close up


def possible(recipe: Recipe, methods: Sequence[str]) -> int:
    """How many different outcomes these methods can give, up to ``MOST``."""
    for count in range(MOST, 0, -1):
        try:
            return len(variants(recipe, count, methods=methods)) if methods else 0
        except UsageError:
            continue
    return 0


def several(
    pipeline: RestorationPipeline, loaded: LoadedPicture, chosen: Sequence[Variant]
) -> Callable[[ProgressCallback, CancelToken], Outcomes]:
    """The work for the queue: every variant; one that cannot be made is told and stops no other."""

    def run(progress: ProgressCallback, cancel: CancelToken) -> Outcomes:
        outcomes = Outcomes([])
        task = ProgressTracker(progress, cancel).task("", unit="outcome")
        task.begin(len(chosen))
        for number, variant in enumerate(chosen):
            work = restoration(
                pipeline, loaded, variant.recipe, label=variant.label,
                layers_megapixels=_LAYERS_MEGAPIXELS / len(chosen),
            )  # fmt: skip
            try:
                with task.task(variant.label, index=number, count=len(chosen)) as one:
                    outcomes.results.append(work(one.follow, cancel))
            except Cancelled:
                raise
            except RestorationError as error:
                outcomes.problems.append(f"{variant.label}: {worded(error)}")
                failed = error
        if not outcomes.results:
            raise failed
        return outcomes

    return run


Box = tuple[int, int, int, int]  # top, left, bottom, right in per mille of the picture


def places_apart(results: Sequence[RestoredPicture]) -> Box | None:
    """The part of the picture in which the results differ most, in thousandths of its sides; None where nowhere."""
    if len(results) < 2:
        return None
    small = [screen_pixels(thumbnail_of(result.after, 200)).astype(np.int16) for result in results]
    stack = np.stack(small)
    apart = (stack.max(axis=0) - stack.min(axis=0)).sum(axis=2).astype(np.float64)
    if not apart.any():
        return None
    height, width = (max(1, round(side * _CLOSE)) for side in apart.shape)
    sums = np.pad(apart, ((1, 0), (1, 0))).cumsum(axis=0).cumsum(axis=1)
    within = sums[height:, width:] - sums[:-height, width:] - sums[height:, :-width] + sums[:-height, :-width]
    top, left = (int(index) for index in np.unravel_index(int(within.argmax()), within.shape))
    rows, columns = apart.shape
    return 1000 * top // rows, 1000 * left // columns, 1000 * (top + height) // rows, 1000 * (left + width) // columns


def shown_part(result: RestoredPicture, box: Box | None) -> NDArray[np.uint8]:
    picture = result.after
    if box is not None:
        height, width = picture.height, picture.width
        top, bottom = (edge * height // 1000 for edge in (box[0], box[2]))
        left, right = (edge * width // 1000 for edge in (box[1], box[3]))
        part = np.ascontiguousarray(picture.pixels[top : max(bottom, top + 1), left : max(right, left + 1)])
        picture = picture.with_(pixels=part, alpha=None)
    return screen_pixels(thumbnail_of(picture, _SHOWN))
