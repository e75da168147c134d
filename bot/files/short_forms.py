"""Short forms of the files: a text for a mapping, one value for a list, `25%` for a change of a flag."""

from __future__ import annotations

from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import core_schema

from bot.files.words import expected

ONLY_FLAG = ""
"""Under this key stands a change whose flag is not named: the plan's only one."""


class Shorthand:
    """Lets a short text stand for a mapping: `error_rate < 1%` for `{if: error_rate < 1%}`.

    What is checked afterwards is always the mapping, so one mistake is one problem.
    """

    def __init__(self, key: str, what: str) -> None:
        self.key = key
        self.what = what

    def expand(self, value: object) -> object:
        if isinstance(value, dict):
            return value
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            return {self.key: value}
        raise expected(self.what)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_before_validator_function(self.expand, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"anyOf": [{"type": "string", "description": f"Short for `{self.key}: …`."}, handler(schema)]}


class OneOrMany:
    """Lets one value stand for a list of one; a mapping only where that is said."""

    def __init__(self, *, mappings: bool = False) -> None:
        self.kept = list if mappings else list | dict

    def expand(self, value: object) -> object:
        return value if isinstance(value, self.kept) or value is None else [value]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_before_validator_function(self.expand, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        listed = handler(schema)
        return {"anyOf": [listed, listed["items"]]}


class ChangeForm:
    """Reads the short forms of a change: `25%`, `on`, `off` or a preset's name."""

    @staticmethod
    def expand(value: object) -> object:
        match value:
            case dict():
                return value
            case "on" | True:
                return {"on": True, "percent": 100}
            case "off" | False:
                return {"on": False}
            case int() | float():
                return {"percent": value}
            case str() if value[:1].isdigit() or "%" in value:
                return {"percent": value}
            case str() if value.strip():
                return {"preset": value}
            case _:
                raise expected("25%, on, off, a preset's name, or a mapping of on, percent, tiers and users")

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_before_validator_function(self.expand, handler(source))

    def __get_pydantic_json_schema__(self, schema: core_schema.CoreSchema, handler: Any) -> dict[str, Any]:
        short = {
            "type": ["string", "number", "boolean"],
            "description": "25%, on, off, or a preset's name.",
            "examples": ["25%", "on", "off"],
        }
        return {"anyOf": [short, handler(schema)]}


class SetForm:
    """Tells a change of the plan's only flag from a mapping of flags to changes; both become the mapping.

    The plan's only flag has no name here yet: it stands under the empty key.
    """

    def __init__(self, change_keys: tuple[str, ...]) -> None:
        self.change_keys = frozenset(change_keys)

    def expand(self, value: object) -> object:
        if isinstance(value, dict) and not self.change_keys & set(value):
            return value
        return {ONLY_FLAG: value}

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_before_validator_function(self.expand, handler(source))

    def __get_pydantic_json_schema__(self, schema: core_schema.CoreSchema, handler: Any) -> dict[str, Any]:
        mapping = handler(schema)
        return {
            "description": "What happens to the plan's only flag, or to each flag by its key.",
            "anyOf": [*mapping["additionalProperties"]["anyOf"], mapping],
            "examples": ["25%", "off", {"checkout_redesign": "25%"}],
        }
