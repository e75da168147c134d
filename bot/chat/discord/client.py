"""discord.py's client as it is used here: slash commands only, and every connection lost in an orderly way."""

from __future__ import annotations

import asyncio
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import discord
import yarl
from discord.gateway import DiscordWebSocket, KeepAliveHandler, ReconnectWebSocket
from discord.http import Route

from bot.chat.discord.waiting import settled

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta

    from bot.ports import Clock, Journal

MOST_DROPS = 5
"""So often in a row discord.py may connect again by itself, without a pause, before we make one."""

LONGEST_RATE_LIMIT = 30.0
"""In seconds, the least that discord.py allows: whatever takes longer is for the outbox to wait for."""


class Dropped(Exception):
    """The gateway ended the session, or ends every connection before anything is heard through it."""


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where Discord is: the base of its REST interface with the version, and its gateway."""

    api: str = "https://discord.com/api/v10"
    gateway: str = "wss://gateway.discord.gg/"

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Point discord.py there: the only place that does, for its whole process, until the end of the block."""
        before = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = self.api.rstrip("/"), yarl.URL(self.gateway)
        try:
            yield
        finally:
            Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = before


class Listener(Protocol):
    """What is told of whatever happens on Discord."""

    async def connected(self) -> None:
        """The connection stands, and every server is known."""
        ...

    async def joined(self, guild: int) -> None:
        """The bot was added to a server."""
        ...

    def channels_changed(self) -> None:
        """A channel or a server was added, renamed or removed."""
        ...

    async def take(self, interaction: discord.Interaction[Any]) -> None:
        """Somebody did something with the bot."""
        ...


class Client(discord.Client):
    """A client that keeps no members and no messages, notifies nobody by default, and can be connected again and again.

    `connect` of discord.py closes everything before it raises; here the REST part stays open until `end`.
    """

    def __init__(self, listener: Listener, journal: Journal, *, guild_ready_timeout: float = 2.0) -> None:
        super().__init__(
            intents=discord.Intents(guilds=True),
            allowed_mentions=discord.AllowedMentions.none(),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            max_ratelimit_timeout=LONGEST_RATE_LIMIT,
            guild_ready_timeout=guild_ready_timeout,
        )
        self._listener = listener
        self._journal = journal
        self._under_way: set[asyncio.Task[Any]] = set()
        self._drops = 0
        self._ended = False

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        """Pass an event on. Raises Dropped, out of `connect`, where connecting again at once would not help."""
        if self._ended:
            return
        super().dispatch(event, *args, **kwargs)
        if event in {"ready", "resumed"}:
            self._drops = 0
        elif event == "disconnect" and isinstance(sys.exc_info()[1], ReconnectWebSocket):
            self._drops += 1
            if self.ws is None or self.ws.session_id is None or self._drops > MOST_DROPS:
                self._drops = 0
                raise Dropped("the session is over, or connections do not last")

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Do not wait here: every new session begins after a pause of ours."""

    async def on_ready(self) -> None:
        """Tell that the connection stands."""
        with self._doing():
            await self._listener.connected()

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """Tell what somebody did. It is handled here and not by views: so it works for messages of any age."""
        with self._doing():
            await self._listener.take(interaction)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Tell of a new server."""
        with self._doing():
            self._listener.channels_changed()
            await self._listener.joined(guild.id)

    async def on_guild_available(self, _guild: discord.Guild) -> None:
        """Tell of a server that is there again."""
        self._listener.channels_changed()

    async def on_guild_remove(self, _guild: discord.Guild) -> None:
        """Tell of a server that is gone."""
        self._listener.channels_changed()

    async def on_guild_channel_create(self, _channel: discord.abc.GuildChannel) -> None:
        """Tell of a new channel."""
        self._listener.channels_changed()

    async def on_guild_channel_update(
        self, _before: discord.abc.GuildChannel, _after: discord.abc.GuildChannel
    ) -> None:
        """Tell of a channel that may have another name."""
        self._listener.channels_changed()

    async def on_guild_channel_delete(self, _channel: discord.abc.GuildChannel) -> None:
        """Tell of a channel that is gone."""
        self._listener.channels_changed()

    async def on_error(self, event_method: str, /, *_args: Any, **_kwargs: Any) -> None:
        """Note what a handler raised."""
        problem = sys.exc_info()[1]
        self._journal.error("discord.handler_failed", event_name=event_method, problem=repr(problem), exc_info=problem)

    async def close(self) -> None:
        """Close the gateway's connection alone."""
        ready = self._connection._ready_task  # noqa: SLF001  # It would tell of servers that are not connected any more.
        if ready is not None:
            ready.cancel()
        if self.ws is not None:
            if self.ws.open:
                await self.ws.close(code=1000)
            # Whatever comes next is a new session: one that ended with a broken event would bring it again.
            self.ws = None  # type: ignore[assignment]  # So it is before the first connection, too.
        # A connection that was given up before its session began has left its heart beating.
        for thread in threading.enumerate():
            if isinstance(thread, KeepAliveHandler) and thread.ws._connection is self._connection:  # noqa: SLF001  # Nothing else tells whose it is.
                thread.stop()

    async def end(self, clock: Clock, limit: timedelta) -> None:
        """Close for good, after what is under way was finished, which takes no longer than a limit."""
        try:
            await self.close()
            late = await settled(self._under_way, clock, limit)
            if late:
                self._journal.warning("discord.cut_short", interactions=late)
        finally:
            self._ended = True
            await super().close()

    @contextmanager
    def _doing(self) -> Iterator[None]:
        """Count what is done here among what is waited for at the end."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  # Events are handled in tasks.
        self._under_way.add(task)
        try:
            yield
        finally:
            self._under_way.discard(task)
