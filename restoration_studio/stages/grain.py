"""Grain: gives a restored picture the grain of its original, so that skin does not look like wax."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from restoration_studio.context import StageContext
from restoration_studio.lazy import numpy as np
from restoration_studio.stages.base import Cost, Stage, StageSettings, setting
from restoration_studio.stages.errors import StageOutsidePipeline
from restoration_studio.strips import STRIP_PIXELS

if TYPE_CHECKING:
    from collections.abc import Callable

    from restoration_studio.image.picture import FloatArray, Picture

# Grain enlarged more than this no longer looks like grain.
_COARSEST = 2.0


class GrainSettings(StageSettings):
    method: Literal["matched", "manual"] = setting(
        "matched",
        "matched measures the grain of the picture as it came and gives it back; manual takes level and size.",
        title="Method",
    )
    amount: float = setting(
        0.5,
        "matched: how much of the original's grain the result has in the end, 1 for as much as before.",
        title="Amount",
        step=0.05,
        ge=0.0,
        le=2.0,
    )
    level: float = setting(
        5.0,
        "manual: how strong the grain is in the middle tones, in grey levels of 255.",
        title="Level",
        unit="grey levels",
        step=0.5,
        ge=0.0,
        le=30.0,
    )
    size: float = setting(
        0.8, "manual: how coarse the grain is.", title="Size", unit="pixels", step=0.1, ge=0.1, le=3.0, advanced=True
    )


class GrainStage(Stage[GrainSettings]):
    name = "grain"
    title = "Grain"
    summary = "Gives the original's grain back, so that smooth places do not look like wax."
    flag = "grain"
    toggle = "apply_grain"
    needs_original = True
    on_by_default = False
    Settings: ClassVar = GrainSettings

    def cost(self, settings: GrainSettings, height: int, width: int) -> Cost:
        return Cost(height * width / 1e6 * 15.0, STRIP_PIXELS * 30.0)

    def run(self, picture: Picture, settings: GrainSettings, context: StageContext) -> Picture:
        from restoration_studio.image.resize import enlarge_rows
        from restoration_studio.measure.grain import make_grain, measure_grain, resize_kernel
        from restoration_studio.measure.grain_loss import measure_lost_grain

        if settings.method == "manual":
            grain = make_grain(settings.level, settings.size)
            if not grain.sigma.any():
                return picture
            return _add_grain(picture, grain.kernel, lambda luma, _: grain.at(luma), context)
        if context.original is None:
            raise StageOutsidePipeline(stage=self.name, needs="the picture as it came")
        wanted, present = measure_grain(context.original.pixels), measure_grain(picture.pixels)
        context.note(
            f"the original's grain is {wanted.strength:.1f} grey levels and the result's was {present.strength:.1f}."
        )
        if not settings.amount or not wanted.sigma.any():
            return picture
        lost = measure_lost_grain(context.original.pixels, picture.pixels, wanted)
        size = (picture.height, picture.width)

        def missing(luma: FloatArray, start: int) -> FloatArray:
            energy = enlarge_rows(lost.energy, start, start + luma.shape[0], size)
            return lost.missing(energy, wanted.at(luma), present.at(luma), settings.amount)

        factor = min(_COARSEST, max(1.0, picture.height / context.original.height))
        return _add_grain(picture, resize_kernel(wanted.kernel, factor), missing, context)


def _add_grain(
    picture: Picture, kernel: FloatArray, strength: Callable[[FloatArray, int], FloatArray], context: StageContext
) -> Picture:
    """The same grain on the three channels, strip by strip.

    Args:
        kernel: makes white noise as coarse as the grain.
        strength: asked with luminance (rows, width) and the first row's number; its deviation there.
    """
    from restoration_studio.measure.grain import LUMA, generate_grain

    height, width = picture.pixels.shape[:2]
    rows = max(1, STRIP_PIXELS // width)
    result = np.empty_like(picture.pixels)
    starts = range(0, height, rows)
    for index, start in enumerate(starts):
        stop = min(start + rows, height)
        part = picture.pixels[start:stop]
        change = strength(part @ LUMA, start) * generate_grain(kernel, context.seed, start, stop, width)
        # Held back at black and white, where it would only clip and darken or lighten the whole.
        room = np.minimum(part.min(axis=2), 1 - part.max(axis=2))
        change = np.clip(change, -room, room)
        result[start:stop] = part + change[..., None]
        context.on_strip(index + 1, len(starts))
    return picture.with_(pixels=result)
