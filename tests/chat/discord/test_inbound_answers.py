"""Every interaction is answered in time, once, and what was asked for is never done again for the sake of an answer."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.chat.conversation import Outcome, Reply
from bot.chat.discord.answers import DEFER_AFTER
from bot.domain.message import Bullets, Heading, Message, line, say
from tests.chat.discord.listening import Listening
from tests.chat.discord.living import Living, Parts, living
from tests.fakes.clock import MovedClock
from tests.fakes.discord.faults import CutAfter, CutBefore, DiscordError, Fault, RateLimited, ServerError
from tests.fakes.discord.interactions import Interaction, Response
from tests.fakes.discord.server import DiscordServer
from tests.scenarios.world import World

CALLBACK = "POST /interactions/{id}/{token}/callback"
PUBLIC = Reply(say("Everybody reads this."), Outcome.DONE, private=False)


async def deferred(bot: Living, heard: Listening, clock: MovedClock, wait: timedelta = DEFER_AFTER) -> Interaction:
    """Type a line whose work takes so long, and return its interaction."""
    heard.open.clear()
    asking = asyncio.create_task(bot.rollout("25%"))
    await bot.server.until(lambda: heard.heard, "line")
    clock.advance(wait)
    (interaction,) = bot.server.world.interactions.values()
    await bot.server.until(lambda: interaction.response or interaction.refused, "answer")
    heard.open.set()
    return await asking


async def test_what_is_done_within_two_seconds_is_the_answer(listener: Living) -> None:
    seen = await listener.rollout("25%")
    assert (seen.response, seen.text) == (Response.MESSAGE, "Done.")
    assert listener.server.count(CALLBACK) == 1


async def test_what_takes_longer_is_promised_to_the_person_and_follows(
    listener: Living, heard: Listening, clock: MovedClock
) -> None:
    seen = await deferred(listener, heard, clock)
    assert (seen.response, seen.text, seen.ephemeral) == (Response.DEFERRED_MESSAGE, "Done.", True)
    assert len(heard.heard) == 1


async def test_a_promised_answer_for_everybody_is_seen_by_everybody(
    listener: Living, heard: Listening, clock: MovedClock
) -> None:
    heard.reply = PUBLIC
    seen = await deferred(listener, heard, clock)
    await listener.server.until(lambda: seen.followups, "follow-up")
    assert [post.text for post in listener.channel.messages] == ["Everybody reads this."]
    assert listener.channel.seen_by(listener.engineer) == listener.channel.messages


async def test_a_long_answer_comes_in_pages_for_the_same_eyes(listener: Living, heard: Listening) -> None:
    lines = Bullets(tuple(line(f"{number} {'x' * 100}") for number in range(100)))
    heard.reply = Reply(Message("Many", (Heading("Many"), lines)), Outcome.DONE)
    seen = await listener.rollout("history")
    await listener.server.until(lambda: len(seen.followups) == 2, "two further pages")
    assert all(post.is_ephemeral for post in (seen.message, *seen.followups) if post)
    assert "99 xx" in seen.followups[-1].text
    assert "\n- 0 xx" in seen.text


# An answer that does not arrive.


async def test_an_interaction_that_expired_is_done_and_logged(
    listener: Living, heard: Listening, clock: MovedClock
) -> None:
    seen = await deferred(listener, heard, clock, timedelta(seconds=4))
    assert seen.failed
    lost = await listener.journal.until("discord.answer_lost", 2)
    assert lost.facts == {"request": f"discord:{seen.id}", "outcome": "done", "problem": None}
    assert len(heard.heard) == 1


@pytest.mark.parametrize(
    ("fault", "named"),
    [
        (DiscordError(10062, 404, "Unknown interaction"), "404 10062 Unknown interaction"),
        (DiscordError(40060, 400, "Already acknowledged"), "400 40060 Already acknowledged"),
        (RateLimited(via=False), "429 0 You are being rate limited."),
        (CutBefore(), "ServerDisconnectedError"),
        (CutAfter(), "ServerDisconnectedError"),
    ],
)
async def test_a_lost_answer_is_logged_and_the_work_not_done_again(
    listener: Living, heard: Listening, fault: Fault, named: str
) -> None:
    listener.server.faults.next(CALLBACK, fault)
    asking = asyncio.create_task(listener.rollout("25%"))
    lost = await listener.journal.until("discord.answer_lost")
    assert lost.facts["problem"] == named
    assert len(heard.heard) == 1
    assert listener.server.count(CALLBACK) == 1
    asking.cancel()


async def test_an_error_of_discords_is_survived(listener: Living, heard: Listening) -> None:
    # discord.py tries again after a second of its own.
    listener.server.faults.next(CALLBACK, ServerError(500))
    assert (await listener.rollout("25%")).text == "Done."
    assert len(heard.heard) == 1


async def test_a_page_that_is_lost_is_logged(listener: Living, heard: Listening, clock: MovedClock) -> None:
    heard.reply = PUBLIC
    listener.server.faults.next("POST /webhooks/{id}/{token}", DiscordError(50027, 401, "Invalid Webhook Token"))
    asking = asyncio.create_task(deferred(listener, heard, clock))
    assert (await listener.journal.until("discord.answer_lost")).facts["outcome"] == "done"
    await asking


async def test_the_log_names_no_address_with_an_interactions_token(listener: Living) -> None:
    listener.server.faults.next(CALLBACK, CutBefore())
    asking = asyncio.create_task(listener.rollout("25%"))
    lost = await listener.journal.until("discord.answer_lost")
    (interaction,) = listener.server.world.interactions.values()
    assert interaction.token not in repr(lost)
    asking.cancel()


async def test_an_answer_that_discord_does_not_take_is_said_plainly(listener: Living, heard: Listening) -> None:
    heard.reply = Reply(Message("It is at 25%.", (Heading("A heading"),)), Outcome.DONE)
    listener.server.faults.next(CALLBACK, DiscordError(50035, 400, "Invalid Form Body"))
    assert (await listener.rollout("25%")).text == "It is at 25%."
    assert listener.journal.events("error") == ["discord.answer_refused"]
    assert len(heard.heard) == 1


async def test_an_answer_that_discord_takes_in_no_form_is_logged(listener: Living) -> None:
    refusal = DiscordError(50035, 400, "Invalid Form Body")
    listener.server.faults.next(CALLBACK, refusal, refusal)
    asking = asyncio.create_task(listener.rollout("25%"))
    await listener.journal.until("discord.answer_lost")
    asking.cancel()


# The same thing twice.


async def test_an_interaction_that_is_delivered_again_is_neither_done_nor_answered_again(
    listener: Living, heard: Listening
) -> None:
    seen = await listener.rollout("25%")
    listener.server.repeat(seen)
    await listener.journal.until("discord.repeated")
    assert len(heard.heard) == 1
    assert seen.refused == []


async def test_one_that_is_still_under_way_is_answered_by_the_first(listener: Living, heard: Listening) -> None:
    heard.open.clear()
    asking = asyncio.create_task(listener.rollout("25%"))
    await listener.server.until(lambda: heard.heard, "line")
    (interaction,) = listener.server.world.interactions.values()
    listener.server.repeat(interaction)
    await listener.journal.until("discord.repeated")
    heard.open.set()
    assert (await asking).text == "Done."
    assert len(heard.heard) == 1


async def test_after_a_restart_the_database_knows_it(
    discord_shop: DiscordServer, world: World, clock: MovedClock
) -> None:
    parts = Parts()
    async with living(discord_shop, world.bot.dispatcher, clock, parts) as bot:
        seen = await bot.rollout("start checkout")
    async with living(discord_shop, world.bot.dispatcher, clock, parts) as bot:
        discord_shop.repeat(seen)
        assert "40060" in str((await bot.journal.until("discord.answer_lost")).facts["problem"])
    assert [it.action for it in await world.audit()].count("rollout:start") == 1


# Whatever happens.


async def test_a_conversation_that_breaks_is_answered_and_logged(listener: Living, heard: Listening) -> None:
    heard.failing = RuntimeError("broken")
    seen = await listener.rollout("25%")
    assert f"`discord:{seen.id}`" in seen.text
    assert seen.ephemeral
    heard.failing = None
    assert (await listener.rollout("25%")).text == "Done."


async def test_one_that_breaks_after_a_promise_is_answered_too(
    listener: Living, heard: Listening, clock: MovedClock
) -> None:
    heard.failing = RuntimeError("broken")
    seen = await deferred(listener, heard, clock)
    assert "Something went wrong inside Rollcall" in seen.text


@pytest.mark.parametrize(
    "data",
    [
        {"name": "flag", "options": [{"name": "set", "type": 1, "options": [{}]}]},
        {"name": "flag", "options": "nothing"},
        {"name": "flag"},
        {"options": []},
        {},
    ],
)
async def test_an_interaction_without_what_each_has_ends_nothing(
    listener: Living, heard: Listening, data: dict[str, object]
) -> None:
    seen = await listener.rollout("25%")
    broken = {**seen.payload, "id": str(seen.id + 1), "data": data}
    listener.server.malformed_dispatch("INTERACTION_CREATE", broken)
    assert (await listener.rollout("25%")).text == "Done."
    assert len(heard.heard) == 2
    assert len(listener.server.identifies) == 1
    assert listener.journal.events("error") in ([], ["discord.interaction_failed"])
