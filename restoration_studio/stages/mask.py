"""The mask recipe: which pixels are to be filled. True (255 in files) is to be filled, everywhere.

automatic finds, without the protected subject, and areas by hand, added up -> grown -> without what is kept.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import BeforeValidator, field_validator, model_validator

from restoration_studio.context import StageContext
from restoration_studio.stages.base import StageSettings, setting
from restoration_studio.stages.errors import AreaOutside, DamageFinderUnused, MaskSizeDiffers, NothingToFill
from restoration_studio.stages.region import Region

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from restoration_studio.image.picture import FloatArray, Picture

    Mask = NDArray[np.bool_]

SALIENCY = "u2netp"
_LEAST = 0.05  # the lowest threshold there is
_SUBJECT = 0.5  # saliency above which a pixel belongs to the subject
_MARKED = 127  # grey values of a mask file above this are to be filled


def _region(value: Any) -> Any:
    """What a person may give for an area beside a Region: a text, the path of a file, a PIL image, an array."""
    from PIL import Image

    if value is None or isinstance(value, Region | dict):
        return value
    if isinstance(value, Path | str):
        return Region.parse(str(value))
    if isinstance(value, Image.Image):
        from restoration_studio.image.pillow import picture_from_image

        return Region.from_picture(picture_from_image(value))
    if hasattr(value, "__array__"):
        return Region.from_mask(value)
    raise ValueError(f"a {type(value).__name__} is no area; give a text such as '10,20,30,40', a file or an array")


Area = Annotated[Region | None, BeforeValidator(_region)]


def offered_kinds() -> tuple[str, ...]:
    """What may be looked for, in words of the setting; a network only where the catalogue has its weights."""
    from restoration_studio.damage.find import KINDS
    from restoration_studio.damage.learned import MODEL, NAME
    from restoration_studio.weights.catalogue import MODELS

    learned = MODEL in MODELS
    union = (f"all,{NAME}",) if learned else ()
    return ("auto", "all", *union, "none", *KINDS, *((NAME,) if learned else ()))


class MaskSettings(StageSettings):
    """What is to be filled."""

    kinds: str = setting(
        "auto",
        "Damage to look for: all, none, or some of the kinds with commas between them; auto looks for all,learned "
        "where no area is given.",
        title="Find damage",
        keyword="mask_kinds",
        choices=offered_kinds(),
    )
    threshold: float = setting(
        0.5,
        "How sure the search must be, from 0.05 to 1: lower finds more, and takes more for damage that is none.",
        title="Threshold",
        keyword="mask_threshold",
        step=0.05,
        ge=_LEAST,
        le=1.0,
    )
    damage_model: str = setting(
        "",
        "Another damage finder: a file exported from a training of one; empty for the one that comes along.",
        title="Damage finder",
        keyword="mask_model",
        advanced=True,
    )
    area: Area = setting(
        None,
        "What to fill: x,y,w,h in pixels of the picture as it came in, a polygon, or a mask file in which above 127 "
        "is filled; a semicolon joins several.",
        title="Area",
        keyword="mask",
        repeatable=True,
    )
    keep: Area = setting(
        None,
        "What to leave as it is, whatever else says to fill it; given like the area.",
        title="Keep",
        keyword="mask_keep",
        repeatable=True,
        advanced=True,
    )
    grow: int = setting(
        2,
        "Pixels the mask grows by on every side, since the edge of damage is damaged too.",
        title="Grow",
        keyword="mask_grow",
        unit="pixels",
        step=1,
        ge=0,
        le=100,
    )
    feather: float = setting(
        1.0,
        "Width of the soft edge inside the mask; more than it grew by lets damage show through.",
        title="Soft edge",
        keyword="mask_feather",
        unit="pixels",
        step=0.5,
        advanced=True,
        ge=0.0,
        le=100.0,
    )
    protect: Literal["nothing", "subject"] = setting(
        "nothing",
        "subject finds the picture's subject and fills no damage found inside it, only areas given by hand.",
        title="Protect",
        keyword="mask_protect",
        advanced=True,
    )
    fit: Literal["refuse", "resize"] = setting(
        "refuse",
        "What happens to a mask file of another size than the picture's.",
        title="Masks of another size",
        keyword="mask_fit",
        advanced=True,
    )

    @field_validator("kinds", mode="before")
    @classmethod
    def _joined(cls, value: Any) -> Any:
        """Kinds may be named one by one, as ``damage.find`` takes them."""
        return ",".join(map(str, value)) if isinstance(value, list | tuple) else value

    @field_validator("kinds")
    @classmethod
    def _known(cls, value: str) -> str:
        names = list(dict.fromkeys(name.strip() for name in value.split(",")))
        if names in (["auto"], ["none"]):
            return names[0]
        from restoration_studio.damage.find import KINDS
        from restoration_studio.damage.learned import NAME

        for name in names:
            if name in ("auto", "none"):
                raise ValueError(f"name '{name}' alone and with no other kind of damage")
            if name not in ("all", *KINDS, NAME):
                known = ", ".join((*KINDS, NAME))
                raise ValueError(f"use auto, all, none or some of {known}")
        return ",".join(names)

    @model_validator(mode="after")
    def _uses_its_damage_finder(self) -> Self:
        from restoration_studio.damage.learned import NAME

        if self.damage_model and NAME not in self.found_kinds():
            raise DamageFinderUnused(kind=NAME)
        return self

    def found_kinds(self) -> tuple[str, ...]:
        """The kinds of damage that are looked for."""
        if self.kinds == "none" or (self.kinds == "auto" and self.area is not None):
            return ()
        from restoration_studio.damage.find import ALL
        from restoration_studio.damage.learned import MODEL, NAME
        from restoration_studio.weights.catalogue import MODELS

        auto = f"all,{NAME}" if MODEL in MODELS else "all"
        names = (auto if self.kinds == "auto" else self.kinds).split(",")
        return tuple(dict.fromkeys(kind for name in names for kind in (ALL if name == "all" else (name,))))

    def mask_models(self) -> tuple[str, ...]:
        """The weights that making the mask needs."""
        from restoration_studio.damage.learned import MODEL, NAME

        kinds = self.found_kinds()
        learned = (self.damage_model or MODEL,) if NAME in kinds else ()
        return (*learned, *((SALIENCY,) if self.protect == "subject" and kinds else ()))


def make_mask(
    picture: Picture, settings: MaskSettings, context: StageContext, *, sure: FloatArray | None = None
) -> Mask:
    """The pixels to be filled: (height, width) bool, True = to be filled.

    Args:
        sure: what ``damage_confidence`` gave for this picture and these kinds, so that nothing is looked for again
            when threshold, areas or growth change.

    Raises:
        InputError: a mask has another size, or a shape lies outside the picture.
        UsageError: nothing says what to fill.
    """
    import numpy as np

    kinds = settings.found_kinds()
    if not kinds and settings.area is None:
        raise NothingToFill()
    mask = np.zeros((picture.height, picture.width), bool)
    if kinds:
        mask |= (damage_confidence(picture, settings, context) if sure is None else sure) >= settings.threshold
    if settings.area is not None:
        mask |= _draw_area(settings.area, picture, settings.fit)
    mask = grow_mask(mask, settings.grow)
    if settings.keep is not None:
        mask &= ~_draw_area(settings.keep, picture, settings.fit)
    return mask


def damage_confidence(picture: Picture, settings: MaskSettings, context: StageContext) -> FloatArray:
    """How sure the search is that each pixel is damaged, (height, width) float32, 0 to 1; 0 in a protected subject.

    Raises:
        UsageError: the settings look for nothing.
    """
    import numpy as np

    from restoration_studio.damage.find import Finder, confidences
    from restoration_studio.damage.learned import MODEL, NAME, combine_kinds, finder

    kinds = settings.found_kinds()
    extra: dict[str, Finder] = {}
    searched = f"damage {','.join(kinds)}"
    if NAME in kinds:
        network = context.model(settings.damage_model or MODEL)
        extra[NAME] = finder(network, context.check_cancelled)
        searched += f" {network.sha256} {network.device} {network.precision}"

    def search() -> FloatArray:
        return combine_kinds(confidences(picture.pixels, kinds, extra=extra, check_cancelled=context.check_cancelled))

    # Another method of filling, another growth or threshold look at the same picture again.
    sure = context.remember(picture, searched, search)
    if settings.protect == "subject" and (sure >= _LEAST).any():
        from restoration_studio.damage.saliency import subject

        sure = np.where(subject(picture.pixels, context) <= _SUBJECT, sure, np.float32(0))
    return sure


def grow_mask(mask: Mask, pixels: int) -> Mask:
    """The mask with every pixel that lies within ``pixels`` of it."""
    if pixels <= 0 or not mask.any():
        return mask
    import cv2
    import numpy as np

    away = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    near: Mask = away <= pixels
    return near


def _draw_area(area: Region, picture: Picture, fit: str) -> Mask:
    """An area as a mask of the picture's size."""
    import numpy as np

    size = (picture.height, picture.width)
    try:
        drawn = np.asarray(area.draw(*size, fit=fit == "resize")) > _MARKED
    except MaskSizeDiffers as error:
        raise MaskSizeDiffers(**error.details | {"resizable": True}) from error
    shapes = [Region(rectangles=(shape,)) for shape in area.rectangles]
    shapes += [Region(polygons=(shape,)) for shape in area.polygons]
    for shape in shapes:
        if shape.draw(*size).getbbox() is None:
            raise AreaOutside(area=str(shape), width=size[1], height=size[0])
    return drawn
