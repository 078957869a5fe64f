"""What can be wrong with stages, their settings, and the masks, regions and hints a person gives them."""

from __future__ import annotations

import difflib
from typing import ClassVar

from restoration_studio.errors import InputError, RecipeError, RestorationError, UsageError


class UnknownStage(RecipeError):
    """A recipe names a stage that there is not."""

    code: ClassVar[str] = "unknown_stage"
    sentence: ClassVar[str] = "stage '{stage}' is unknown; {hint}"

    stage: str
    known: tuple[str, ...]

    @property
    def hint(self) -> str:
        close = difflib.get_close_matches(self.stage, self.known, n=1)
        return f"did you mean '{close[0]}'?" if close else f"the stages are {', '.join(self.known)}."


class StageOutsidePipeline(RestorationError):
    """A stage was run by itself and lacks a picture that only a pipeline hands on."""

    code: ClassVar[str] = "stage_outside_pipeline"
    sentence: ClassVar[str] = "the {stage} stage needs {needs}; run it in a pipeline."

    stage: str
    needs: str


# Models


class ModelForAnotherStage(RecipeError):
    """The model that is named does something else than the stage.

    Attributes:
        purpose: what the stage's own models are for.
        made_for: what this one is for; empty where nobody knows it.
        choices: models the stage takes.
        files: whether it takes files of weights as well, and what is to be known of some.
    """

    code: ClassVar[str] = "model_for_another_stage"
    sentence: ClassVar[str] = "the model '{model}' is {mistake}; use {usable}"

    model: str
    purpose: str
    choices: tuple[str, ...]
    made_for: str = ""
    files: str | None = None

    @property
    def mistake(self) -> str:
        return f"for {self.made_for}, not for this stage" if self.made_for else f"not for {self.purpose}"

    @property
    def usable(self) -> str:
        choices = ", ".join(self.choices)
        if self.made_for:
            return f"one of {choices}."
        return f"{choices}." if self.files is None else f"{choices} or the path of a file.{self.files}"


class NotAColorizer(RecipeError):
    """A network gives something else than two channels of colour."""

    code: ClassVar[str] = "not_a_colorizer"
    sentence: ClassVar[str] = (
        "the model '{model}' is no colouriser; use {usable} or a file exported from a training of one."
    )

    model: str
    choices: tuple[str, ...]

    @property
    def usable(self) -> str:
        return ", ".join(self.choices)


# Colour hints


class HintsMissing(RecipeError):
    """Colourisation is to go by hints alone, and there are none."""

    code: ClassVar[str] = "hints_missing"
    sentence: ClassVar[str] = "the method hints colours what hints lie on; give one, such as hint='40%,25%,#7a4b2a'."


class HintUnreadable(RecipeError):
    """A text is no colour hint."""

    code: ClassVar[str] = "hint_unreadable"
    sentence: ClassVar[str] = "{form}, not '{text}'."
    form: ClassVar[str] = "a hint is x,y,#rrggbb in pixels or x%,y%,#rrggbb in per cent"

    text: str


class TooManyHints(RecipeError):
    """There are more colour hints than can be spread."""

    code: ClassVar[str] = "too_many_hints"
    sentence: ClassVar[str] = "{count} hints are too many; give up to {limit}."

    count: int
    limit: int


class HintOutside(InputError):
    """A colour hint lies outside the picture."""

    code: ClassVar[str] = "hint_outside"
    sentence: ClassVar[str] = "the hint {hint} lies outside the picture of {width}x{height} pixels."

    hint: str
    width: int
    height: int


class PointOutside(InputError):
    """The point whose colour is asked for lies outside the picture."""

    code: ClassVar[str] = "point_outside"
    sentence: ClassVar[str] = "the point {x:g},{y:g} lies outside the picture of {width}x{height} pixels."

    x: float
    y: float
    width: int
    height: int


# Regions and masks


