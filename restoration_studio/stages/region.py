"""Where a stage works: rectangles, polygons and painted masks, kept inside the recipe.

Convention, here and wherever a mask enters: 255 (or True) is where the stage acts. Coordinates are pixels
of the picture as it came in, turned upright, with the origin at its top left corner.
"""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from restoration_studio.stages.errors import (
    MaskInRecipeUnreadable,
    MaskNotFinite,
    MasksDiffer,
    MaskSizeDiffers,
    NotAMask,
    RegionOutside,
    RegionUnreadable,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

    from restoration_studio.image.picture import FloatArray, Picture

Rectangle = tuple[int, int, int, int]
Polygon = tuple[tuple[float, float], ...]
_LONGEST_NAME = 255  # characters a file system takes


class Region(BaseModel):
    """The union of rectangles (x, y, width, height), polygons and one painted mask, with a soft edge."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    rectangles: tuple[Rectangle, ...] = ()
    polygons: tuple[Polygon, ...] = ()
    mask_png: str | None = Field(default=None, description="A grey PNG of the picture's size in base64; 255 = here.")
    feather: float = Field(default=0.0, ge=0, le=500, description="Width of the soft edge in pixels.")

    @model_validator(mode="after")
    def _holds_something(self) -> Region:
        if not (self.rectangles or self.polygons or self.mask_png):
            raise ValueError("a region needs a rectangle, a polygon or a mask")
        for _, _, width, height in self.rectangles:
            if width < 1 or height < 1:
                raise ValueError("a rectangle is x,y,width,height with width and height of at least 1")
        for polygon in self.polygons:
            if len(polygon) < 3:
                raise ValueError("a polygon needs at least three points")
        return self

    def __str__(self) -> str:
        """Its shapes as ``parse`` reads them; a painted mask as its kind."""
        shapes = [",".join(map(str, rectangle)) for rectangle in self.rectangles]
        shapes += [" ".join(f"{x:g},{y:g}" for x, y in polygon) for polygon in self.polygons]
        return "; ".join(shapes + (["a mask"] if self.mask_png else []))

    @classmethod
    def parse(cls, text: str) -> Region:
        """Read ``x,y,w,h``, ``x1,y1 x2,y2 x3,y3 …`` (a polygon) or the name of a mask file; ``;`` joins several.

        Raises:
            RecipeError: the text is none of these.
            InputError: the mask file cannot be read.
        """
        if ";" in text and (len(text) > _LONGEST_NAME or not Path(text).is_file()):
            parts = [part.strip() for part in text.split(";") if part.strip()]
            return cls.union(*(cls.parse(part) for part in parts)) if parts else cls.parse("")
        if len(text) <= _LONGEST_NAME and Path(text).is_file():
            return cls.from_file(Path(text))
        points = [part.split(",") for part in text.split()]
        if len(points) == 1 and len(points[0]) == 4:
            try:
                x, y, width, height = (int(number) for number in points[0])
                return cls(rectangles=((x, y, width, height),))
            except ValueError as error:
                raise RegionUnreadable(text=text, shape="rectangle") from error
        if len(points) >= 2 and all(len(point) == 2 for point in points):
            try:
                corners = tuple((float(x), float(y)) for x, y in points)
                if not all(map(math.isfinite, chain(*corners))):
                    raise ValueError("a corner at no place")
                return cls(polygons=(corners,))
            except ValueError as error:
                raise RegionUnreadable(text=text, shape="polygon") from error
        raise RegionUnreadable(text=text)

    @classmethod
    def from_file(cls, path: Path) -> Region:
        """A painted mask from an image file; its pixels travel inside the recipe."""
        from restoration_studio.image.read import read_picture

        return cls.from_picture(read_picture(path))

    @classmethod
    def from_picture(cls, picture: Picture) -> Region:
        """A painted mask from a picture.

        White and opaque is where the stage acts: colours count by their mean, and what is transparent is not marked.
        """
        return cls(mask_png=_encode_mask(mask_levels(picture)))

    @classmethod
    def from_mask(cls, mask: Any) -> Region:
        """A painted mask from a (height, width) array: bool, floats (1 = here) or integers.

        Of integers 1, 255 or 65535 is here: the first of them that none exceeds.

        Raises:
            InputError: it has another shape, or holds what is no number.
        """
        return cls(mask_png=_encode_mask(_levels(mask)))

    @classmethod
    def union(cls, *regions: Region) -> Region:
        """Everything that lies in one of ``regions``.

        Raises:
            RecipeError: their painted masks have different sizes.
        """
        masks = [region.mask_png for region in regions if region.mask_png is not None]
        return cls(
            rectangles=tuple(shape for region in regions for shape in region.rectangles),
            polygons=tuple(shape for region in regions for shape in region.polygons),
            mask_png=_unite_masks(masks) if masks else None,
            feather=max(region.feather for region in regions),
        )

    def weights(self, height: int, width: int) -> FloatArray:
        """How much the stage acts at each pixel of a picture of that size: (height, width), 0 to 1.

        Raises:
            InputError: the mask has another size, or nothing of the region lies inside the picture.
        """
        import numpy as np
        from PIL import ImageFilter

        canvas = self.draw(height, width)
        if canvas.getbbox() is None:
            raise RegionOutside(width=width, height=height)
        if self.feather:
            canvas = canvas.filter(ImageFilter.GaussianBlur(self.feather / 2))
        return np.asarray(canvas, np.float32) / np.float32(255)

    def draw(self, height: int, width: int, *, fit: bool = False) -> Image.Image:
        """The region as a grey picture of that size, 255 = here, without its soft edge.

        Args:
            fit: resize a painted mask of another size instead of refusing it.

        Raises:
            InputError: the mask has another size.
        """
        from PIL import Image, ImageDraw

        canvas = Image.new("L", (width, height), 0)
        if self.mask_png is not None:
            painted = _decode_mask(self.mask_png)
            if painted.size != (width, height) and not fit:
                raise MaskSizeDiffers(
                    mask_width=painted.size[0], mask_height=painted.size[1], width=width, height=height
                )
            canvas.paste(painted if painted.size == (width, height) else painted.resize((width, height)))
        draw = ImageDraw.Draw(canvas)
        for x, y, w, h in self.rectangles:
            box = (x, y, x + w - 1, y + h - 1)  # Pillow's numbers have 32 bits; a recipe's may have any size
            left, top, right, bottom = (min(max(edge, -1), width + height) for edge in box)
            draw.rectangle((left, top, right, bottom), fill=255)
        for polygon in self.polygons:
            draw.polygon([tuple(point) for point in polygon], fill=255)
        return canvas


def mask_levels(picture: Picture) -> NDArray[np.uint8]:
    """How much a mask file's picture marks each pixel, (height, width) 0 to 255; see ``Region.from_picture``.

    Raises:
        InputError: it holds what is no number.
    """
    painted = picture.pixels.mean(axis=2)
    return _levels(painted if picture.alpha is None else painted * picture.alpha)


def _levels(mask: Any) -> NDArray[np.uint8]:
    """The array of ``Region.from_mask`` as 0 to 255."""
    import numpy as np

    mask = np.asarray(mask)
    if mask.ndim != 2 or mask.size == 0 or mask.dtype.kind not in "buif":
        raise NotAMask(dtype=str(mask.dtype), shape=mask.shape)
    if not np.isfinite(mask).all():
        raise MaskNotFinite()
    whole = mask.dtype.kind in "ui"
    full = next((full for full in (1, 255) if mask.max() <= full), 65535) if whole else 1
    if mask.dtype != np.uint8 or full != 255:
        mask = np.clip(np.round(mask.astype(np.float32) * (255 / full)), 0, 255).astype(np.uint8)
    return np.asarray(mask, np.uint8)


def _encode_mask(levels: NDArray[np.uint8]) -> str:
    """A painted mask as recipes hold it: a PNG in base64."""
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(levels).save(stream, "PNG")
    return base64.b64encode(stream.getvalue()).decode("ascii")


def _decode_mask(mask_png: str) -> Image.Image:
    """The other way."""
    from PIL import Image

    try:
        return Image.open(io.BytesIO(base64.b64decode(mask_png, validate=True))).convert("L")
    except (ValueError, OSError) as error:
        raise MaskInRecipeUnreadable(reason=str(error)) from error


def _unite_masks(masks: Sequence[str]) -> str:
    """The union of painted masks of one size."""
    import numpy as np

    if len(masks) == 1:
        return masks[0]
    painted = [_decode_mask(mask) for mask in masks]
    sizes = list(dict.fromkeys(f"{one.width}x{one.height}" for one in painted))
    if len(sizes) > 1:
        raise MasksDiffer(sizes=tuple(sizes))
    return _encode_mask(np.maximum.reduce([np.asarray(one) for one in painted]))
