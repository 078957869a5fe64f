"""What can be wrong with running a network in tiles."""

from __future__ import annotations

from typing import ClassVar

from restoration_studio.errors import OutOfMemoryError


class TilesDoNotFit(OutOfMemoryError):
    """Memory ran out with the smallest tile as well, of so many pixels a side."""

    code: ClassVar[str] = "tiles_do_not_fit"
    sentence: ClassVar[str] = (
        "memory ran out even with tiles of {tile} pixels; close other programs or take a smaller model."
    )

    tile: int
