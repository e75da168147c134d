"""What a bare `/rollout 25%` means in a channel, and how the bot asks instead of guessing."""

from __future__ import annotations

import pytest

from bot.chat.conversation import Outcome
from tests.fakes.plan_library import WrittenPlans
from tests.scenarios.world import CHECKOUT, HOUR, World, world_over

SEARCH = CHECKOUT.replace("plan: checkout", "plan: search").replace("checkout", "search")
VERBS = (
    "/rollout 25%",
    "/rollout next",
    "/rollout pause",
    "/rollout back",
    "/rollout abort because it is enough",
    "/rollout rollback",
    "/rollout rollback 2",
    "/rollout override it is fine",
    "/rollout to 25% because of reasons",
)


async def prepared(world: World, number: int) -> None:
    await world.done(f'/checklist tick all --rollout {number} --evidence "seen"')


async def test_it_is_the_rollout_bound_to_the_channel(at_ten: World) -> None:
    await at_ten.passes(HOUR)
    assert "10% → 25%" in await at_ten.done("/rollout 25%")


async def test_else_the_only_one_whose_plan_names_the_channel(world: World) -> None:
    await world.done("/rollout start checkout", channel="ops")
    await prepared(world, 1)
    assert "off → 10%" in await world.done("/rollout 10%", channel="#releases")


async def test_the_one_that_is_bound_comes_before_one_that_only_names_the_channel(url: str) -> None:
    async with world_over(url, plans=WrittenPlans(checkout=CHECKOUT, search=SEARCH)) as world:
        await world.done("/rollout start checkout", channel="ops")
        await world.done("/rollout start search", channel="releases")
        await prepared(world, 1)
        await prepared(world, 2)
        assert "search" in await world.done("/rollout 10%")
        assert str(await world.held("checkout")) == "off"


async def test_else_the_flag_that_is_bound_to_the_channel(world: World) -> None:
    await world.done("/flag create banner")
    await world.done("/flag bind banner", channel="design")
    assert "off → 25%" in await world.done("/rollout 25%", channel="design")
    assert str(await world.held("banner")) == "25%"


async def test_a_rollout_comes_before_a_flag_in_the_same_channel(at_ten: World) -> None:
    await at_ten.done("/flag create banner")
    await at_ten.done("/flag bind banner")
    await at_ten.passes(HOUR)
    await at_ten.done("/rollout 25%")
    assert (str(await at_ten.held("checkout")), str(await at_ten.held("banner"))) == ("25%", "off")


async def test_with_two_flags_the_bot_asks(world: World) -> None:
    for flag in ("banner", "footer"):
        await world.done(f"/flag create {flag}")
        await world.done(f"/flag bind {flag}", channel="design")
    asked = await world.refused("/rollout 25%", channel="design")
    assert "/flag set banner 25%" in asked
    assert "/flag set footer 25%" in asked


async def test_with_nothing_to_mean_the_answer_says_what_there_is_elsewhere(at_ten: World) -> None:
    answer = await at_ten.refused("/rollout 25%", channel="somewhere")
    assert "No rollout is active in this channel." in answer
    assert "#1 checkout" in answer


@pytest.mark.parametrize("line", VERBS)
async def test_with_two_rollouts_the_bot_asks_and_each_answer_is_a_button_that_works(url: str, line: str) -> None:
    async with world_over(url, plans=WrittenPlans(checkout=CHECKOUT, search=SEARCH)) as world:
        for number, plan in ((1, "checkout"), (2, "search")):
            await world.done(f"/rollout start {plan}")
            await prepared(world, number)
            await world.done(f"/rollout next --rollout {number}")
            await world.passes(HOUR)
        before = await world.store.read(lambda tx: list(tx.rollouts.active()))
        asked = await world.typed(line)
        assert "Which one?" in asked.message.summary
        assert await world.store.read(lambda tx: list(tx.rollouts.active())) == before
        assert [button.label for button in asked.message.buttons] == ["#1 The new checkout", "#2 The new search"]
        pressed = await world.typed(asked.message.buttons[1].command)
        assert pressed.outcome is not Outcome.NOT_UNDERSTOOD, world.text(pressed)
        assert "#2" in pressed.message.summary


async def test_with_two_rollouts_reading_asks_as_well(url: str) -> None:
    async with world_over(url, plans=WrittenPlans(checkout=CHECKOUT, search=SEARCH)) as world:
        await world.done("/rollout start checkout")
        await world.done("/rollout start search")
        for line in (
            "/rollout status",
            "/rollout history",
            "/rollout timeline",
            "/checklist show",
            "/checklist tick all",
            "/checklist",
        ):
            asked = await world.typed(line)
            assert "Which one?" in asked.message.summary, line
            pressed = await world.typed(asked.message.buttons[0].command)
            assert pressed.outcome is not Outcome.NOT_UNDERSTOOD, world.text(pressed)


async def test_a_channel_can_be_bound_to_a_rollout_and_shows_its_card(at_ten: World) -> None:
    await at_ten.done("/rollout bind 1", channel="support")
    assert await at_ten.cards("support") == await at_ten.cards("releases")
    await at_ten.done("/rollout pause because support is flooded", channel="support")
    assert "paused" in (await at_ten.cards("support"))[0]
    assert "paused" in (await at_ten.cards("releases"))[0]


async def test_with_several_flags_in_the_plan_the_bot_asks_which_one(url: str) -> None:
    text = """
plan: pair
title: A pair
environment: production
flags: {one: {unit: user}, two: {unit: user}}
phases:
  - name: All
    steps: [{set: {one: 10%, two: 10%}}, {set: {one: 50%, two: 50%}}, {set: {one: 100%}}]
"""
    async with world_over(url, plans=WrittenPlans(pair=text)) as world:
        await world.done("/rollout start pair")
        asked = await world.typed("/rollout 50%")
        assert "drives several flags" in asked.message.summary
        pressed = await world.typed(asked.message.buttons[0].command)
        assert pressed.outcome is Outcome.DONE, world.text(pressed)
        assert (str(await world.held("one")), str(await world.held("two"))) == ("50%", "50%")
        assert "one in production: 50% → 100%" in await world.done("/rollout 100%")
