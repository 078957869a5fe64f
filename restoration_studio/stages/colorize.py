"""Colourisation: a network guesses the colours of a black-and-white picture; its luminance stays as it is.

The network sees the picture small, at the size it was made for. Only the two colour channels are enlarged; the
luminance of every pixel is the original's. Colours that a person gives lie on top of the network's, or stand alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, BeforeValidator, model_validator

from restoration_studio.context import StageContext
from restoration_studio.lazy import numpy as np
from restoration_studio.stages.base import Cost, Stage, StageSettings, setting
from restoration_studio.stages.errors import (
    HintsMissing,
    HintUnreadable,
    ModelForAnotherStage,
    NotAColorizer,
    TooManyHints,
)
from restoration_studio.stages.hints import as_text, format_hints, parse_hints, relative_hints
from restoration_studio.strips import STRIP_PIXELS
from restoration_studio.weights.catalogue import ANY_COLORIZER, COLORIZERS, SMALL_COLORIZER

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from restoration_studio.image.picture import FloatArray, Picture
    from restoration_studio.stages.hint_spread import Spread

AUTO = "auto"
MODELS = (AUTO, *COLORIZERS)
_STEP = 32  # sides the networks take
_NEUTRAL = 6.0  # colour weaker than this, in units of CIE Lab, fades to none: greys stay grey


def _checked(text: str) -> str:
    """Hints as they stand in a recipe."""
    try:
        return format_hints(parse_hints(text))
    except HintUnreadable as error:
        raise ValueError(error.form) from error  # what was given is said by others
    except TooManyHints as error:
        raise ValueError(str(error).rstrip(".")) from error


Hints = Annotated[str, BeforeValidator(as_text), AfterValidator(_checked)]


class ColorizeSettings(StageSettings):
    method: Literal["network", "hints"] = setting(
        "network",
        "network guesses all colours and puts those of the hints on top; hints colours only what hints lie on.",
        title="Method",
    )
    model: str = setting(
        AUTO,
        "The network: auto takes ddcolor-modelscope where its weights are on this machine, else the small one that "
        "comes with the program; or the file of a colouriser trained with python -m restoration_studio.training.",
        title="Model",
        choices=MODELS,
        model=True,
    )
    hints: Hints = setting(
        "",
        "Places with their colour, x,y,#rrggbb in pixels of the picture as it came in, or 40%,25%,#7a4b2a in per cent "
        "of it; keep for a colour leaves what is there as it is; a semicolon joins several.",
        title="Colour hints",
        keyword="hint",
        repeatable=True,
    )
    reach: float = setting(
        1.0,
        "How readily a hint's colour crosses steps of luminance: less keeps it on one thing, more takes in its "
        "lights and shades.",
        title="Reach of hints",
        keyword="hint_reach",
        step=0.1,
        ge=0.2,
        le=3.0,
        advanced=True,
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

    @model_validator(mode="after")
    def _has_what_its_method_takes(self) -> Self:
        from restoration_studio.weights.catalogue import MODELS as CATALOGUE

        if self.method == "hints":
            if not self.hints:
                raise HintsMissing()
            return self
        entry = CATALOGUE.get(self.model)
        if entry is not None and entry.purpose != "colourisation":
            raise ModelForAnotherStage(model=self.model, purpose="colourisation", choices=MODELS)
        return self


class Colorize(Stage[ColorizeSettings]):
    name = "colorize"
    title = "Colourise"
    summary = "Gives a black-and-white picture colours that might have been."
    flag = "colorize"
    toggle = "apply_colorization"
    keeps_grey = False
    guesses_colours = True
    on_by_default = False
    hint_field = "hints"
    Settings: ClassVar = ColorizeSettings

    def models(self, settings: ColorizeSettings) -> tuple[str, ...]:
        if settings.method == "hints":
            return ()
        return (ANY_COLORIZER if settings.model == AUTO else settings.model,)

    def check(self, settings: ColorizeSettings, height: int, width: int) -> None:
        relative_hints(parse_hints(settings.hints), height, width)

    def keeps_colours(self, settings: ColorizeSettings) -> bool:
        return False

    def cost(self, settings: ColorizeSettings, height: int, width: int) -> Cost:
        from restoration_studio.weights.catalogue import MODELS as CATALOGUE

        network = 0.0
        if settings.method == "network":
            entry = CATALOGUE.get(settings.model)
            per_megapixel = (entry and entry.giga_multiply_adds_per_megapixel) or 1_000.0
            network = settings.quality**2 / 1e6 * per_megapixel
        return Cost(network + height * width / 1e6 * 60, STRIP_PIXELS * 60.0)

    def guess_colours(self, picture: Picture, settings: ColorizeSettings, context: StageContext) -> FloatArray | None:
        if settings.method == "hints" or not _wants_colour(picture, settings):
            return None
        return _guess(picture.pixels, settings, context)

    def run(self, picture: Picture, settings: ColorizeSettings, context: StageContext) -> Picture:
        if not _wants_colour(picture, settings):
            context.note("the picture has colours of its own; nothing was colourised (when=always does it anyway).")
            return picture
        spread = _spread(picture, settings, context)
        if settings.method == "hints":
            colours = np.zeros((1, 1, 2), np.float32)
        else:
            colours = _guess(picture.pixels, settings, context) if context.colours is None else context.colours
        from restoration_studio.stages.luminance import apply_colours

        pixels = apply_colours(picture.pixels, colours, settings.saturation, spread, context)
        return picture.with_(pixels=pixels, grey=False)


def _spread(picture: Picture, settings: ColorizeSettings, context: StageContext) -> Spread | None:
    """The hints over the picture; None where there are none.

    Raises:
        InputError: one lies outside.
    """
    if not settings.hints:
        return None
    from restoration_studio.image.resize import resize
    from restoration_studio.image.srgb import LUMINANCE, decode
    from restoration_studio.stages.hint_spread import small_size, spread_hints

    size = (picture.height, picture.width)
    hints = relative_hints(parse_hints(settings.hints), *(context.input_size or size))
    context.pin("hints", format_hints(hints))
    small = decode(resize(picture.pixels, small_size(*size))) @ LUMINANCE
    return spread_hints(small, hints, size, settings.reach)


def _wants_colour(picture: Picture, settings: ColorizeSettings) -> bool:
    """Whether the picture is black and white, or is to be coloured whatever it is."""
    if settings.when == "always" or picture.grey:
        return True
    from restoration_studio.measure.greyness import greyness

    return greyness(picture.pixels).grey


def _guess(pixels: FloatArray, settings: ColorizeSettings, context: StageContext) -> NDArray[np.float32]:
    """a and b of CIE Lab as the network sees them, (side, side, 2)."""
    from restoration_studio.image.resize import resize

    (name,) = Colorize().models(settings)
    network = context.model(name)
    if settings.model == AUTO:
        context.pin("model", network.name)
        if network.name == SMALL_COLORIZER:
            context.note(
                "the colours are those of the small colouriser that comes with the program; DDColor knows more: "
                "python -m restoration_studio.weights fetch ddcolor-modelscope"
            )
    side = max(_STEP, settings.quality // _STEP * _STEP)
    small = resize(pixels, (side, side))
    context.on_tile(0, 1)
    grey = np.repeat(_encode_luminance(small)[..., None], 3, axis=2)
    coded = network(np.ascontiguousarray(grey, np.float32))
    if coded.shape != (side, side, 2):
        raise NotAColorizer(model=name, choices=MODELS)
    context.on_tile(1, 1)
    colours = (coded - np.float32(0.5)) * np.float32(256)
    chroma = np.linalg.norm(colours, axis=2, keepdims=True)
    share = np.clip(chroma / _NEUTRAL, 0, 1)
    return np.asarray(colours * (share * share * (3 - 2 * share)), np.float32)


def _encode_luminance(pixels: FloatArray) -> NDArray[np.float32]:
    """sRGB-encoded luminance, (height, width)."""
    from restoration_studio.image.srgb import LUMINANCE, decode, encode

    return encode(decode(pixels) @ LUMINANCE)
