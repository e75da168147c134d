"""Server-sent events: an application that listens hears at once that a flag of its environment changed.

Browsers cannot send a header with such a request, so that its address carries a ticket: the token's name and a proof
that only its digest can make. It opens nothing but the news that something changed.
"""

from __future__ import annotations

import asyncio
import hmac
import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode

from bot.web.answers import problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import Receive, Scope, Send

    from bot.domain.flag_set import FlagSet
    from bot.domain.token import Token
    from bot.operations.flag_book import FlagBook
    from bot.operations.tokens import TokenBook
    from bot.ports import Clock

EVENTS = "/ofrep/v1/events"

HEARTBEAT = timedelta(seconds=15)
"""A silent connection is closed by something on the way sooner or later."""

RECONNECT = 1000
"""In milliseconds: how long a browser waits before it connects again."""

BEAT = ": nothing new\n\n"

MOST_STREAMS = 2000
"""So many listeners at once; each takes a connection and a few kilobytes."""


class Streams:
    """Every open stream, so that all of them can be woken, and ended when the bot stops."""

    def __init__(self) -> None:
        self._wakes: set[asyncio.Event] = set()
        self.closing = False

    def __len__(self) -> int:
        """Return how many are open."""
        return len(self._wakes)

    def open(self) -> None:
        """Let streams be opened."""
        self.closing = False

    def close(self) -> None:
        """End every stream, and let none be opened."""
        self.closing = True
        self.wake()

    def wake(self) -> None:
        """Let every stream look at what changed."""
        for wake in self._wakes:
            wake.set()

    @contextmanager
    def listening(self) -> Iterator[asyncio.Event]:
        """Return an event that is set when there may be something to say."""
        wake = asyncio.Event()
        self._wakes.add(wake)
        try:
            yield wake
        finally:
            self._wakes.discard(wake)


def ticket_address(token: Token, environment: str) -> str:
    """Return the address of the events of an environment, for the holder of a token."""
    return (
        f"{EVENTS}?{urlencode({'token': token.name, 'environment': environment, 'proof': _proof(token, environment)})}"
    )


@dataclass(frozen=True, slots=True)
class Events:
    """GET of a ticket's address: a stream that ends when the client goes, its token ends, or the bot stops."""

    flags: FlagBook
    tokens: TokenBook
    clock: Clock
    streams: Streams
    heartbeat: timedelta = field(default=HEARTBEAT)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the stream."""
        query = {name: values[0] for name, values in parse_qs(scope["query_string"].decode("latin-1")).items()}
        if self._holder(query) is None:
            response = problem(401, "UNAUTHORIZED", "This address is not, or no longer, valid.", self.clock.now())
        elif self.streams.closing or len(self.streams) >= MOST_STREAMS:
            response = problem(
                503, "UNAVAILABLE", "There are too many listeners.", self.clock.now(), {"Retry-After": "5"}
            )
        else:
            missed = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"last-event-id"), "")
            await self._stream(receive, send, query, missed)
            return
        await response(scope, receive, send)

    def _holder(self, query: dict[str, str]) -> Token | None:
        token = self.tokens.named(query.get("token", ""), self.clock.now())
        if token is None:
            return None
        proof = _proof(token, query.get("environment", ""))
        return token if hmac.compare_digest(proof.encode(), query.get("proof", "").encode(errors="replace")) else None

    async def _stream(self, receive: Receive, send: Send, query: dict[str, str], heard: str) -> None:
        headers = [
            (b"content-type", b"text/event-stream; charset=utf-8"),
            (b"cache-control", b"no-store"),
            # Nginx would keep events back until it has a page full of them.
            (b"x-accel-buffering", b"no"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        with self.streams.listening() as wake:
            gone = asyncio.create_task(_gone(receive, wake))
            try:
                await self._tell(send, query, heard, wake, gone)
            finally:
                gone.cancel()
        await send({"type": "http.response.body", "body": b""})

    async def _tell(
        self, send: Send, query: dict[str, str], heard: str, wake: asyncio.Event, gone: asyncio.Task[None]
    ) -> None:
        """Say that something changed whenever it did, and once at the start.

        Between the answer that gave away the address and this connection something may have changed; a client that
        comes back says itself what it heard last.
        """
        text = f"retry: {RECONNECT}\n\n"
        while True:
            current = self.flags.of(query["environment"])
            text += _event(current) if current.etag != heard else ""
            heard = current.etag
            await send({"type": "http.response.body", "body": (text or BEAT).encode(), "more_body": True})
            await self.clock.wait(wake, self.clock.now() + self.heartbeat)
            wake.clear()
            text = ""
            if gone.done() or self.streams.closing or self._holder(query) is None:
                return


def _event(flags: FlagSet) -> str:
    data: dict[str, object] = {"type": "refetchEvaluation", "etag": flags.etag}
    if flags.changed_at is not None:
        data["lastModified"] = int(flags.changed_at.timestamp())
    return f"id: {flags.etag}\nevent: message\ndata: {json.dumps(data, separators=(',', ':'))}\n\n"


async def _gone(receive: Receive, wake: asyncio.Event) -> None:
    """Return when the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        continue
    wake.set()


def _proof(token: Token, environment: str) -> str:
    return hmac.new(token.digest.encode(), f"events:{environment}".encode(), "sha256").hexdigest()[:40]
