"""Answers in JSON, and every way in which the flag API says no as `{ok, code, error, timestamp}`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from starlette.responses import Response

from bot.domain.alert import LONGEST_WORD, harmless
from bot.domain.errors import (
    NotAllowed,
    NotFound,
    NotUnderstood,
    Question,
    Refused,
    RollcallError,
    Unavailable,
)
from bot.operations.answers import KeyReused

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pydantic import ValidationError

    from bot.web.guard import Denied

JSON = "application/json"
BUSY = 2
"""After so many seconds it is worth trying again when the database did not answer."""

# The first that fits: refusals of a kind stand before their parents.
STATUSES: tuple[tuple[type[RollcallError], int, str], ...] = (
    (NotFound, 404, "NOT_FOUND"),
    (NotAllowed, 403, "FORBIDDEN"),
    (KeyReused, 409, "IDEMPOTENCY_KEY_REUSED"),
    (Refused, 409, "CONFLICT"),
    (Question, 409, "CONFLICT"),
    (NotUnderstood, 422, "INVALID"),
    (Unavailable, 503, "UNAVAILABLE"),
    (RollcallError, 409, "CONFLICT"),
)


def answer(content: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a JSON answer; nobody on the way keeps a copy."""
    kept = {"Cache-Control": "no-store", **(headers or {})}
    return Response(json.dumps(content, separators=(",", ":")), status, kept, JSON)


def problem(status: int, code: str, sentence: str, now: datetime, headers: Mapping[str, str] | None = None) -> Response:
    """Return a refusal."""
    stamp = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return answer({"ok": False, "code": code, "error": sentence, "timestamp": stamp}, status, headers)


def denial(denied: Denied, now: datetime) -> Response:
    """Return what the guard said."""
    return problem(denied.status, denied.code, denied.sentence, now, denied.headers)


def refusal(error: RollcallError, now: datetime) -> Response:
    """Return what the bot said no to."""
    status, code = next((status, code) for kind, status, code in STATUSES if isinstance(error, kind))
    headers = {"Retry-After": str(BUSY)} if isinstance(error, Unavailable) else {}
    return problem(status, code, error.sentence, now, headers)


def sentence_of(wrong: ValidationError) -> str:
    """Return what is wrong with a body, each with its place; what was sent is not repeated."""
    found = wrong.errors(include_url=False, include_input=False, include_context=False)
    return "; ".join(f"{_place(it['loc'])}: {it['msg']}" for it in found[:5]) + "."


def _place(parts: tuple[int | str, ...]) -> str:
    return harmless(".".join(map(str, parts)), LONGEST_WORD) or "the body"
