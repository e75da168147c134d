"""Judging bodies by the OpenAPI document that Discord publishes, where the environment says where it is."""

from __future__ import annotations

import functools
import json
import os
import re
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

FILE = "discord-openapi.json"
DOCUMENT = "urn:discord-openapi"


class Judge:
    """Validators for the bodies of all requests, made when first asked for."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._paths = {_normal(path): (path, methods) for path, methods in document["paths"].items()}
        # The client sends some ids as numbers, and the ids of new files are small numbers; Discord takes both.
        document["components"]["schemas"]["SnowflakeType"] = {"type": ["string", "integer"]}
        _discriminate(document, document["components"]["schemas"])
        resource: Resource[Any] = Resource.from_contents(document, default_specification=DRAFT202012)
        self._registry: Registry[Any] = Registry().with_resource(DOCUMENT, resource)
        self._validators: dict[str, Draft202012Validator | None] = {}

    def wrong(self, method: str, template: str, body: Any) -> str | None:
        """Return what is wrong in a body sent to a route, or None where nothing is or no body is described."""
        validator = self._validator(method, template)
        error = None if validator is None else best_match(validator.iter_errors(body))
        return None if error is None else f"{error.json_path}: {error.message[:300]}"

    def _validator(self, method: str, template: str) -> Draft202012Validator | None:
        name = f"{method} {template}"
        if name not in self._validators:
            pointer = self._pointer(method.lower(), template)
            schema = {"$ref": f"{DOCUMENT}#{pointer}"}
            self._validators[name] = None if pointer is None else Draft202012Validator(schema, registry=self._registry)
        return self._validators[name]

    def _pointer(self, method: str, template: str) -> str | None:
        path, methods = self._paths.get(_normal(template), ("", {}))
        if "application/json" not in methods.get(method, {}).get("requestBody", {}).get("content", {}):
            return None
        escaped = path.replace("~", "~0").replace("/", "~1").replace("{", "%7B").replace("}", "%7D")
        return f"/paths/{escaped}/{method}/requestBody/content/application~1json/schema"


def _discriminate(part: Any, schemas: dict[str, Any]) -> None:
    """Let the field `type` tell the variants of a choice apart, wherever it can.

    Otherwise each component would be held against every kind of component, and what is inside of it likewise, which
    takes a tenth of a second for a card.
    """
    if isinstance(part, dict):
        for word in ("oneOf", "anyOf"):
            variants = _variants(part.get(word), schemas)
            if variants:
                del part[word]
                kinds = [kind for kinds, _ in variants for kind in kinds]
                part |= {"required": ["type"], "properties": {"type": {"enum": kinds}}}
                part["allOf"] = [
                    {"if": {"properties": {"type": {"enum": kinds}}}, "then": variant} for kinds, variant in variants
                ]
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        _discriminate(inner, schemas)


def _variants(choice: Any, schemas: dict[str, Any]) -> list[tuple[list[Any], Any]]:
    """Return each variant with the values of its `type`, or nothing where that does not tell them apart."""
    if not isinstance(choice, list) or len(choice) < 2:
        return []
    found = []
    for variant in choice:
        named = schemas.get(str(variant.get("$ref", "")).removeprefix("#/components/schemas/"), {})
        found.append((named.get("properties", {}).get("type", {}).get("enum"), variant))
    kinds = [kind for kinds, _ in found for kind in kinds or [None]]
    return found if None not in kinds and len(set(kinds)) == len(kinds) else []


def _normal(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", path)


@functools.cache
def published_judge() -> Judge | None:
    """Return the judge, read once for a whole run; None where ROLLCALL_SPECS names no folder that holds the document."""
    folder = os.environ.get("ROLLCALL_SPECS")  # noqa: TID251 - Nothing of the product: `.ci/run` names the folder.
    if not folder:
        return None
    file = Path(folder) / FILE
    assert file.is_file(), f"ROLLCALL_SPECS is {folder}, and there is no {FILE}"
    return Judge(json.loads(file.read_text(encoding="utf-8")))
