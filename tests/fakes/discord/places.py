"""The places of a server: people, guilds with their roles and members, channels and threads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum
from typing import TYPE_CHECKING

from tests.fakes.discord.permissions import (
    ALL,
    EVERYONE,
    IN_DIRECT_MESSAGES,
    NOTHING,
    Overwrite,
    Permission,
    permissions,
    together,
)

if TYPE_CHECKING:
    from tests.fakes.discord.posts import Message
    from tests.fakes.discord.world import World


class ChannelType(IntEnum):
    TEXT = 0
    DIRECT = 1
    VOICE = 2
    CATEGORY = 4
    ANNOUNCEMENT = 5
    PUBLIC_THREAD = 11
    PRIVATE_THREAD = 12


@dataclass(slots=True, eq=False, repr=False)
class Person:
    """A user, the bot included; every name stands once on a server."""

    id: int
    name: str
    bot: bool = False
    locale: str = "en-GB"
    takes_direct_messages: bool = True
    """False for somebody who forbids them: the bot is answered 50007."""

    def __repr__(self) -> str:
        return f"<Person {self.name}>"

    @property
    def mention(self) -> str:
        """What somebody writes to name this person."""
        return f"<@{self.id}>"


@dataclass(slots=True, eq=False, repr=False)
class Role:
    """A role of one guild; the role that everyone has bears the guild's id."""

    id: int
    name: str
    permissions: Permission = NOTHING
    mentionable: bool = False
    position: int = 1

    def __repr__(self) -> str:
        return f"<Role {self.name}>"

    @property
    def mention(self) -> str:
        """What somebody writes to name this role."""
        return f"<@&{self.id}>"


@dataclass(slots=True, eq=False)
class Member:
    """A person in one guild."""

    person: Person
    joined_at: datetime
    roles: list[Role] = field(default_factory=list)
    nick: str | None = None


@dataclass(slots=True, eq=False, repr=False)
class Guild:
    """What people call a server. Whatever is added to it is told to the bot, where its intents ask for it."""

    world: World
    id: int
    name: str
    owner: Person
    roles: list[Role] = field(default_factory=list)
    channels: list[Channel] = field(default_factory=list)
    threads: list[Channel] = field(default_factory=list)
    members: dict[int, Member] = field(default_factory=dict)
    most_active_threads: int = 1000

    def __repr__(self) -> str:
        return f"<Guild {self.name}>"

    @property
    def everyone(self) -> Role:
        """The role that all members have."""
        return self.roles[0]

    def channel(self, name: str, kind: ChannelType = ChannelType.TEXT) -> Channel:
        """Add a channel, in which everyone may what a new guild allows."""
        channel = Channel(self.world, self.world.ids.next(), kind, name, guild=self)
        self.channels.append(channel)
        self.world.added(channel)
        return channel

    def role(self, name: str, *names: str, mentionable: bool = False) -> Role:
        """Add a role that gives these permissions (`MANAGE_THREADS`)."""
        role = Role(self.world.ids.next(), name, permissions(names), mentionable, position=len(self.roles))
        self.roles.append(role)
        self.world.added_role(self, role)
        return role

    def member(self, who: str | Person, permissions: Iterable[str] = (), roles: Iterable[Role] = ()) -> Person:
        """Make somebody a member; `permissions` come with a role of their own. A member only gains what is new."""
        person = self.world.person(who) if isinstance(who, str) else who
        member = self.members.setdefault(person.id, Member(person, self.world.clock.now()))
        member.roles += [role for role in roles if role not in member.roles]
        if wanted := tuple(permissions):
            member.roles.append(self.role(f"what {person.name} may", *wanted))
        return person

    def permissions_of(self, person: Person) -> Permission:
        """Return what a person may in the whole guild."""
        if person is self.owner:
            return ALL
        member = self.members.get(person.id)
        if member is None:
            return NOTHING
        held = self.everyone.permissions
        for role in member.roles:
            held |= role.permissions
        return ALL if Permission.ADMINISTRATOR in held else held


