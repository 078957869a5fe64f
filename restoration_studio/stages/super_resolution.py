"""Super-resolution with Real-ESRGAN, or with any network spandrel can read.

Wang, Xie, Dong, Shan: "Real-ESRGAN: Training Real-World Blind Super-Resolution with Pure Synthetic Data",
ICCV Workshops 2021, https://arxiv.org/abs/2107.10833.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field, field_validator

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
from restoration_studio.stages.errors import ModelForAnotherStage

if TYPE_CHECKING:
    from restoration_studio.image.picture import FloatArray, Picture
    from restoration_studio.models import LoadedModel

MODELS = (
    "realesrgan-x4plus",
    "realesrgan-x4plus-anime",
    "realesr-animevideov3",
    "realesrgan-x2plus",
    "realesr-general-x4v3",
)
# The slower a network, the more its tiles' overlap costs; the faster, the larger the pictures it is given.
_TILE, _TILE_OF_SLOW, _SLOW = 192, 320, 5_000.0  # pixels, pixels, billion multiply-adds per megapixel
# Frames of films are small beside photographs, so their tiles may take more memory; more pixels at once than this, and
# a fast network's features leave the processor's cache, which costs more than the overlap.
_WHOLE_FRAME, _TILE_OF_FRAMES = 130_000, 384
# x4plus sees so far that 32 pixels leave 43 dB between tiles of 128 and none; 48 leave 45.6, and 51.7 at its own tiles.
_OVERLAP, _OVERLAP_OF_SLOW = 32, 48
# Pixels on the longer side: below, a picture is worth four times its size; twice; not enlarged for blur either. A film
# has many frames: from so many pixels on it is not enlarged, and never more than so much.
_SMALL, _LARGE, _LARGE_VIDEO, _VIDEO_SCALE = 900, 2400, 1000, 2.0
_UNKNOWN = 18_000.0  # what a network by path is taken to need: as much as x4plus
_FEATURE_BYTES = 64 * 3 * 4  # memory a network takes per pixel of its result: features, float32, three at once


class SuperResolutionSettings(StageSettings):
    scale: float = setting(
        4.0,
        "How many times larger the picture becomes on each side, from 1 to 8.",
        title="Scale",
        keyword="sr_scale",
        unit="times",
        step=0.5,
        ge=1.0,
        le=8.0,
    )
    model: str = setting(
        MODELS[0],
        "realesrgan-x4plus for photographs, -anime for drawings, realesr-animevideov3 for speed; or the path "
        "of a .pth or .safetensors file.",
        title="Model",
        choices=MODELS,
        model=True,
    )
    tile: Tile = tile_setting()
    overlap: Annotated[int, Field(ge=8, le=256)] | Literal["auto"] = setting(
        "auto",
        "Pixels that neighbouring tiles share, so that no seam shows; auto gives networks that see far more.",
        title="Tile overlap",
        unit="pixels",
        step=8,
        advanced=True,
        machine=True,
    )

    @field_validator("model")
    @classmethod
    def _enlarges(cls, model: str) -> str:
        from restoration_studio.weights.catalogue import MODELS as CATALOGUE
        from restoration_studio.weights.catalogue import SUPER_RESOLUTION

        if model in CATALOGUE and model not in SUPER_RESOLUTION:
            raise ModelForAnotherStage(
                model=model, purpose="super-resolution", choices=MODELS, made_for=CATALOGUE[model].purpose
            )
        return model


class SuperResolution(Stage[SuperResolutionSettings]):
    name = "super_resolution"
    title = "Super-resolution"
    summary = "Makes the picture larger and draws the detail that its size and blur hid."
    flag = "sr"
    toggle = "apply_super_resolution"
    # Some thirty times faster than the default for photographs.
    for_videos: ClassVar = {"model": "realesr-animevideov3"}
    steady = True
    Settings: ClassVar = SuperResolutionSettings

    def models(self, settings: SuperResolutionSettings) -> tuple[str, ...]:
        return (settings.model,)

    def suggest(self, picture: Picture, context: ProposalContext) -> Suggestion | None:
        """For small pictures, and for soft ones, whose detail the network draws."""
        found = context.present("small") or context.present("blurred")
        longest = max(picture.height, picture.width)
        if found is None or (context.video and longest >= _LARGE_VIDEO):
            return None
        scale = 4.0 if longest < _SMALL else 2.0 if longest < _LARGE else 1.0
        return Suggestion(found.sentence, {"scale": min(scale, _VIDEO_SCALE) if context.video else scale})

    def output_size(self, settings: SuperResolutionSettings, height: int, width: int) -> tuple[int, int]:
        return max(1, round(height * settings.scale)), max(1, round(width * settings.scale))

    def cost(self, settings: SuperResolutionSettings, height: int, width: int) -> Cost:
        from restoration_studio.weights.catalogue import MODELS as CATALOGUE

        entry = CATALOGUE.get(settings.model)
        per_megapixel = _work_per_megapixel(settings.model)
        side = _tile(settings) or max(height, width)
        tile = min(side, height) * min(side, width)
        return Cost(height * width / 1e6 * per_megapixel, tile * (entry.scale if entry else 4) ** 2 * _FEATURE_BYTES)

    def run(self, picture: Picture, settings: SuperResolutionSettings, context: StageContext) -> Picture:
        network = context.model(settings.model)
        alpha = picture.alpha
        parts = 1 if alpha is None or alpha.min() == alpha.max() else 2
        visible = picture.pixels if alpha is None else _fill_hidden_colours(picture.pixels, alpha)
        pixels = _enlarge(visible, settings, network, context, (0, parts))
        if alpha is not None:
            alpha = _enlarge_alpha(alpha, settings, network, context)
        return picture.with_(pixels=pixels, alpha=alpha)

    def run_frames(
        self, frames: list[Picture], settings: SuperResolutionSettings, contexts: Sequence[StageContext]
    ) -> list[Picture]:
        settings = _for_frames(settings, frames[0].height * frames[0].width)
        if len(frames) == 1 or any(frame.alpha is not None for frame in frames):
            return super().run_frames(frames, settings, contexts)
        together = np.concatenate([frame.pixels for frame in frames], axis=2)
        enlarged = _enlarge(together, settings, contexts[0].model(settings.model), contexts[0], (0, 1))
        parts = np.split(enlarged, len(frames), axis=2)
        return [frame.with_(pixels=np.ascontiguousarray(part)) for frame, part in zip(frames, parts, strict=True)]


def _work_per_megapixel(model: str) -> float:
    from restoration_studio.weights.catalogue import MODELS as CATALOGUE

    entry = CATALOGUE.get(model)
    return (entry and entry.giga_multiply_adds_per_megapixel) or _UNKNOWN


def is_fast(model: str) -> bool:
    """Whether a network takes so little work that what is done beside it counts; False where nobody knows."""
    return _work_per_megapixel(model) < _SLOW


def _for_frames(settings: SuperResolutionSettings, pixels: int) -> SuperResolutionSettings:
    """``settings`` with the tile for frames of a film of so many pixels: fewer seams are drawn twice."""
    if settings.tile != "auto" or not is_fast(settings.model):
        return settings
    return settings.model_copy(update={"tile": 0 if pixels <= _WHOLE_FRAME else _TILE_OF_FRAMES})


def _tile(settings: SuperResolutionSettings) -> int:
    if settings.tile != "auto":
        return settings.tile
    return _TILE_OF_SLOW if _work_per_megapixel(settings.model) >= _SLOW else _TILE


def _overlap(settings: SuperResolutionSettings) -> int:
    if settings.overlap != "auto":
        return settings.overlap
    return _OVERLAP_OF_SLOW if _work_per_megapixel(settings.model) >= _SLOW else _OVERLAP


def _enlarge(
    pixels: FloatArray,
    settings: SuperResolutionSettings,
    network: LoadedModel,
    context: StageContext,
    part: tuple[int, int],
) -> FloatArray:
    """``part`` is (which, of how many) of the stage's runs this is, for its progress."""
    height, width = pixels.shape[:2]
    overlap = _overlap(settings)
    result = context.run_tiled(
        network,
        pixels,
        scale=network.scale,
        out_size=SuperResolution().output_size(settings, height, width),
        tile=_tile(settings),
        overlap=overlap,
        part=part,
    )
    context.pin("overlap", overlap)
    return result


def _fill_hidden_colours(pixels: FloatArray, alpha: FloatArray) -> FloatArray:
    """Give fully transparent pixels the colour of the nearest visible one.

    Cut-out pictures have black or any colour there, which a network would draw into the outline as a fringe.
    """
    hidden = alpha == 0
    if not hidden.any() or hidden.all():
        return pixels
    from scipy.ndimage import distance_transform_edt

    rows, columns = distance_transform_edt(hidden, return_distances=False, return_indices=True)
    filled: FloatArray = pixels[rows, columns]
    return filled


def _enlarge_alpha(
    alpha: FloatArray, settings: SuperResolutionSettings, network: LoadedModel, context: StageContext
) -> FloatArray:
    """Outlines of cut-out pictures must stay as sharp as their colour, so alpha goes the same way."""
    if alpha.min() == alpha.max():
        size = SuperResolution().output_size(settings, *alpha.shape)
        return np.full(size, alpha.flat[0], np.float32)
    as_grey = np.repeat(alpha[:, :, None], 3, axis=2)
    enlarged: FloatArray = np.ascontiguousarray(_enlarge(as_grey, settings, network, context, (1, 2)).mean(axis=2))
    return enlarged
