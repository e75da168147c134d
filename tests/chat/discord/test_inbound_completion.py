"""What Discord offers while somebody types: live data, and first what pressing Enter should take."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.chat.discord.answers import DEFER_AFTER
from commands.completion import Candidate
from tests.chat.discord.listening import Listening
from tests.chat.discord.living import Living
from tests.fakes.clock import MovedClock
from tests.fakes.discord.faults import DiscordError
from tests.scenarios.world import World


async def values(bot: Living, typed: str) -> list[str]:
    return [str(choice.value) for choice in await bot.offered("/rollout", "what", typed)]


async def at_the_start(bot: Living) -> None:
    await bot.rollout("start checkout")


async def test_the_next_steps_come_first_with_what_they_are_then_the_verbs(bot: Living) -> None:
    await at_the_start(bot)
    offered = await bot.offered("/rollout", "what")
    assert [choice.value for choice in offered[:4]] == ["10%", "25%", "50%", "100%"]
    assert offered[0].name.startswith("10% · next: Everyone: 10%")
    assert {"start", "next", "pause"} <= {choice.value for choice in offered}
    assert len(offered) <= 25


FIRST = {
    "25%": "25%",
    # The plan has 25%, which holds 5%: Enter takes what was typed.
    "5%": "5%",
    "2": "2",
    "5% because support is quiet": "5% because support is quiet",
    "next": "next",
    "st": "start",
    "pau": "pause",
    "pause ": "pause",
    "start": "start",
    "start ch": "start checkout",
    "start checkout": "start checkout",
    "back": "back",
    "rollback 1": "rollback 1",
    "25% --r": "25% --rollout",
    "/rollout 25%": "25%",
}
"""What is typed, and what pressing Enter should take."""


async def test_enter_takes_what_was_meant(bot: Living) -> None:
    await at_the_start(bot)
    assert {typed: (await values(bot, typed))[0] for typed in FIRST} == FIRST


async def test_a_verb_that_needs_more_is_followed_by_what_it_needs(bot: Living) -> None:
    assert await values(bot, "start") == ["start", "start billing", "start checkout"]
    assert await values(bot, "start ") == ["start billing", "start checkout"]


async def test_nothing_is_offered_for_what_nobody_could_complete(bot: Living) -> None:
    assert await values(bot, "xyzzy") == []


async def test_a_line_too_long_to_be_a_value_is_not_offered(bot: Living) -> None:
    assert await values(bot, f"25% because {'x' * 100}") == []


async def test_options_of_sub_commands_are_completed_from_live_data(bot: Living) -> None:
    await bot.asked("/flag create", key="checkout_two", description="Another checkout")
    await bot.asked("/flag create", key="checkout")
    await at_the_start(bot)
    flags = await bot.offered("/flag show", "key", "check")
    assert {choice.value for choice in flags} == {"checkout", "checkout_two"}
    assert "checkout_two · Another checkout" in {choice.name for choice in flags}
    assert [choice.value for choice in await bot.offered("/plan show", "plan")] == ["billing", "checkout"]
    items = await bot.offered("/checklist tick", "item", "1")
    assert [choice.name for choice in items] == ["1.1 · Database backed up", "1.2 · Load test done"]
    assert [choice.value for choice in await bot.offered("/checklist tick", "rollout", "", item="1.1")] == ["1"]
    assert [choice.value for choice in await bot.offered("/flag set", "env", "st", key="checkout")] == ["staging"]


async def test_an_option_beside_the_line_is_completed_too(bot: Living) -> None:
    await at_the_start(bot)
    assert [choice.value for choice in await bot.offered("/rollout", "rollout", "", what="25%")] == ["1"]


async def test_what_is_typed_exactly_comes_first(bot: Living) -> None:
    for key in ("pay-later", "a-pay", "pay"):
        await bot.asked("/flag create", key=key)
    assert [choice.value for choice in await bot.offered("/flag show", "key", "pay")] == ["pay", "pay-later", "a-pay"]


async def test_several_words_are_one_value(listener: Living, heard: Listening) -> None:
    heard.candidates = (Candidate('"Back it up \\"now\\""', "an item", 9), Candidate("plain", "", 9))
    offered = await listener.offered("/checklist tick", "item", "back it ")
    assert heard.completed == ['/checklist tick --item "back it ']
    assert [(choice.name, choice.value) for choice in offered] == [
        ('Back it up "now" · an item', 'Back it up "now"'),
        ("plain", "plain"),
    ]


async def test_no_more_than_25_are_offered_each_of_at_most_100_characters(listener: Living, heard: Listening) -> None:
    long = tuple(Candidate(f"v{number}-{'x' * 60}", "😀" * 60, 0) for number in range(40))
    heard.candidates = (Candidate("y" * 101, "too long to be chosen", 0), *long)
    offered = await listener.offered("/flag show", "key")
    assert [choice.value for choice in offered] == [it.text for it in long[:25]]
    assert all(len(choice.name.encode("utf-16-le")) // 2 <= 100 and choice.name.endswith("…") for choice in offered)


async def test_the_same_name_is_offered_once(listener: Living, heard: Listening) -> None:
    heard.candidates = (Candidate("a", "b", 0), Candidate("a", "b", 0))
    assert len(await listener.offered("/flag show", "key")) == 1


# Discord sometimes sends what was shown instead of the value.


@pytest.mark.parametrize(("before", "more"), [("", ""), ("", " because support is quiet"), (" ", "")])
async def test_what_was_shown_for_a_value_means_the_value(bot: Living, world: World, before: str, more: str) -> None:
    await at_the_start(bot)
    await bot.asked("/checklist tick", item="all", evidence="seen")
    await world.bot.loop.settle()
    shown = (await bot.offered("/rollout", "what"))[0].name
    seen = await bot.rollout(f"{before}{shown}{more}")
    await world.bot.loop.settle()
    assert not seen.ephemeral
    assert str((await world.held("checkout")).percent) == "10%"


async def test_what_was_shown_before_things_changed_is_refused_and_nothing_is_done(bot: Living, world: World) -> None:
    await at_the_start(bot)
    shown = (await bot.offered("/rollout", "what"))[0].name
    assert "waits for: " in shown
    await bot.asked("/checklist tick", item="all", evidence="seen")
    await world.bot.loop.settle()
    assert (await bot.rollout(shown)).ephemeral
    assert str(await world.held("checkout")) == "off"


async def test_a_verb_that_was_chosen_can_be_typed_on(bot: Living) -> None:
    (shown, *_) = [choice.name for choice in await bot.offered("/rollout", "what", "start")]
    assert shown == "start · start a plan in this channel"
    assert await values(bot, f"{shown} ch") == ["start checkout", "start ch"]
    assert "has started" in (await bot.rollout(f"{shown} checkout")).text


async def test_what_was_shown_for_an_option_means_its_value(bot: Living) -> None:
    await bot.asked("/flag create", key="checkout", description="The new · checkout")
    (shown,) = [choice.name for choice in await bot.offered("/flag show", "key", "check")]
    assert shown == "checkout · The new · checkout"
    assert "checkout" in (await bot.asked("/flag on", key=shown)).text
    assert not (await bot.asked("/flag off", key=shown)).ephemeral


async def test_what_was_shown_and_is_not_true_any_more_does_nothing(bot: Living, world: World) -> None:
    await at_the_start(bot)
    seen = await bot.rollout("10% · next: Something else")
    assert seen.ephemeral
    assert "did not understand" in seen.text
    assert str((await world.held("checkout")).percent) == "0%"


async def test_a_sign_between_the_words_of_a_reason_means_nothing(listener: Living, heard: Listening) -> None:
    await listener.rollout("25% because a · b")
    await listener.asked("/flag on", key="checkout", because="c · d")
    assert [it.line for it in heard.heard] == ["/rollout 25% because a · b", "/flag on checkout because c · d"]
    assert heard.completed == ["/rollout 25% because a"]


# In time.


async def test_completion_that_takes_too_long_is_answered_with_nothing(
    listener: Living, heard: Listening, clock: MovedClock
) -> None:
    heard.candidates = (Candidate("checkout", "a flag", 0),)
    heard.open.clear()
    offering = asyncio.create_task(listener.offered("/flag show", "key"))
    await listener.server.until(lambda: heard.completed, "completion")
    clock.advance(DEFER_AFTER + timedelta(milliseconds=1))
    assert await offering == []


async def test_completion_that_fails_offers_nothing_and_is_logged(listener: Living, heard: Listening) -> None:
    heard.failing = RuntimeError("broken")
    assert await listener.offered("/flag show", "key") == []
    assert listener.journal.events("error") == ["discord.interaction_failed"]


async def test_an_offer_that_is_lost_is_logged(listener: Living) -> None:
    fault = DiscordError(10062, 404, "Unknown interaction")
    listener.server.faults.next("POST /interactions/{id}/{token}/callback", fault)
    offering = asyncio.create_task(listener.offered("/flag show", "key"))
    await listener.journal.until("discord.answer_lost")
    offering.cancel()


async def test_nothing_is_offered_where_a_command_has_sub_commands_only(listener: Living, heard: Listening) -> None:
    seen = await listener.rollout("status")
    broken = {**seen.payload, "id": str(seen.id + 1), "type": 4, "data": {"name": "flag", "options": []}}
    listener.server.malformed_dispatch("INTERACTION_CREATE", broken)
    await listener.journal.until("discord.answer_lost")
    assert heard.completed == []
