"""One connection of Socket Mode, from its opening to its end."""

from __future__ import annotations

import asyncio
import contextlib
import json
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from bot.chat.slack.under_way import UnderWay

if TYPE_CHECKING:
    from aiohttp import ClientWebSocketResponse
    from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
    from slack_sdk.socket_mode.aiohttp import SocketModeClient
    from slack_sdk.socket_mode.request import SocketModeRequest

    from bot.ports import Clock, Journal

PING_EVERY = timedelta(seconds=10)
MOST_UNANSWERED = 3
"""So many pings without a sign of life, and the connection counts as dead: half a minute."""

CLOSED_WITHIN = 2.0
"""Seconds for closing a connection in good order; the other side may be gone."""


class Ending(StrEnum):
    """Why a connection is to be replaced, or is over."""

    WARNED = "warning"
    REFRESH = "refresh_requested"
    DISABLED = "link_disabled"
    TOO_MANY = "too_many_websockets"
    SILENT = "silent"
    CUT = "cut"
    STOPPED = "stopped"

    @property
    def is_orderly(self) -> bool:
        """Say whether Slack announced it, as it does every few hours."""
        return self in {Ending.WARNED, Ending.REFRESH}


class SocketLink:
    """A connection that is open: reads what comes, lets slack_bolt handle and acknowledge it, and watches for silence.

    `heard` is set once Slack said hello or goodbye, `replaceable` once another connection is wanted (`ending`
    says why), `over` once nothing more comes through this one. Of slack_sdk's client only the sending is used: left to
    itself it closes a connection before it has the next one, lets handlers run in tasks that nobody keeps, and waits in
    real time.
    """

    def __init__(
        self, handler: AsyncSocketModeHandler, socket: ClientWebSocketResponse, *, clock: Clock, journal: Journal
    ) -> None:
        self._handler = handler
        self._socket = socket
        self._clock = clock
        self._journal = journal
        self._under_way = UnderWay(journal)
        self._unanswered = 0
        self.since = clock.now()
        self.ending: Ending | None = None
        self.heard = asyncio.Event()
        self.replaceable = asyncio.Event()
        self.over = asyncio.Event()
        self._tasks = (
            asyncio.create_task(self._read(), name="slack socket"),
            asyncio.create_task(self._watch(), name="slack watchdog"),
        )

    def end(self, ending: Ending) -> None:
        """Note that nothing more comes through this connection."""
        self._ask_for_another(ending)
        self.over.set()

    async def close(self) -> None:
        """Take nothing more, acknowledge what was taken, and let go of the connection."""
        self.end(Ending.STOPPED)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._under_way.settle()
        with contextlib.suppress(OSError):
            async with asyncio.timeout(CLOSED_WITHIN):
                await self._socket.close()
        await let_go(self._handler.client)

    def _ask_for_another(self, ending: Ending) -> None:
        """Note why another connection is wanted, the first time; this one serves on until it is over."""
        self.ending = self.ending or ending
        self.heard.set()
        self.replaceable.set()

    async def _read(self) -> None:
        from aiohttp import WSMsgType

        try:
            async for message in self._socket:
                self._unanswered = 0
                if message.type is WSMsgType.PING:
                    await self._socket.pong(message.data)
                elif message.type is WSMsgType.TEXT:
                    self._take(message.data)
                elif message.type is WSMsgType.ERROR:
                    break
        finally:
            # Whatever happened, a pong that could not be sent included: a connection that nobody reads is over.
            self.end(Ending.CUT)

    async def _watch(self) -> None:
        """Ping; a connection on which nothing at all comes back is dead, whatever the system believes."""
        while not self.over.is_set():
            await self._clock.wait(self.over, self._clock.now() + PING_EVERY)
            if self._unanswered >= MOST_UNANSWERED:
                self.end(Ending.SILENT)
                return
            self._unanswered += 1
            try:
                await self._socket.ping()
            except OSError:
                self.end(Ending.CUT)

    def _take(self, text: str) -> None:
        from slack_sdk.socket_mode.request import SocketModeRequest

        message = _object_in(text)
        match message.get("type"):
            case "hello":
                self.heard.set()
            case "disconnect":
                reason = message.get("reason")
                self._ask_for_another(Ending(reason) if reason in set(Ending) else Ending.REFRESH)
            case kind:
                request = SocketModeRequest.from_dict(message) if isinstance(message.get("payload"), dict) else None
                if request is None:
                    self._journal.warning("slack.unreadable", kind=str(kind)[:100], problem="not an envelope")
                else:
                    self._under_way.start(self._deliver(request), "envelope")

    async def _deliver(self, request: SocketModeRequest) -> None:
        try:
            await self._handler.handle(self._handler.client, request)
        except OSError as problem:
            # What was asked for is recorded; Slack shows an error, or delivers it again, which does nothing twice.
            self._journal.warning("slack.not_acknowledged", problem=type(problem).__name__)


async def let_go(client: SocketModeClient) -> None:
    """End what slack_sdk's client holds: its session and its own task."""
    await client.close()  # type: ignore[no-untyped-call]
    await asyncio.gather(client.message_processor, return_exceptions=True)


def _object_in(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
