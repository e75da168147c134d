"""The connection to Discord, kept up whatever happens to it, until the bot stops."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
import discord

from bot.chat.discord.client import Client, Dropped
from bot.chat.discord.waiting import unless
from bot.domain.errors import Refused, Unavailable

if TYPE_CHECKING:
    from datetime import datetime

    from bot.chat.discord.channel_names import ChannelNames
    from bot.chat.discord.client import Endpoints
    from bot.chat.discord.inbound import Inbound
    from bot.chat.discord.sync import CommandSync
    from bot.ports import Clock, Journal

NAME = "discord"

TO_FINISH = timedelta(seconds=10)
"""How long the end of the bot waits for what is under way."""

UNREACHABLE = (
    OSError,
    aiohttp.ClientError,
    discord.HTTPException,
    discord.GatewayNotFound,
    discord.ConnectionClosed,
    Dropped,
)
"""What a connection is lost by where nobody did anything wrong."""

BAD_TOKEN = {4004}
BAD_INTENTS = {4013, 4014}
TOO_LARGE = {4010, 4011}
"""Codes with which the gateway closes: docs.discord.com/developers/topics/opcodes-and-status-codes."""


@dataclass(slots=True)
class Backoff:
    """How long to wait before the next connection: longer each time, until one has lasted for that long.

    Discord takes the token from a bot that begins more than 1000 sessions a day; 90 seconds apart there are 960.
    """

    least: timedelta = timedelta(seconds=1)
    most: timedelta = timedelta(seconds=90)
    _next: timedelta | None = None

    def after(self, lasted: timedelta) -> timedelta:
        """Return the pause after a connection that lasted for so long."""
        pause = self._next if self._next is not None and lasted < self.most else self.least
        self._next = min(pause * 2, self.most)
        return pause


class Gateway:
    """The Service that people on Discord reach the bot by.

    `ready` is set once Discord has told who and where we are, and stays set while `client` can be used for REST, also
    while the gateway is away.
    """

    def __init__(
        self,
        token: str,
        endpoints: Endpoints,
        *,
        inbound: Inbound,
        channels: ChannelNames,
        commands: CommandSync,
        clock: Clock,
        journal: Journal,
        guild_ready_timeout: float = 2.0,
    ) -> None:
        self.ready = asyncio.Event()
        self._token = token
        self._endpoints = endpoints
        self._inbound = inbound
        self._channels = channels
        self._commands = commands
        self._clock = clock
        self._journal = journal
        self._guild_ready_timeout = guild_ready_timeout
        self._client: Client | None = None
        self._away: str | None = None
        self._backoff = Backoff()

    @property
    def name(self) -> str:
        """Return what the log calls it."""
        return NAME

    @property
    def client(self) -> discord.Client:
        """Return discord.py's client, logged in. Raises Unavailable while there is none."""
        if self._client is None:
            raise Unavailable("Discord is not connected yet.", "/rollout status shows how things stand.")
        return self._client

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop` is set, then finish what is under way.

        Raises Refused, with what to do, where Discord will never let us in as things are.
        """
        with self._endpoints.applied():
            client = await self._logged_in(stop)
            if client is None:
                return
            self._client = client
            try:
                await self._stay_connected(client, stop)
            finally:
                await self._end(client)

    async def _end(self, client: Client) -> None:
        try:
            await client.end(self._clock, TO_FINISH)
        finally:
            self.ready.clear()
            self._client = None

    async def _logged_in(self, stop: asyncio.Event) -> Client | None:
        """Return a client that may use REST, or None where `stop` was set before."""
        while not stop.is_set():
            client = Client(self, self._journal, guild_ready_timeout=self._guild_ready_timeout)
            started, entered = self._clock.now(), False
            problem: Exception | None = None
            try:
                await unless(stop, client.login(self._token))
                entered = not stop.is_set()
            except Exception as raised:  # noqa: BLE001  # Whatever it was: Discord may be there in a minute.
                problem = raised
            finally:
                if not entered:
                    await client.end(self._clock, TO_FINISH)
            if entered:
                self._look_at(client.application)
                return client
            await self._pause(problem, started, stop)
        return None

    def _look_at(self, application: discord.AppInfo | None) -> None:
        elsewhere = application.interactions_endpoint_url if application is not None else None
        if elsewhere:
            # Discord sends interactions there or through the gateway, and never both.
            self._journal.error("discord.interactions_go_elsewhere", address=elsewhere)

    async def _stay_connected(self, client: Client, stop: asyncio.Event) -> None:
        while not stop.is_set():
            started = self._clock.now()
            problem: Exception = Dropped("the connection ended")
            try:
                await unless(stop, client.connect(reconnect=False))
            except Exception as raised:  # noqa: BLE001  # One broken event ends discord.py's connection, and not ours.
                problem = raised
            finally:
                await client.close()
            await self._pause(problem, started, stop)

    async def _pause(self, problem: Exception | None, started: datetime, stop: asyncio.Event) -> None:
        """Say once what is wrong, and wait before the next attempt. Raises Refused where there is none to be made."""
        if problem is None or stop.is_set():
            return
        refusal = _refusal(problem)
        if refusal is not None:
            raise refusal from problem
        self._tell(problem)
        now = self._clock.now()
        await self._clock.wait(stop, now + self._backoff.after(now - started))

    def _tell(self, problem: Exception) -> None:
        """Log the beginning of an outage once, and a broken event once as long as nothing else happens."""
        said = repr(problem)
        if isinstance(problem, UNREACHABLE):
            if self._away is None:
                self._journal.warning("discord.lost", problem=said)
        elif self._away != said:
            self._journal.error("discord.event_broken", problem=said, exc_info=problem)
        self._away = said

    async def connected(self) -> None:
        """Learn where we are, and register the commands that changed."""
        client = self.client
        self._away = None
        self._journal.info("discord.ready", guilds=len(client.guilds))
        self.channels_changed()
        self.ready.set()
        await self._commands.sync(client)

    async def joined(self, guild: int) -> None:
        """Register the commands in a server to which the bot was just added."""
        await self._commands.sync(self.client, anew=guild)

    def channels_changed(self) -> None:
        """Learn the names of the channels anew."""
        self._channels.learn(self.client.guilds)

    async def take(self, interaction: discord.Interaction[Any]) -> None:
        """Do what somebody asked for, and answer it."""
        await self._inbound.take(interaction)


def _refusal(problem: Exception) -> Refused | None:
    """Return what to do about a problem that no further attempt will solve."""
    code = problem.code if isinstance(problem, discord.ConnectionClosed) else 0
    if isinstance(problem, discord.LoginFailure) or code in BAD_TOKEN:
        return Refused(
            "Discord does not accept the bot's token.",
            "Reset it on the application's page, under Bot, and put the new one into DISCORD_TOKEN.",
        )
    if isinstance(problem, discord.PrivilegedIntentsRequired) or code in BAD_INTENTS:
        return Refused(
            "Discord does not allow the bot what it asks for, which is to hear of servers and channels (the intent GUILDS).",
            "Look at the application's page, under Bot, whether it was restricted.",
        )
    if code in TOO_LARGE:
        return Refused(
            "The bot is in more servers (over 2,500) than Discord allows for one connection.",
            "Use an application of its own, and invite it to the servers in DISCORD_GUILDS only.",
        )
    return None
