"""The unmodified client of discord.py against a server of our own: no product, so that the server itself is proven."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import yarl

import discord
from discord import app_commands
from tests.fakes.clock import MovedClock
from tests.fakes.discord.interactions import Interaction
from tests.fakes.discord.places import Channel, Guild, Person
from tests.fakes.discord.server import DiscordServer


class PlainBot(discord.Client):
    """A client with a command tree; what its handlers raise is kept in `errors`."""

    def __init__(self, wanted: discord.Intents | None = None, **options: Any) -> None:
        quick: dict[str, Any] = {"guild_ready_timeout": 0.01} | options
        super().__init__(intents=discord.Intents(guilds=True) if wanted is None else wanted, **quick)
        self.tree = app_commands.CommandTree(self)
        self.tree.error(self._keep)
        self.errors: list[BaseException] = []

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Do not wait the five seconds that discord.py waits before each further IDENTIFY."""

    async def _keep(self, _interaction: discord.Interaction, error: app_commands.AppCommandError) -> None:
        self.errors.append(getattr(error, "original", error))


@contextmanager
def pointed_at(server: DiscordServer) -> Iterator[None]:
    """Let discord.py talk to a server of our own, and to Discord's again afterwards."""
    base, gateway = discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY
    discord.http.Route.BASE = server.rest_url
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(server.gateway_url)
    try:
        yield
    finally:
        discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = base, gateway


@asynccontextmanager
async def running(server: DiscordServer, bot: PlainBot) -> AsyncIterator[PlainBot]:
    """Run a bot until the end of the block; what ended it earlier is raised there."""
    with pointed_at(server):
        async with bot:
            await bot.login(server.token)
            living = asyncio.create_task(bot.connect())
            ready = asyncio.create_task(bot.wait_until_ready())
            await asyncio.wait({living, ready}, return_when=asyncio.FIRST_COMPLETED)
            try:
                yield bot
            finally:
                ready.cancel()
                await bot.close()
                await living


@dataclass(frozen=True, slots=True)
class Meeting:
    """A server with one guild, one channel and one person, and a bot that is connected to it."""

    clock: MovedClock
    server: DiscordServer
    guild: Guild
    channel: Channel
    person: Person
    bot: PlainBot

    @property
    def here(self) -> discord.PartialMessageable:
        """The channel as discord.py sees it."""
        return self.bot.get_partial_messageable(self.channel.id)

    async def say(self, *texts: str) -> list[int]:
        """Let the bot post texts one after the other, and return the messages' ids."""
        return [(await self.here.send(text)).id for text in texts]

    async def does(self, handler: Callable[[Any], Awaitable[None]], channel: Channel | None = None) -> Interaction:
        """Let the person type a command that does what the handler does, in the usual channel or in another one."""

        @app_commands.command(description="Do it")
        async def do(interaction: discord.Interaction[Any]) -> None:
            await handler(interaction)

        self.bot.tree.add_command(do, override=True)
        await self.bot.tree.sync()
        return await self.server.command(self.person, channel or self.channel, "/do")


@asynccontextmanager
async def meeting(wanted: discord.Intents | None = None, **options: Any) -> AsyncIterator[Meeting]:
    """Bring them together; `options` go to the client."""
    clock = MovedClock()
    async with DiscordServer(clock) as server:
        guild = server.guild("shop")
        channel = guild.channel("releases")
        person = guild.member("release-engineer")
        async with running(server, PlainBot(wanted, **options)) as bot:
            yield Meeting(clock, server, guild, channel, person, bot)
