"""Recipes: an ordered list of stages with their settings. What is not in a recipe does not happen to a picture."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
    model_validator,
)

from restoration_studio.config import Config
from restoration_studio.engine.errors import (
    NotARecipe,
    RecipeFileUnreadable,
    RecipeInvalid,
    RecipeNotText,
    RecipeTooNew,
    SettingInvalid,
    StageTwice,
    UnknownKeyword,
    UnknownPreset,
)
from restoration_studio.errors import RecipeError
from restoration_studio.image.output_options import OutputOptions
from restoration_studio.stages import STAGES, get_stage
from restoration_studio.stages.base import Stage, StageSettings
from restoration_studio.stages.describe import Control, Described, controls
from restoration_studio.stages.region import Region
from restoration_studio.video.step_selection import VideoSteps
from restoration_studio.video.steps import VIDEO_STEPS
from restoration_studio.video.steps.base import VideoStep

RECIPE_FORMAT = 2  # 1: films were "film", and opacity was "strength"
_WHOLE_RECIPE = ("seed", "precision", "keep_colours", "output")  # keywords that are of no single stage
SHIPPED_PRESETS = Path(__file__).with_name("presets")


class Step(BaseModel):
    """One stage with its settings; in JSON the two lie flat: ``{"stage": "detail", "amount": 1.2}``."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True, defer_build=True)

    stage: str
    settings: StageSettings

    @model_validator(mode="before")
    @classmethod
    def _unfold(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            raise ValueError('a step is a stage\'s name with its settings, such as {"stage": "detail"}')
        if isinstance(data.get("settings"), StageSettings):
            return data
        if "stage" not in data:
            raise ValueError("a step needs the name of its 'stage'")
        if not isinstance(data["stage"], str):
            raise ValueError("the name of a stage is a text")
        settings = {key: value for key, value in data.items() if key != "stage"}
        return {"stage": data["stage"], "settings": get_stage(data["stage"]).Settings.model_validate(settings)}

    @model_serializer
    def _fold(self) -> dict[str, Any]:
        return {"stage": self.stage, **self.settings.model_dump(mode="json", exclude_none=True)}

    @property
    def runs(self) -> Stage[Any]:
        return get_stage(self.stage)


class Recipe(BaseModel):
    """Everything that happens to a picture, in order.

    Attributes:
        stages: the steps, run from first to last.
        video: what is done to films alone.
        seed: for every random choice.
        precision: "auto" or the number format networks run in.
        keep_colours: stages that are not made to change colours are held to that (``engine.colour_contract``).
        output: how the result is written.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    format: int = RECIPE_FORMAT
    name: str = ""
    description: str = ""
    stages: tuple[Step, ...]
    video: VideoSteps = Field(default_factory=VideoSteps)
    seed: int = Field(default=0, ge=0, le=2**63 - 1)
    precision: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    keep_colours: bool = True
    output: OutputOptions = Field(default_factory=OutputOptions)

    @model_serializer(mode="wrap")
    def _without_nothing(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        data: dict[str, Any] = handler(self)
        video = {name: settings for name, settings in data["video"].items() if settings is not None}
        data["video"] = video
        if not video:
            del data["video"]
        return data

    @model_validator(mode="before")
    @classmethod
    def _of_before(cls, data: Any) -> Any:
        """What format 1 called by another name."""
        if isinstance(data, Mapping) and "film" in data and "video" not in data:
            data = {"video" if key == "film" else key: value for key, value in data.items()}
        if isinstance(data, Mapping) and isinstance(data.get("format"), int) and data["format"] < RECIPE_FORMAT:
            data = {**data, "format": RECIPE_FORMAT}
        return data

    @classmethod
    def parse(cls, data: Any, origin: str = "the recipe") -> Recipe:
        """Read a recipe, or the record of a restoration, from what JSON gives.

        Raises:
            RecipeError: it is neither, was made by a newer version, or holds an unknown stage or setting or a
                value out of range; the message names ``origin``.
        """
        if isinstance(data, Mapping) and isinstance(data.get("recipe"), Mapping):
            data = data["recipe"]
        if not isinstance(data, Mapping) or "stages" not in data:
            raise NotARecipe(origin=origin)
        made_by = data.get("format", RECIPE_FORMAT)
        if isinstance(made_by, int) and made_by > RECIPE_FORMAT:
            raise RecipeTooNew(origin=origin, format=made_by, newest=RECIPE_FORMAT)
        try:
            return cls.model_validate(data)
        except RecipeError as error:
            raise RecipeInvalid(origin=origin, reason=error) from error
        except ValidationError as error:
            raise RecipeInvalid(origin=origin, reason=_sentence(error)) from error

    @classmethod
    def load(cls, path: Path | str) -> Recipe:
        """Read a recipe or a record from a JSON file; see ``parse``."""
        try:
            data = json.loads(Path(path).read_text(encoding="utf-8-sig"))  # Windows' editors begin with a mark
        except FileNotFoundError as error:
            raise RecipeFileUnreadable(path=Path(path), reason="does not exist.") from error
        except IsADirectoryError as error:
            raise RecipeFileUnreadable(
                path=Path(path), reason="is a folder; name a recipe or a record, a .json file."
            ) from error
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise RecipeFileUnreadable(path=Path(path), reason=f"cannot be read: {reason}.") from error
        except UnicodeDecodeError as error:
            raise RecipeNotText(path=Path(path)) from error
        except (ValueError, RecursionError) as error:
            raise RecipeFileUnreadable(path=Path(path), reason=f"cannot be read as JSON: {error}.") from error
        return cls.parse(data, f"the recipe {path}")

    @classmethod
    def preset(cls, name: str, config: Config | None = None) -> Recipe:
        """The preset of that name: ``<name>.json`` in the person's folder or among the shipped ones."""
        files = preset_files(config)
        if name not in files:
            raise UnknownPreset(name=name, choices=tuple(sorted(files)))
        return cls.load(files[name])

    @classmethod
    def default(cls) -> Recipe:
        """Every stage that is on by default, with its default settings."""
        return cls(stages=tuple(_step(stage) for stage in STAGES if stage.on_by_default))

    def changed(self, **keywords: Any) -> Recipe:
        """This recipe with keywords applied, such as ``apply_denoising=False, sr_scale=2``.

        A value for a stage's setting switches that stage on, unless its own switch says otherwise; None
        leaves things as they are.

        Raises:
            UsageError: a keyword is unknown.
            RecipeError: a value is out of its range.
        """
        given = {key: value for key, value in keywords.items() if value is not None}
        own = {key: given.pop(key) for key in _WHOLE_RECIPE if key in given}
        data = self.model_dump(mode="json")
        video = self._changed_video(given)
        if video:
            data["video"] = video
        else:
            data.pop("video", None)
        if given:
            data["stages"] = [step.model_dump(mode="json") for step in self._changed_stages(given)]
        if "output" in own:
            data["output"] |= own.pop("output")
        return Recipe.parse(data | own)

    def _changed_video(self, given: dict[str, Any]) -> dict[str, Any]:
        """The steps of films with their keywords applied, which are taken out of ``given``."""
        video: dict[str, Any] = {}
        for step in VIDEO_STEPS:
            settings = getattr(self.video, step.name)
            changes = {c.field: given.pop(c.keyword) for c in controls(step) if c.keyword in given}
            if settings is not None or changes:
                data = settings.model_dump() if settings is not None else {}
                checked = _checked(step, data | changes)
                if step.is_active(checked) or step.always_recorded:
                    video[step.name] = checked.model_dump(mode="json")
        return video

    def _changed_stages(self, given: dict[str, Any]) -> list[Step]:
        """The steps with keywords of stages applied, which must be all there are in ``given``."""
        steps = {step.stage: step for step in self.stages}
        if len(steps) < len(self.stages):
            raise StageTwice()
        for stage in STAGES:
            wanted = given.pop(stage.toggle, None)
            changes = {c.field: given.pop(c.keyword) for c in controls(stage) if c.keyword in given}
            if wanted is False:
                steps.pop(stage.name, None)
            elif wanted or changes:
                steps[stage.name] = _step(stage, steps.get(stage.name), changes)
        if given:
            raise _unknown(next(iter(given)))
        order = [step.stage for step in self.stages]
        return [steps[name] for name in _merged(order, [stage.name for stage in STAGES], set(steps))]

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """The JSON Schema of recipes; see ``engine.schema``."""
        from restoration_studio.engine.schema import recipe_schema

        return recipe_schema(cls, RECIPE_FORMAT)

    def dump(self) -> dict[str, Any]:
        """The recipe as JSON takes it."""
        return self.model_dump(mode="json")


def build_schemas() -> None:
    """Make what pydantic reads and writes recipes with.

    It is put off until it is needed, since it takes longer than ``restore --help`` in all. What serves several threads
    calls this first, as pydantic must not be asked for it by two at once.
    """
    settings = [*(stage.Settings for stage in STAGES), *(step.Settings for step in VIDEO_STEPS)]
    models: tuple[type[BaseModel], ...] = (Region, *settings, VideoSteps, OutputOptions, Step, Recipe)
    for model in models:
        model.model_rebuild()


def preset_files(config: Config | None = None) -> dict[str, Path]:
    """The presets there are, by name; a person's own hide shipped ones of the same name."""
    folders = [SHIPPED_PRESETS, *([config.presets_dir] if config and config.presets_dir else [])]
    return {path.stem: path for folder in folders for path in sorted(folder.glob("*.json"))}


def keywords() -> dict[str, tuple[Stage[Any] | VideoStep[Any], Control | None]]:
    """Every keyword of the Python interface: a stage's switch (no control), or a setting of a stage or film step."""
    table: dict[str, tuple[Stage[Any] | VideoStep[Any], Control | None]] = {}
    for stage in STAGES:
        table[stage.toggle] = (stage, None)
        table.update({control.keyword: (stage, control) for control in controls(stage)})
    for step in VIDEO_STEPS:
        table.update({control.keyword: (step, control) for control in controls(step)})
    return table


def _step(stage: Stage[Any], step: Step | None = None, changes: Mapping[str, Any] | None = None) -> Step:
    """``step``, or the stage's defaults, with some settings changed."""
    data = step.settings.model_dump() if step else {}
    return Step(stage=stage.name, settings=_checked(stage, data | dict(changes or {})))


def _checked(stage: Described, data: Mapping[str, Any]) -> Any:
    """The settings of a stage, or of a step that films take, from their values."""
    try:
        return stage.Settings.model_validate(data)
    except ValidationError as error:
        names = {control.field: control.keyword for control in controls(stage)}
        raise SettingInvalid(reason=_sentence(error, names)) from error


def _merged(order: list[str], running_order: list[str], wanted: set[str]) -> list[str]:
    """``order`` without what is not wanted, and new stages where they stand in the running order."""
    result = [name for name in order if name in wanted]
    for name in running_order:
        if name in wanted and name not in result:
            before = running_order[: running_order.index(name)]
            at = max((result.index(other) + 1 for other in before if other in result), default=0)
            result.insert(at, name)
    return result


def _unknown(keyword: str) -> UnknownKeyword:
    close = difflib.get_close_matches(keyword, [*keywords(), *_WHOLE_RECIPE], n=1)
    return UnknownKeyword(keyword=keyword, nearest=close[0] if close else "")


def _sentence(error: ValidationError, names: Mapping[str, str] | None = None) -> str:
    """The first mistake pydantic found, in words a person can use."""
    mistakes = error.errors()
    first = mistakes[0]
    where = [str(part) for part in first["loc"] if isinstance(part, int) or str(part).isidentifier()]
    if names and where and where[0] in names:
        where = [names[where[0]]]
    message = first["msg"].removeprefix("Value error, ")
    also = [
        m["ctx"]["expected"] for m in mistakes[1:] if m["type"] == "literal_error" and m["loc"][:1] == first["loc"][:1]
    ]
    if also:
        message += f" (or {also[0]})"
    if first["type"] == "extra_forbidden":
        message = "there is no such setting"
    value = first.get("input")
    shown = f", not {value!r}" if isinstance(value, str | int | float) and first["type"] != "extra_forbidden" else ""
    return f"{'.'.join(where) or 'the recipe'}: {message[0].lower()}{message[1:]}{shown}."
