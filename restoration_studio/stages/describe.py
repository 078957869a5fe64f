"""What a stage's settings look like from outside: the one table flags, sliders and documents are made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Literal, Protocol, Union, get_args, get_origin

from pydantic import BaseModel, WithJsonSchema
from pydantic.fields import FieldInfo

# Python's types, as a person meets them.
_KINDS = {float: "number", int: "integer", bool: "switch", str: "text"}


@dataclass(frozen=True, slots=True)
class Control:
    """One setting of one stage, as a person meets it.

    Attributes:
        field: its name in recipes.
        keyword: its name in the Python interface.
        kind: "number", "integer", "choice", "switch" (true or false), "text", "list" (of texts) or "region".
        auto: whether "auto" is allowed beside a number.
        choices: the values of a choice, or those offered for a text.
    """

    field: str
    keyword: str
    title: str
    description: str
    default: Any
    kind: str
    minimum: float | None
    maximum: float | None
    step: float | None
    unit: str | None
    choices: tuple[str, ...]
    auto: bool
    model: bool
    advanced: bool
    machine: bool
    repeatable: bool = False

    @property
    def flag(self) -> str:
        """Its name on the command line."""
        return "--" + self.keyword.replace("_", "-")


class Described(Protocol):
    """A stage, or a step that only films take."""

    @property
    def flag(self) -> str: ...

    @property
    def Settings(self) -> type[Any]: ...  # noqa: N802 - a class


def controls(stage: Described) -> list[Control]:
    """The settings of ``stage`` in the order of the code, its own before those every stage has."""
    # The fields, not the JSON schema: pydantic takes longer to make that than ``restore --help`` may take in all.
    fields: dict[str, FieldInfo] = stage.Settings.model_fields
    shared = ("opacity", "region") if "region" in fields else ()
    names = [*(name for name in fields if name not in shared), *shared]
    return [_control(stage, name, fields[name]) for name in names]


def _control(stage: Described, name: str, field: FieldInfo) -> Control:
    options = _options(field.annotation, field.metadata)
    auto = any(_choices(kind, extra) == ("auto",) for kind, extra in options)
    kind, metadata = next((kind, extra) for kind, extra in options if _choices(kind, extra) != ("auto",))
    choices = _choices(kind, metadata)
    about: Any = field.json_schema_extra or {}
    return Control(
        field=name,
        keyword=about.get("keyword", "{}_" + name).format(stage.flag),
        title=field.title or name,
        description=field.description or "",
        default=field.default,
        kind=_kind(kind, choices),
        minimum=_limit(metadata, "ge"),
        maximum=_limit(metadata, "le"),
        step=about.get("step"),
        unit=about.get("unit"),
        choices=choices or tuple(about.get("choices") or ()),
        auto=auto,
        model=about.get("model", False),
        advanced=about.get("advanced", False),
        machine=about.get("machine", False),
        repeatable=about.get("repeatable", False),
    )


def _options(annotation: Any, metadata: Sequence[Any]) -> list[tuple[Any, list[Any]]]:
    """The types a field takes but for None, each with its limits and the like."""
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *extra = get_args(annotation)
        return _options(inner, [*extra, *metadata])
    if origin in (Union, UnionType):
        return [found for part in get_args(annotation) for found in _options(part, metadata)]
    # pydantic's ``Field`` within ``Annotated`` holds limits of its own
    flat = [item for one in metadata for item in (one.metadata if isinstance(one, FieldInfo) else [one])]
    return [] if annotation is type(None) else [(annotation, flat)]


def _kind(kind: Any, choices: tuple[str, ...]) -> str:
    if get_origin(kind) in (list, tuple):
        return "list"
    return "choice" if choices else "region" if issubclass(kind, BaseModel) else _KINDS[kind]


def _choices(kind: Any, metadata: Sequence[Any]) -> tuple[str, ...]:
    """The values a type allows, its items' for a list; () where they cannot be counted."""
    if get_origin(kind) in (list, tuple):
        ((item, extra), *_) = _options(get_args(kind)[0], ())
        return _choices(item, extra)
    schema = next((one.json_schema or {} for one in metadata if isinstance(one, WithJsonSchema)), {})
    return tuple(schema.get("enum") or (get_args(kind) if get_origin(kind) is Literal else ()))


def _limit(metadata: Sequence[Any], name: str) -> float | None:
    return next((getattr(one, name) for one in metadata if hasattr(one, name)), None)
