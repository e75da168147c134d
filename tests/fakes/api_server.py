"""A strict API on the loopback for tests of our own providers: JSON in and out, and faults when a test wants them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.fakes.web_server import Received, answers, running_web_server


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as an API sees it; `way` is the path in its parts, decoded."""

    method: str
    way: tuple[str, ...]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any


Said = tuple[int, Any]
"""A status and what is answered as JSON."""


class Api(Protocol):
    """What a fake of one product's API does."""

    def answer(self, asked: Asked) -> Said:
        """Do what is asked, and answer as the product does."""
        ...


@dataclass(slots=True)
class ApiServer:
    """Serves an API. `lose_answers` takes so many writes and cuts the line; `statuses` are answered instead of doing it.

    `down` answers nothing at all. `complaints` lists what no well-behaved client does.
    """

    api: Api
    address: str = ""
    down: bool = False
    lose_answers: int = 0
    statuses: list[int] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    @property
    def writes(self) -> list[Asked]:
        """Return every request that was not for reading."""
        return [it for it in self.asked if it.method != "GET"]

    async def serve(self, received: Received, writer: asyncio.StreamWriter) -> None:
        """Answer one request, or fail as wanted."""
        if self.down:
            writer.transport.abort()
            return
        asked = self._read(received)
        self.asked.append(asked)
        if self.statuses:
            # A server may well repeat what it was sent; nobody is to show that to people.
            said: Said = (self.statuses.pop(0), {"message": f"{received.headers} {received.body!r}"})
        else:
            said = self.api.answer(asked)
            if asked.method != "GET" and self.lose_answers:
                self.lose_answers -= 1
                writer.transport.abort()
                return
        await answers("" if said[1] is None else json.dumps(said[1]), said[0])(received, writer)

    def _read(self, received: Received) -> Asked:
        parts = urlsplit(received.target)
        body = None
        if received.body:
            if "json" not in received.headers.get("content-type", ""):
                self.complaints.append(f"a body that is not said to be JSON: {received.target}")
            body = json.loads(received.body)
        way = tuple(unquote(part) for part in parts.path.strip("/").split("/"))
        return Asked(received.method, way, dict(parse_qsl(parts.query)), received.headers, body)


@asynccontextmanager
async def serving(api: Api) -> AsyncIterator[ApiServer]:
    """Serve an API on a port of the loopback."""
    async with running_web_server() as web:
        server = ApiServer(api, web.address)
        web.behave(server.serve)
        yield server
        assert server.complaints == []
