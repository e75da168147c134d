"""OFREP 0.3, the protocol by which any OpenFeature SDK asks for flags: one flag, or all of them for one context.

These are plain ASGI applications, because they are what applications wait for. They touch no database.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from bot.domain.errors import NotFound
from bot.domain.flag import Why
from bot.domain.flag_set import TARGETING_KEY, LacksUnit
from bot.domain.percent import FULL, ZERO
from bot.domain.token import Scope
from bot.web.answers import denial
from bot.web.events import ticket_address
from bot.web.guard import Denied, Guard, body_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import Receive, Send
    from starlette.types import Scope as Asgi

    from bot.domain.flag import Evaluation
    from bot.domain.flag_set import FlagSet, Kept
    from bot.domain.token import Token
    from bot.operations.flag_book import FlagBook
    from bot.ports import Journal

ONE = "/ofrep/v1/evaluate/flags/{key}"
ALL = "/ofrep/v1/evaluate/flags"

OK, NOT_MODIFIED, BAD_REQUEST, NOT_FOUND, CRASHED = 200, 304, 400, 404, 500

INACTIVITY = 120
"""After so many seconds out of sight an application closes its stream of events, as the protocol proposes."""

_CONTENT = (b"content-type", b"application/json")
_NOT_KEPT = (b"cache-control", b"no-store")

# Made once: `json.dumps` makes another one for each answer.
_written = json.JSONEncoder(separators=(",", ":")).encode


class BadContext(Exception):
    """A request whose body or context cannot be used; `code` is one of OpenFeature's."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Ofrep:
    """What both addresses share."""

    guard: Guard
    flags: FlagBook
    journal: Journal

    async def admitted(self, scope: Asgi, receive: Receive) -> tuple[Token, FlagSet, dict[str, object]]:
        """Return who asks, the flags of their environment, and the context. Raises Denied or BadContext."""
        headers = scope["headers"]
        token = self.guard.admit(headers, Scope.EVALUATE)
        self.guard.spend(token, evaluation=True)
        asked = parse_qs(scope["query_string"].decode("latin-1")).get("environment") if scope["query_string"] else None
        environment = self.guard.known_environment(token, asked[0] if asked else None)
        return token, self.flags.of(environment), context_of(await body_of(headers, receive))

    async def failed(self, send: Send, error: Exception, key: str | None) -> None:
        """Answer with what went wrong."""
        named = {} if key is None else {"key": key}
        if isinstance(error, BadContext):
            await _send(send, BAD_REQUEST, {**named, "errorCode": error.code, "errorDetails": error.sentence})
        elif isinstance(error, NotFound):
            await _send(send, NOT_FOUND, {**named, "errorCode": "FLAG_NOT_FOUND", "errorDetails": error.sentence})
        elif isinstance(error, Denied) and error.status == BAD_REQUEST:
            await _send(send, BAD_REQUEST, {**named, "errorCode": "PARSE_ERROR", "errorDetails": error.sentence})
        elif isinstance(error, Denied):
            response = denial(error, self.guard.clock.now())
            await _start(send, response.status_code, bytes(response.body), tuple(response.raw_headers))
        else:
            self.journal.error("ofrep.crashed", problem=repr(error), exc_info=error)
            await _send(send, CRASHED, {"errorDetails": "Something went wrong inside Rollcall; it is in the log."})


@dataclass(frozen=True, slots=True)
class EvaluateOne:
    """POST of a context to a flag's address."""

    ofrep: Ofrep

    async def __call__(self, scope: Asgi, receive: Receive, send: Send) -> None:
        """Answer with the flag's value for the context."""
        key: str = scope["path_params"]["key"]
        try:
            _, flags, context = await self.ofrep.admitted(scope, receive)
            result = evaluated(flags.get(key), flags.environment, context)
            await _send(send, BAD_REQUEST if "errorCode" in result else OK, result)
        except Exception as error:  # noqa: BLE001  # The boundary: an application gets an answer, the log the trace.
            await self.ofrep.failed(send, error, key)


