"""Rehearsals beside a running bot."""

from __future__ import annotations

import asyncio

import pytest

from bot.domain.errors import Refused
from bot.domain.rehearsal import Ending
from bot.domain.team import NO_TEAM
from bot.files.plan_file import read_plan
from bot.rehearsal.beside import Beside
from tests.rehearsal.plans_for_tests import CHECKOUT, MONDAY
from tests.scenarios.world import World

MANY = 10
"""Whoever got so many turns while somebody else rehearsed was not kept from going on."""


async def test_a_second_rehearsal_is_refused_while_the_first_is_under_way_and_the_bot_goes_on_meanwhile() -> None:
    plan, rehearser, turns = read_plan(CHECKOUT, "checkout.yaml", name="checkout"), Beside(), 0
    first = asyncio.create_task(rehearser.rehearse(plan, NO_TEAM, MONDAY))
    await asyncio.wait({first}, timeout=0)
    with pytest.raises(Refused, match="is under way"):
        await rehearser.rehearse(plan, NO_TEAM, MONDAY)
    while not first.done() and turns < MANY:
        await asyncio.wait({first}, timeout=0)
        turns += 1
    assert turns == MANY
    assert (await first).ending is Ending.COMPLETED
    assert (await rehearser.rehearse(plan, NO_TEAM, MONDAY)).ending is Ending.COMPLETED


async def test_a_bot_without_a_rehearser_says_where_plans_are_rehearsed(world: World) -> None:
    assert "rollcall plan rehearse checkout" in await world.refused("/plan rehearse checkout")
