"""The state of the server: who and what is there, what went wrong, and the way to tell the bot of events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.ports import Clock
from tests.fakes.discord.command_book import CommandBook
from tests.fakes.discord.intents import NO_INTENT, Intent
from tests.fakes.discord.interactions import Interaction
from tests.fakes.discord.payloads import available_guild_json, channel_json, role_json
from tests.fakes.discord.permissions import Permission
from tests.fakes.discord.places import Channel, ChannelType, Guild, Person, Role, new_guild
from tests.fakes.discord.posts import Attachment, Json, Message, Upload
from tests.fakes.discord.refusals import Refusal
from tests.fakes.discord.snowflakes import Snowflakes
from tests.fakes.discord.watch import Watch

BOT_PERMISSIONS = ("VIEW_CHANNEL", "SEND_MESSAGES", "MANAGE_THREADS")


@dataclass(slots=True)
class Rules:
    """What Discord does not publish, or changes at will, and a test may want otherwise."""

    nonce_remembered: timedelta = timedelta(minutes=5)
    """For how long `enforce_nonce` knows a nonce again; Discord speaks of "the past few minutes"."""
    old_after: timedelta = timedelta(hours=1)
    old_edits: int | None = 3
    """How many edits of old messages a channel takes within the window before 30046; None for any number.

    docs.discord.food/resources/message (unofficial): "3 times per 6-second window per channel".
    """
    old_edit_window: timedelta = timedelta(seconds=6)
    old_edit_retry_after: float = 0.01
    """In seconds of the machine, for the client really sleeps: what a 30046 tells it to wait."""
    session_kept: timedelta = timedelta(minutes=3)
    """For how long a session can be resumed after its connection was lost; Discord speaks of "a few minutes"."""


@dataclass(slots=True, repr=False)
class World:
    """Everything that routes, gateway and people share."""

    clock: Clock
    token: str = "token-of-the-bot"
    rules: Rules = field(default_factory=Rules)
    ids: Snowflakes = field(init=False)
    bot: Person = field(init=False)
    people: dict[int, Person] = field(default_factory=dict)
    guilds: dict[int, Guild] = field(default_factory=dict)
    direct: dict[int, Channel] = field(default_factory=dict)
    """Direct messages between the bot and somebody, by that person's id."""
    commands: CommandBook = field(init=False)
    interactions: dict[str, Interaction] = field(default_factory=dict)
    """By token."""
    files: dict[int, Attachment] = field(default_factory=dict)
    nonces: dict[str, tuple[datetime, Message]] = field(default_factory=dict)
    privileged: Intent = NO_INTENT
    """The privileged intents that the application may ask for."""
    complaints: list[str] = field(default_factory=list)
    watch: Watch = field(default_factory=Watch)
    address: str = ""
    tell: Callable[[str, Json, Intent], None] = lambda _event, _data, _intent: None
    """Sends an event to each session that asked for one of the intents; NO_INTENT goes to all."""

    def __post_init__(self) -> None:
        self.ids = Snowflakes(self.clock)
        self.bot = Person(self.ids.next(), "rollcall", bot=True)
        self.people[self.bot.id] = self.bot
        self.commands = CommandBook(self.ids, self.clock, self.bot.id)

    @property
    def application_id(self) -> int:
        """The application's id, which its bot shares."""
        return self.bot.id

    def complain(self, wrong: str) -> None:
        """Note a mistake of the bot; the test fails with it."""
        self.complaints.append(wrong)

    def person(self, name: str) -> Person:
        """Return the person of that name, new if need be."""
        for person in self.people.values():
            if person.name == name:
                return person
        person = Person(self.ids.next(), name)
        self.people[person.id] = person
        return person

    def guild(self, name: str) -> Guild:
        """Add a guild in which the bot is, and tell it so."""
        guild = new_guild(self, name)
        guild.member(self.bot, BOT_PERMISSIONS)
        self.guilds[guild.id] = guild
        self.tell("GUILD_CREATE", available_guild_json(guild, self.bot), Intent.GUILDS)
        return guild

    def added(self, channel: Channel) -> None:
        """Tell of a new channel."""
        if channel.guild is not None and channel.guild.id in self.guilds:
            self.tell("CHANNEL_CREATE", channel_json(channel), Intent.GUILDS)

    def added_role(self, guild: Guild, role: Role) -> None:
        """Tell of a new role."""
        if guild.id in self.guilds:
            self.tell("GUILD_ROLE_CREATE", {"guild_id": str(guild.id), "role": role_json(role)}, Intent.GUILDS)

    def direct_channel(self, person: Person) -> Channel:
        """Return the direct messages with somebody, opened if need be."""
        if person.id not in self.direct:
            name = f"direct messages with {person.name}"
            self.direct[person.id] = Channel(self, self.ids.next(), ChannelType.DIRECT, name, recipient=person)
        return self.direct[person.id]

    def attach(self, upload: Upload, description: str | None = None) -> Attachment:
        """Keep a file on the server, where it can be fetched."""
        number = self.ids.next()
        address = f"{self.address}/attachments/{number}/{upload.filename}"
        kept = Attachment(number, upload.filename, upload.content, upload.content_type, address, description)
        self.files[number] = kept
        return kept

    def channels(self) -> list[Channel]:
        """List every channel, thread and direct message."""
        inside = [one for guild in self.guilds.values() for one in (*guild.channels, *guild.threads)]
        return [*inside, *self.direct.values()]

    def messages(self) -> list[Message]:
        """List every message that was ever posted, deleted ones included."""
        return [post for channel in self.channels() for post in channel.posts]

    def seen_channel(self, channel_id: int, *names: str) -> Channel:
        """Return a channel that the bot sees, and in which it may do what is named; raises Refusal."""
        channel = next((one for one in self.channels() if one.id == channel_id), None)
        if channel is None:
            raise Refusal(10003)
        held = channel.permissions_of(self.bot)
        if Permission.VIEW_CHANNEL not in held:
            raise Refusal(50001)
        if any(Permission[name] not in held for name in names):
            raise Refusal(50013)
        return channel

    def seen_guild(self, guild_id: int) -> Guild:
        """Return a guild that the bot is in; raises Refusal."""
        if guild_id not in self.guilds:
            raise Refusal(10004)
        return self.guilds[guild_id]