class RegionUnreadable(RecipeError):
    """A text is no region.

    Attributes:
        shape: what it looks like: "rectangle", "polygon" or neither.
    """

    code: ClassVar[str] = "region_unreadable"
    sentence: ClassVar[str] = "region '{text}' is {mistake}."

    text: str
    shape: str = ""

    @property
    def mistake(self) -> str:
        if self.shape == "rectangle":
            return "not x,y,width,height in whole pixels with width and height above 0"
        if self.shape == "polygon":
            return "no polygon x1,y1 x2,y2 x3,y3 of three or more points in pixels"
        return "neither x,y,w,h nor a polygon nor the name of a mask file"


class RegionOutside(InputError):
    """Nothing of a region lies inside the picture."""

    code: ClassVar[str] = "region_outside"
    sentence: ClassVar[str] = "the region lies outside the picture of {width}x{height} pixels; nothing would change."

    width: int
    height: int


class AreaOutside(InputError):
    """One of the shapes to be filled or kept lies outside the picture."""

    code: ClassVar[str] = "area_outside"
    sentence: ClassVar[str] = (
        "the area {area} lies outside the picture of {width}x{height} pixels, whose top left corner is 0,0; give one "
        "inside it."
    )

    area: str
    width: int
    height: int


class MaskSizeDiffers(InputError):
    """A painted mask has another size than the picture.

    Attributes:
        resizable: whether a setting would have it resized.
    """

    code: ClassVar[str] = "mask_size_differs"
    sentence: ClassVar[str] = (
        "the mask is {mask_width}x{mask_height} pixels and the picture {width}x{height}; give a mask of the picture's "
        "size{remedy}."
    )

    mask_width: int
    mask_height: int
    width: int
    height: int
    resizable: bool = False

    @property
    def remedy(self) -> str:
        return ", or resize it with mask_fit='resize'" if self.resizable else ""


class NotAMask(InputError):
    """An array has no form that a mask has."""

    code: ClassVar[str] = "not_a_mask"
    sentence: ClassVar[str] = "a mask is a (height, width) array of numbers, not {dtype} of shape {shape}."

    dtype: str
    shape: tuple[int, ...]


class MaskNotFinite(InputError):
    """A mask holds infinities or what is no number."""

    code: ClassVar[str] = "mask_not_finite"
    sentence: ClassVar[str] = "the mask holds values that are no numbers; 1 is where to work and 0 the rest."


class MaskInRecipeUnreadable(RecipeError):
    """The picture of a painted mask inside a recipe is damaged."""

    code: ClassVar[str] = "mask_in_recipe_unreadable"
    sentence: ClassVar[str] = "the mask inside the recipe cannot be read: {reason}."

    reason: str


class MasksDiffer(RecipeError):
    """Painted masks that are to be joined have several sizes, each a text such as "30x20"."""

    code: ClassVar[str] = "masks_differ"
    sentence: ClassVar[str] = "the masks are {listed} pixels, so no union of them can be made; give one size."

    sizes: tuple[str, ...]

    @property
    def listed(self) -> str:
        return " and ".join(self.sizes)


# Filling


class DamageFinderUnused(RecipeError):
    """A damage finder is named, and damage is not looked for with it."""

    code: ClassVar[str] = "damage_finder_unused"
    sentence: ClassVar[str] = "mask_model looks for the kind {kind}; add it to mask_kinds, or leave it out."

    kind: str


class NothingToFill(UsageError):
    """No damage is looked for and no area is given."""

    code: ClassVar[str] = "nothing_to_fill"
    sentence: ClassVar[str] = "nothing says what to fill; give a mask, or mask_kinds='all' to look for damage."


class DamageAllOver(InputError):
    """So much of a picture is found to be damaged that its texture must have been taken for damage.

    Attributes:
        share: of the picture, in per cent.
    """

    code: ClassVar[str] = "damage_all_over"
    sentence: ClassVar[str] = (
        "damage is found all over the picture ({share:.0f}% of it), which is more likely its texture, such as a "
        "halftone's dots; raise mask_threshold, name fewer mask_kinds, or give the area with mask."
    )

    share: float


# Faces


class FaceNotThere(RecipeError):
    """A face is asked for by a number that the picture has no face of."""

    code: ClassVar[str] = "face_not_there"
    sentence: ClassVar[str] = "face {number} is asked for, but the picture has {count}."

    number: int
    count: int
