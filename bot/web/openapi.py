"""What the web part says of its own routes: an OpenAPI document made of the very table that they are made of."""

from __future__ import annotations

import re
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from pydantic.json_schema import models_json_schema

from bot.domain.kept_answer import LONGEST_KEY
from bot.domain.token import Scope
from bot.web.flag_api import OPERATIONS
from bot.web.flagd import ADDRESS
from bot.web.hooks import HOOKS, PAGERDUTY, SIGNATURE
from bot.web.ofrep import ALL, ONE
from bot.web.repeats import HEADER, REPEATED

if TYPE_CHECKING:
    from bot.web.flag_api import Operation
    from bot.web.hooks import Hook

_IDENTITY = {"anyOf": [{"type": "integer"}, {"type": "string"}]}
_TEXT = {"type": "string"}
_MOMENT = {"type": ["string", "null"], "format": "date-time"}
_NAME = {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"}

_SETTING = {
    "enabled": {"type": "boolean"},
    "rolloutPercentage": {"type": "number", "minimum": 0, "maximum": 100},
    "allowedTiers": {"type": "array", "items": _TEXT},
    "allowedUserIds": {"type": "array", "items": _IDENTITY},
}
_FLAG = {
    "name": _NAME,
    "description": _TEXT,
    **_SETTING,
    "environment": _TEXT,
    "unit": _TEXT,
    "retired": {"type": "boolean"},
    "createdAt": _MOMENT,
    "updatedAt": _MOMENT,
}


def _object(properties: dict[str, Any], *optional: str) -> dict[str, Any]:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


_OK = {"ok": {"const": True}}
_THE_FLAG = {"$ref": "#/components/schemas/FeatureFlag"}
SCHEMAS: dict[str, Any] = {
    "FeatureFlag": _object(_FLAG),
    "Setting": _object(_SETTING),
    "Flag": _object({**_OK, "flag": _THE_FLAG}),
    "Flags": _object({**_OK, "flags": {"type": "array", "items": _THE_FLAG}}),
    "Changed": _object(
        {**_OK, "flag": _THE_FLAG, "before": {"anyOf": [{"$ref": "#/components/schemas/Setting"}, {"type": "null"}]}}
    ),
    "Features": _object({**_OK, "features": {"type": "array", "items": _NAME}}),
    "Check": _object(
        {
            **_OK,
            "name": _NAME,
            "enabled": {"type": "boolean"},
            "reason": {"enum": ["retired", "off", "named", "tier", "bucket_in", "bucket_out"]},
            "code": {"const": "FEATURE_DISABLED"},
        },
        "code",
    ),
    "Cleared": _object({**_OK, "cleared": {"const": True}}),
    "Problem": _object(
        {"ok": {"const": False}, "code": _TEXT, "error": _TEXT, "timestamp": {"type": "string", "format": "date-time"}}
    ),
}

_QUERY = {
    "environment": "The environment; that of the token, or production, where it is left out.",
    "userId": "Who asks; for flags that count something else, give that attribute by its name (`server=…`).",
    "tier": "The user's tier.",
}
_KEY = {
    "name": HEADER,
    "in": "header",
    "description": "A name for this very request. Repeated within 24 hours with the same body, it changes nothing and "
    f"is answered as the first time, with {REPEATED}: true.",
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": "^[!-~]+$"},
}
_PROBLEMS = {
    400: "The body is not JSON.",
    401: "There is no token, or one that is unknown, revoked or lapsed.",
    403: "The token's scope or environment, or the environment's policy, does not allow it.",
    404: "There is no such flag, or no such environment.",
    409: "Understood, and not done: a plan drives the flag, a freeze is in force, the flag is retired, or the "
    "Idempotency-Key stands for another request.",
    413: "The body is larger than 64 kB.",
    415: "The body is not said to be JSON.",
    422: "The body or a parameter is not of the right form.",
    429: "The token asks too often; Retry-After says in how many seconds it may ask again. Never for a write that goes down.",
    503: "The database does not answer; nothing was changed.",
}


def document() -> dict[str, Any]:
    """Return the OpenAPI 3.1 document."""
    paths: dict[str, Any] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _described(operation)
    bodies = {it.takes.__name__: _schema(it.takes) for it in OPERATIONS if it.takes is not None}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Rollcall",
            "version": version("rollcall"),
            "description": "Flags that applications read, and that programs change under the same rules as people; "
            "alerts and answers of other systems.",
        },
        "security": [{"bearer": []}, {"key": []}],
        "paths": {**paths, **_elsewhere(), **{hook.path: {"post": _hook(hook)} for hook in HOOKS}},
        "components": {
            "schemas": {**SCHEMAS, **bodies, **_hook_bodies()},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
                "basic": {"type": "http", "scheme": "basic", "description": "The token is the password."},
                "signature": {"type": "apiKey", "in": "header", "name": SIGNATURE.decode()},
            },
        },
    }