@dataclass(frozen=True, slots=True)
class EvaluateAll:
    """POST of a context to the address of all flags."""

    ofrep: Ofrep

    async def __call__(self, scope: Asgi, receive: Receive, send: Send) -> None:
        """Answer with every flag's value for the context, or that nothing changed since the same was asked."""
        try:
            token, flags, context = await self.ofrep.admitted(scope, receive)
            etag = etag_of(flags, context)
            if _matches(scope["headers"], etag):
                await _start(send, NOT_MODIFIED, b"", ((b"etag", etag.encode()), _NOT_KEPT))
                return
            results = [evaluated(kept, flags.environment, context) for kept in flags.flags.values()]
            stream = {
                "type": "sse",
                "endpoint": {"requestUri": ticket_address(token, flags.environment)},
                "inactivityDelaySec": INACTIVITY,
            }
            metadata = {"environment": flags.environment, "version": flags.etag}
            content = {"flags": results, "eventStreams": [stream], "metadata": metadata}
            await _send(send, OK, content, (b"etag", etag.encode()))
        except Exception as error:  # noqa: BLE001  # The boundary, as above.
            await self.ofrep.failed(send, error, None)


def context_of(body: bytes) -> dict[str, object]:
    """Return the context of a request's body. Raises BadContext."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        raise BadContext("PARSE_ERROR", "The body is not JSON.") from None
    if not isinstance(content, dict):
        raise BadContext("PARSE_ERROR", "The body is not a JSON object with a context.")
    context = content.get("context", {})
    if not isinstance(context, dict):
        raise BadContext("INVALID_CONTEXT", "The context is not a JSON object.")
    key = context.get(TARGETING_KEY)
    if key is None or key == "":
        raise BadContext("TARGETING_KEY_MISSING", "The context has no targetingKey.")
    if not isinstance(key, str):
        raise BadContext("INVALID_CONTEXT", "The targetingKey is not a text.")
    return context


def evaluated(kept: Kept, environment: str, context: Mapping[str, object]) -> dict[str, object]:
    """Return what a flag is for a context: a success, or a failure where the context lacks what the flag counts.

    A flag that is off is a success with the value false: were the value left out, a program whose own default is true
    would go on showing what was switched off.
    """
    try:
        found = kept.ask(context)
    except LacksUnit as lacking:
        return {"key": kept.flag.key, "errorCode": "INVALID_CONTEXT", "errorDetails": str(lacking)}
    return {
        "key": kept.flag.key,
        "value": found.on,
        "reason": reason_of(kept, found),
        "variant": "on" if found.on else "off",
        "metadata": {"environment": environment, "version": kept.version, "why": found.why},
    }


def reason_of(kept: Kept, found: Evaluation) -> str:
    """Return OpenFeature's word for why a flag came out as it did."""
    if found.why in {Why.RETIRED, Why.OFF}:
        return "DISABLED"
    if found.why is Why.NAMED:
        return "TARGETING_MATCH"
    if found.why is Why.TIER or kept.setting.percent == ZERO:
        return "DEFAULT"
    if kept.setting.percent < FULL:
        return "SPLIT"
    return "TARGETING_MATCH" if kept.setting.tiers else "STATIC"


def etag_of(flags: FlagSet, context: Mapping[str, object]) -> str:
    """Return the tag of an answer: it depends on what the flags hold and on the context, and on nothing else."""
    try:
        text = json.dumps(context, sort_keys=True, separators=(",", ":"))
    except RecursionError:
        raise BadContext("PARSE_ERROR", "The context is nested too deeply.") from None
    return f'"{hashlib.sha256(f"{flags.etag} {text}".encode()).hexdigest()[:32]}"'


def _matches(headers: list[tuple[bytes, bytes]], etag: str) -> bool:
    asked = next((value.decode("latin-1") for name, value in headers if name == b"if-none-match"), None)
    if asked is None:
        return False
    return asked.strip() == "*" or etag in {one.strip().removeprefix("W/") for one in asked.split(",")}


async def _send(send: Send, status: int, content: object, *more: tuple[bytes, bytes]) -> None:
    await _start(send, status, _written(content).encode(), (_CONTENT, _NOT_KEPT, *more))


async def _start(send: Send, status: int, body: bytes, headers: tuple[tuple[bytes, bytes], ...]) -> None:
    if status != NOT_MODIFIED and not any(name == b"content-length" for name, _ in headers):
        headers = (*headers, (b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
