"""What a stage is: a name, settings that describe themselves, the models it needs, one method.

A stage does one thing to a picture. Its ``Settings`` (a pydantic model) are the single source of its
command-line flags, sliders, API schema and documentation. Blending with the input (``strength``),
regions, caching, progress and cancelling are done by the pipeline: a stage knows nothing of them but
``work.progress`` and ``work.check_cancelled``, which long work calls between its pieces.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from stages.region import Region

if TYPE_CHECKING:
    from faces.layers import FaceLayer
    from media.picture import FloatArray, Picture
    from models import LoadedModel, ModelManager


def setting(
    default: Any,
    description: str,
    *,
    title: str,
    keyword: str | None = None,
    unit: str | None = None,
    step: float | None = None,
    choices: tuple[str, ...] | None = None,
    model: bool = False,
    advanced: bool = False,
    machine: bool = False,
    repeatable: bool = False,
    **limits: Any,
) -> Any:
    """One field of a stage's settings, with all that flags, sliders and documentation need.

    Args:
        default: the value when nothing is said.
        description: one plain sentence.
        title: the label of its slider.
        keyword: its name in the Python interface and, with dashes, on the command line, ``{}`` standing for
            the stage's ``flag``; ``{}_<name of the field>`` when not given.
        unit: what a number counts.
        step: the slider's step.
        choices: values to offer where others are possible too.
        model: the value names a model of the catalogue or a file with weights.
        advanced: folded away in the studio.
        machine: chosen for the machine, not for the picture; "auto" is recorded as the value it became.
        repeatable: its flag may be given several times; the texts are joined by semicolons.
        limits: pydantic's ``ge``, ``le``, ``gt``, ``lt``.
    """
    extra: dict[str, Any] = {"keyword": keyword, "unit": unit, "step": step, "choices": choices and list(choices)}
    extra |= {"model": model, "advanced": advanced, "machine": machine, "repeatable": repeatable}
    return Field(
        default,
        title=title,
        description=description,
        json_schema_extra={key: value for key, value in extra.items() if value not in (None, False)},
        **limits,
    )


class StageSettings(BaseModel):
    """The settings every stage has; a stage's own come on top of these."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())

    strength: float = setting(
        1.0,
        "How much of this stage's change is kept: 0 gives its input back, 1 keeps all of the change.",
        title="Blend",
        keyword="{}_blend",
        step=0.05,
        advanced=True,
        ge=0.0,
        le=1.0,
    )
    region: Region | None = setting(
        None,
        "Where the stage works: x,y,w,h in pixels of the picture as it came in, or a mask file; "
        "everywhere when not given.",
        title="Only here",
        advanced=True,
    )


