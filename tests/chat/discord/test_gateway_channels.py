"""Channels are known by the names that people use, in the servers that are heard."""

from __future__ import annotations

from bot.domain.plan import ChannelName
from tests.chat.discord.listening import Listening
from tests.chat.discord.living import Living, Parts, living
from tests.chat.discord.watched import WatchedClock
from tests.fakes.discord.intents import Intent
from tests.fakes.discord.payloads import available_guild_json, channel_json
from tests.fakes.discord.places import ChannelType
from tests.fakes.discord.server import DiscordServer


def channel_id(bot: Living, name: str) -> str:
    return bot.directory.resolve(ChannelName("discord", name)).channel


async def test_channels_are_known_by_their_names(listener: Living) -> None:
    assert channel_id(listener, "#releases") == str(listener.channel.id)
    incidents = listener.guild.channel("incidents", ChannelType.ANNOUNCEMENT)
    listener.guild.channel("standup", ChannelType.VOICE)
    await listener.rollout("status")
    assert channel_id(listener, "incidents") == str(incidents.id)
    assert channel_id(listener, "standup") == "standup"
    assert listener.directory.name_of(ChannelName("discord", str(incidents.id))) == "incidents"


async def test_a_channel_with_another_name_and_one_that_is_gone_are_known_as_they_are(listener: Living) -> None:
    server, channel = listener.server, listener.channel
    channel.name = "launches"
    server.world.tell("CHANNEL_UPDATE", channel_json(channel), Intent.GUILDS)
    await listener.rollout("status")
    assert channel_id(listener, "launches") == str(channel.id)
    assert channel_id(listener, "releases") == "releases"
    server.world.tell("GUILD_CREATE", available_guild_json(listener.guild, server.bot), Intent.GUILDS)
    server.world.tell("CHANNEL_DELETE", channel_json(channel), Intent.GUILDS)
    await listener.rollout("status")
    assert channel_id(listener, "launches") == "launches"


async def test_the_channels_of_a_server_that_the_bot_left_are_not_known_any_more(
    discord_shop: DiscordServer, heard: Listening, clock: WatchedClock
) -> None:
    other = discord_shop.guild("second shop")
    other.channel("incidents")
    async with living(discord_shop, heard, clock, Parts(guilds=frozenset(discord_shop.world.guilds))) as bot:
        assert channel_id(bot, "incidents") != "incidents"
        discord_shop.world.tell("GUILD_DELETE", {"id": str(other.id)}, Intent.GUILDS)
        await bot.rollout("status")
        assert channel_id(bot, "incidents") == "incidents"


async def test_a_name_that_two_channels_have_means_neither_and_is_logged_once(
    discord_shop: DiscordServer, heard: Listening, clock: WatchedClock
) -> None:
    other = discord_shop.guild("second shop")
    other.channel("releases")
    other.channel("support")
    guilds = frozenset(discord_shop.world.guilds)
    async with living(discord_shop, heard, clock, Parts(guilds=guilds)) as bot:
        assert channel_id(bot, "releases") == "releases"
        assert channel_id(bot, "support") != "support"
        other.channel("another")
        await bot.rollout("status")
        assert bot.journal.events("warning") == ["discord.channel_name_ambiguous"]


async def test_channels_of_servers_that_are_not_heard_are_not_known(
    discord_shop: DiscordServer, heard: Listening, clock: WatchedClock
) -> None:
    discord_shop.guild("elsewhere").channel("incidents")
    first = next(iter(discord_shop.world.guilds))
    async with living(discord_shop, heard, clock, Parts(guilds=frozenset({first}))) as bot:
        assert channel_id(bot, "incidents") == "incidents"
        assert channel_id(bot, "releases") != "releases"
