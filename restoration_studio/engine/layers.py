"""Layers: the change each stage made, kept at the final size, so that strengths move without any network.

The mixed picture is the input, enlarged, plus each stage's change times its share. With every share at 1 it is
the restored picture itself, to the bit. It differs from running the recipe again with weaker stages in one
thing: later stages then see the weaker change, here they saw the full one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from restoration_studio.engine.errors import NoSuchLayer
from restoration_studio.files import atomic_file
from restoration_studio.image.picture import FloatArray, Picture
from restoration_studio.image.resize import resize

if TYPE_CHECKING:
    from restoration_studio.engine.recipe import Recipe

_ROWS = 64  # few enough for the processor's cache


class LayerCollector:
    """Takes a run apart while it goes on, so that no picture between the first and the last needs to be kept.

    Hand ``add`` to ``Engine.run`` as ``on_stage``.

    Args:
        recipe: that is run.
        size: (height, width) of the result.
    """

    def __init__(self, recipe: Recipe, size: tuple[int, int]) -> None:
        self._names = tuple(step.stage for step in recipe.stages)
        self._size = size
        self._base: FloatArray | None = None
        self._latest: FloatArray | None = None
        self._changes: list[NDArray[np.float16]] = []

    def add(self, index: int, picture: Picture) -> None:
        """Take the picture as it came in (``index`` 0), or after the stage of that number."""
        current = resize(picture.pixels, self._size)
        if self._latest is None:
            self._base = current
        else:
            self._changes.append((current - self._latest).astype(np.float16))
        self._latest = current

    def finish(self, result: Picture) -> Layers:
        """The layers of the run that gave ``result``."""
        if self._base is None:
            raise ValueError("the run has not begun")
        self._latest = None
        return Layers(self._base, self._names, tuple(self._changes), result)


@dataclass(frozen=True, slots=True, eq=False)
class Layers:
    """A restoration taken apart.

    Attributes:
        base: the input at the final size, (height, width, 3) float32.
        names: of the stages, in running order; a stage that runs twice appears twice.
        changes: what each stage added, (height, width, 3) float16.
        result: the restored picture.
    """

    base: FloatArray
    names: tuple[str, ...]
    changes: tuple[NDArray[np.float16], ...]
    result: Picture

    def mix(self, shares: Mapping[int, float]) -> Picture:
        """The picture with some stages' changes kept in part.

        Args:
            shares: for the stage of an index, 0 (none of its change) to 1 (all); 1 for those not named.

        Raises:
            UsageError: an index or a share is out of range.
        """
        for index, share in shares.items():
            if not (0 <= index < len(self.changes) and 0 <= share <= 1):
                raise NoSuchLayer(index=index, share=share)
        taken = {index: np.float32(1 - share) for index, share in shares.items() if share < 1}
        if not taken:
            return self.result
        pixels = np.empty_like(self.result.pixels)
        for start in range(0, len(pixels), _ROWS):
            rows = slice(start, start + _ROWS)
            mixed = pixels[rows]
            np.copyto(mixed, self.result.pixels[rows])
            for index, part in taken.items():
                # Taking away from the result keeps what is kept exact, however many layers there are.
                mixed -= part * self.changes[index][rows].astype(np.float32)
            np.clip(mixed, 0, 1, out=mixed)
        return self.result.with_(pixels=pixels)

    def write_tiff(self, path: Path | str) -> Path:
        """Write the layers as pages of a 16-bit TIFF: the result, the base, then base plus each change alone.

        Every page is a picture of its own that any program shows; page names say which stage it is.

        Raises:
            OutputError: it cannot be written.
        """
        import tifffile

        path = Path(path)
        pages = [("result", self.result.pixels), ("input", self.base)]
        pages += [
            (name, np.clip(self.base + change.astype(np.float32), 0, 1))
            for name, change in zip(self.names, self.changes, strict=True)
        ]
        icc = self.result.metadata.icc
        with atomic_file(path) as temporary, tifffile.TiffWriter(temporary) as writer:
            for name, pixels in pages:
                samples = np.round(pixels * 65535).astype(np.uint16)
                writer.write(
                    samples, photometric="rgb", compression="zlib", predictor=True, iccprofile=icc, metadata=None,
                    extratags=[(285, 2, 0, name, True)],
                )  # fmt: skip
        return path
