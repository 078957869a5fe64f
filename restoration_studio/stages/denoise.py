"""Denoising: FFDNet with a strength dial, or OpenCV's non-local means without any network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from restoration_studio.context import StageContext
from restoration_studio.lazy import numpy as np
from restoration_studio.stages.base import (
    Cost,
    ProposalContext,
    Stage,
    StageSettings,
    Suggestion,
    Tile,
    setting,
    tile_setting,
)
from restoration_studio.strips import run_in_strips

if TYPE_CHECKING:
    from restoration_studio.image.picture import FloatArray, Picture

FFDNET = "ffdnet-color"
# A noise below one grey level cannot be seen, and a denoiser would only take detail away.
NOTHING_TO_DO_BELOW = 1.0
STRONGEST = 30.0
_LEVEL_OF_BLOCKS = 5.0  # proposed where marks of JPEG compression show, and no noise
# FFDNet sees 31 pixels in each direction; a quarter of the overlap is thrown away at each side.
_TILE, _OVERLAP = 512, 64
_NLM_STRIP = 1_000_000  # pixels of a strip: non-local means takes some seconds for a megapixel
_SEARCH, _TEMPLATE = 21, 7  # the windows of non-local means, in pixels
# OpenCV's filter strength per grey level of noise: the best PSNR on Kodak24 at sigma 10 and 25.
_FILTER_STRENGTH = 0.6


class DenoiseSettings(StageSettings):
    method: Literal["ffdnet", "nlm"] = setting(
        "ffdnet",
        "ffdnet is a network that keeps detail; nlm is OpenCV's non-local means, which needs no weights.",
        title="Method",
    )
    level: Annotated[float, Field(ge=1, le=STRONGEST)] | Literal["auto"] = setting(
        "auto",
        "How strong the noise is, from 1 to 30 grey levels of 255; auto measures it in the picture.",
        title="Strength",
        keyword="denoise_strength",
        unit="grey levels",
        step=1,
    )
    tile: Tile = tile_setting()


class Denoise(Stage[DenoiseSettings]):
    name = "denoise"
    title = "Denoise"
    summary = "Takes away grain and sensor noise and leaves edges and texture."
    flag = "denoise"
    toggle = "apply_denoising"
    steady = True
    Settings: ClassVar = DenoiseSettings

    def models(self, settings: DenoiseSettings) -> tuple[str, ...]:
        return (FFDNET,) if settings.method == "ffdnet" else ()

    def suggest(self, picture: Picture, context: ProposalContext) -> Suggestion | None:
        """Where noise is seen; a little where there are marks of JPEG compression, which it takes away as well."""
        noisy, blocky = context.present("noisy"), context.present("blocky")
        if noisy is not None:
            return Suggestion(noisy.sentence, {"method": "ffdnet", "level": "auto"})
        if blocky is not None:
            return Suggestion(blocky.sentence, {"method": "ffdnet", "level": _LEVEL_OF_BLOCKS})
        return None

    def cost(self, settings: DenoiseSettings, height: int, width: int) -> Cost:
        megapixels = height * width / 1e6
        if settings.method == "nlm":
            # Its time, in units of multiply-adds of a convolution on the same processor.
            return Cost(megapixels * 220.0, 60e6)
        return Cost(megapixels * 213.0, min(megapixels, 0.27) * 1e6 * 96 * 4)

    def run(self, picture: Picture, settings: DenoiseSettings, context: StageContext) -> Picture:
        if settings.level != "auto":
            level = settings.level
        else:
            from restoration_studio.measure.noise import estimate_noise

            measured = estimate_noise(picture.pixels)
            if measured < NOTHING_TO_DO_BELOW:
                context.note(
                    f"the picture's noise is {measured:.1f} grey levels, too little to see; nothing was denoised."
                )
                return picture
            level = min(measured, STRONGEST)
            if measured > STRONGEST:
                context.note(
                    f"the picture's noise is {measured:.0f} grey levels; {STRONGEST:.0f}, the strongest, was used."
                )
            else:
                context.note(f"the picture's noise is {measured:.1f} grey levels.")
        if settings.method == "nlm":
            return picture.with_(pixels=_non_local_means(picture.pixels, level, context))
        return picture.with_(pixels=_ffdnet(picture.pixels, level, settings, context))

    def measures_noise(self, settings: DenoiseSettings) -> bool:
        return settings.level == "auto"

    def with_noise(self, settings: DenoiseSettings, level: float) -> DenoiseSettings | None:
        if level < NOTHING_TO_DO_BELOW:
            return None
        return settings.model_copy(update={"level": min(level, STRONGEST)})

    def run_frames(
        self, frames: list[Picture], settings: DenoiseSettings, contexts: Sequence[StageContext]
    ) -> list[Picture]:
        if len(frames) == 1 or settings.method != "ffdnet" or settings.level == "auto":
            return super().run_frames(frames, settings, contexts)
        together = np.concatenate([frame.pixels for frame in frames], axis=2)
        parts = np.split(_ffdnet(together, settings.level, settings, contexts[0]), len(frames), axis=2)
        return [frame.with_(pixels=np.ascontiguousarray(part)) for frame, part in zip(frames, parts, strict=True)]


def _ffdnet(pixels: FloatArray, level: float, settings: DenoiseSettings, context: StageContext) -> FloatArray:
    network = context.model(FFDNET)
    tile = _TILE if settings.tile == "auto" else settings.tile
    return context.run_tiled(lambda part: network(part, level / 255), pixels, tile=tile, overlap=_OVERLAP)


def _non_local_means(pixels: FloatArray, level: float, context: StageContext) -> FloatArray:
    """Buades, Coll, Morel 2005, in Lab as OpenCV does it.

    OpenCV's filter takes 8 bits only. Its change is added to the picture instead of taking its result, so
    that 16-bit pictures keep the digits the filter does not see.
    """
    import cv2

    strength = _FILTER_STRENGTH * level

    def change(strip: FloatArray) -> FloatArray:
        coarse = np.round(strip * 255).astype(np.uint8)
        smooth = cv2.fastNlMeansDenoisingColored(coarse, None, strength, strength, _TEMPLATE, _SEARCH)
        difference = smooth.astype(np.float32) - coarse.astype(np.float32)
        smoothed: FloatArray = np.clip(strip + difference / np.float32(255), 0, 1)
        return smoothed

    return run_in_strips(change, pixels, (_SEARCH + _TEMPLATE) // 2 + 1, context, _NLM_STRIP)
