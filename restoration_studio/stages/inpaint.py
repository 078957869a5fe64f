"""Inpainting: finds damage, or takes a mask, and fills it with the method of one's choice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, WithJsonSchema, model_validator

from restoration_studio.context import StageContext
from restoration_studio.image.luma import BT601
from restoration_studio.inpainting.base import FillOptions
from restoration_studio.inpainting.methods import METHODS, get_method
from restoration_studio.inpainting.prompts import NEGATIVE, PROMPTS
from restoration_studio.lazy import numpy as np
from restoration_studio.stages.base import Cost, ProposalContext, Stage, Suggestion, setting
from restoration_studio.stages.errors import DamageAllOver
from restoration_studio.stages.mask import MaskSettings, make_mask

if TYPE_CHECKING:
    from restoration_studio.image.picture import FloatArray, Picture

_SHARE = 0.1  # of the picture that is taken to be holes and their surroundings before they are known
_LOOKED_AT = 400  # pixels of the side of the part that is looked at before a proposal
# Both kinds mark this share of a worn print; 2 of 96 other photographs and paintings, mostly sound, reach it too.
_SURE, _WORN = 0.5, 0.0035
_ALL_OVER = 60.0  # percent of the picture; dirt that real films are covered with leaves more than half
_FIND = 520.0  # the search for damage in a million pixels, in billions of multiply-adds that take as long

MethodName = Annotated[
    str,
    AfterValidator(lambda name: get_method(name).name),
    WithJsonSchema({"type": "string", "enum": list(METHODS)}),
]


class InpaintSettings(MaskSettings):
    method: MethodName = setting(
        "ns",
        "How holes are filled: "
        + "; ".join(f"{name}: {method.summary[:-1]}" for name, method in METHODS.items())
        + ".",
        title="Method",
    )
    model: str = setting(
        "",
        "Other weights for the method: a model's name, the path of a file, or for stable-diffusion a folder or a "
        "name on the hub; empty for the method's own.",
        title="Weights",
        advanced=True,
    )
    grain: float = setting(
        1.0,
        "Share of the picture's own grain that the fill is given.",
        title="Grain",
        step=0.1,
        ge=0.0,
        le=1.0,
    )
    radius: float = setting(
        3.0,
        "How far around a pixel telea and ns look.",
        title="Radius",
        unit="pixels",
        step=0.5,
        advanced=True,
        ge=1.0,
        le=50.0,
    )
    prompt: str = setting(
        "restore old film photo",
        "What stable-diffusion is told to draw: the name of a prompt or a text of your own.",
        title="Prompt",
        choices=tuple(PROMPTS),
        advanced=True,
    )
    negative_prompt: str = setting(
        NEGATIVE,
        "What stable-diffusion is told not to draw.",
        title="Negative prompt",
        advanced=True,
    )
    guidance: float = setting(
        7.5,
        "How closely stable-diffusion keeps to the prompt; 1 ignores it.",
        title="Guidance",
        step=0.5,
        advanced=True,
        ge=1.0,
        le=20.0,
    )
    steps: int = setting(
        30,
        "Steps stable-diffusion takes: more is slower and seldom better beyond fifty.",
        title="Steps",
        step=1,
        advanced=True,
        ge=1,
        le=200,
    )
    safety_checker: Literal["on", "off"] = setting(
        "on",
        "Whether a picture that stable-diffusion's safety checker takes for unsafe is refused.",
        title="Safety checker",
        keyword="safety_checker",
        advanced=True,
    )

    @model_validator(mode="after")
    def _has_weights_that_its_method_takes(self) -> Self:
        get_method(self.method).check(self.options())
        return self

    def options(self) -> FillOptions:
        """What the methods are told."""
        return FillOptions(
            model=self.model,
            radius=self.radius,
            prompt=self.prompt,
            negative_prompt=self.negative_prompt,
            guidance=self.guidance,
            steps=self.steps,
            safety_checker=self.safety_checker == "on",
        )


class Inpaint(Stage[InpaintSettings]):
    name = "inpaint"
    title = "Inpainting"
    summary = "Fills scratches, cracks, spots and lost parts, and leaves everything else to the bit."
    flag = "inpaint"
    toggle = "apply_inpainting"
    on_by_default = False
    fills = True
    Settings: ClassVar = InpaintSettings

    def suggest(self, picture: Picture, context: ProposalContext) -> Suggestion | None:
        """Where scratches and specks are found together in the picture's middle; either alone is often a real thing."""
        from restoration_studio.damage.find import confidences

        top, left = (max(0, (side - _LOOKED_AT) // 2) for side in (picture.height, picture.width))
        part = picture.pixels[top : top + _LOOKED_AT, left : left + _LOOKED_AT]
        found = confidences(part, ("scratches", "spots"))
        if min(float((kind >= _SURE).mean()) for kind in found.values()) < _WORN:
            return None
        return Suggestion("Scratches and specks show.")

    def models(self, settings: InpaintSettings) -> tuple[str, ...]:
        return (*settings.mask_models(), *get_method(settings.method).models(settings.options()))

    def keeps_colours(self, settings: InpaintSettings) -> bool:
        return False  # what fills a hole is new, and everything else stays to the bit

    def cost(self, settings: InpaintSettings, height: int, width: int) -> Cost:
        pixels = height * width
        finding = pixels / 1e6 * _FIND if settings.found_kinds() else 0.0
        return Cost(finding + get_method(settings.method).cost(pixels * _SHARE), pixels * 40.0)

    def run(self, picture: Picture, settings: InpaintSettings, context: StageContext) -> Picture:
        from restoration_studio.inpainting.blend import composite
        from restoration_studio.inpainting.fill import fill

        mask = make_mask(picture, settings, context)
        marked = int(np.count_nonzero(mask))
        if not marked:
            context.note("nothing is marked or found to be damaged, so nothing was filled; the picture is as it came.")
            return picture
        method = get_method(settings.method)
        share = 100 * marked / mask.size
        if share > _ALL_OVER and settings.found_kinds() and settings.area is None:
            raise DamageAllOver(share=share)
        shown = f"{share:.1f}" if share >= 0.05 else "under 0.1"
        context.note(f"{marked} pixels ({shown}% of the picture) were filled.")
        options = settings.options()
        filled = fill(picture.pixels, mask, method, options, context, grain=settings.grain)
        if picture.grey:  # here and not by the pipeline, which would round the pixels outside the mask too
            filled[mask] = _grey(filled[mask])
        return picture.with_(pixels=composite(picture.pixels, filled, mask, settings.feather))


def _grey(pixels: FloatArray) -> FloatArray:
    """The luminance of (n, 3) pixels in all three channels."""
    return np.repeat((pixels @ np.array(BT601, np.float32))[:, None], 3, axis=1)
