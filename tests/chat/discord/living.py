"""The bot with its real store, connected to a Discord server of our own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from bot.chat.conversation import Conversation
from bot.chat.directory import Directory
from bot.chat.discord.answers import Answers
from bot.chat.discord.channel_names import ChannelNames
from bot.chat.discord.client import Endpoints
from bot.chat.discord.gateway import Gateway
from bot.chat.discord.inbound import Inbound
from bot.chat.discord.render import render
from bot.chat.discord.said import Known
from bot.chat.discord.sync import CommandSync, Memory
from bot.chat.discord.tree import application_commands
from bot.domain.errors import Unavailable
from bot.domain.message import Button, Buttons, Message, Paragraph, line
from bot.domain.team import Team
from bot.files.team_file import read_team
from bot.ports import Clock
from commands import ALL
from commands.command import Command
from tests.chat.discord.watched import WatchedJournal
from tests.fakes.clock import MovedClock
from tests.fakes.discord.interactions import Choice, Interaction
from tests.fakes.discord.places import Channel, Guild, Person
from tests.fakes.discord.posts import Message as Post
from tests.fakes.discord.server import DiscordServer
from tests.fakes.plan_library import WrittenPlans
from tests.scenarios.world import CHECKOUT, World, world_over


@dataclass(slots=True)
class Note:
    """A short text that outlives the bot, and how often it was written."""

    text: str | None = None
    written: int = 0
    fails: bool = False

    async def recall(self) -> str | None:
        if self.fails:
            raise Unavailable("The database does not answer.")
        return self.text

    async def remember(self, text: str) -> None:
        self.text, self.written = text, self.written + 1


@dataclass(slots=True)
class Parts:
    """What a test may want otherwise than usual."""

    commands: tuple[Command, ...] = ALL
    prefix: str = ""
    guilds: frozenset[int] | None = None
    """None for the one guild that is there."""
    everywhere: bool = False
    direct_messages: bool = False
    note: Note = field(default_factory=Note)
    token: str | None = None
    """None for the right one."""
    awaited: bool = True
    """Whether the bot is to be ready first."""


@dataclass(slots=True)
class Living:
    """A bot that runs, and the server it runs on."""

    server: DiscordServer
    guild: Guild
    channel: Channel
    engineer: Person
    gateway: Gateway
    directory: Directory
    journal: WatchedJournal
    stop: asyncio.Event
    serving: asyncio.Task[None]

    async def asked(
        self, line: str, by: Person | None = None, channel: Channel | None = None, **options: Any
    ) -> Interaction:
        """Type a command with options, by the engineer in #releases unless told otherwise."""
        return await self.server.command(by or self.engineer, channel or self.channel, line, options)

    async def rollout(
        self, what: str, by: Person | None = None, channel: Channel | None = None, **more: Any
    ) -> Interaction:
        """Type `/rollout` with a line."""
        return await self.asked("/rollout", by, channel, what=what, **more)

    async def offered(self, line: str, focused: str, typed: str = "", **options: Any) -> list[Choice]:
        """Type a part of an option, and return what is offered."""
        return await self.server.autocomplete(self.engineer, self.channel, line, {**options, focused: typed}, focused)

    async def posted(self, *buttons: Button, text: str = "A card") -> Post:
        """Let the bot post a message with buttons."""
        message = Message(text, (Paragraph(line(text)), Buttons(buttons)))
        here = self.gateway.client.get_partial_messageable(self.channel.id)
        sent = await here.send(view=render(message).view())
        return next(post for post in self.channel.posts if post.id == sent.id)

    async def ends(self) -> None:
        """Stop the bot as a signal does."""
        self.stop.set()
        await asyncio.wait_for(self.serving, 10)


@asynccontextmanager
async def living(
    server: DiscordServer, conversation: Conversation, clock: Clock, parts: Parts | None = None
) -> AsyncIterator[Living]:
    """Run a bot until the end of the block."""
    parts = parts or Parts()
    guild = next(it for it in server.world.guilds.values())
    guilds = frozenset({guild.id}) if parts.guilds is None else parts.guilds
    journal, directory, known = WatchedJournal(), Directory(), Known(parts.commands, parts.prefix)
    gateway = Gateway(
        parts.token or server.token,
        Endpoints(server.rest_url, server.gateway_url),
        inbound=Inbound(
            conversation,
            known,
            Answers(clock, journal),
            clock,
            journal,
            guilds=guilds,
            direct_messages=parts.direct_messages,
        ),
        channels=ChannelNames(directory, journal, guilds),
        commands=CommandSync(
            application_commands(parts.commands, parts.prefix),
            guilds,
            Memory(parts.note.recall, parts.note.remember),
            journal,
            everywhere=parts.everywhere,
            direct_messages=parts.direct_messages,
        ),
        clock=clock,
        journal=journal,
        guild_ready_timeout=0.01,
    )
    stop = asyncio.Event()
    serving = asyncio.create_task(gateway.run(stop), name="discord")
    channel, engineer = guild.channels[0], server.person("release-engineer")
    bot = Living(server, guild, channel, engineer, gateway, directory, journal, stop, serving)
    try:
        if parts.awaited:
            async with asyncio.timeout(5):
                await gateway.ready.wait()
            if guilds and parts.note.text is None and not parts.note.fails:
                await server.synced()
        yield bot
    finally:
        if not serving.done():
            await bot.ends()


@asynccontextmanager
async def shop(clock: MovedClock | None = None) -> AsyncIterator[DiscordServer]:
    """Open a server with one guild, one channel and the people of the team."""
    async with DiscordServer(clock or MovedClock()) as server:
        guild = server.guild("shop")
        guild.channel("releases")
        for name in ("release-engineer", "watcher", "stranger"):
            guild.member(name)
        yield server


def channel_of(server: DiscordServer) -> Channel:
    """Return the channel in which people work."""
    return next(guild.channels[0] for guild in server.world.guilds.values())


def team_on(server: DiscordServer) -> Team:
    """Return the team, with the ids that its people have on a server."""
    engineer, watcher = server.person("release-engineer"), server.person("watcher")
    text = f"""
people:
  release-engineer: {{roles: owner, discord: "{engineer.id}"}}
  watcher: {{roles: viewer, discord: "{watcher.id}"}}
channels:
  releases: {{discord: "{channel_of(server).id}"}}
environments:
  production: {{channels: releases}}
"""
    return read_team(text, "rollcall.yaml", lambda _: None, lambda name: (name, b""))


@asynccontextmanager
async def bot_over(server: DiscordServer, url: str, clock: MovedClock) -> AsyncIterator[World]:
    """Open a bot whose posts on Discord are kept for somebody else to send."""
    plan = CHECKOUT.replace("{local: releases}", f'{{discord: "{channel_of(server).id}"}}')
    plans, team = WrittenPlans(checkout=plan, billing=plan.replace("checkout", "billing")), team_on(server)
    async with world_over(url, plans=plans, clock=clock, team=lambda: team, elsewhere=("discord",)) as world:
        yield world
