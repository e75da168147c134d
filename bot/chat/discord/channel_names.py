"""Learns which channel a name means in the servers that are heard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from bot.chat.discord.markdown import PLATFORM

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.chat.directory import Directory
    from bot.ports import Journal


class ChannelNames:
    """Keeps the directory to what Discord tells; a name that two channels have means neither of them."""

    def __init__(self, directory: Directory, journal: Journal, guilds: frozenset[int]) -> None:
        self._directory = directory
        self._journal = journal
        self._guilds = guilds
        self._ambiguous: set[str] = set()

    def learn(self, guilds: Iterable[discord.Guild]) -> None:
        """Learn every channel in which messages can be posted, anew."""
        found: dict[str, list[int]] = {}
        for guild in guilds:
            for channel in guild.text_channels if guild.id in self._guilds else ():
                found.setdefault(channel.name, []).append(channel.id)
        self._directory.learn(PLATFORM, {name: str(ids[0]) for name, ids in found.items() if len(ids) == 1})
        ambiguous = {name for name, ids in found.items() if len(ids) > 1}
        for name in sorted(ambiguous - self._ambiguous):
            # Its id says which one is meant: <#123>, or 123.
            self._journal.warning("discord.channel_name_ambiguous", channel=name, ids=found[name])
        self._ambiguous |= ambiguous
