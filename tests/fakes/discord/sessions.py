"""Sessions of the gateway: what was told to the bot, so that it can be told again after a RESUME."""

from __future__ import annotations

import asyncio
import json
import zlib
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiohttp import web

from tests.fakes.discord.intents import NO_INTENT, Intent
from tests.fakes.discord.payloads import readable
from tests.fakes.discord.posts import Json

DISPATCH, HEARTBEAT, IDENTIFY, PRESENCE, RESUME, RECONNECT = 0, 1, 2, 3, 6, 7
REQUEST_MEMBERS, INVALID_SESSION, HELLO, HEARTBEAT_ACK = 8, 9, 10, 11


@dataclass(slots=True)
class Socket:
    """One connection; what is sent goes out in order by a task of its own."""

    request: web.Request
    web_socket: web.WebSocketResponse
    compressed: bool
    silent: bool = False
    """A connection that is open and dead: nothing goes out, heartbeats are not acknowledged."""
    received: list[datetime] = field(default_factory=list)
    """When payloads came in, of the last minute."""
    session: Session | None = None
    _queue: asyncio.Queue[str | tuple[int, bytes]] = field(default_factory=asyncio.Queue)
    _compressor: Any = field(default_factory=zlib.compressobj)

    def send(self, op: int, data: Any = None) -> None:
        """Send a payload that is no event."""
        self.send_text(json.dumps({"op": op, "d": data, "s": None, "t": None}))

    def send_text(self, text: str) -> None:
        """Send a payload that is written already."""
        if not self.silent:
            self._queue.put_nowait(text)

    def close(self, code: int, reason: str) -> None:
        """Close with a code, after everything that waits to be sent."""
        self._queue.put_nowait((code, reason.encode()))

    def cut(self) -> None:
        """Break the connection without a word."""
        if self.request.transport is not None:
            self.request.transport.abort()

    async def write(self) -> None:
        """Send what is to be sent, until the connection ends."""
        with suppress(ConnectionError):
            while True:
                match await self._queue.get():
                    case str(text) if self.compressed:
                        packed = self._compressor.compress(text.encode()) + self._compressor.flush(zlib.Z_SYNC_FLUSH)
                        await self.web_socket.send_bytes(packed)
                    case str(text):
                        await self.web_socket.send_str(text)
                    case (code, reason):
                        await self.web_socket.close(code=code, message=reason)
                        return


@dataclass(slots=True)
class Session:
    """What one IDENTIFY began; it outlives its connections for a while."""

    id: str
    intents: Intent
    socket: Socket | None
    sent: list[tuple[int, str]] = field(default_factory=list)
    """Every event with its number."""
    left_at: datetime | None = None
    """When the connection was lost; None while there is one."""

    @property
    def sequence(self) -> int:
        """The number of the latest event."""
        return len(self.sent)

    def tell(self, event: str, data: Json) -> None:
        """Number an event, keep it for a RESUME, and send it if there is a connection."""
        if event.startswith("MESSAGE_"):
            data = readable(data, self.intents)
        number = self.sequence + 1
        text = json.dumps({"op": DISPATCH, "t": event, "s": number, "d": data})
        self.sent.append((number, text))
        if self.socket is not None:
            self.socket.send_text(text)

    def replay(self, socket: Socket, after: int) -> int:
        """Send what came after an event through a new connection; return how many events that were."""
        self.socket, self.left_at, socket.session = socket, None, self
        missed = [text for number, text in self.sent if number > after]
        for text in missed:
            socket.send_text(text)
        return len(missed)

    def wants(self, intent: Intent) -> bool:
        """Return whether events of an intent are for this session."""
        return intent == NO_INTENT or bool(intent & self.intents)
