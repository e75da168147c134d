"""Permissions: Discord's names and bits, and what a member may do somewhere after every overwrite."""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntFlag


class Permission(IntFlag):
    """docs.discord.com/developers/topics/permissions, without those that concern voice and moderation."""

    CREATE_INSTANT_INVITE = 1 << 0
    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    SEND_TTS_MESSAGES = 1 << 12
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_EXTERNAL_EMOJIS = 1 << 18
    MANAGE_ROLES = 1 << 28
    MANAGE_WEBHOOKS = 1 << 29
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    CREATE_PRIVATE_THREADS = 1 << 36
    SEND_MESSAGES_IN_THREADS = 1 << 38


NOTHING = Permission(0)
ALL = functools.reduce(operator.or_, Permission)


def permissions(names: Iterable[str]) -> Permission:
    """Put permissions together by their names; a name that Discord does not have raises KeyError."""
    found = NOTHING
    for name in names:
        found |= Permission[name]
    return found


EVERYONE = (
    Permission.CREATE_INSTANT_INVITE
    | Permission.ADD_REACTIONS
    | Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.SEND_TTS_MESSAGES
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
    | Permission.MENTION_EVERYONE
    | Permission.USE_EXTERNAL_EMOJIS
    | Permission.USE_APPLICATION_COMMANDS
    | Permission.CREATE_PUBLIC_THREADS
    | Permission.CREATE_PRIVATE_THREADS
    | Permission.SEND_MESSAGES_IN_THREADS
)
"""What a new guild allows to everyone, @everyone included."""

IN_DIRECT_MESSAGES = EVERYONE & ~(Permission.CREATE_PUBLIC_THREADS | Permission.CREATE_PRIVATE_THREADS)


@dataclass(slots=True)
class Overwrite:
    """What a channel allows and denies to one role or one member beyond the guild's roles."""

    allow: Permission = NOTHING
    deny: Permission = NOTHING

    def applied(self, held: Permission) -> Permission:
        """Return what is left of the permissions, and what comes to them."""
        return held & ~self.deny | self.allow


def together(overwrites: Iterable[Overwrite]) -> Overwrite:
    """Merge the overwrites of several roles: what one of them allows is allowed."""
    merged = Overwrite()
    for overwrite in overwrites:
        merged.allow |= overwrite.allow
        merged.deny |= overwrite.deny
    return merged
