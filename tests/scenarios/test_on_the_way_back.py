"""While a way back is not in force yet, nothing goes up beside it; and what a hand does to a rollout is on its record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bot.domain.errors import Unavailable
from bot.domain.flag import FlagTarget
from tests.fakes.clock import turns
from tests.fakes.flag_provider import FakeProvider
from tests.fakes.plan_library import WrittenPlans
from tests.scenarios.world import CHECKOUT, World, world_over

OUTAGE = 100
"""So many calls fail in a row: more than any test makes before it ends the outage."""


async def test_a_flag_that_is_switched_off_by_hand_leaves_its_rollout_waiting_on_record(at_ten: World) -> None:
    await at_ten.done("/flag off checkout because it burns")
    entry = next(it for it in reversed(await at_ten.audit()) if it.subject == "rollout:1")
    assert (entry.action, entry.person, entry.reason) == ("rollout:lower", "ana", "it burns")
    assert entry.before is not None
    assert entry.after is not None
    assert (entry.before["status"], entry.after["status"]) == ("running", "paused")


async def test_a_plan_is_not_started_anew_before_the_way_back_of_the_last_is_in_force(url: str) -> None:
    flags = FakeProvider()
    async with world_over(url, plans=WrittenPlans(checkout=CHECKOUT), providers={"builtin": flags}) as world:
        await world.done("/rollout start checkout")
        flags.failures.extend([Unavailable("The flags do not answer.")] * OUTAGE)
        await world.done("/rollout rollback 1")
        assert "has not been seen to hold" in await world.refused("/rollout start checkout")
        flags.failures.clear()
        await world.passes(timedelta(minutes=1))
        await world.done("/rollout start checkout")


async def test_a_percentage_set_by_hand_raises_nothing_that_was_asked_to_be_lower(url: str) -> None:
    flags = FakeProvider()
    async with world_over(url, plans=WrittenPlans(checkout=CHECKOUT), providers={"builtin": flags}) as world:
        await world.done("/flag create checkout")
        await world.done("/flag set checkout 50%")
        await world.done("/rollout start checkout")
        flags.failures.extend([Unavailable("The flags do not answer.")] * OUTAGE)
        await world.done("/rollout 5%")
        await world.done("/flag set checkout 30%")
        assert [str(it.setting) for it in (await world.rollout()).wanted] == ["5%"]


TWO_WAYS_BACK = """
plan: quick
title: Quick
environment: production
flags: {quick: {unit: user}}
channel: {local: releases}
phases: [{name: Everyone, steps: [{set: 50%}, {set: 100%}]}]
rollback:
  - {name: Fewer, set: 10%}
  - {name: Nobody, set: off}
"""


@dataclass(slots=True)
class LateProvider(FakeProvider):
    """A system in which 10% takes a while to be written, longer than anything else."""

    async def write(self, target: FlagTarget, cause: str) -> None:
        """Make the flag hold the target."""
        if str(target.setting) == "10%":
            await turns()
        await FakeProvider.write(self, target, cause)


async def test_of_two_ways_back_of_one_flag_the_lower_one_holds(url: str) -> None:
    flags = LateProvider()
    async with world_over(url, plans=WrittenPlans(quick=TWO_WAYS_BACK), providers={"builtin": flags}) as world:
        await world.done("/rollout start quick")
        await world.done("/rollout next --rollout 1")
        await world.done("/rollout next --rollout 1")
        flags.failures.extend([Unavailable("The flags do not answer.")] * OUTAGE)
        await world.done("/rollout start quick")
        await world.done("/rollout rollback 2 --rollout 2")
        await world.done("/rollout rollback 1 --rollout 1")
        flags.failures.clear()
        await world.passes(timedelta(minutes=1))
        assert str(flags.held["quick", "production"]) == "off"
        await world.passes(timedelta(minutes=1))
        assert str(flags.held["quick", "production"]) == "off"
        assert all(it.settled for it in await world.store.read(lambda tx: tx.rollouts.recent(2)))
