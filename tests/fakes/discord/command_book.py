"""The application's commands as they are registered, globally and in each guild, and how often they were synced."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.ports import Clock
from tests.fakes.discord.command_limits import CommandType, check_command
from tests.fakes.discord.findings import Findings
from tests.fakes.discord.posts import Json
from tests.fakes.discord.refusals import Refusal, invalid
from tests.fakes.discord.snowflakes import Snowflakes

MOST = {CommandType.CHAT_INPUT: 100, CommandType.USER: 15, CommandType.MESSAGE: 15}
MOST_CREATED_A_DAY = 200


@dataclass(frozen=True, slots=True)
class Sync:
    """One request that wrote commands: its method, the guild's id or None for global ones, and the names after it."""

    method: str
    guild: int | None
    names: tuple[str, ...]


@dataclass(slots=True)
class CommandBook:
    """Commands by guild (None for the global ones) and id."""

    ids: Snowflakes
    clock: Clock
    application_id: int
    registered: dict[int | None, dict[int, Json]] = field(default_factory=dict)
    created: list[tuple[int | None, datetime]] = field(default_factory=list)
    syncs: list[Sync] = field(default_factory=list)

    def all(self, guild: int | None) -> list[Json]:
        """List the commands of one guild, or the global ones."""
        return list(self.registered.get(guild, {}).values())

    def get(self, guild: int | None, command: int) -> Json:
        """Return one command; raises Refusal."""
        try:
            return self.registered[guild][command]
        except KeyError:
            raise Refusal(10063) from None

    def overwrite(self, guild: int | None, sent: list[Json]) -> list[Json]:
        """Put these commands in the place of all others; one that keeps name and type keeps its id."""
        found = Findings()
        for number, command in enumerate(sent):
            check_command(found, str(number), command)
        found.unique("0", [(one.get("name"), one.get("type") or 1) for one in sent], "Application command names")
        if found.problems:
            raise invalid(*found.problems)
        _count(sent)
        old = {(one["name"], one["type"]): one for one in self.all(guild)}
        self._may_create(guild, sum((one["name"], one.get("type") or 1) not in old for one in sent))
        made = [self._made(guild, one, old.get((one["name"], one.get("type") or 1))) for one in sent]
        self.registered[guild] = {int(one["id"]): one for one in made}
        self._synced("PUT", guild)
        return made

    def put(self, guild: int | None, sent: Json) -> Json:
        """Add one command, or replace the one of that name and type."""
        self._checked(sent)
        kind = sent.get("type") or 1
        old = next((one for one in self.all(guild) if (one["name"], one["type"]) == (sent["name"], kind)), None)
        if old is None:
            self._may_create(guild, 1)
            _count([*self.all(guild), sent])
        made = self._made(guild, sent, old)
        self.registered.setdefault(guild, {})[int(made["id"])] = made
        self._synced("POST", guild)
        return made

    def change(self, guild: int | None, command: int, sent: Json) -> Json:
        """Change what is sent of one command."""
        old = self.get(guild, command)
        self._checked(old | sent)
        self.registered[guild][command] = made = self._made(guild, old | sent, old)
        self._synced("PATCH", guild)
        return made

    def delete(self, guild: int | None, command: int) -> None:
        """Remove one command; raises Refusal."""
        self.get(guild, command)
        del self.registered[guild][command]
        self._synced("DELETE", guild)

    def offered(self, guild: int | None, name: str) -> Json | None:
        """Return the slash command that somebody in a guild (None: in direct messages) finds under a name."""
        for scope in {guild: None, None: None}:
            for command in self.all(scope):
                if command["name"] == name and command["type"] == CommandType.CHAT_INPUT:
                    return command
        return None

    def _checked(self, sent: Json) -> None:
        found = Findings()
        check_command(found, "command", sent)
        if found.problems:
            raise invalid(*found.problems)

    def _may_create(self, guild: int | None, new: int) -> None:
        day_ago = self.clock.now() - timedelta(days=1)
        lately = sum(scope == guild and moment > day_ago for scope, moment in self.created)
        if lately + new > MOST_CREATED_A_DAY:
            raise Refusal(30034)
        self.created += [(guild, self.clock.now())] * new

    def _made(self, guild: int | None, sent: Json, old: Json | None) -> Json:
        wanted = sent.get("default_member_permissions")
        made: Json = {
            "type": 1,
            "description": "",
            "options": [],
            "name_localizations": None,
            "description_localizations": None,
            "dm_permission": True,
            "contexts": None,
            "integration_types": [0],
            "nsfw": False,
        } | {name: value for name, value in sent.items() if value is not None}
        made |= {
            "default_member_permissions": None if wanted is None else str(wanted),
            "id": str(self.ids.next()) if old is None else old["id"],
            "application_id": str(self.application_id),
            "version": str(self.ids.next()),
        }
        return made if guild is None else made | {"guild_id": str(guild)}

    def _synced(self, method: str, guild: int | None) -> None:
        self.syncs.append(Sync(method, guild, tuple(sorted(one["name"] for one in self.all(guild)))))


def _count(commands: list[Json]) -> None:
    for kind, most in MOST.items():
        if sum((one.get("type") or 1) == kind for one in commands) > most:
            raise Refusal(30032)
