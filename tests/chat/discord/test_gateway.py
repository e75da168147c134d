"""The connection to Discord is kept up whatever happens to it, and ends in good order."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.chat.discord.answers import DEFER_AFTER
from bot.chat.discord.gateway import TO_FINISH, Backoff
from bot.domain.errors import Refused, Unavailable
from tests.chat.discord.listening import Listening
from tests.chat.discord.living import Living, Parts, living, shop
from tests.chat.discord.watched import WatchedClock
from tests.fakes.discord.faults import ServerError
from tests.fakes.discord.server import DiscordServer

SECOND = timedelta(seconds=1)


async def back_again(bot: Living, clock: WatchedClock, times: int = 2) -> None:
    """Let the pause pass before the next session, and wait until it has begun."""
    await clock.pause()
    await bot.journal.until("discord.ready", times)


@asynccontextmanager
async def unlistened(server: DiscordServer, clock: WatchedClock, token: str | None = None) -> AsyncIterator[Living]:
    """A bot that is not waited for: it may never be ready."""
    async with living(server, Listening(), clock, Parts(guilds=frozenset(), token=token, awaited=False)) as bot:
        yield bot


def hearts_beating() -> list[threading.Thread]:
    """Return the threads that send heartbeats, without those that are just ending."""
    found = [it for it in threading.enumerate() if it.name.startswith("keep-alive")]
    for thread in found:
        thread.join(1)
    return [it for it in found if it.is_alive()]


# A good day.


async def test_only_what_slash_commands_need_is_asked_for(listener: Living) -> None:
    assert [it.intents for it in listener.server.identifies] == [{"GUILDS"}]
    assert listener.gateway.name == "discord"
    assert listener.journal.events() == ["discord.ready", "discord.commands_registered"]


async def test_the_client_is_there_for_what_goes_out_and_notifies_nobody_by_default(listener: Living) -> None:
    client = listener.gateway.client
    await client.get_partial_messageable(listener.channel.id).send(f"@everyone {listener.engineer.mention}")
    assert listener.server.pings == []
    assert [*client.cached_messages] == []


async def test_before_it_is_connected_there_is_no_client(discord_shop: DiscordServer, clock: WatchedClock) -> None:
    discord_shop.faults.next("GET /users/@me", ServerError(503))
    async with unlistened(discord_shop, clock) as bot:
        with pytest.raises(Unavailable):
            _ = bot.gateway.client
        assert not bot.gateway.ready.is_set()
        await bot.journal.until("discord.lost")


async def test_it_ends_in_good_order(discord_shop: DiscordServer, heard: Listening, clock: WatchedClock) -> None:
    before = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    tasks = asyncio.all_tasks()
    async with living(discord_shop, heard, clock) as bot:
        client = bot.gateway.client
        session = client.http._HTTPClient__session  # type: ignore[attr-defined]  # Whether it was closed is seen nowhere else.
        assert discord_shop.rest_url == Route.BASE
        await bot.ends()
        assert session.closed
        with pytest.raises(Unavailable):
            _ = bot.gateway.client
    await discord_shop.until(lambda: not discord_shop.gateway.sockets, "end of the connection")
    assert before == (Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY)
    assert not hearts_beating()
    ours = {it for it in asyncio.all_tasks() - tasks if "aiohttp" not in repr(it)}
    assert not ours, ours
    assert bot.journal.events("warning", "error") == []


async def test_it_ends_while_servers_are_still_being_told(heard: Listening, clock: WatchedClock) -> None:
    async with shop(clock) as server, living(server, heard, clock) as bot:
        server.close_gateway(4000)
        await server.until(lambda: server.resumes, "a resumed session")
        server.invalid_session(resumable=False)
        await bot.ends()
    assert bot.journal.events("error") == []
    assert not hearts_beating()


async def test_it_ends_while_a_session_is_just_beginning(discord_shop: DiscordServer, clock: WatchedClock) -> None:
    async with unlistened(discord_shop, clock) as bot:
        await discord_shop.until(lambda: discord_shop.gateway.sockets, "connection")
        await bot.ends()
    assert bot.journal.events("error") == []
    assert not hearts_beating()


async def test_what_is_under_way_is_finished_first(
    discord_shop: DiscordServer, heard: Listening, clock: WatchedClock
) -> None:
    async with living(discord_shop, heard, clock) as bot:
        heard.open.clear()
        asking = asyncio.create_task(bot.rollout("25%"))
        await discord_shop.until(lambda: heard.heard, "line")
        bot.stop.set()
        await discord_shop.until(lambda: not discord_shop.gateway.sockets, "end of the connection")
        heard.open.set()
        assert (await asking).text == "Done."


async def test_what_never_ends_is_cut_short(discord_shop: DiscordServer, heard: Listening, clock: WatchedClock) -> None:
    async with living(discord_shop, heard, clock) as bot:
        heard.open.clear()
        asking = asyncio.create_task(bot.rollout("25%"))
        await discord_shop.until(lambda: heard.heard, "line")
        bot.stop.set()
        await discord_shop.until(lambda: not discord_shop.gateway.sockets, "end of the connection")
        assert [await clock.pause(), await clock.pause()] == [DEFER_AFTER, TO_FINISH - DEFER_AFTER]
        await bot.serving
        assert bot.journal.events("warning")[-1] == "discord.cut_short"
        asking.cancel()


# A bad day.


async def test_a_gateway_that_drops_again_and_again_loses_nothing_and_doubles_nothing(
    listener: Living, heard: Listening
) -> None:
    for number in range(8):
        resumed = len(listener.server.resumes)
        listener.server.drop()
        asking = asyncio.create_task(listener.rollout(f"{number}%"))
        assert (await asking).text == "Done."
        assert len(listener.server.resumes) == resumed + 1
    assert [it.line for it in heard.heard] == [f"/rollout {number}%" for number in range(8)]
    assert len(listener.server.identifies) == 1


async def test_a_resumed_session_that_brings_everything_again_does_nothing_twice(
    listener: Living, heard: Listening
) -> None:
    seen = await listener.rollout("25%")
    listener.server.repeat(seen)
    listener.server.reconnect_op()
    await listener.server.until(lambda: listener.server.resumes, "a resumed session")
    listener.server.repeat(seen)
    await listener.journal.until("discord.repeated", 2)
    assert len(heard.heard) == 1


@pytest.mark.parametrize("resumable", [True, False])
async def test_an_invalid_session_is_resumed_or_begun_anew(
    listener: Living, clock: WatchedClock, *, resumable: bool
) -> None:
    listener.server.invalid_session(resumable=resumable)
    if resumable:
        await listener.server.until(lambda: listener.server.resumes, "a resumed session")
    else:
        await back_again(listener, clock)
        assert listener.journal.events("warning") == ["discord.lost"]
    assert (await listener.rollout("25%")).text == "Done."


async def test_a_malformed_event_is_logged_once_and_everything_begins_anew(
    listener: Living, clock: WatchedClock
) -> None:
    listener.server.malformed_dispatch()
    await back_again(listener, clock)
    assert listener.journal.events("error") == ["discord.event_broken"]
    assert (await listener.rollout("25%")).text == "Done."


async def test_the_rest_goes_on_while_the_gateway_is_away(listener: Living, clock: WatchedClock) -> None:
    client = listener.gateway.client
    listener.server.refuse_sessions(4000)
    listener.server.malformed_dispatch()
    await listener.journal.until("discord.event_broken")
    await client.get_partial_messageable(listener.channel.id).send("Still here")
    assert [post.text for post in listener.channel.messages] == ["Still here"]
    assert listener.gateway.client is client
    listener.server.refuse_sessions(None)
    await back_again(listener, clock)
    assert (await listener.rollout("25%")).text == "Done."


async def test_a_gateway_that_ends_every_connection_is_left_alone_for_longer_each_time(
    listener: Living, clock: WatchedClock
) -> None:
    listener.server.refuse_sessions(4000)
    listener.server.drop()
    assert [await clock.pause() for _ in range(4)] == [SECOND, 2 * SECOND, 4 * SECOND, 8 * SECOND]
    assert listener.journal.events("warning", "error") == ["discord.lost"]
    listener.server.refuse_sessions(None)
    await listener.journal.until("discord.ready", 2)
    assert listener.journal.events("warning", "error") == ["discord.lost"]


def test_a_pause_grows_to_a_limit_and_begins_anew_after_a_connection_that_lasted() -> None:
    backoff = Backoff()
    pauses = [backoff.after(SECOND).total_seconds() for _ in range(9)]
    assert pauses == [1, 2, 4, 8, 16, 32, 64, 90, 90]
    assert backoff.after(timedelta(hours=1)) == SECOND
    assert backoff.after(SECOND) == 2 * SECOND
    # Discord takes the token from a bot that begins a thousand sessions in a day.
    assert timedelta(days=1) / backoff.most < 1000


async def test_discord_that_cannot_be_reached_at_the_start_is_tried_again(
    discord_shop: DiscordServer, clock: WatchedClock
) -> None:
    discord_shop.faults.next("GET /users/@me", ServerError(503), ServerError(503))
    async with unlistened(discord_shop, clock) as bot:
        assert [await clock.pause(), await clock.pause()] == [SECOND, 2 * SECOND]
        await bot.journal.until("discord.ready")
        assert bot.journal.events("warning") == ["discord.lost"]


async def test_it_can_be_stopped_while_it_waits(discord_shop: DiscordServer, clock: WatchedClock) -> None:
    discord_shop.faults.next("GET /users/@me", ServerError(503))
    async with unlistened(discord_shop, clock) as bot:
        await bot.journal.until("discord.lost")
        await bot.ends()
    assert not bot.gateway.ready.is_set()


@pytest.mark.parametrize(
    ("code", "said"),
    [(4004, "does not accept the bot's token"), (4014, "does not allow the bot"), (4011, "more servers")],
)
async def test_what_no_further_attempt_will_solve_is_refused_with_what_to_do(
    discord_shop: DiscordServer, clock: WatchedClock, code: int, said: str
) -> None:
    discord_shop.refuse_sessions(code)
    async with unlistened(discord_shop, clock) as bot:
        with pytest.raises(Refused, match=said) as refused:
            await bot.serving
    assert refused.value.hints
    assert len(discord_shop.identifies) <= 1


async def test_a_wrong_token_is_refused_and_named_nowhere(discord_shop: DiscordServer, clock: WatchedClock) -> None:
    async with unlistened(discord_shop, clock, "an-old-token") as bot:
        with pytest.raises(Refused, match="does not accept") as refused:
            await bot.serving
    assert "an-old-token" not in repr((refused.value, bot.gateway, bot.journal.lines))


async def test_an_application_whose_interactions_go_elsewhere_is_noticed(listener: Living) -> None:
    application = listener.gateway.client.application
    assert application is not None
    application.interactions_endpoint_url = "https://example.com/interactions"
    listener.gateway._look_at(application)
    assert listener.journal.events("error") == ["discord.interactions_go_elsewhere"]


async def test_a_handler_that_breaks_is_logged_and_ends_nothing(
    discord_shop: DiscordServer, heard: Listening, clock: WatchedClock
) -> None:
    parts = Parts()
    parts.note.fails = True
    async with living(discord_shop, heard, clock, parts) as bot:
        assert (await bot.journal.until("discord.handler_failed")).facts["event_name"] == "on_ready"
        await bot.ends()
    assert len(discord_shop.identifies) == 1
