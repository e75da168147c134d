"""A server that says odd things through Socket Mode, or nothing, neither ends the service nor goes unnoticed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import WSMsgType, web
from slack_sdk.web.async_client import AsyncWebClient

from bot.chat.slack.inbound import InboundConfig, SlackInbound
from bot.chat.slack.socket_mode import GREETED_WITHIN, SocketMode
from tests.chat.slack.ways_in import ScriptedConversation, until
from tests.fakes.clock import MovedClock
from tests.fakes.journal import KeptJournal

HELLO = json.dumps({"type": "hello", "num_connections": 1})
COMMAND = {
    "command": "/rollout",
    "text": "status",
    "team_id": "T1",
    "channel_id": "C1",
    "user_id": "U1",
    "trigger_id": "1.2.3",
}
SECOND = timedelta(seconds=1)

Behaviour = Callable[[web.WebSocketResponse], Awaitable[None]]


@dataclass
class OddServer:
    """Gives out addresses, and behaves on each connection in turn as a test wants; the last way is kept."""

    behaviours: list[Behaviour]
    address: str = ""
    opened: int = 0
    received: list[Any] = field(default_factory=list)

    async def open(self, _: web.Request) -> web.Response:
        return web.json_response({"ok": True, "url": f"{self.address.replace('http', 'ws')}/link"})

    async def link(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(autoping=False, timeout=0.1)
        await socket.prepare(request)
        behave = self.behaviours.pop(0) if len(self.behaviours) > 1 else self.behaviours[0]
        self.opened += 1
        await behave(socket)
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                self.received.append(json.loads(message.data))
            elif message.type is WSMsgType.PONG:
                self.received.append(message.data)
        return socket


def says(*texts: str) -> Behaviour:
    async def behave(socket: web.WebSocketResponse) -> None:
        for text in texts:
            await socket.send_str(text)

    return behave


async def closes(socket: web.WebSocketResponse) -> None:
    await socket.close()


async def pings(socket: web.WebSocketResponse) -> None:
    await socket.send_str(HELLO)
    await socket.ping(b"are you there?")


async def breaks_the_protocol(socket: web.WebSocketResponse) -> None:
    await socket.send_str(HELLO)
    assert socket._writer is not None
    socket._writer.transport.write(b"\xff\xff\xff\xff")


@dataclass
class Line:
    server: OddServer
    clock: MovedClock
    journal: KeptJournal
    conversation: ScriptedConversation


@asynccontextmanager
async def line_to(*behaviours: Behaviour) -> AsyncIterator[Line]:
    """Hold a connection to a server that behaves like this."""
    clock, journal, conversation, server = MovedClock(), KeptJournal(), ScriptedConversation(), OddServer([*behaviours])
    app = web.Application()
    app.router.add_post("/api/apps.connections.open", server.open)
    app.router.add_get("/link", server.link)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    client = AsyncWebClient(token="xapp-1", base_url=f"{server.address}/api/", retry_handlers=[])
    config = InboundConfig(teams=frozenset({"T1"}))
    inbound = SlackInbound(config, client, conversation, conversation.home, clock=clock, journal=journal)
    stop = asyncio.Event()
    running = asyncio.create_task(SocketMode(inbound.app, client, clock=clock, journal=journal).run(stop))
    try:
        yield Line(server, clock, journal, conversation)
    finally:
        stop.set()
        await running
        await runner.cleanup()


ODD = [
    "",
    "Ping from applink-1",
    "{",
    "[]",
    "null",
    '"hello"',
    "[" * 100_000,
    '{"type": "disconnect"',
    '{"type": "of_next_year", "envelope_id": "1"}',
    '{"type": ["hello"]}',
    '{"envelope_id": "2", "type": "interactive", "payload": {}}',
    '{"envelope_id": "3", "type": "interactive", "payload": "words"}',
    '{"envelope_id": "4", "type": "interactive", "payload": 7}',
    '{"envelope_id": "5", "type": "interactive", "payload": {"type": "block_actions", "actions": []}}',
]


async def test_odd_words_do_no_harm() -> None:
    envelope = json.dumps({"envelope_id": "good", "type": "slash_commands", "payload": COMMAND})
    async with line_to(says(HELLO, *ODD, envelope)) as line:
        await until(lambda: any(it.get("envelope_id") == "good" for it in line.server.received))
        assert [it.line for it in line.conversation.handled] == ["/rollout status"]
        assert line.server.opened == 1


async def test_a_ping_of_the_server_is_answered() -> None:
    async with line_to(pings) as line:
        await until(lambda: b"are you there?" in line.server.received)


@pytest.mark.parametrize("rude", [closes, says('{"type": "disconnect", "reason": "too_many_websockets"}')])
async def test_a_connection_that_is_not_served_is_tried_again_later(rude: Behaviour) -> None:
    async with line_to(rude, says(HELLO)) as line:
        await until(lambda: line.clock.awaited == line.clock.now() + SECOND)
        assert line.journal.events() == ["slack.disconnected"]
        line.clock.advance(SECOND)
        await until(lambda: line.journal.events() == ["slack.disconnected", "slack.connected"])


async def test_a_server_that_never_says_hello_is_given_up() -> None:
    async with line_to(says(), says(HELLO)) as line:
        await until(lambda: line.clock.awaited == line.clock.now() + GREETED_WITHIN and line.server.opened == 1)
        line.clock.advance(GREETED_WITHIN)
        await until(lambda: line.clock.awaited == line.clock.now() + SECOND)
        line.clock.advance(SECOND)
        await until(lambda: line.server.opened == 2)
        assert line.journal.events()[0] == "slack.disconnected"


async def test_a_connection_on_which_nonsense_arrives_is_replaced() -> None:
    async with line_to(breaks_the_protocol, says(HELLO)) as line:
        await until(lambda: line.clock.awaited == line.clock.now() + SECOND)
        line.clock.advance(SECOND)
        await until(lambda: line.server.opened == 2)


async def test_a_slack_that_cannot_be_reached_at_all_is_tried_again() -> None:
    clock, journal = MovedClock(), KeptJournal()
    client = AsyncWebClient(token="xapp-1", base_url="http://127.0.0.1:9/api/", retry_handlers=[])
    conversation = ScriptedConversation()
    inbound = SlackInbound(InboundConfig(), client, conversation, conversation.home, clock=clock, journal=journal)
    stop = asyncio.Event()
    running = asyncio.create_task(SocketMode(inbound.app, client, clock=clock, journal=journal).run(stop))
    await until(lambda: clock.awaited == clock.now() + SECOND)
    stop.set()
    await running
    assert journal.events() == ["slack.disconnected"]
