"""A receiver of webhooks that checks every signature as the guide says, and forgets what it has seen already."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.fakes.clock import MovedClock
from tests.fakes.web_server import Behaviour, Received, WebServer, answers, running_web_server

FRESH = timedelta(minutes=5)


@dataclass(slots=True)
class Receiver:
    """`events` are those that were taken, each once; `calls` counts every request with a right signature."""

    web: WebServer
    secret: str
    clock: MovedClock
    events: list[dict[str, Any]] = field(default_factory=list)
    calls: int = 0
    methods: list[str] = field(default_factory=list)
    faults: list[Behaviour] = field(default_factory=list)
    lose_answers: int = 0
    seen: set[str] = field(default_factory=set)

    @property
    def address(self) -> str:
        """Return where it answers."""
        return f"{self.web.address}/in?token=hidden"

    def types(self) -> list[str]:
        """Return the types of what was taken, in order."""
        return [it["type"] for it in self.events]

    async def serve(self, received: Received, writer: Any) -> None:
        """Take an event, or fail as wanted."""
        self.methods.append(received.method)
        if self.faults:
            await self.faults.pop(0)(received, writer)
            return
        if received.method != "POST":
            await answers("", 405)(received, writer)
            return
        if not self._signed(received):
            await answers(f"unsigned {received.headers}", 401)(received, writer)
            return
        self.calls += 1
        if received.headers["rollcall-id"] not in self.seen:
            self.seen.add(received.headers["rollcall-id"])
            self.events.append(json.loads(received.body))
        if self.lose_answers:
            self.lose_answers -= 1
            writer.transport.abort()
            return
        await answers("taken, and here is a secret: hunter2")(received, writer)

    def _signed(self, received: Received) -> bool:
        sent_at = received.headers.get("rollcall-timestamp", "")
        wanted = hmac.new(self.secret.encode(), sent_at.encode() + b"." + received.body, hashlib.sha256).hexdigest()
        fresh = abs(self.clock.now() - datetime.fromtimestamp(int(sent_at or 0), self.clock.now().tzinfo)) <= FRESH
        return fresh and hmac.compare_digest(f"v1={wanted}", received.headers.get("rollcall-signature", ""))


@asynccontextmanager
async def running_receiver(secret: str, clock: MovedClock) -> AsyncIterator[Receiver]:
    """Run a receiver that shares a secret with the sender."""
    async with running_web_server() as web:
        receiver = Receiver(web, secret, clock)
        web.behave(receiver.serve)
        yield receiver
