"""Colour hints: "this coat is brown", as points with a colour, written x,y,#rrggbb.

Places are pixels of the picture as it came in, turned upright, or per cent of its width and height: 40%,25%,#7a4b2a.
Per cent carry over to every picture of the same scene, whatever its size; a record holds them so. The word keep in
place of a colour says that here the automatic colours stay, which stops a hint beside it from running on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from restoration_studio.lazy import numpy as np
from restoration_studio.stages.errors import HintOutside, HintUnreadable, PointOutside, TooManyHints

if TYPE_CHECKING:
    from restoration_studio.image.picture import FloatArray

KEEP = "keep"
_NUMBER = r"(\d+(?:\.\d+)?)"
_HINT = re.compile(rf"\s*{_NUMBER}\s*(%?)\s*,\s*{_NUMBER}\s*(%?)\s*,\s*(?:#?([0-9a-fA-F]{{6}})|{KEEP})\s*")
MOST = 500
_SPACING = 0.01  # of the longer side, between the hints that a brush leaves


@dataclass(frozen=True, slots=True)
class Hint:
    """A place and the colour of what is there.

    Attributes:
        x, y: pixels, or per cent of width and height where ``relative``.
        colour: red, green, blue of sRGB, 0 to 255; None keeps the automatic colour. Its lightness does not count: the
            picture's stays.
    """

    x: float
    y: float
    colour: tuple[int, int, int] | None
    relative: bool = False

    def __str__(self) -> str:
        sign = "%" if self.relative else ""
        colour = KEEP if self.colour is None else f"#{bytes(self.colour).hex()}"
        return f"{self.x:.7g}{sign},{self.y:.7g}{sign},{colour}"

    def place(self, height: int, width: int) -> tuple[float, float]:
        """x and y as shares of width and height, 0 to 1, in a picture that came with that size.

        Raises:
            InputError: it lies outside.
        """
        if self.relative:
            x, y = self.x / 100, self.y / 100
        else:
            x, y = (self.x + 0.5) / width, (self.y + 0.5) / height
        if not (0 <= x <= 1 and 0 <= y <= 1):
            raise HintOutside(hint=str(self), width=width, height=height)
        return x, y


def parse_hints(text: str) -> tuple[Hint, ...]:
    """Read ``x,y,#rrggbb`` or ``x%,y%,#rrggbb``, where the colour may be ``keep``; ``;`` joins several.

    Raises:
        RecipeError: a part is no hint, or there are more than `MOST`.
    """
    hints = []
    for part in text.split(";"):
        if not part.strip():
            continue
        match = _HINT.fullmatch(part)
        if match is None or match[2] != match[4]:
            raise HintUnreadable(text=part.strip()[:40])
        red, green, blue = bytes.fromhex(match[5] or "000000")
        colour = (red, green, blue) if match[5] else None
        hints.append(Hint(float(match[1]), float(match[3]), colour, relative=bool(match[2])))
    if len(hints) > MOST:
        raise TooManyHints(count=len(hints), limit=MOST)
    return tuple(hints)


def format_hints(hints: Iterable[Hint]) -> str:
    """The text that `parse_hints` reads."""
    return ";".join(str(hint) for hint in hints)


def as_text(value: Any) -> Any:
    """What a person may give for hints, as text: a text, a `Hint`, (x, y, "#rrggbb"), or a list of any of these."""
    if isinstance(value, Hint):
        return str(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        if len(value) == 3 and isinstance(value[2], str) and not isinstance(value[0], str | Hint | Sequence):
            return f"{value[0]},{value[1]},{value[2]}"
        return ";".join(str(as_text(one)) for one in value)
    return value


def relative_hints(hints: Iterable[Hint], height: int, width: int) -> tuple[Hint, ...]:
    """The same hints in per cent, for any picture of the scene.

    Raises:
        InputError: one lies outside the picture of that size.
    """
    found = []
    for hint in hints:
        x, y = hint.place(height, width)
        found.append(Hint(round(100 * x, 4), round(100 * y, 4), hint.colour, relative=True))
    return tuple(found)


def hints_along_stroke(
    points: Sequence[tuple[float, float]], colour: tuple[int, int, int], height: int, width: int
) -> list[Hint]:
    """Hints along a brush stroke through ``points`` (pixels of a picture of that size), in per cent."""
    step = _SPACING * max(height, width)
    places = [np.asarray(points[0], float)] if points else []
    for point in points[1:]:
        away = np.asarray(point, float) - places[-1]
        length = float(np.hypot(*away))
        places += [places[-1] + away * (number * step / length) for number in range(1, int(length / step) + 1)]
    return list(relative_hints((Hint(float(x), float(y), colour) for x, y in places), height, width))


def pick_colour(pixels: FloatArray, x: float, y: float, radius: float = 3.0) -> tuple[int, int, int]:
    """The colour an eyedropper takes: the median round a point, 0 to 255.

    Args:
        pixels: (height, width, 3), 0 to 1: this picture, or another that shows the right colours.
        x, y: pixels.

    Raises:
        InputError: the point lies outside.
    """
    height, width = pixels.shape[:2]
    if not (0 <= x < width and 0 <= y < height):
        raise PointOutside(x=x, y=y, width=width, height=height)
    reach = int(radius)
    part = pixels[max(0, int(y) - reach) : int(y) + reach + 1, max(0, int(x) - reach) : int(x) + reach + 1]
    red, green, blue = (int(value) for value in np.round(np.median(part.reshape(-1, 3), axis=0) * 255))
    return red, green, blue
