"""What the page remembers of a visit: the picture, the running job, results and how they were made."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from restoration_studio.engine.layers import Layers
from restoration_studio.engine.propose import Proposal
from restoration_studio.engine.recipe import Recipe
from restoration_studio.image.picture import Picture
from restoration_studio.studio.core.jobs import Job

if TYPE_CHECKING:
    from restoration_studio.faces.layers import FaceLayer

MOST_RESULTS = 6  # of a visit, kept in memory; the oldest goes first


@dataclass(eq=False)
class LoadedPicture:
    """The picture a visitor works on."""

    name: str
    picture: Picture
    proposal: Proposal


@dataclass(eq=False)
class RestoredPicture:
    """One restoration of this visit.

    Attributes:
        before_shown: the input as a screen shows it, (height, width, 3) uint8; made once, not at every move.
        layers: None where the picture is too large to keep them, or where they had to make room.
        steps: title and picture after each stage, as a screen shows it.
        faces: what each restored face changed, whose strength can be moved by itself.
        label: what sets it apart from others of the same picture.
    """

    name: str
    before: Picture
    after: Picture
    recipe: Recipe
    stats: dict[str, Any]
    layers: Layers | None
    before_shown: NDArray[np.uint8]
    steps: list[tuple[str, NDArray[np.uint8]]] = field(default_factory=list)
    faces: list[FaceLayer] = field(default_factory=list)
    label: str = ""

    @property
    def bytes_held(self) -> int:
        """Bytes of its arrays; the input is counted, as the visitor may have opened another picture since."""
        arrays: list[NDArray[Any]] = [self.before.pixels, self.after.pixels, self.before_shown]
        arrays += [step for _, step in self.steps]
        arrays += [face.change for face in self.faces]
        if self.layers is not None:
            arrays += [self.layers.base, *self.layers.changes]
        return sum(array.nbytes for array in arrays)


@dataclass(eq=False)
class Outcomes:
    """Several ways of filling the same holes, to choose from; sentences on those that could not be made."""

    results: list[RestoredPicture]
    problems: list[str] = field(default_factory=list)


@dataclass(eq=False)
class DamageMap:
    """The damage found in a picture.

    Attributes:
        key: the picture and what was looked for.
        confidence: of each pixel that it is damaged, (height, width), 0 to 1.
    """

    key: tuple[Any, ...]
    confidence: NDArray[np.float32]


@dataclass(eq=False)
class Session:
    """All of a visit; it ends with the visit, and nothing of it is written anywhere."""

    loaded: LoadedPicture | None = None
    source: str = ""  # which upload or example was loaded last
    problem: str = ""  # the last failure, one sentence
    job: Job | None = None
    results: list[RestoredPicture] = field(default_factory=list)
    shown: RestoredPicture | None = None
    outcomes: Outcomes | None = None
    damage_map: DamageMap | None = None
    recipe: Recipe | None = None  # as the main page's controls stood last, for pictures of the same series

    @property
    def bytes_held(self) -> int:
        """Bytes of all results, those to choose from among them."""
        held = {id(result): result for result in self.results}
        held |= {id(result): result for result in (self.outcomes.results if self.outcomes else ())}
        return sum(result.bytes_held for result in held.values()) + (
            self.damage_map.confidence.nbytes if self.damage_map else 0
        )

    def show(self, result: RestoredPicture) -> None:
        """Make it the result in sight; the oldest of many goes."""
        if all(one is not result for one in self.results):
            self.results = [*self.results, result][-MOST_RESULTS:]
        self.shown = result

    def collect(self) -> bool:
        """Take a finished job's result or its reason for failing; gives whether there was one."""
        job = self.job
        if job is None or job.active:
            return False
        self.job = None
        self.problem = job.message
        if isinstance(job.result, Outcomes):
            self.outcomes, self.problem = job.result, " ".join(job.result.problems)
        elif isinstance(job.result, DamageMap):
            self.damage_map = job.result
        elif job.result is not None:
            self.show(job.result)
        return True
