"""What a stage is: a name, settings that describe themselves, the models it needs, one method.

A stage does one thing to a picture. Its ``Settings`` (a pydantic model) are the single source of its
command-line flags, sliders, API schema and documentation. Blending with the input (``opacity``),
regions, caching, progress and cancelling are done by the pipeline: a stage knows nothing of them but
``context.on_tile`` and ``context.on_strip``, which long work calls between its pieces, and which may stop it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from restoration_studio.stages.region import Region

if TYPE_CHECKING:
    from restoration_studio.config import Config
    from restoration_studio.context import StageContext
    from restoration_studio.image.picture import FloatArray, Picture


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


Tile = Annotated[int, Field(ge=0, le=8192)] | Literal["auto"]


def tile_setting() -> Any:
    """The setting of a stage whose network works in tiles, see ``StageContext.run_tiled``."""
    return setting(
        "auto",
        "Side of the pieces the network works on; 0 takes the whole picture at once.",
        title="Tile",
        unit="pixels",
        step=32,
        advanced=True,
        machine=True,
    )


class StageSettings(BaseModel):
    """The settings every stage has; a stage's own come on top of these."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=(), defer_build=True)

    opacity: float = setting(
        1.0,
        "How much of this stage's change is kept: 0 gives its input back, 1 keeps all of the change.",
        title="Opacity",
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

    @model_validator(mode="before")
    @classmethod
    def _from_format_1(cls, data: Any) -> Any:
        """Recipes and records of format 1 called the opacity "strength", as stages call settings of their own."""
        if not isinstance(data, Mapping) or "opacity" in data or "strength" in cls.model_fields:
            return data
        return {"opacity" if name == "strength" else name: value for name, value in data.items()}


S = TypeVar("S", bound=StageSettings)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a stage will take: multiply-adds in billions and working memory in bytes."""

    giga_multiply_adds: float = 0.0
    memory_bytes: float = 0.0


@dataclass(frozen=True, slots=True)
class Finding:
    """Something seen in a picture that a person can understand.

    Attributes:
        name: "grey", "noisy", "blocky", "blurred", "small" or "faces".
        present: whether it is so.
        value: the figure it was decided by.
        sentence: for people.
    """

    name: str
    present: bool
    value: float
    sentence: str


@dataclass(frozen=True, slots=True)
class ProposalContext:
    """What is known when stages are asked what they would do for a picture.

    Attributes:
        findings: what was seen in it, by name.
        config: where weights are kept.
        video: the picture stands for a film.
    """

    findings: Mapping[str, Finding]
    config: Config
    video: bool = False

    def present(self, name: str) -> Finding | None:
        """The finding of that name, where it is so."""
        finding = self.findings.get(name)
        return finding if finding is not None and finding.present else None

    def installed(self, models: Iterable[str]) -> bool:
        """Whether these weights are all on this machine."""
        from restoration_studio.weights import store
        from restoration_studio.weights.catalogue import get

        return all(any(True for _ in store.present(get(name), self.config)) for name in models)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """That a stage would do a picture good: one sentence why, for people, and the settings to try first."""

    reason: str
    settings: dict[str, Any] = field(default_factory=dict)


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
    makes_layers: ClassVar[bool] = False  # it hands parts of its change to ``context.on_layer``
    guesses_colours: ClassVar[bool] = False  # it gives the colours in ``context.colours`` where there are some
    for_videos: ClassVar[Mapping[str, Any]] = {}  # settings that a video takes where nothing is said of them
    on_by_default: ClassVar[bool] = True  # part of the recipe when nothing is asked for
    fills: ClassVar[bool] = False  # it fills holes: masks, outcomes to choose from and their flags are for it
    hint_field: ClassVar[str] = ""  # the setting with colour hints, as ``stages.hints`` reads them
    steady: ClassVar[bool] = False  # what it makes of a film's frames holds still, so that it is proposed for films
    Settings: ClassVar[type[Any]]  # a StageSettings

    def models(self, settings: S) -> tuple[str, ...]:
        """The catalogue names (or paths) of the models a run with ``settings`` loads.

        Whether a model is right for the stage is asked by validators of ``Settings``, not here.
        """
        return ()

    def suggest(self, picture: Picture, context: ProposalContext) -> Suggestion | None:
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
        """Whether the colour contract holds for it (see ``engine.colour_contract``).

        False for what changes colours or tones on purpose, or paints what was not there.
        """
        return True

    def output_size(self, settings: S, height: int, width: int) -> tuple[int, int]:
        """Height and width the stage makes of a picture of ``height`` times ``width`` pixels."""
        return height, width

    def cost(self, settings: S, height: int, width: int) -> Cost:
        """What a run on a picture of that size takes."""
        return Cost()

    def guess_colours(self, picture: Picture, settings: S, context: StageContext) -> FloatArray | None:
        """The colours it would give, a and b of CIE Lab, (side, side, 2); None for a picture that it gives none."""
        return None

    def measures_noise(self, settings: S) -> bool:
        """Whether it measures a picture's noise; the frames of a shot are then measured together (``with_noise``)."""
        return False

    def with_noise(self, settings: S, level: float) -> S | None:
        """The settings for frames whose noise has that deviation, in grey levels of 255; None to leave them alone."""
        return settings

    def run_frames(self, frames: list[Picture], settings: S, contexts: Sequence[StageContext]) -> list[Picture]:
        """``run`` for consecutive frames of a video, which stages with networks send through them together.

        Args:
            contexts: of each frame.
        """
        return [self.run(frame, settings, context) for frame, context in zip(frames, contexts, strict=True)]

    @abstractmethod
    def run(self, picture: Picture, settings: S, context: StageContext) -> Picture:
        """The stage's whole change to ``picture``, which itself stays as it is.

        Raises:
            RestorationError: the stage cannot do its work; it never hands its input back instead.
        """
