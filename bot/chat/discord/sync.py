"""Registers the application commands where they are not registered yet, and only there."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import discord

from bot.chat.discord.answers import LOST
from bot.chat.discord.tree import fingerprint

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from bot.chat.discord.tree import Json
    from bot.ports import Journal

EVERYWHERE = "global"

IN_GUILDS, IN_DIRECT_MESSAGES = 0, 1
INSTALLED_IN_GUILDS = 0
"""docs.discord.com/developers/interactions/application-commands, contexts and integration types."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Keeps one short text over restarts."""

    recall: Callable[[], Awaitable[str | None]]
    remember: Callable[[str], Awaitable[None]]


@dataclass(slots=True)
class CommandSync:
    """Registers commands in each of `guilds`, or once for all of them where that is wanted.

    Discord takes 200 new commands a day and server, so that they are sent only where they changed. Commands in servers
    appear at once; direct messages need those that are registered for all.
    """

    registered: Sequence[Json]
    guilds: frozenset[int]
    memory: Memory
    journal: Journal
    everywhere: bool = False
    direct_messages: bool = False
    _alone: asyncio.Lock = field(default_factory=asyncio.Lock)
    _told: set[str] = field(default_factory=set)

    async def sync(self, client: discord.Client, *, anew: int | None = None) -> None:
        """Register what changed, and take back what was registered where nobody is heard any more.

        What Discord refuses is logged once and tried again with the next connection. `anew` names a server to which the
        bot was just added, where nothing is registered whatever we remember.
        """
        async with self._alone:
            before = read_memory(await self.memory.recall())
            known = {scope: text for scope, text in before.items() if scope != str(anew)}
            for scope in self._scopes(client):
                wanted = self._commands(scope)
                if known.get(scope) != fingerprint(wanted) and await self._put(client, scope, wanted):
                    known[scope] = fingerprint(wanted)
            for scope in set(known) - self._all_scopes():
                await self._put(client, scope, [])
                del known[scope]
            if known != before:
                await self.memory.remember(write_memory(known))

    def _all_scopes(self) -> set[str]:
        return {EVERYWHERE} if self.everywhere else set(map(str, self.guilds))

    def _scopes(self, client: discord.Client) -> list[str]:
        """Return where commands are to be registered now: in servers of which the bot is no member they cannot be."""
        if self.everywhere:
            return [EVERYWHERE]
        there = {guild.id for guild in client.guilds}
        for guild in sorted(self.guilds - there):
            self._tell_once(str(guild), "the bot is not in this server")
        return [str(guild) for guild in sorted(self.guilds & there)]

    def _commands(self, scope: str) -> list[Json]:
        if scope != EVERYWHERE:
            return [*self.registered]
        contexts = [IN_GUILDS, IN_DIRECT_MESSAGES] if self.direct_messages else [IN_GUILDS]
        more = {"contexts": contexts, "integration_types": [INSTALLED_IN_GUILDS]}
        return [{**command, **more} for command in self.registered]

    async def _put(self, client: discord.Client, scope: str, commands: list[Json]) -> bool:
        application = client.application_id
        if application is None:
            return False
        try:
            if scope == EVERYWHERE:
                await client.http.bulk_upsert_global_commands(application, commands)
            else:
                await client.http.bulk_upsert_guild_commands(application, int(scope), commands)
        except LOST as problem:
            self._tell_once(scope, str(problem))
            return False
        self.journal.info("discord.commands_registered", scope=scope, commands=len(commands))
        self._told.discard(scope)
        return True

    def _tell_once(self, scope: str, problem: str) -> None:
        if scope not in self._told:
            self._told.add(scope)
            self.journal.warning("discord.commands_not_registered", scope=scope, problem=problem)


def read_memory(text: str | None) -> dict[str, str]:
    """Return which commands are registered where; nothing for what nobody of us wrote."""
    pairs = (pair.partition("=") for pair in (text or "").split())
    return {scope: known for scope, _, known in pairs if known and (scope == EVERYWHERE or scope.isdecimal())}


def write_memory(known: dict[str, str]) -> str:
    """Return it as one line of text."""
    return " ".join(f"{scope}={known[scope]}" for scope in sorted(known))
