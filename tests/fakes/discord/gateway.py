"""The gateway: docs.discord.com/developers/events/gateway."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from aiohttp import WSMsgType, web

from tests.fakes.discord.guild_routes import application_flags, gateway_address
from tests.fakes.discord.intents import PRIVILEGED, Intent, names_of
from tests.fakes.discord.payloads import available_guild_json, member_json, user_json
from tests.fakes.discord.posts import Json
from tests.fakes.discord.sessions import (
    HEARTBEAT,
    HEARTBEAT_ACK,
    HELLO,
    IDENTIFY,
    INVALID_SESSION,
    PRESENCE,
    RECONNECT,
    REQUEST_MEMBERS,
    RESUME,
    Session,
    Socket,
)
from tests.fakes.discord.world import World

LARGEST_PAYLOAD, MOST_SENDS = 4096, 120
"""In bytes, and payloads of one connection within a minute."""
COMPRESSIONS = {None: False, "zlib-stream": True}


@dataclass(frozen=True, slots=True)
class Identify:
    """One IDENTIFY: the intents by their names."""

    intents: frozenset[str]


@dataclass(frozen=True, slots=True)
class Resumed:
    """One RESUME that was accepted: after which event, and how many were sent again."""

    after: int
    replayed: int


class _Closed(Exception):
    """The connection is closed with a code."""

    def __init__(self, code: int, reason: str, *, blame: bool = True) -> None:
        self.code, self.reason, self.blame = code, reason, blame
        super().__init__(f"{code} {reason}")


class Gateway:
    """All connections and sessions. What a test does to them goes to every connection that is there."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.heartbeat_interval = 41_250
        """In milliseconds: how often a client is told to send a heartbeat."""
        self.sockets: list[Socket] = []
        self.sessions: dict[str, Session] = {}
        self.identifies: list[Identify] = []
        self.resumes: list[Resumed] = []
        self.heartbeats = 0
        self.refusing: int | None = None
        """The code with which every new connection is closed when it wants to begin a session."""
        world.tell = self.tell

    def tell(self, event: str, data: Json, intent: Intent) -> None:
        """Send an event to each session that wants it, the ones without a connection included."""
        self._forget()
        for session in self.sessions.values():
            if session.wants(intent):
                session.tell(event, data)

    @property
    def connected(self) -> list[Session]:
        """The sessions that have a connection."""
        return [session for session in self.sessions.values() if session.socket is not None]

    def _forget(self) -> None:
        """Let go of sessions whose connection was lost too long ago."""
        now, kept = self._world.clock.now(), self._world.rules.session_kept
        self.sessions = {
            name: session
            for name, session in self.sessions.items()
            if session.left_at is None or now - session.left_at < kept
        }

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one connection until it ends."""
        web_socket = web.WebSocketResponse(compress=False, autoping=True)
        await web_socket.prepare(request)
        compression = request.query.get("compress")
        socket = Socket(request, web_socket, COMPRESSIONS.get(compression, False))
        self.sockets.append(socket)
        writing = asyncio.create_task(socket.write())
        try:
            self._check_query(request)
            socket.send(HELLO, {"heartbeat_interval": self.heartbeat_interval})
            await self._receive(socket)
        except _Closed as closed:
            self._close(socket, closed)
            await writing
        finally:
            writing.cancel()
            self._left(socket)
        return web_socket

    def _close(self, socket: Socket, closed: _Closed) -> None:
        if closed.blame:
            self._world.complain(f"gateway: {closed}")
        socket.close(closed.code, closed.reason)

    def _check_query(self, request: web.Request) -> None:
        asked = (request.query.get("v"), request.query.get("encoding"), request.query.get("compress"))
        if asked[0] != "10":
            raise _Closed(4012, "Invalid API version.")
        if asked[1] != "json" or asked[2] not in COMPRESSIONS:
            raise _Closed(4000, f"This server speaks json, plain or zlib-stream, and not {asked[1:]}.")

    async def _receive(self, socket: Socket) -> None:
        async for message in socket.web_socket:
            if message.type is WSMsgType.TEXT:
                self._payload(socket, message.data)
                self._world.watch.ring()

    def _payload(self, socket: Socket, text: str) -> None:
        now = self._world.clock.now()
        socket.received = [moment for moment in socket.received if now - moment < timedelta(minutes=1)] + [now]
        if len(text.encode()) > LARGEST_PAYLOAD:
            raise _Closed(4002, "Error while decoding payload.")
        if len(socket.received) > MOST_SENDS:
            raise _Closed(4008, "You are being rate limited.")
        try:
            payload = json.loads(text)
            handle = self._handlers[payload["op"]]
        except (ValueError, TypeError):
            raise _Closed(4002, "Error while decoding payload.") from None
        except KeyError:
            raise _Closed(4001, "Unknown opcode.") from None
        if socket.session is None and handle not in {self._identify, self._resume, self._heartbeat}:
            raise _Closed(4003, "Not authenticated.")
        handle(socket, payload.get("d"))

    @property
    def _handlers(self) -> dict[int, Callable[[Socket, Any], None]]:
        return {
            HEARTBEAT: self._heartbeat,
            IDENTIFY: self._identify,
            PRESENCE: self._presence,
            RESUME: self._resume,
            REQUEST_MEMBERS: self._members,
        }

    def _heartbeat(self, socket: Socket, data: Any) -> None:
        self.heartbeats += 1
        if socket.session is not None and (data or 0) > socket.session.sequence:
            raise _Closed(4007, "Invalid seq.")
        socket.send(HEARTBEAT_ACK)

    def _presence(self, _socket: Socket, _data: Any) -> None:
        """Nobody looks at it."""

    def _authenticate(self, socket: Socket, token: Any) -> None:
        if self.refusing is not None:
            raise _Closed(self.refusing, "Refused.", blame=False)
        if socket.session is not None:
            raise _Closed(4005, "Already authenticated.")
        if token != self._world.token:
            raise _Closed(4004, "Authentication failed.", blame=False)

    def _identify(self, socket: Socket, data: Json) -> None:
        self._authenticate(socket, data.get("token"))
        wanted = data.get("intents")
        if not isinstance(wanted, int) or wanted & ~sum(Intent):
            raise _Closed(4013, "Invalid intent(s).")
        asked = Intent(wanted)
        self.identifies.append(Identify(names_of(asked)))
        if asked & PRIVILEGED & ~self._world.privileged:
            raise _Closed(4014, "Disallowed intent(s).", blame=False)
        session = Session(f"{self._world.ids.next():x}", asked, socket)
        socket.session = self.sessions[session.id] = session
        self._begin(session)

    def _begin(self, session: Session) -> None:
        world = self._world
        ready = {
            "v": 10,
            "user": user_json(world.bot),
            "guilds": [{"id": str(guild), "unavailable": True} for guild in world.guilds],
            "private_channels": [],
            "session_id": session.id,
            "session_type": "normal",
            "resume_gateway_url": gateway_address(world),
            "application": {"id": str(world.application_id), "flags": application_flags(world)},
        }
        session.tell("READY", ready)
        for guild in world.guilds.values() if session.wants(Intent.GUILDS) else ():
            session.tell("GUILD_CREATE", available_guild_json(guild, world.bot))

    def _resume(self, socket: Socket, data: Json) -> None:
        self._authenticate(socket, data.get("token"))
        self._forget()
        session = self.sessions.get(data.get("session_id") or "")
        if session is None:
            socket.send(INVALID_SESSION, data=False)
            return
        after = data.get("seq") or 0
        if after > session.sequence:
            raise _Closed(4007, "Invalid seq.")
        replayed = session.replay(socket, after)
        self.resumes.append(Resumed(after, replayed))
        session.tell("RESUMED", {"_trace": []})

    def _members(self, socket: Socket, data: Json) -> None:
        """Answer a request for members, in one piece."""
        guild = self._world.guilds.get(int(data.get("guild_id") or 0))
        assert socket.session is not None, "only identified connections come here"
        if guild is None:
            return
        wanted = {int(one) for one in data.get("user_ids") or []}
        found = [one for number, one in guild.members.items() if not wanted or number in wanted]
        chunk = {"guild_id": str(guild.id), "members": [member_json(one) for one in found], "nonce": data.get("nonce")}
        socket.session.tell("GUILD_MEMBERS_CHUNK", chunk | {"chunk_index": 0, "chunk_count": 1})

    def _left(self, socket: Socket) -> None:
        """Note that a connection ended; a client that says goodbye (1000, 1001) ends its session, too."""
        self.sockets.remove(socket)
        self._world.watch.ring()
        session = socket.session
        if session is None or session.socket is not socket:
            return
        session.socket, session.left_at = None, self._world.clock.now()
        if socket.web_socket.close_code in {1000, 1001}:
            self.sessions.pop(session.id, None)

    def lose(self, socket: Socket) -> None:
        """Take the connection from its session, so that what is told from now on waits for a RESUME."""
        if socket.session is not None and socket.session.socket is socket:
            socket.session.socket, socket.session.left_at = None, self._world.clock.now()

    def reconnect(self, socket: Socket) -> None:
        """Ask a client to connect again and to resume."""
        socket.send(RECONNECT)
        self.lose(socket)

    def invalidate(self, socket: Socket, *, resumable: bool) -> None:
        """Tell a client that its session is over, or that it should resume it."""
        socket.send(INVALID_SESSION, data=resumable)
        self.lose(socket)
        if not resumable and socket.session is not None:
            self.sessions.pop(socket.session.id, None)
