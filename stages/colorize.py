"""Colourisation: a network guesses the colours of a black-and-white picture; its luminance stays as it is.

The network sees the picture small, at the size it was made for. Only the two colour channels are enlarged; the
luminance of every pixel is the original's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from media.srgb import LUMINANCE, decode, encode
from stages.base import Cost, Stage, StageSettings, Work, setting
from stages.strips import STRIP_PIXELS

if TYPE_CHECKING:
    from media.picture import FloatArray, Picture

MODELS = ("ddcolor-modelscope",)  # the first is the default
_STEP = 32  # sides the networks take
_NEUTRAL = 6.0  # colour weaker than this, in units of CIE Lab, fades to none: greys stay grey


class ColorizeSettings(StageSettings):
    model: str = setting(
        MODELS[0],
        "The network: ddcolor-modelscope for photographs.",
        title="Model",
        choices=MODELS,
        model=True,
    )
    quality: int = setting(
        512,
        "Side of the picture the network sees; larger finds the colours of smaller things and is less sure of others.",
        title="Render size",
        keyword="colorize_quality",
        unit="pixels",
        step=32,
        ge=128,
        le=1024,
    )
    saturation: float = setting(
        1.0,
        "How strong the colours are: 0 is grey, 1 as the network says, 2 twice as strong.",
        title="Colour strength",
        step=0.05,
        ge=0.0,
        le=2.0,
    )
    when: Literal["grey", "always"] = setting(
        "grey",
        "grey colours only pictures without colour, toned prints among them; always colours every picture anew.",
        title="When",
    )


class Colorize(Stage[ColorizeSettings]):
    name = "colorize"
    title = "Colourise"
    summary = "Gives a black-and-white picture colours that might have been."
    flag = "colorize"
    toggle = "apply_colorization"
    keeps_grey = False
    on_by_default = False
    Settings: ClassVar = ColorizeSettings

    def models(self, settings: ColorizeSettings) -> tuple[str, ...]:
        from errors import RecipeError
        from weights.catalogue import MODELS as CATALOGUE

        entry = CATALOGUE.get(settings.model)
        if entry is None or entry.purpose != "colourisation":
            raise RecipeError(f"the model '{settings.model}' is not for colourisation; use {', '.join(MODELS)}.")
        return (settings.model,)

    def cost(self, settings: ColorizeSettings, height: int, width: int) -> Cost:
        from weights.catalogue import MODELS as CATALOGUE

        entry = CATALOGUE.get(settings.model)
        per_megapixel = (entry and entry.giga_multiply_adds_per_megapixel) or 1_000.0
        return Cost(settings.quality**2 / 1e6 * per_megapixel + height * width / 1e6 * 60, STRIP_PIXELS * 60.0)

    def run(self, picture: Picture, settings: ColorizeSettings, work: Work) -> Picture:
        if settings.when == "grey" and not picture.grey:
            from evaluation.greyness import greyness

            found = greyness(picture.pixels)
            if not found.grey:
                work.note("the picture has colours of its own; nothing was colourised (when=always does it anyway).")
                return picture
        colours = _guess(picture.pixels, settings, work)
        return picture.with_(pixels=_with_colours(picture.pixels, colours * settings.saturation, work), grey=False)


def _guess(pixels: FloatArray, settings: ColorizeSettings, work: Work) -> NDArray[np.float32]:
    """a and b of CIE Lab as the network sees them, (side, side, 2)."""
    from media.resize import resize

    network = work.model(settings.model)
    side = max(_STEP, settings.quality // _STEP * _STEP)
    small = resize(pixels, (side, side))
    work.on_tile(0, 1)
    grey = np.repeat(_encoded(small)[..., None], 3, axis=2)
    coded = network(np.ascontiguousarray(grey, np.float32))
    work.on_tile(1, 1)
    colours = (coded - np.float32(0.5)) * np.float32(256)
    chroma = np.linalg.norm(colours, axis=2, keepdims=True)
    share = np.clip(chroma / _NEUTRAL, 0, 1)
    return np.asarray(colours * (share * share * (3 - 2 * share)), np.float32)


def _encoded(pixels: FloatArray) -> NDArray[np.float32]:
    """sRGB-encoded luminance, (height, width)."""
    return encode(decode(pixels) @ LUMINANCE)


def _with_colours(pixels: FloatArray, colours: NDArray[np.float32], work: Work) -> FloatArray:
    """Each pixel's luminance with the colours there, by strips."""
    import cv2

    height, width = pixels.shape[:2]
    rows = max(1, STRIP_PIXELS // width)
    result = np.empty_like(pixels)
    starts = range(0, height, rows)
    for index, start in enumerate(starts):
        stop = min(start + rows, height)
        part = cv2.warpAffine(
            colours,
            _enlarging(colours.shape, (height, width), start),
            (width, stop - start),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        result[start:stop] = colour_at_luminance(decode(pixels[start:stop]) @ LUMINANCE, part)
        work.check_cancelled()
        work.progress(index + 1, len(starts), "strip")
    return result


def _enlarging(shape: tuple[int, ...], size: tuple[int, int], first_row: int) -> NDArray[Any]:
    """The map from the result's pixels, counted from ``first_row``, to the small array's; centres meet centres."""
    down, across = shape[0] / size[0], shape[1] / size[1]
    return np.array([[across, 0, 0.5 * across - 0.5], [0, down, (first_row + 0.5) * down - 0.5]], np.float64)


def colour_at_luminance(luminance: NDArray[np.float32], colours: NDArray[np.float32]) -> FloatArray:
    """sRGB of exactly the given luminance, with the colour as near to the wanted one as the screen can show.

    Args:
        luminance: (height, width), linear, 0 to 1.
        colours: (height, width, 2), a and b of CIE Lab.

    Returns:
        (height, width, 3) float32, sRGB-encoded, 0 to 1.
    """
    cube = np.where(luminance > 216 / 24389, np.cbrt(luminance), luminance * (24389 / 27 / 116) + 16 / 116)
    xyz: list[NDArray[Any]] = [
        _uncubed(cube + colours[..., 0] / 500) * 0.95047,
        luminance,
        _uncubed(cube - colours[..., 1] / 200) * 1.08883,
    ]
    to_rgb = np.array([[3.2404542, -1.5371385, -0.4985314], [-0.969266, 1.8760108, 0.041556],
                       [0.0556434, -0.2040259, 1.0572252]], np.float32)  # fmt: skip
    rgb = np.stack(xyz, axis=-1).astype(np.float32) @ to_rgb.T
    grey = luminance[..., None]
    away = rgb - rgb @ LUMINANCE[:, None]  # of luminance 0, so that any share of it leaves the luminance alone
    room = np.where(away > 0, (1 - grey) / np.maximum(away, 1e-6), grey / np.maximum(-away, 1e-6))
    share = np.clip(room.min(axis=2, keepdims=True), 0, 1)
    return encode(np.asarray(grey + share * away, np.float32))


def _uncubed(cube: NDArray[Any]) -> NDArray[Any]:
    return np.where(cube > 6 / 29, cube**3, (cube - 16 / 116) * (27 * 116 / 24389))
