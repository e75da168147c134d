"""Discord, by our strict server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import discord

from bot.chat.directory import Directory
from bot.chat.discord.client import Endpoints
from bot.chat.discord.outbound import DiscordPlatform
from tests.contracts.chat_platforms.world import Seen
from tests.fakes.clock import MovedClock
from tests.fakes.discord import Channel, CutAfter, CutBefore, DiscordServer, RateLimited
from tests.fakes.journal import KeptJournal

POST = "POST /channels/{id}/messages"
TOO_LONG = 30
"""Seconds of a rate limit that discord.py does not wait out by itself."""


def _plain(text: str) -> str:
    return text.replace("**", "")


@dataclass
class DiscordWorld:
    """A channel of a server, and the clients that were opened for it."""

    server: DiscordServer
    there: Channel
    platform: DiscordPlatform
    channel: str
    somebody: tuple[tuple[str, str], ...]
    opened: AsyncExitStack

    def shown(self) -> list[Seen]:
        found = [Seen(_plain(it.text), in_thread=it.reply_to is not None) for it in self.there.messages]
        for thread in self.there.threads:
            found += [Seen(_plain(reply.text), in_thread=True, in_channel=False) for reply in thread.messages]
        return found

    def pings(self) -> int:
        return len(self.server.pings)

    def lose(self, reference: str) -> None:
        next(it for it in self.there.posts if it.id == int(reference.partition("/")[2])).deleted = True

    def busy(self) -> timedelta:
        self.server.faults.next(POST, RateLimited(TOO_LONG + 7, scope="user", via=True))
        return timedelta(seconds=TOO_LONG + 7)

    def cut_after(self) -> None:
        self.server.faults.next(POST, CutAfter())

    def down(self) -> None:
        self.server.faults.share(1.0, 1, (CutBefore(),))

    async def fresh(self) -> DiscordPlatform:
        return await platform_of(self.server, self.opened)


async def platform_of(server: DiscordServer, opened: AsyncExitStack) -> DiscordPlatform:
    client = discord.Client(
        intents=discord.Intents(guilds=True),
        max_ratelimit_timeout=TOO_LONG,
        allowed_mentions=discord.AllowedMentions.none(),
    )
    opened.push_async_callback(client.close)
    await client.login(server.token)
    return DiscordPlatform(lambda: client, Directory(), KeptJournal())


@asynccontextmanager
async def discord_world() -> AsyncIterator[DiscordWorld]:
    async with DiscordServer(MovedClock()) as server, AsyncExitStack() as opened:
        opened.enter_context(Endpoints(server.rest_url, server.gateway_url).applied())
        guild = server.guild("shop")
        there, person = guild.channel("releases"), guild.member("release-manager")
        platform = await platform_of(server, opened)
        yield DiscordWorld(server, there, platform, str(there.id), (("discord", str(person.id)),), opened)