@dataclass(slots=True)
class ThreadState:
    """What a thread has beside what every channel has."""

    owner: Person
    archived_after: timedelta
    started_at: datetime
    active_at: datetime
    """When it was last spoken in or un-archived."""
    members: set[int] = field(default_factory=set)
    closed: bool = False
    locked: bool = False
    invitable: bool = True


@dataclass(slots=True, eq=False, repr=False)
class Channel:
    """A channel, a thread or the direct messages between the bot and one person."""

    world: World
    id: int
    kind: ChannelType
    name: str
    guild: Guild | None = None
    parent: Channel | None = None
    recipient: Person | None = None
    thread: ThreadState | None = None
    posts: list[Message] = field(default_factory=list)
    """Everything ever posted, deleted messages and those for one person included."""
    overwrites: dict[int, Overwrite] = field(default_factory=dict)
    old_edits: list[datetime] = field(default_factory=list)
    """When messages older than an hour were edited here."""

    def __repr__(self) -> str:
        return f"<Channel {self.name}>"

    @property
    def mention(self) -> str:
        """What somebody writes to name this channel."""
        return f"<#{self.id}>"

    @property
    def messages(self) -> list[Message]:
        """What everyone here sees, from the oldest to the newest."""
        return [post for post in self.posts if not post.deleted and post.ephemeral_to is None]

    def seen_by(self, person: Person) -> list[Message]:
        """Return what one person sees: what everyone sees, and what was said to this person alone."""
        return [post for post in self.posts if not post.deleted and post.ephemeral_to in {None, person}]

    @property
    def threads(self) -> list[Channel]:
        """The threads that were started here."""
        return [] if self.guild is None else [thread for thread in self.guild.threads if thread.parent is self]

    @property
    def archived(self) -> bool:
        """Whether this is a thread that somebody archived, or in which nobody spoke for long enough."""
        if self.thread is None:
            return False
        return self.thread.closed or self.world.clock.now() - self.thread.active_at >= self.thread.archived_after

    def allow(self, whom: Person | Role, *names: str) -> None:
        """Allow something here."""
        overwrite = self.overwrites.setdefault(whom.id, Overwrite())
        overwrite.allow |= permissions(names)
        overwrite.deny &= ~permissions(names)

    def deny(self, whom: Person | Role, *names: str) -> None:
        """Forbid something here, to a person or to a role (`channel.guild.everyone`)."""
        overwrite = self.overwrites.setdefault(whom.id, Overwrite())
        overwrite.deny |= permissions(names)
        overwrite.allow &= ~permissions(names)

    def permissions_of(self, person: Person) -> Permission:
        """Return what a person may here; threads inherit from the channel they are in."""
        if self.guild is None:
            return IN_DIRECT_MESSAGES if person.bot or person is self.recipient else NOTHING
        if self.parent is not None:
            held = self.parent.permissions_of(person)
            hidden = self.kind is ChannelType.PRIVATE_THREAD and not self._joined(person, held)
            return NOTHING if hidden else held
        held = self.guild.permissions_of(person)
        return held if held == ALL else self._overwritten(held, self.guild, person)

    def _joined(self, person: Person, held: Permission) -> bool:
        assert self.thread is not None, "only threads are joined"
        return person.id in self.thread.members or Permission.MANAGE_THREADS in held

    def _overwritten(self, held: Permission, guild: Guild, person: Person) -> Permission:
        member = guild.members.get(person.id)
        roles = [] if member is None else member.roles
        held = self.overwrites.get(guild.id, Overwrite()).applied(held)
        held = together(self.overwrites[role.id] for role in roles if role.id in self.overwrites).applied(held)
        held = self.overwrites.get(person.id, Overwrite()).applied(held)
        return held if Permission.VIEW_CHANNEL in held else NOTHING


def new_guild(world: World, name: str) -> Guild:
    """Make a guild that has nobody yet but an owner who is never seen, and the role of everyone."""
    guild = Guild(world, world.ids.next(), name, owner=world.person(f"the owner of {name}"))
    guild.roles.append(Role(guild.id, "@everyone", EVERYONE, position=0))
    guild.member(guild.owner)
    return guild
