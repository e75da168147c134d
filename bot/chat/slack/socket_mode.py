"""Slack by Socket Mode: connections that the bot opens itself, so that no address of its own has to be reachable."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.chat.slack.socket_link import Ending, SocketLink, let_go
from bot.chat.slack.tokens import APP_TOKEN, error_of, refusal_of
from bot.chat.slack.under_way import UnderWay
from bot.domain.errors import Unavailable

if TYPE_CHECKING:
    from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
    from slack_bolt.app.async_app import AsyncApp
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.ports import Clock, Journal

OPENED_WITHIN = 10.0
"""Seconds for asking for an address and connecting to it."""

GREETED_WITHIN = timedelta(seconds=10)
RETIRED_AFTER = timedelta(seconds=10)
"""So long a connection that was replaced goes on, because Slack may have sent something through it before it knew."""

STABLE_AFTER = timedelta(minutes=1)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=1), timedelta(seconds=30)
NO_PAUSE = timedelta(0)


class SocketMode:
    """The Service that holds so many connections; with two, Slack can refresh one while the other serves.

    Even a single one is replaced before it goes: Slack warns, the next is opened, and the old one serves until it ends.
    An outage is logged when it begins and when it is over, of each connection.
    """

    def __init__(
        self, app: AsyncApp, client: AsyncWebClient, *, connections: int = 1, clock: Clock, journal: Journal
    ) -> None:
        """Take a web client of its own, with the app-level token and the base URL of the Web API."""
        self._app = app
        self._client = client
        self._connections = connections
        self._clock = clock
        self._journal = journal
        self._links: set[SocketLink] = set()
        self._retiring = UnderWay(journal)

    @property
    def name(self) -> str:
        return "slack"

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop` is set, then acknowledge what was taken and close. Raises Refused for a token that won't do."""
        seats = [asyncio.create_task(self._hold(), name=f"slack seat {n + 1}") for n in range(self._connections)]
        stopping = asyncio.create_task(stop.wait(), name="slack stopping")
        try:
            # A seat never ends by itself, but by what it raises.
            done, _ = await asyncio.wait({*seats, stopping}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in (*seats, stopping):
                task.cancel()
            await asyncio.gather(*seats, stopping, return_exceptions=True)
            for link in self._links:
                link.end(Ending.STOPPED)
            await self._retiring.settle()

    async def _hold(self) -> None:
        """Keep one connection open, for ever."""
        seat = _Seat(self._clock, self._journal)
        link: SocketLink | None = None
        try:
            while True:
                await seat.pause()
                try:
                    fresh = await self._connect()
                except Unavailable as problem:
                    seat.failed(problem, is_served=link is not None and not link.over.is_set())
                    continue
                seat.connected()
                self._retire(link)
                link = fresh
                await link.replaceable.wait()
                seat.lost(link)
        finally:
            if link is not None:
                await self._close(link)

    def _retire(self, link: SocketLink | None) -> None:
        """Let a connection that was replaced serve on until Slack ends it."""

        async def retire(old: SocketLink) -> None:
            await self._clock.wait(old.over, self._clock.now() + RETIRED_AFTER)
            await self._close(old)

        if link is not None:
            self._retiring.start(retire(link), "retired connection")

    async def _close(self, link: SocketLink) -> None:
        await link.close()
        self._links.discard(link)

    # -----------------------------------------------------------------------------------------------------------------
    # Connecting

    async def _connect(self) -> SocketLink:
        """Open a connection on which Slack said hello. Raises Unavailable and Refused."""
        link = await self._open()
        self._links.add(link)
        try:
            await self._clock.wait(link.heard, self._clock.now() + GREETED_WITHIN)
        except asyncio.CancelledError:
            await self._close(link)
            raise
        if link.heard.is_set() and link.ending is None:
            return link
        await self._close(link)
        raise Unavailable(f"Slack opened a connection and did not serve it: {link.ending}.")

    async def _open(self) -> SocketLink:
        from aiohttp import ClientError
        from slack_sdk.errors import SlackApiError, SlackClientError

        try:
            async with asyncio.timeout(OPENED_WITHIN):
                return await self._open_at(await self._address())
        except SlackApiError as problem:
            error = error_of(problem)
            raise refusal_of(error, APP_TOKEN) or Unavailable(
                f"Slack gives no connection: {error}.", after=_asked_to_wait(problem)
            ) from None
        # slack_sdk trips over an answer that is no JSON and does not say so (AttributeError).
        except (ClientError, SlackClientError, OSError, ValueError, AttributeError) as problem:
            raise Unavailable(f"Slack cannot be reached: {type(problem).__name__}.") from None

    async def _address(self) -> str:
        said = await self._client.apps_connections_open(app_token=self._client.token or "")
        return str(said.get("url"))

    async def _open_at(self, address: str) -> SocketLink:
        from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler

        # A handler for each connection: the acknowledgement goes back through the one that the envelope came by.
        handler = AsyncSocketModeHandler(self._app, self._client.token, web_client=self._client)
        try:
            return await self._link(handler, address)
        except BaseException:
            await let_go(handler.client)
            raise

    async def _link(self, handler: AsyncSocketModeHandler, address: str) -> SocketLink:
        client = handler.client
        secured = client.web_client.ssl
        socket = await client.aiohttp_client_session.ws_connect(
            address, autoping=False, proxy=client.proxy, ssl=True if secured is None else secured
        )
        client.current_session = socket
        return SocketLink(handler, socket, clock=self._clock, journal=self._journal)


class _Seat:
    """What is remembered of one place for a connection while connections come and go."""

    def __init__(self, clock: Clock, journal: Journal) -> None:
        self._clock = clock
        self._journal = journal
        self._wait = NO_PAUSE
        self._asked = NO_PAUSE
        self._is_up = False
        self._is_told = False

    async def pause(self) -> None:
        """Wait before another try: not at all after a connection that served well, then longer and longer."""
        wait = max(self._wait, self._asked)
        self._asked = NO_PAUSE
        if wait:
            await self._clock.wait(asyncio.Event(), self._clock.now() + wait)

    def connected(self) -> None:
        if not self._is_up:
            self._journal.info("slack.connected")
        self._is_up, self._is_told = True, False

    def failed(self, problem: Unavailable, *, is_served: bool) -> None:
        """Note that another connection could not be had; that is no outage while the one before still serves."""
        self._longer()
        self._asked = problem.after or NO_PAUSE
        if not is_served:
            self._tell(problem.sentence)

    def lost(self, link: SocketLink) -> None:
        """Note that a connection is over, or about to be."""
        if link.ending is None or link.ending.is_orderly:
            self._wait = NO_PAUSE
            return
        if self._clock.now() - link.since >= STABLE_AFTER:
            self._wait = NO_PAUSE
        else:
            self._longer()
        self._tell(f"The connection ended: {link.ending}.")

    def _longer(self) -> None:
        self._wait = min(max(FIRST_PAUSE, self._wait * 2), LONGEST_PAUSE)

    def _tell(self, why: str) -> None:
        self._is_up = False
        if not self._is_told:
            self._journal.warning("slack.disconnected", why=why)
        self._is_told = True


def _asked_to_wait(problem: object) -> timedelta | None:
    headers = getattr(getattr(problem, "response", None), "headers", None) or {}
    seconds = str(headers.get("Retry-After", ""))
    return timedelta(seconds=int(seconds)) if seconds.isdecimal() else None
