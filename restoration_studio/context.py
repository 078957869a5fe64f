"""What a run hands to a stage, or to a method of filling, beside the picture and its settings: one object for all."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from restoration_studio.tiling import run_tiled, with_smaller_tiles

if TYPE_CHECKING:
    from restoration_studio.image.picture import FloatArray, Picture
    from restoration_studio.models import LoadedModel, ModelManager


@dataclass(frozen=True, slots=True)
class UsedWeights:
    """A file of weights that a library loaded for a stage, for the record: named as ``models.LoadedModel`` is."""

    name: str
    sha256: str
    source: str
    size_bytes: int
    scale: int = 1


def _ignore(*_: object) -> None:
    """Progress nobody asked for."""


@dataclass(slots=True)
class StageContext:
    """What the pipeline hands to a stage, and a stage to what it is made of, beside the picture and its settings.

    Attributes:
        models: gives networks by their catalogue name; a stage asks through ``model``.
        precision: the number format networks run in.
        seed: for every random choice; a stage never draws from a global generator.
        progress: called as ``progress(done, total, what)``, for example ``(3, 12, "tile")``; stages call ``on_tile``
            and ``on_strip``.
        check_cancelled: raises ``Cancelled`` when the person has stopped the work.
        original: the picture as it came in, before any stage; only where the stage ``needs_original``.
        input_size: height and width of the picture as it came in, which places in settings count in.
        unenlarged: the picture as it was last before its size was changed; only where the stage asks for it.
        colours: those a picture is to be given, where something else has found them; only for colourisation.
        notes: sentences for the record and the person, added by ``note``.
        pinned: what settings left to "auto" became, added by ``pin``.
        figures: what was measured of the work, for the record, added by ``measure``.
        on_layer: called with each part of a stage's change that can be weighed anew after the run, such as a
            ``faces.layers.FaceLayer``; None where nobody wants them.
        used: the networks the stage was given, and weights it loaded by itself.
        loading_seconds: seconds that fetching and loading them took.
        recall: gives what was found before, see ``remember``; None where nothing is kept.
        recalled: whether something was, so that the time taken says nothing of the next picture's.
    """

    models: ModelManager
    precision: str = "float32"
    seed: int = 0
    progress: Callable[[int, int, str], None] = _ignore
    check_cancelled: Callable[[], None] = _ignore
    original: Picture | None = None
    input_size: tuple[int, int] | None = None
    unenlarged: Picture | None = None
    colours: FloatArray | None = None
    notes: list[str] = field(default_factory=list)
    pinned: dict[str, Any] = field(default_factory=dict)
    figures: dict[str, Any] = field(default_factory=dict)
    on_layer: Callable[[Any], None] | None = None
    used: list[LoadedModel | UsedWeights] = field(default_factory=list)
    loading_seconds: float = 0.0
    recall: Callable[[str, Callable[[], FloatArray]], FloatArray] | None = None
    recalled: bool = False

    def remember(self, picture: Picture, what: str, make: Callable[[], FloatArray]) -> FloatArray:
        """What ``make`` gives, or gave before for the same pixels: not to be changed.

        Args:
            what: names it, with all that it depends on beside the picture.
        """
        if self.recall is None:
            return make()
        anew = []

        def search() -> FloatArray:
            anew.append(True)
            return make()

        found = self.recall(f"{picture.content_hash()} {what}", search)
        self.recalled |= not anew
        return found

    def model(self, name: str) -> LoadedModel:
        """The network of that name, fetched and loaded if need be."""
        asked = time.perf_counter()
        loaded = self.models.get(name, precision=self.precision, progress=self.fetching)
        self.loading_seconds += time.perf_counter() - asked
        if loaded not in self.used:
            self.used.append(loaded)
        return loaded

    def weights(self, name: str, sha256: str, source: str, size_bytes: int) -> None:
        """Keep for the record which file of weights a library has loaded for the stage."""
        used = UsedWeights(name, sha256, source, size_bytes)
        if used not in self.used:
            self.used.append(used)

    def fetching(self, done: int, total: int | None, what: str) -> None:
        """To be called while weights are fetched."""
        self.check_cancelled()
        self.progress(done, total or 0, what)

    def on_tile(self, done: int, total: int) -> None:
        """To be called between the pieces of long work."""
        self.check_cancelled()
        self.progress(done, total, "tile")

    def on_strip(self, done: int, total: int) -> None:
        """The same for work that goes through a picture in strips of rows."""
        self.check_cancelled()
        self.progress(done, total, "strip")

    def run_tiled(
        self,
        network: Callable[[FloatArray], FloatArray],
        pixels: FloatArray,
        *,
        scale: int = 1,
        out_size: tuple[int, int] | None = None,
        tile: int,
        overlap: int,
        part: tuple[int, int] = (0, 1),
    ) -> FloatArray:
        """Send ``pixels`` through ``network`` in tiles, see ``tiling.run_tiled``; in smaller ones when memory runs out.

        The tile that fitted is pinned as "tile".

        Args:
            scale: what the network multiplies sizes by.
            out_size: height and width of the result; ``scale`` times the input's when not given.
            part: (which, of how many) of the stage's runs this is, for its progress.

        Raises:
            OutOfMemoryError: even the smallest tile does not fit.
        """
        height, width = pixels.shape[:2]
        size = (height * scale, width * scale) if out_size is None else out_size

        def attempt(tile: int) -> FloatArray:
            return run_tiled(
                network,
                pixels,
                scale=scale,
                out_size=size,
                tile=tile,
                overlap=min(overlap, tile // 2),
                on_tile=lambda done, total: self.on_tile(part[0] * total + done, part[1] * total),
            )

        result, fitted = with_smaller_tiles(attempt, tile, max(height, width), self.note)
        self.pin("tile", fitted)
        return result

    def note(self, sentence: str) -> None:
        self.notes.append(sentence)

    def pin(self, name: str, value: Any) -> None:
        self.pinned[name] = value

    def measure(self, name: str, value: float) -> None:
        """Keep a figure for the record; of the frames of a film the largest."""
        self.figures[name] = max(round(value, 3), self.figures.get(name, 0.0))

    def merge(self, other: StageContext) -> None:
        """Take over the notes, pins and figures in ``other``, which did a part of this work."""
        self.notes += other.notes
        self.pinned |= other.pinned
        for name, value in other.figures.items():
            self.measure(name, value)
        self.used += [model for model in other.used if model not in self.used]
        self.loading_seconds += other.loading_seconds
