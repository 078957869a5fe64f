"""The JSON Schema of recipes: a union of the stages, told apart by their names, in the flat form that is written."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from restoration_studio.stages import STAGES
from restoration_studio.stages.base import Stage

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_DEFINITIONS = "#/$defs/"


def recipe_schema(recipe: type[BaseModel], newest: int) -> dict[str, Any]:
    """What a recipe of the present format looks like, for editors, services and checks.

    Recipes of earlier formats are read too (``Recipe.parse``), and are not described.

    Args:
        recipe: ``engine.recipe.Recipe``.
        newest: the number of the present format.
    """
    schema = recipe.model_json_schema(ref_template=_DEFINITIONS + "{model}")
    definitions: dict[str, Any] = schema["$defs"]
    del definitions["StageSettings"]
    for stage in STAGES:
        own = _stage_schema(stage)
        definitions |= own.pop("$defs", {})
        definitions[stage.name] = own
    definitions["Step"] = {
        "title": "Step",
        "description": "One stage with its settings.",
        "type": "object",
        "required": ["stage"],
        "discriminator": {
            "propertyName": "stage",
            "mapping": {stage.name: _DEFINITIONS + stage.name for stage in STAGES},
        },
        "oneOf": [{"$ref": _DEFINITIONS + stage.name} for stage in STAGES],
    }
    schema["properties"]["format"] |= {"minimum": 1, "maximum": newest}
    return {"$schema": DIALECT, **schema}


def _stage_schema(stage: Stage[Any]) -> dict[str, Any]:
    """A stage's settings with its name among them."""
    schema: dict[str, Any] = stage.Settings.model_json_schema(ref_template=_DEFINITIONS + "{model}")
    name = {"const": stage.name, "type": "string", "title": "Stage"}
    schema["properties"] = {"stage": name, **schema["properties"]}
    schema["required"] = ["stage", *schema.get("required", [])]
    return schema | {"title": stage.title, "description": stage.summary}
