"""What a stage's settings look like from outside: the one table flags, sliders and documents are made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from stages.base import Stage


@dataclass(frozen=True, slots=True)
class Control:
    """One setting of one stage, as a person meets it.

    Attributes:
        field: its name in recipes.
        keyword: its name in the Python interface.
        kind: "number", "integer", "choice", "text" or "region".
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

    @property
    def flag(self) -> str:
        """Its name on the command line."""
        return "--" + self.keyword.replace("_", "-")


def controls(stage: Stage[Any]) -> list[Control]:
    """The settings of ``stage`` in the order of the code, its own before those every stage has."""
    properties = stage.Settings.model_json_schema()["properties"]
    shared = ("strength", "region")
    names = [name for name in properties if name not in shared] + list(shared)
    return [_control(stage, name, properties[name]) for name in names]


def _control(stage: Stage[Any], name: str, schema: dict[str, Any]) -> Control:
    options = [option for option in schema.get("anyOf", [schema]) if option.get("type") != "null"]
    auto = any(option.get("const") == "auto" for option in options)
    main = next(option for option in options if option.get("const") != "auto")
    if "$ref" in main:
        kind = "region"
    elif "enum" in main:
        kind = "choice"
    else:
        kind = {"number": "number", "integer": "integer", "string": "text"}[main["type"]]
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
        choices=tuple(main.get("enum") or schema.get("choices") or ()),
        auto=auto,
        model=schema.get("model", False),
        advanced=schema.get("advanced", False),
        machine=schema.get("machine", False),
    )