S = TypeVar("S", bound=StageSettings)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a stage will take: multiply-adds in billions and working memory in bytes."""

    giga_multiply_adds: float = 0.0
    memory_bytes: float = 0.0


@dataclass(frozen=True, slots=True)
class Suggestion:
    """That a stage would do a picture good: one sentence why, for people, and the settings to try first."""

    reason: str
    settings: dict[str, Any] = field(default_factory=dict)


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
class Work:
    """What the pipeline hands to a stage beside the picture and its settings.

    Attributes:
        models: gives networks by their catalogue name; a stage asks through ``model``.
        precision: the number format networks run in.
        seed: for every random choice; a stage never draws from a global generator.
        progress: called as ``progress(done, total, what)``, for example ``(3, 12, "tile")``.
        check_cancelled: raises ``Cancelled`` when the person has stopped the work.
        original: the picture as it came in, before any stage; only where the stage ``needs_original``.
        came_as: height and width of the picture as it came in, which places in settings count in.
        unenlarged: the picture as it was last before its size was changed; only where the stage asks for it.
        colours: those a picture is to be given, where something else has found them; only for colourisation.
        notes: sentences for the record and the person, added by ``note``.
        pinned: what settings left to "auto" became, added by ``pin``.
        figures: what was measured of the work, for the record, added by ``measure``.
        layers: where a stage adds parts of its change that can be weighed anew later, such as faces; None where
            nobody wants them.
        used: the networks the stage was given, and weights it loaded by itself.
        waited: seconds that fetching and loading them took.
        kept: gives what was found before, see ``remember``; None where nothing is kept.
        recalled: whether something was, so that the time taken says nothing of the next picture's.
    """

    models: ModelManager
    precision: str = "float32"
    seed: int = 0
    progress: Callable[[int, int, str], None] = _ignore
    check_cancelled: Callable[[], None] = _ignore
    original: Picture | None = None
    came_as: tuple[int, int] | None = None
    unenlarged: Picture | None = None
    colours: FloatArray | None = None
    notes: list[str] = field(default_factory=list)
    pinned: dict[str, Any] = field(default_factory=dict)
    figures: dict[str, Any] = field(default_factory=dict)
    layers: list[FaceLayer] | None = None
    used: list[LoadedModel | UsedWeights] = field(default_factory=list)
    waited: float = 0.0
    kept: Callable[[str, Callable[[], FloatArray]], FloatArray] | None = None
    recalled: bool = False

    def remember(self, picture: Picture, what: str, make: Callable[[], FloatArray]) -> FloatArray:
        """What ``make`` gives, or gave before for the same pixels: not to be changed.

        Args:
            what: names it, with all that it depends on beside the picture.
        """
        if self.kept is None:
            return make()
        made = []

        def anew() -> FloatArray:
            made.append(True)
            return make()

        found = self.kept(f"{picture.content_hash()} {what}", anew)
        self.recalled |= not made
        return found

    def model(self, name: str) -> LoadedModel:
        """The network of that name, fetched and loaded if need be."""
        asked = time.perf_counter()
        loaded = self.models.get(name, precision=self.precision, progress=self.fetching)
        self.waited += time.perf_counter() - asked
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

    def note(self, sentence: str) -> None:
        self.notes.append(sentence)

    def pin(self, name: str, value: Any) -> None:
        self.pinned[name] = value

    def measure(self, name: str, value: float) -> None:
        """Keep a figure for the record; of the frames of a film the largest."""
        self.figures[name] = max(round(value, 3), self.figures.get(name, 0.0))

    def add(self, other: Work) -> None:
        """Take over what was said, settled and measured in ``other``, which did a part of this work."""
        self.notes += other.notes
        self.pinned |= other.pinned
        for name, value in other.figures.items():
            self.measure(name, value)
        self.used += [model for model in other.used if model not in self.used]
        self.waited += other.waited


class Stage(ABC, Generic[S]):
    """One step of a restoration. Instances keep no state and may be used by several threads."""

    name: ClassVar[str]  # in recipes: "super_resolution"
    title: ClassVar[str]  # for people: "Super-resolution"
    summary: ClassVar[str]  # one sentence
    flag: ClassVar[str]  # on the command line: --sr, --no-sr, --sr-...
    toggle: ClassVar[str]  # in the Python interface: apply_super_resolution=True
    keeps_grey: ClassVar[bool] = True  # a grey picture stays grey through this stage
    needs_original: ClassVar[bool] = False  # it looks at the picture as it came in too
    needs_unenlarged: ClassVar[bool] = False  # it looks at the picture before its size was changed too
    makes_layers: ClassVar[bool] = False  # it fills ``work.layers``
    on_by_default: ClassVar[bool] = True  # part of the recipe when nothing is asked for
    Settings: ClassVar[type[Any]]  # a StageSettings

    def models(self, settings: S) -> tuple[str, ...]:
        """The catalogue names (or paths) of the models a run with ``settings`` loads."""
        return ()

    def suggest(self, picture: Picture) -> Suggestion | None:
        """What the stage would do for ``picture``, or None where it sees nothing to do.

        Asked when a picture is opened, before anything runs: at most a second, and no network.
        """
        return None

    def check(self, settings: S, height: int, width: int) -> None:
        """Refuse, before any work, settings that do not fit a picture that came in with that size.

        Raises:
            InputError: a place lies outside.
        """
        return None

    def keeps_colours(self, settings: S) -> bool:
        """Whether the colour contract holds for it (see ``pipeline.colour_contract``).

        False for what changes colours or tones on purpose, or paints what was not there.
        """
        return True

    def output_size(self, settings: S, height: int, width: int) -> tuple[int, int]:
        """Height and width the stage makes of a picture of ``height`` times ``width`` pixels."""
        return height, width

    def cost(self, settings: S, height: int, width: int) -> Cost:
        """What a run on a picture of that size takes."""
        return Cost()

    def run_frames(self, frames: list[Picture], settings: S, work: Work) -> list[Picture]:
        """``run`` for consecutive frames of a film, which stages with networks send through them together."""
        return [self.run(frame, settings, work) for frame in frames]

    @abstractmethod
    def run(self, picture: Picture, settings: S, work: Work) -> Picture:
        """The stage's whole change to ``picture``, which itself stays as it is.

        Raises:
            RestorationError: the stage cannot do its work; it never hands its input back instead.
        """
