"""Discord's side of a scenario: people on a server, over the gateway."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from bot.chat.directory import Directory
from bot.chat.discord.edge import DiscordConfig, open_discord
from bot.chat.discord.tree import LINE, is_line
from bot.chat.edge import Edge
from bot.domain.duration import format_duration
from bot.ports import Store
from commands import ALL
from commands.command import Parsed
from commands.parser import parse
from tests.fakes.clock import MovedClock
from tests.fakes.discord import Channel, DiscordServer, Guild, Interaction, Message, Person
from tests.fakes.journal import KeptJournal
from tests.scenarios.platforms.connected import PEOPLE

CHANNELS = ("releases", "launch", "action-plan-support")


@dataclass
class Note:
    """What Discord was told of, kept over restarts."""

    text: str | None = None

    async def recall(self) -> str | None:
        return self.text

    async def remember(self, value: str) -> None:
        self.text = value


@dataclass
class DiscordSide:
    """A server with the team and its channels."""

    server: DiscordServer
    name: str = "discord"
    people: dict[str, Person] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    note: Note = field(default_factory=Note)

    def __post_init__(self) -> None:
        self.guild: Guild = self.server.guild("shop")
        self.people = {name: self.guild.member(name) for name in PEOPLE}
        self.channels = {name: self.guild.channel(name) for name in CHANNELS}

    def identity(self, person: str) -> str:
        return str(self.people[person].id)

    def edge(self, clock: MovedClock, journal: KeptJournal, directory: Directory, store: Store) -> Edge:
        del store
        config = DiscordConfig(self.server.token, (self.guild.id,), self.server.rest_url, self.server.gateway_url)
        return open_discord(config, clock, journal, directory, self.note)

    async def ready(self, bot: object) -> None:
        del bot
        await self.server.connected()
        await self.server.synced()

    async def typed(self, line: str, person: str, channel: str) -> None:
        command, options = as_options(line)
        seen = await self.server.command(self.people[person], self.channels[channel], command, options)
        assert seen.text, f"no answer to {line}"

    def card(self, channel: str = "releases") -> Message:
        """Return the newest card of a channel."""
        cards = [it for it in self.channels[channel].messages if it.interaction is None and it.text.startswith("## #")]
        return cards[-1]

    async def press(self, label: str, person: str = "ana", channel: str = "releases") -> Interaction:
        """Press a button of the card as it stands."""
        return await self.server.press(self.people[person], self.card(channel), label)


def as_options(line: str) -> tuple[str, dict[str, object]]:
    """Return a line as somebody fills it into Discord's form."""
    name, _, text = line.partition(" ")
    command = next(it for it in ALL if f"/{it.name}" == name)
    if is_line(command):
        return name, {LINE: text}
    parsed = parse(line, ALL)
    assert isinstance(parsed, Parsed), line
    return f"{name} {parsed.verb.name}", {key: _filled(value) for key, value in parsed.values.items()}


def _filled(value: object) -> object:
    match value:
        case bool() | int():
            return value
        case tuple():
            return ",".join(map(str, value))
        case timedelta():
            return format_duration(value)
        case _:
            return str(value)
