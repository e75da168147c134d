"""What stands before every route of the flags: the token, its scope and environment, its pace, and the body's size."""

from __future__ import annotations

import base64
import json
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.domain.team import PRODUCTION
from bot.domain.token import ENVIRONMENT_PATTERN, Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from starlette.types import Receive

    from bot.domain.token import Token
    from bot.operations.flag_book import FlagBook
    from bot.operations.tokens import TokenBook
    from bot.ports import Clock

LARGEST_BODY = 64 * 1024
"""In bytes."""

Headers = list[tuple[bytes, bytes]]


class Denied(Exception):
    """A request that is not let through: the status, a code for programs and a sentence for people."""

    def __init__(self, status: int, code: str, sentence: str, **headers: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.code = code
        self.sentence = sentence
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


@dataclass(frozen=True, slots=True)
class Rate:
    """How many requests a second, and how many at once after a rest."""

    per_second: float
    burst: float


@dataclass(slots=True)
class Bucket:
    """A token bucket (the other kind of token): filled steadily, emptied by requests."""

    rate: Rate
    level: float
    at: float

    def take(self, now: float) -> int:
        """Take one request out; return 0, or after how many whole seconds one may be taken."""
        self.level = min(self.rate.burst, self.level + max(0.0, now - self.at) * self.rate.per_second)
        self.at = now
        if self.level >= 1:
            self.level -= 1
            return 0
        return max(1, math.ceil((1 - self.level) / self.rate.per_second))


@dataclass(slots=True)
class Guard:
    """Lets requests in. Evaluations have a pace of their own: there are many more of them than of anything else."""

    tokens: TokenBook
    flags: FlagBook
    clock: Clock
    evaluations: Rate
    calls: Rate
    declared: Callable[[], Iterable[str]] = tuple
    buckets: dict[tuple[str, bool], Bucket] = field(default_factory=dict)

    def admit(self, headers: Headers, scope: Scope | None, *, basic: bool = False) -> Token:
        """Return the token of a request that has it in `Authorization: Bearer` or `X-API-Key`. Raises Denied.

        Without a scope any living token will do. With `basic` it may also be the password of Basic authentication, whatever the user's name.
        """
        now = self.clock.now()
        secret = _secret(headers) or (_password(headers) if basic else None)
        if secret is None:
            raise _unknown("This needs a token: Authorization: Bearer TOKEN.")
        token = self.tokens.find(secret, now)
        if token is None:
            raise _unknown("This token is unknown, revoked or has lapsed.")
        if scope is not None and not token.allows(scope):
            raise Denied(403, "FORBIDDEN", f"The token {token.name} lacks the scope {scope}.")
        self.tokens.note_use(token, now)
        return token

    def spend(self, token: Token, *, evaluation: bool = False) -> None:
        """Count a request against its token's pace. Raises Denied."""
        rate = self.evaluations if evaluation else self.calls
        now = self.clock.now().timestamp()
        bucket = self.buckets.get((token.name, evaluation))
        if bucket is None:
            bucket = self.buckets[token.name, evaluation] = Bucket(rate, rate.burst, now)
        wait = bucket.take(now)
        if wait:
            raise Denied(
                429, "RATE_LIMITED", f"The token {token.name} asks too often; wait {wait} s.", Retry_After=str(wait)
            )

    def environment(self, token: Token, asked: str | None) -> str:
        """Return the environment that a request is about: the token's own, or the one asked for. Raises Denied."""
        wanted = asked or token.environment or PRODUCTION
        if token.environment and wanted != token.environment:
            raise Denied(403, "FORBIDDEN", f"The token {token.name} is for {token.environment} only.")
        if not ENVIRONMENT_PATTERN.fullmatch(wanted):
            raise Denied(422, "INVALID", "That cannot be an environment's name.")
        return wanted

    def known_environment(self, token: Token, asked: str | None) -> str:
        """Return the environment that a request reads. Raises Denied where nobody ever heard of it."""
        wanted = self.environment(token, asked)
        if asked and wanted != PRODUCTION and wanted not in self.flags.environments and wanted not in self.declared():
            raise Denied(404, "NOT_FOUND", f"There is no environment {wanted}.")
        return wanted


async def body_of(headers: Headers, receive: Receive, largest: int = LARGEST_BODY) -> bytes:
    """Return a request's body. Raises Denied for a large one, as soon as it says or shows that it is."""
    length = header(headers, b"content-length")
    if length is not None and length.isdigit():
        if int(length) > largest:
            raise _too_large(largest)
        if int(length) == 0:
            return b""
    elif header(headers, b"transfer-encoding") is None:
        return b""
    pieces, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise Denied(400, "BAD_REQUEST", "The body broke off.")
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])
        if size > largest:
            raise _too_large(largest)
        more = message.get("more_body", False)
    return b"".join(pieces)


def insist_on_json(headers: Headers) -> None:
    """Refuse a body that does not say that it is JSON. Raises Denied."""
    kind = (header(headers, b"content-type") or b"").split(b";")[0].strip().lower()
    if kind != b"application/json":
        raise Denied(415, "UNSUPPORTED_MEDIA_TYPE", "The body must be JSON: Content-Type: application/json.")


def json_of(raw: bytes) -> object:
    """Return what a body says. Raises Denied for what is no JSON, or JSON in too many layers."""
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        raise Denied(400, "BAD_REQUEST", "The body is not JSON.") from None


def header(headers: Headers, name: bytes) -> bytes | None:
    """Return the first header of a name, which is in small letters."""
    return next((value for known, value in headers if known == name), None)


def _secret(headers: Headers) -> str | None:
    for name, value in headers:
        if name == b"authorization":
            kind, _, secret = value.partition(b" ")
            if kind.lower() == b"bearer" and secret.strip():
                return secret.strip().decode("latin-1")
        elif name == b"x-api-key" and value:
            return value.decode("latin-1")
    return None


def _password(headers: Headers) -> str | None:
    kind, _, encoded = (header(headers, b"authorization") or b"").partition(b" ")
    if kind.lower() != b"basic":
        return None
    try:
        given = base64.b64decode(encoded.strip(), validate=True)
    except ValueError:
        return None
    return given.partition(b":")[2].decode("latin-1") or None


def _unknown(sentence: str) -> Denied:
    return Denied(401, "UNAUTHORIZED", sentence, WWW_Authenticate='Bearer realm="rollcall"')


def _too_large(largest: int) -> Denied:
    # What is still under way is not read: the connection ends with the answer.
    return Denied(413, "TOO_LARGE", f"The body is larger than {largest // 1024} kB.", Connection="close")
