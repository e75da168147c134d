"""Commands are registered where they are not yet, once, and taken back where nobody is heard any more."""

from __future__ import annotations

import pytest

from bot.chat.discord.sync import read_memory, write_memory
from bot.chat.discord.tree import application_commands, fingerprint
from commands import ALL
from tests.chat.discord.listening import Listening
from tests.chat.discord.living import Living, Note, Parts, living
from tests.chat.discord.watched import WatchedClock
from tests.fakes.discord.faults import DiscordError
from tests.fakes.discord.intents import Intent
from tests.fakes.discord.payloads import available_guild_json
from tests.fakes.discord.places import Guild
from tests.fakes.discord.server import DiscordServer

NAMES = {"help", *(command.name for command in ALL)}
PUT = "PUT /applications/{id}/guilds/{guild}/commands"


def first(server: DiscordServer) -> Guild:
    return next(iter(server.world.guilds.values()))


def names(server: DiscordServer, guild: Guild | None) -> set[str]:
    return {command["name"] for command in server.commands(guild)}


async def started(server: DiscordServer, clock: WatchedClock, parts: Parts) -> Living:
    """Start a bot, let it register what it wants, and stop it."""
    async with living(server, Listening(), clock, parts) as bot:
        await bot.ends()
        return bot


async def test_commands_are_registered_in_each_listed_server(discord_shop: DiscordServer, clock: WatchedClock) -> None:
    other, third = discord_shop.guild("second shop"), discord_shop.guild("elsewhere")
    listed = frozenset({first(discord_shop).id, other.id})
    async with living(discord_shop, Listening(), clock, Parts(guilds=listed)):
        await discord_shop.until(lambda: len(discord_shop.syncs) == 2, "registration in both")
    assert names(discord_shop, first(discord_shop)) == names(discord_shop, other) == NAMES
    assert names(discord_shop, third) == names(discord_shop, None) == set()


async def test_they_are_registered_for_all_servers_where_that_is_wanted(
    discord_shop: DiscordServer, clock: WatchedClock
) -> None:
    await started(discord_shop, clock, Parts(everywhere=True))
    assert names(discord_shop, None) == NAMES
    assert names(discord_shop, first(discord_shop)) == set()
    assert {tuple(command["contexts"]) for command in discord_shop.commands(None)} == {(0,)}


async def test_nothing_is_sent_again_as_long_as_nothing_changed(
    discord_shop: DiscordServer, clock: WatchedClock
) -> None:
    parts = Parts()
    for _ in range(3):
        await started(discord_shop, clock, parts)
    assert len(discord_shop.syncs) == 1
    assert parts.note.written == 1
    guild = first(discord_shop).id
    assert parts.note.text == f"{guild}={fingerprint(application_commands(ALL))}"


async def test_a_new_connection_sends_nothing_again(listener: Living, clock: WatchedClock) -> None:
    listener.server.malformed_dispatch()
    await clock.pause()
    await listener.journal.until("discord.ready", 2)
    await listener.rollout("status")
    assert len(listener.server.syncs) == 1


async def test_what_changed_is_sent(discord_shop: DiscordServer, clock: WatchedClock) -> None:
    note = Note()
    await started(discord_shop, clock, Parts(note=note))
    async with living(discord_shop, Listening(), clock, Parts(commands=ALL[:3], note=note)) as bot:
        await bot.journal.until("discord.commands_registered")
    assert names(discord_shop, first(discord_shop)) == {"rollout", "flag", "plan", "help"}
    assert len(discord_shop.syncs) == 2


async def test_what_was_registered_elsewhere_is_taken_back(discord_shop: DiscordServer, clock: WatchedClock) -> None:
    note, other = Note(), discord_shop.guild("second shop")
    await started(discord_shop, clock, Parts(note=note, everywhere=True))
    async with living(discord_shop, Listening(), clock, Parts(note=note, guilds=frozenset({other.id}))) as bot:
        await bot.journal.until("discord.commands_registered", 2)
    assert names(discord_shop, None) == set()
    assert names(discord_shop, other) == NAMES
    assert read_memory(note.text).keys() == {str(other.id)}


async def test_a_server_the_bot_is_not_in_is_told_once_and_registered_when_it_joins(
    discord_shop: DiscordServer, clock: WatchedClock
) -> None:
    there = first(discord_shop)
    absent = discord_shop.world.ids.next()
    async with living(discord_shop, Listening(), clock, Parts(guilds=frozenset({there.id, absent}))) as bot:
        await bot.journal.until("discord.commands_registered")
        assert bot.journal.events("warning") == ["discord.commands_not_registered"]
        assert discord_shop.rest.invalid_requests == 0


async def test_a_server_that_the_bot_joins_gets_its_commands(discord_shop: DiscordServer, clock: WatchedClock) -> None:
    there, joined = first(discord_shop), discord_shop.guild("second shop")
    del discord_shop.world.guilds[joined.id]
    parts = Parts(guilds=frozenset({there.id, joined.id}))
    # Whatever was remembered of it: it was thrown out since, and its commands with it.
    parts.note.text = f"{joined.id}={fingerprint(application_commands(ALL))}"
    async with living(discord_shop, Listening(), clock, parts) as bot:
        await bot.journal.until("discord.commands_registered")
        discord_shop.world.guilds[joined.id] = joined
        told = available_guild_json(joined, discord_shop.bot)
        # So Discord tells a server that is new from one that is there again.
        del told["unavailable"]
        discord_shop.world.tell("GUILD_CREATE", told, Intent.GUILDS)
        await bot.journal.until("discord.commands_registered", 2)
    assert names(discord_shop, joined) == NAMES


async def test_a_registration_that_fails_is_told_once_and_tried_again_with_the_next_connection(
    discord_shop: DiscordServer, clock: WatchedClock
) -> None:
    discord_shop.faults.next(PUT, *[DiscordError(50001, 403, "Missing Access")] * 2)
    parts = Parts(note=Note("nothing that we wrote"))
    async with living(discord_shop, Listening(), clock, parts) as bot:
        await bot.journal.until("discord.commands_not_registered")
        for times in (2, 3):
            discord_shop.malformed_dispatch()
            await clock.pause()
            await bot.journal.until("discord.ready", times)
        await bot.journal.until("discord.commands_registered")
        assert bot.journal.events("warning") == ["discord.commands_not_registered"]
    assert names(discord_shop, first(discord_shop)) == NAMES
    assert parts.note.written == 1


@pytest.mark.parametrize("text", [None, "", "nonsense", "a=b c", "=x", "12=", "global"])
def test_what_nobody_of_us_wrote_is_forgotten(text: str | None) -> None:
    assert read_memory(text) == {}


def test_what_is_remembered_can_be_read() -> None:
    known = {"global": "abc", "123": "def"}
    assert read_memory(write_memory(known)) == known
