"""JSON Schemas of the files that people write, with which editors complete and check them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pydantic.json_schema import GenerateJsonSchema

if TYPE_CHECKING:
    from pydantic_core import core_schema

    from bot.files.shape import Doc

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


class _EditorSchema(GenerateJsonSchema):
    """Leaves out what a file cannot say: a key is there with a value or not at all, and never null."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> dict[str, Any]:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> dict[str, Any]:
        written = super().default_schema(schema)
        if written.get("default", ...) in (None, "", [], {}):
            written.pop("default", None)
        return written


def schema_of(document: type[Doc], title: str) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a kind of file."""
    schema = document.model_json_schema(by_alias=True, schema_generator=_EditorSchema, mode="validation")
    return {"$schema": _DIALECT, "title": title, **_tidied(schema, keep_title=False)}


def schema_text(schema: dict[str, Any]) -> str:
    """Return a schema as it is published beside the plans."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _tidied(schema: Any, *, keep_title: bool) -> Any:
    """Drop the titles that are made from names of fields and classes: the key says it, the description explains it."""
    if isinstance(schema, dict):
        return {
            key: _tidied(value, keep_title=key in {"properties", "$defs"})
            for key, value in schema.items()
            if key != "title" or keep_title
        }
    if isinstance(schema, list):
        return [_tidied(item, keep_title=False) for item in schema]
    return schema
