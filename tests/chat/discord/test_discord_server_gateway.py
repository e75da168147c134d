"""The gateway of the Discord server of our own, driven by the unmodified client: sessions lost, resumed and refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import discord
import pytest
from discord import app_commands

from tests.fakes.clock import MovedClock
from tests.fakes.discord.interactions import Interaction as Seen
from tests.fakes.discord.plain_bot import Meeting, PlainBot, meeting, pointed_at, running
from tests.fakes.discord.server import DiscordServer

Interaction = discord.Interaction[Any]


@pytest.fixture
async def met() -> AsyncIterator[Meeting]:
    async with meeting() as met:
        yield met


@pytest.fixture
async def server() -> AsyncIterator[DiscordServer]:
    async with DiscordServer(MovedClock()) as server:
        yield server


@app_commands.command(description="Answer")
async def ping(interaction: Interaction) -> None:
    await interaction.response.send_message("pong")


async def answering(met: Meeting) -> None:
    met.bot.tree.add_command(ping)
    await met.bot.tree.sync()


async def asked(met: Meeting) -> Seen:
    return await met.server.command(met.person, met.channel, "/ping")


async def test_a_client_identifies_with_its_intents_and_learns_of_guilds(met: Meeting) -> None:
    assert [identify.intents for identify in met.server.identifies] == [{"GUILDS"}]
    assert met.server.gateway.sockets[0].compressed
    guild = met.bot.get_guild(met.guild.id)
    assert guild is not None
    assert [channel.name for channel in guild.text_channels] == ["releases"]
    assert guild.me.guild_permissions.manage_threads
    assert str((await met.bot.http.get_bot_gateway())[1]) == met.server.gateway_url


async def test_what_is_added_later_is_told(met: Meeting) -> None:
    other = met.server.guild("support")
    channel = other.channel("incidents")
    await met.bot.wait_for("guild_channel_create", check=lambda one: one.id == channel.id)
    assert {guild.name for guild in met.bot.guilds} == {"shop", "support"}


async def test_commands_need_no_intent_at_all() -> None:
    async with meeting(discord.Intents.none()) as met:
        await answering(met)
        assert (await asked(met)).text == "pong"
        assert met.server.identifies[0].intents == set()
        assert met.bot.get_channel(met.channel.id) is None


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ({"guilds"}, []),
        ({"guilds", "guild_messages"}, [("rollcall", "from the bot"), ("release-engineer", "")]),
        ({"guilds", "dm_messages"}, [("release-engineer", "directly")]),
    ],
)
async def test_events_come_as_the_intents_ask(names: set[str], expected: list[tuple[str, str]]) -> None:
    async with meeting(discord.Intents(**dict.fromkeys(names, True))) as met:
        heard: list[tuple[str, str]] = []

        async def on_message(message: discord.Message) -> None:
            heard.append((message.author.name, message.content))

        met.bot.on_message = on_message  # type: ignore[attr-defined]  # discord.py looks for it by name.
        await answering(met)
        await met.say("from the bot")
        met.server.say(met.person, met.channel, "from a person")
        met.server.say(met.person, met.server.direct(met.person), "directly")
        # What is answered afterwards was sent afterwards.
        await asked(met)
        await met.server.until(lambda: len(heard) >= len(expected), "message")
        assert heard[: len(expected)] == expected
        assert ("release-engineer", "from a person") not in heard


async def test_a_privileged_intent_has_to_be_allowed(server: DiscordServer) -> None:
    wanted = discord.Intents(guilds=True, message_content=True)
    with pointed_at(server), pytest.raises(discord.PrivilegedIntentsRequired):
        async with PlainBot(wanted) as bot:
            await bot.start(server.token)
    async with DiscordServer(MovedClock(), privileged=("MESSAGE_CONTENT",)) as allowing:
        async with running(allowing, PlainBot(wanted)) as bot:
            assert bot.application_flags.gateway_message_content_limited
        assert [identify.intents for identify in allowing.identifies] == [{"GUILDS", "MESSAGE_CONTENT"}]


async def test_a_wrong_token_is_refused(server: DiscordServer) -> None:
    with pointed_at(server), pytest.raises(discord.LoginFailure):
        async with PlainBot() as bot:
            await bot.start("another token")
    assert server.rest.invalid_requests == 1


@pytest.mark.parametrize("code", [4004, 4014])
async def test_some_codes_end_the_client(server: DiscordServer, code: int) -> None:
    server.refuse_sessions(code)
    with pointed_at(server), pytest.raises((discord.ConnectionClosed, discord.PrivilegedIntentsRequired)):
        async with PlainBot() as bot:
            await bot.start(server.token)


async def resumed(met: Meeting, times: int = 1) -> None:
    await met.server.until(lambda: len(met.server.resumes) == times, "RESUME")


TROUBLE: dict[str, Callable[[DiscordServer], None]] = {
    "the connection breaks": DiscordServer.drop,
    "the server asks to reconnect": DiscordServer.reconnect_op,
    "the session has to be resumed": lambda server: server.invalid_session(resumable=True),
    "the server closes with 4000": lambda server: server.close_gateway(4000),
    "the server closes with 1000": lambda server: server.close_gateway(1000),
}


@pytest.mark.parametrize("trouble", TROUBLE)
async def test_what_was_missed_is_told_after_a_resume(met: Meeting, trouble: str) -> None:
    await answering(met)
    TROUBLE[trouble](met.server)
    assert (await asked(met)).text == "pong"
    assert (len(met.server.identifies), [one.replayed for one in met.server.resumes]) == (1, [1])
    assert (await asked(met)).text == "pong"


async def test_a_connection_that_drops_again_and_again_loses_nothing(met: Meeting) -> None:
    await answering(met)
    for times in range(1, 6):
        met.server.drop()
        waiting = [asyncio.ensure_future(asked(met)) for _ in range(3)]
        assert [seen.text for seen in await asyncio.gather(*waiting)] == ["pong"] * 3
        await resumed(met, times)
    assert len(met.channel.messages) == 15
    assert len(met.server.identifies) == 1


async def test_a_session_that_is_over_begins_anew(met: Meeting) -> None:
    await answering(met)
    met.server.invalid_session(resumable=False)
    await met.server.until(lambda: len(met.server.identifies) == 2, "second IDENTIFY")
    assert (await asked(met)).text == "pong"
    assert met.server.resumes == []


async def test_a_session_is_kept_for_some_minutes(met: Meeting) -> None:
    await answering(met)
    met.server.drop()
    met.clock.advance(met.server.rules.session_kept)
    await met.server.until(lambda: len(met.server.identifies) == 2, "second IDENTIFY")
    assert met.server.resumes == []


async def test_a_silent_connection_is_given_up(server: DiscordServer) -> None:
    server.gateway.heartbeat_interval = 20
    async with running(server, PlainBot(heartbeat_timeout=0.3)) as bot:
        await server.until(lambda: bot.latency < server.patience, "acknowledged heartbeat")
        before = len(server.resumes)
        server.go_silent()
        await server.until(lambda: len(server.resumes) > before, "RESUME")
    assert len(server.identifies) == 1


async def test_a_malformed_event_ends_the_client_and_a_new_one_begins(server: DiscordServer) -> None:
    with pointed_at(server):
        bot = PlainBot()
        living = asyncio.create_task(bot.start(server.token))
        await server.connected()
        server.malformed_dispatch()
        with pytest.raises(KeyError):
            await living
        await bot.close()
    async with running(server, PlainBot()):
        assert len(server.identifies) == 2


async def test_a_repeated_event_after_a_resume_is_the_same_interaction(met: Meeting) -> None:
    await answering(met)
    seen = await asked(met)
    met.server.drop()
    met.server.repeat(seen)
    await met.server.until(lambda: seen.refused, "second answer")
    assert (seen.refused, len(met.channel.messages)) == ([40060], 1)


async def test_two_clients_hear_the_same(met: Meeting) -> None:
    other = PlainBot()
    other.tree.add_command(ping)
    await answering(met)
    async with running(met.server, other):
        seen = await asked(met)
        await met.server.until(lambda: seen.refused, "second answer")
    assert len(met.channel.messages) == 1


async def test_members_are_sent_on_request(met: Meeting) -> None:
    guild = met.bot.get_guild(met.guild.id)
    assert guild is not None
    (found,) = await guild.query_members(user_ids=[met.person.id])
    assert found.name == "release-engineer"


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        ('{"op": 99}', "4001 Unknown opcode"),
        ("no json", "4002 Error while decoding"),
        ('{"op": 1, "d": "' + "x" * 4096 + '"}', "4002 Error while decoding"),
        ('{"op": 1, "d": 1000}', "4007 Invalid seq"),
        ('{"op": 2, "d": {}}', "4005 Already authenticated"),
    ],
)
async def test_a_wrong_payload_closes_the_connection(met: Meeting, payload: str, said: str) -> None:
    await met.bot.ws.socket.send_str(payload)
    await resumed(met)
    met.server.forgive(said)


async def test_a_connection_takes_so_many_payloads_a_minute(met: Meeting) -> None:
    async def beat(times: int) -> None:
        for _ in range(times):
            await met.bot.ws.socket.send_str('{"op": 1, "d": null}')

    await beat(115)
    await met.server.until(lambda: met.server.gateway.heartbeats >= 115, "heartbeat")
    met.clock.advance(timedelta(minutes=1))
    await beat(115)
    await met.server.until(lambda: met.server.gateway.heartbeats >= 230, "heartbeat")
    assert met.server.complaints == []
    await beat(6)
    await resumed(met)
    met.server.forgive("4008")
