"""Only people in the servers that are listed are heard; everybody else is told so, and nothing is done."""

from __future__ import annotations

import pytest

from tests.chat.discord.listening import Listening
from tests.chat.discord.living import Parts, living
from tests.fakes.clock import MovedClock
from tests.fakes.discord.server import DiscordServer
from tests.fakes.discord.typed import NotPossible


async def test_nobody_is_heard_in_a_server_that_is_not_listed(
    discord_shop: DiscordServer, heard: Listening, clock: MovedClock
) -> None:
    other = discord_shop.guild("another shop")
    channel, person = other.channel("releases"), other.member("somebody")
    async with living(discord_shop, heard, clock, Parts(everywhere=True)) as bot:
        for _ in range(2):
            seen = await bot.rollout("25%", by=person, channel=channel)
            assert seen.ephemeral
            assert seen.text == (
                f"Rollcall does not listen in this server. Whoever runs it can add {other.id} to DISCORD\\_GUILDS."
            )
        assert await discord_shop.autocomplete(person, channel, "/rollout", {"what": "2"}, "what") == []
        assert (heard.heard, heard.completed) == ([], [])
        assert bot.journal.events().count("discord.guild_refused") == 1


async def test_with_no_server_listed_nobody_is_heard_and_nothing_is_registered(
    discord_shop: DiscordServer, heard: Listening, clock: MovedClock
) -> None:
    async with living(discord_shop, heard, clock, Parts(guilds=frozenset())):
        assert discord_shop.syncs == []


@pytest.mark.parametrize("allowed", [True, False])
async def test_direct_messages_are_heard_where_they_are_allowed(
    discord_shop: DiscordServer, heard: Listening, clock: MovedClock, *, allowed: bool
) -> None:
    async with living(discord_shop, heard, clock, Parts(everywhere=True, direct_messages=allowed)) as bot:
        direct = discord_shop.direct(bot.engineer)
        if allowed:
            await bot.rollout("status", channel=direct)
            assert heard.heard[0].origin.channel == str(direct.id)
        else:
            with pytest.raises(NotPossible, match="is not offered"):
                await bot.rollout("status", channel=direct)


async def test_a_direct_message_that_comes_all_the_same_is_refused(
    discord_shop: DiscordServer, heard: Listening, clock: MovedClock
) -> None:
    note = Parts(everywhere=True, direct_messages=True).note
    async with living(discord_shop, heard, clock, Parts(everywhere=True, direct_messages=True, note=note)):
        pass
    async with living(discord_shop, heard, clock, Parts(everywhere=True, note=note)) as bot:
        await discord_shop.until(lambda: len(discord_shop.syncs) == 2, "second registration")
        for command in discord_shop.world.commands.all(None):
            # Some clients show for a while what was registered before.
            command["contexts"] = [0, 1]
        seen = await bot.rollout("status", channel=discord_shop.direct(bot.engineer))
        assert "not in direct messages" in seen.text
        assert heard.heard == []
