"""Where a stage works: rectangles, polygons and painted masks, kept inside the recipe.

Convention, here and wherever a mask enters: 255 (or True) is where the stage acts. Coordinates are pixels
of the picture as it came in, turned upright, with the origin at its top left corner.
"""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from errors import InputError, RecipeError

if TYPE_CHECKING:
    from PIL import Image

    from media.picture import FloatArray

Rectangle = tuple[int, int, int, int]
Polygon = tuple[tuple[float, float], ...]
_LONGEST_NAME = 255  # characters a file system takes


class Region(BaseModel):
    """The union of rectangles (x, y, width, height), polygons and one painted mask, with a soft edge."""

    model_config = ConfigDict(extra="forbid", frozen=True)

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

    @classmethod
    def parse(cls, text: str) -> Region:
        """Read ``x,y,w,h``, ``x1,y1 x2,y2 x3,y3 …`` (a polygon) or the name of a mask file; ``;`` joins several.

        Raises:
            RecipeError: the text is none of these.
            InputError: the mask file cannot be read.
        """
        if ";" in text and (len(text) > _LONGEST_NAME or not Path(text).is_file()):
            return cls.union(*(cls.parse(part.strip()) for part in text.split(";") if part.strip()))
        points = [part.split(",") for part in text.split()]
        try:
            if len(points) == 1 and len(points[0]) == 4:
                x, y, width, height = (int(number) for number in points[0])
                return cls(rectangles=((x, y, width, height),))
            if len(points) >= 3 and all(len(point) == 2 for point in points):
                return cls(polygons=(tuple((float(x), float(y)) for x, y in points),))
        except ValueError as error:
            raise RecipeError(f"region '{text}' is not x,y,width,height with width and height above 0.") from error
        if not Path(text).is_file():
            raise RecipeError(f"region '{text}' is neither x,y,w,h nor a polygon nor the name of a mask file.")
        return cls.from_file(Path(text))

    @classmethod
    def from_file(cls, path: Path) -> Region:
        """A painted mask from an image file; its pixels travel inside the recipe.

        White and opaque is where the stage acts: colours count by their mean, and what is transparent is not marked.
        """
        from media.read import read_picture

        picture = read_picture(path)
        painted = picture.pixels.mean(axis=2)
        return cls.from_mask(painted if picture.alpha is None else painted * picture.alpha)

    @classmethod
    def from_mask(cls, mask: Any) -> Region:
        """A painted mask from a (height, width) array: bool, uint8 (255 = here) or float (1 = here)."""
        import numpy as np
        from PIL import Image

        mask = np.asarray(mask)
        if mask.ndim != 2 or mask.size == 0:
            raise InputError(f"a mask is a (height, width) array, not one of shape {mask.shape}.")
        if mask.dtype != np.uint8:
            mask = np.clip(np.round(mask.astype(np.float32) * 255), 0, 255).astype(np.uint8)
        stream = io.BytesIO()
        Image.fromarray(mask).save(stream, "PNG")
        return cls(mask_png=base64.b64encode(stream.getvalue()).decode("ascii"))

    @classmethod
    def union(cls, *regions: Region) -> Region:
        """Everything that lies in one of ``regions``, which may hold one painted mask in all.

        Raises:
            RecipeError: there is no region, or there are several painted masks.
        """
        masks = [region.mask_png for region in regions if region.mask_png is not None]
        if not regions or len(masks) > 1:
            raise RecipeError("a region takes shapes and one mask file; put several masks into one file.")
        return cls(
            rectangles=tuple(shape for region in regions for shape in region.rectangles),
            polygons=tuple(shape for region in regions for shape in region.polygons),
            mask_png=masks[0] if masks else None,
            feather=max(region.feather for region in regions),
        )

    def weights(self, height: int, width: int) -> FloatArray:
        """How much the stage acts at each pixel of a picture of that size: (height, width), 0 to 1.

        Raises:
            InputError: the mask has another size, or nothing of the region lies inside the picture.
        """
        import numpy as np
        from PIL import ImageFilter

        canvas = self.drawn(height, width)
        if canvas.getbbox() is None:
            raise InputError(f"the region lies outside the picture of {width}x{height} pixels; nothing would change.")
        if self.feather:
            canvas = canvas.filter(ImageFilter.GaussianBlur(self.feather / 2))
        return np.asarray(canvas, np.float32) / np.float32(255)

    def drawn(self, height: int, width: int, *, fit: bool = False) -> Image.Image:
        """The region as a grey picture of that size, 255 = here, without its soft edge.

        Args:
            fit: resize a painted mask of another size instead of refusing it.

        Raises:
            InputError: the mask has another size.
        """
        from PIL import Image, ImageDraw

        canvas = Image.new("L", (width, height), 0)
        if self.mask_png is not None:
            try:
                painted = Image.open(io.BytesIO(base64.b64decode(self.mask_png, validate=True))).convert("L")
            except (ValueError, OSError) as error:
                raise RecipeError(f"the mask inside the recipe cannot be read: {error}.") from error
            if painted.size != (width, height) and not fit:
                raise InputError(
                    f"the mask is {painted.size[0]}x{painted.size[1]} pixels and the picture {width}x{height}; "
                    "give a mask of the picture's size."
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
