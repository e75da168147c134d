"""The check-up of Discord names what is wrong with the token, the servers and the channels, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.chat.directory import Directory
from bot.chat.discord.config import DiscordConfig
from bot.chat.discord.edge import open_discord
from bot.domain.checkup import Finding, Grade
from bot.domain.plan import ChannelName
from tests.chat.discord.living import Note
from tests.fakes.clock import MovedClock
from tests.fakes.discord import DiscordServer
from tests.fakes.journal import KeptJournal


async def found(server: DiscordServer, guilds: Sequence[int], *channels: str, token: str = "") -> dict[str, Finding]:
    config = DiscordConfig(token or server.token, tuple(guilds), server.rest_url, server.gateway_url)
    edge = open_discord(config, MovedClock(), KeptJournal(), Directory(), Note())
    findings = await edge.check([ChannelName("discord", it) for it in channels])
    return {it.what: it for it in findings}


async def test_everything_is_well() -> None:
    async with DiscordServer(MovedClock()) as server:
        guild = server.guild("shop")
        there = guild.channel("releases")
        findings = await found(server, [guild.id], "releases", str(there.id))
    assert {it.grade for it in findings.values()} == {Grade.GOOD}
    assert "Discord #releases" in findings


async def test_a_token_that_discord_does_not_know_is_named_and_not_shown() -> None:
    async with DiscordServer(MovedClock()) as server:
        findings = await found(server, [server.guild("shop").id], token="old.token")
    (finding,) = findings.values()
    assert (finding.grade, "DISCORD_TOKEN" in finding.sentence) == (Grade.FAILED, True)
    assert "old.token" not in f"{finding.sentence} {finding.hint}"


async def test_without_a_server_nobody_is_heard() -> None:
    async with DiscordServer(MovedClock()) as server:
        (finding,) = (await found(server, [])).values()
    assert (finding.grade, "DISCORD_GUILDS" in finding.hint) == (Grade.FAILED, True)


async def test_a_server_that_the_bot_is_not_in_is_named() -> None:
    async with DiscordServer(MovedClock()) as server:
        findings = await found(server, [12345])
    assert findings["Discord server 12345"].grade is Grade.FAILED


async def test_what_the_bot_may_not_do_in_a_channel_is_named() -> None:
    async with DiscordServer(MovedClock()) as server:
        guild = server.guild("shop")
        guild.channel("releases").deny(server.bot, "SEND_MESSAGES", "ATTACH_FILES")
        finding = (await found(server, [guild.id], "releases"))["Discord #releases"]
    assert finding.sentence == "the bot lacks Send Messages, Attach Files"


async def test_a_channel_that_no_server_has_is_named() -> None:
    async with DiscordServer(MovedClock()) as server:
        guild = server.guild("shop")
        finding = (await found(server, [guild.id], "nowhere"))["Discord #nowhere"]
    assert finding.grade is Grade.FAILED