def _described(operation: Operation) -> dict[str, Any]:
    reading = operation.takes is None
    given: dict[str, Any] = {
        "operationId": operation.work.__name__,
        "summary": operation.summary,
        "description": f"{(operation.work.__doc__ or '').strip()} Scope: {operation.scope}.",
        "parameters": [_path_parameter(name) for name in re.findall(r"{(\w+)}", operation.path)]
        + [{"name": it, "in": "query", "description": _QUERY[it], "schema": _TEXT} for it in operation.query]
        + ([_KEY] if operation.scope is Scope.WRITE else []),
        "responses": {
            "200": _content(operation.gives, "Done."),
            **({"201": _content(operation.gives, "The flag was made.")} if operation.path.endswith("flags") and not reading else {}),
            **{str(status): _content("Problem", text) for status, text in _PROBLEMS.items()},
        },
    }  # fmt: skip
    if operation.takes is not None:
        reference = {"$ref": f"#/components/schemas/{operation.takes.__name__}"}
        given["requestBody"] = {"required": True, "content": {"application/json": {"schema": reference}}}
    return given


def _path_parameter(name: str) -> dict[str, Any]:
    schema = _NAME if name == "name" else {"type": "string", "minLength": 1}
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _content(name: str, description: str) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{name}"}
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _hook(hook: Hook) -> dict[str, Any]:
    """Return one of the inbound hooks; what each answers is said in docs/hooks.md."""
    signed = hook.path == PAGERDUTY
    done = {"description": "Heard.", "content": {"application/json": {"schema": {"type": "object"}}}}
    problems = {**_PROBLEMS, 413: "The body is larger than 1 MB."}
    reference = {"$ref": f"#/components/schemas/{hook.takes.__name__}"}
    return {
        "operationId": hook.work.__name__,
        "summary": hook.summary,
        "description": f"{(hook.work.__doc__ or '').strip()} Scope: {hook.scope}.",
        "security": [{"signature": []}] if signed else [{"bearer": []}, {"key": []}, {"basic": []}],
        "parameters": [],
        "requestBody": {"required": True, "content": {"application/json": {"schema": reference}}},
        "responses": {
            "200": done,
            **({"202": done} if signed else {}),
            **{str(status): _content("Problem", text) for status, text in problems.items()},
        },
    }


def _hook_bodies() -> dict[str, Any]:
    """Return the schemas of what the hooks take, and of the parts that these are made of."""
    wanted = [(hook.takes, "validation") for hook in HOOKS]
    _, found = models_json_schema(wanted, ref_template="#/components/schemas/{model}")  # type: ignore[arg-type]  # A literal.
    return dict(found["$defs"])


def _schema(body: Any) -> dict[str, Any]:
    return {name: value for name, value in body.model_json_schema().items() if name != "$defs"}


def _elsewhere() -> dict[str, Any]:
    """Return the routes whose forms others published; they are named here and described there."""
    ofrep = "As the OpenFeature Remote Evaluation Protocol 0.3 says. Scope: evaluate."
    done = {"200": {"description": "Done.", "content": {"application/json": {"schema": {"type": "object"}}}}}
    body = {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}
    return {
        ONE: {
            "post": {
                "operationId": "evaluate_one",
                "summary": "Evaluate one flag (OFREP)",
                "description": ofrep,
                "parameters": [_path_parameter("key")],
                "requestBody": body,
                "responses": done,
            }
        },
        ALL: {
            "post": {
                "operationId": "evaluate_all",
                "summary": "Evaluate all flags (OFREP)",
                "description": ofrep,
                "parameters": [],
                "requestBody": body,
                "responses": done,
            }
        },
        ADDRESS: {
            "get": {
                "operationId": "flagd_flags",
                "summary": "All flags as flagd reads them",
                "description": "With an ETag. Scope: read.",
                "parameters": [{"name": "environment", "in": "query", "description": _QUERY["environment"], "schema": _TEXT}],
                "responses": done,
            }
        },
    }  # fmt: skip
