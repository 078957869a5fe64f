"""What a stage's settings look like from outside: the one table flags, sliders and documents are made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

# JSON's types, as a person meets them.
_KINDS = {"number": "number", "integer": "integer", "boolean": "switch", "string": "text", "array": "list"}


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
    properties = stage.Settings.model_json_schema()["properties"]
    shared = ("opacity", "region") if "region" in properties else ()
    names = [*(name for name in properties if name not in shared), *shared]
    return [_control(stage, name, properties[name]) for name in names]


def _control(stage: Described, name: str, schema: dict[str, Any]) -> Control:
    options = [option for option in schema.get("anyOf", [schema]) if option.get("type") != "null"]
    auto = any(option.get("const") == "auto" for option in options)
    main = next(option for option in options if option.get("const") != "auto")
    if "$ref" in main:
        kind = "region"
    elif "enum" in main or "const" in main:
        kind = "choice"
    else:
        kind = _KINDS[main["type"]]
    return Control(
        field=name,
        keyword=schema.get("keyword", "{}_" + name).format(stage.flag),
        title=schema["title"],
        description=schema["description"],
        default=schema.get("default"),
        kind=kind,
        minimum=main.get("minimum"),
        maximum=main.get("maximum"),
        step=schema.get("step"),
        unit=schema.get("unit"),
        choices=_choices(main) or tuple(schema.get("choices") or ()),
        auto=auto,
        model=schema.get("model", False),
        advanced=schema.get("advanced", False),
        machine=schema.get("machine", False),
        repeatable=schema.get("repeatable", False),
    )


def _choices(schema: dict[str, Any]) -> tuple[str, ...]:
    """The values a schema allows, its items' for a list."""
    within = schema.get("items", schema)
    return tuple(within.get("enum") or ([within["const"]] if isinstance(within, dict) and "const" in within else ()))
