"""Socket Mode: connections that the app opens, envelopes that go through them, and how they end."""

from __future__ import annotations

import asyncio
import json
import uuid
from dataclasses import dataclass, field
from typing import Any, Literal

from aiohttp import WSMsgType, web

from tests.fakes.slack.acknowledgements import Answer
from tests.fakes.slack.calls import Answer as Fields
from tests.fakes.slack.calls import Caller
from tests.fakes.slack.interactions import Deed
from tests.fakes.slack.payloads import Payloads
from tests.fakes.slack.ways import Retry, Way
from tests.fakes.slack.workspace import Workspace

MOST_CONNECTIONS = 10


@dataclass(slots=True, eq=False)
class Connection:
    """One WebSocket of the app's. `number` counts all there ever were; `usable` until it is refreshed or silent."""

    number: int
    socket: web.WebSocketResponse
    request: web.Request
    silent: bool = False
    refreshed: bool = False
    pings: int = 0

    @property
    def open(self) -> bool:
        return not self.socket.closed

    @property
    def usable(self) -> bool:
        return self.open and not self.silent and not self.refreshed

    async def warn(self) -> None:
        """Say that the connection will be refreshed in about ten seconds; it goes on until then."""
        await self._disconnect("warning")

    async def refresh(self) -> None:
        """Say that the app has to open another connection; nothing comes through this one any more."""
        self.refreshed = True
        await self._disconnect("refresh_requested")

    async def disable(self) -> None:
        """Say that Socket Mode was switched off."""
        self.refreshed = True
        await self._disconnect("link_disabled")

    async def _disconnect(self, reason: Literal["warning", "refresh_requested", "link_disabled"]) -> None:
        said = {"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-1"}}
        await self.socket.send_json(said)

    def fall_silent(self) -> None:
        """Die without a word: no ping is answered and nothing is read, and the connection stays open."""
        self.silent = True

    def drop(self) -> None:
        """Cut the connection without a close."""
        if self.request.transport is not None:
            self.request.transport.abort()


@dataclass(slots=True)
class Envelope:
    """What was sent, until it is acknowledged."""

    deed: Deed
    acknowledged: asyncio.Future[dict[str, Any] | None] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future(),
    )


class SocketMode:
    """The server's side of Socket Mode; `connections` are the open ones, oldest first."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.every: list[Connection] = []
        self._tickets: set[str] = set()
        self._envelopes: dict[str, Envelope] = {}

    @property
    def connections(self) -> list[Connection]:
        return [connection for connection in self.every if connection.open]

    def open(self, _caller: Caller) -> Fields:
        """`apps.connections.open`: an address for one connection."""
        ticket = f"ticket-{len(self._tickets) + len(self.every) + 1}"
        self._tickets.add(ticket)
        address = self.workspace.base_url.replace("http://", "ws://")
        return {"url": f"{address}/link/?ticket={ticket}&app_id={self.workspace.installation.app_id}"}

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection until it ends."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=404, text="the address was used, or Slack never gave it")
        self._tickets.remove(ticket)
        socket = web.WebSocketResponse(autoping=False, timeout=0.1)
        await socket.prepare(request)
        if len(self.connections) >= MOST_CONNECTIONS:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets", "debug_info": {}})
            await socket.close()
            return socket
        connection = Connection(len(self.every) + 1, socket, request)
        self.every.append(connection)
        await socket.send_json(self._hello())
        self.workspace.changed()
        await self._read(connection)
        self.workspace.changed()
        return socket

    def _hello(self) -> dict[str, Any]:
        return {
            "type": "hello",
            "num_connections": len(self.connections),
            "connection_info": {"app_id": self.workspace.installation.app_id},
            "debug_info": {"host": "applink-1", "build_number": 1, "approximate_connection_time": 18060},
        }

    async def _read(self, connection: Connection) -> None:
        async for message in connection.socket:
            if connection.silent:
                continue
            match message.type:
                case WSMsgType.PING:
                    connection.pings += 1
                    await connection.socket.pong(message.data)
                    self.workspace.changed()
                case WSMsgType.TEXT:
                    self._acknowledge(message.data)
                case _:
                    pass

    def _acknowledge(self, text: str) -> None:
        try:
            said = json.loads(text)
            envelope = self._envelopes[said["envelope_id"]]
        except (ValueError, TypeError, KeyError):
            self._complain(f"an acknowledgement of no envelope: {text!r:.200}")
            return
        payload = said.get("payload")
        if unknown := said.keys() - {"envelope_id", "payload"}:
            self._complain(f"an acknowledgement has no {', '.join(sorted(unknown))}")
        if payload and envelope.deed.kind == "events_api":
            self._complain(f"this envelope takes no payload back: {payload}")
        if envelope.acknowledged.done():
            self._complain(f"acknowledged twice, or too late: {envelope.deed.payload}")
        else:
            envelope.acknowledged.set_result(payload)

    async def carry(self, connection: Connection, deed: Deed, retry: Retry | None, guard: float) -> Answer:
        """Send an envelope and wait for its acknowledgement."""
        envelope_id = str(uuid.UUID(int=len(self._envelopes) + 1))
        envelope = self._envelopes[envelope_id] = Envelope(deed)
        if not connection.silent:
            await connection.socket.send_json(_wrapped(envelope_id, deed, retry))
        try:
            payload = await asyncio.wait_for(asyncio.shield(envelope.acknowledged), guard)
        except TimeoutError:
            envelope.acknowledged.cancel()
            self._complain(f"not acknowledged within {guard} s: {deed.payload}")
            return Answer(deed, acknowledged=False)
        if payload is not None and not isinstance(payload, dict):
            self._complain(f"an acknowledgement that is no object: {payload!r:.200}")
            payload = None
        return Answer(deed, acknowledged=True, payload=payload)

    def _complain(self, complaint: str) -> None:
        self.workspace.complaints.add(f"Socket Mode: {complaint}")

    async def end(self) -> None:
        """Cut every connection."""
        for connection in self.connections:
            connection.drop()


def _wrapped(envelope_id: str, deed: Deed, retry: Retry | None) -> dict[str, Any]:
    envelope: dict[str, Any] = {
        "envelope_id": envelope_id,
        "type": deed.kind,
        "payload": deed.payload,
        "accepts_response_payload": deed.kind != "events_api",
    }
    if deed.kind == "events_api" or retry is not None:
        envelope["retry_attempt"] = retry.number if retry else 0
        envelope["retry_reason"] = retry.reason if retry else ""
    return envelope


class SocketWay(Way):
    """Sends through one connection, or through any that is usable; waits for one where there is none yet."""

    def __init__(self, payloads: Payloads, guard: float, sockets: SocketMode, connection: Connection | None) -> None:
        super().__init__(payloads, guard)
        self._sockets = sockets
        self.connection = connection

    async def carry(self, deed: Deed, retry: Retry | None) -> Answer:
        connection = self.connection or await self._any()
        return await self._sockets.carry(connection, deed, retry, self.guard)

    async def _any(self) -> Connection:
        def usable() -> list[Connection]:
            return [connection for connection in self._sockets.connections if connection.usable]

        return (await self.workspace.until(usable, 10, "no connection was usable"))[0]
