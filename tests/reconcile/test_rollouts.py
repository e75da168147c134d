"""The loop makes true what people want, through systems that fail, apply late, or are changed by two loops at once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from bot.chat.conversation import Origin, Outcome
from bot.domain.errors import Unavailable
from bot.domain.flag import FlagSetting, FlagTarget
from bot.domain.rollout import Status
from bot.ports import FlagProvider
from tests.fakes.flag_provider import FakeProvider
from tests.fakes.plan_library import WrittenPlans
from tests.scenarios.world import CHECKOUT, HOUR, SECOND, World, world_over

PLANS = WrittenPlans(checkout=CHECKOUT)
DOWN = Unavailable("The flag server does not answer.", "wait")
AUTO = """
plan: checkout
title: The new checkout
environment: production
flags: {checkout: {unit: user}}
channel: {local: releases}
phases:
  - name: Everyone
    soak: 1h
    advance: auto
    steps: [{set: 10%}, {set: 50%}, {set: 100%}]
"""


async def at_ten(world: World) -> None:
    await world.done("/rollout start checkout")
    await world.done('/checklist tick all --evidence "seen"')
    await world.done("/rollout 10%")


async def test_a_wish_is_kept_while_the_provider_is_down_and_comes_true_afterwards(url: str) -> None:
    provider = FakeProvider()
    async with world_over(url, plans=PLANS, providers={"builtin": provider}) as world:
        await world.done("/rollout start checkout")
        await world.done('/checklist tick all --evidence "seen"')
        provider.failures.extend([DOWN] * 3)
        await world.done("/rollout 10%")
        assert provider.writes == []
        assert "Being applied" in await world.done("/rollout status")
        assert "have not been seen to hold" in await world.refused("/rollout 25%")
        await world.passes(10 * SECOND)
        await world.passes(10 * SECOND)
        assert provider.writes == []
        assert await world.said() == []
        await world.passes(10 * SECOND)
        assert [(str(target.setting), cause) for target, cause in provider.writes] == [("10%", "rollout:1:2")]
        assert len(await world.said()) == 1
        assert "In force" in await world.done("/rollout status")


async def test_an_outage_is_recorded_once_however_often_it_was_tried(url: str) -> None:
    provider = FakeProvider()
    async with world_over(url, plans=PLANS, providers={"builtin": provider}) as world:
        await at_ten(world)
        log = len(await world.audit())
        await world.passes(HOUR)
        provider.failures.extend([DOWN] * 30)
        await world.done("/rollout 25%")
        for _ in range(40):
            await world.passes(10 * SECOND)
        moved = [entry.action for entry in (await world.audit())[log:]]
        assert moved == ["rollout:raise"]
        assert len([cause for _, cause in provider.writes if cause == "rollout:1:3"]) == 1
        assert sum("25%” is in force" in line for line in await world.said()) == 1


async def test_down_while_the_provider_is_down_is_the_first_thing_it_hears_afterwards(url: str) -> None:
    provider = FakeProvider()
    async with world_over(url, plans=PLANS, providers={"builtin": provider}) as world:
        await at_ten(world)
        await world.passes(HOUR)
        provider.failures.extend([DOWN] * 2)
        await world.done("/rollout 25%")
        await world.done("/rollout rollback")
        await world.passes(10 * SECOND)
        assert [str(target.setting) for target, _ in provider.writes] == ["10%", "off"]
        assert (await world.rollout()).settled


async def test_what_is_applied_late_is_asked_for_again_and_the_soak_waits_for_it(url: str) -> None:
    provider = FakeProvider()
    async with world_over(url, plans=PLANS, providers={"builtin": provider}) as world:
        await world.done("/rollout start checkout")
        await world.done('/checklist tick all --evidence "seen"')
        provider.forgetful = True
        await world.done("/rollout 10%")
        assert (await world.rollout()).holding_since is None
        await world.passes(HOUR)
        provider.forgetful = False
        await world.passes(10 * SECOND)
        rollout = await world.rollout()
        assert (rollout.settled, rollout.holding_since) == (True, world.clock.now())


async def test_a_plan_that_advances_by_itself_takes_one_step_each_time_its_soak_is_over(url: str) -> None:
    async with world_over(url, plans=WrittenPlans(checkout=AUTO)) as world:
        await world.done("/rollout start checkout")
        for percent in ("10%", "50%", "100%"):
            assert str(await world.held("checkout")) == percent
            await world.passes(HOUR - SECOND)
            assert str(await world.held("checkout")) == percent
            await world.passes(SECOND)
        assert (await world.rollout()).status is Status.COMPLETED
        assert (await world.said())[-1] == "#1 The new checkout is complete, 3 hours after its start."
        own = [
            entry.action for entry in await world.audit() if entry.person == "rollcall" and entry.subject == "rollout:1"
        ]
        assert own == ["rollout:advance", "rollout:advance", "rollout:complete"]


async def test_after_a_long_outage_no_more_than_one_step_is_taken_at_a_time(url: str) -> None:
    async with world_over(url, plans=WrittenPlans(checkout=AUTO)) as world:
        await world.done("/rollout start checkout")
        await world.passes(100 * HOUR)
        assert str(await world.held("checkout")) == "50%"
        await world.passes(HOUR)
        assert str(await world.held("checkout")) == "100%"


async def test_nothing_goes_on_by_itself_while_it_is_paused(url: str) -> None:
    async with world_over(url, plans=WrittenPlans(checkout=AUTO)) as world:
        await world.done("/rollout start checkout")
        await world.done("/rollout pause")
        await world.passes(100 * HOUR)
        assert str(await world.held("checkout")) == "10%"


async def test_people_are_told_once_that_nothing_stands_in_the_way_any_more(url: str) -> None:
    async with world_over(url, plans=PLANS) as world:
        await at_ten(world)
        for _ in range(5):
            await world.passes(HOUR)
        assert [line for line in await world.said() if "has held" in line] == [
            "#1 The new checkout: “Everyone: 10%” has held. Nothing stands in the way of “Everyone: 25%”."
        ]


async def test_a_rollout_with_nothing_due_is_left_alone(url: str) -> None:
    provider = FakeProvider()
    async with world_over(url, plans=PLANS, providers={"builtin": provider}) as world:
        await at_ten(world)
        provider.failures.extend([AssertionError("nobody had to ask")] * 3)
        await world.passes(HOUR - SECOND)
        assert await world.bot.loop.tick() == 0


@dataclass
class SlowProvider:
    """A provider of which one write, once it has begun, is held up until a test lets it through."""

    provider: FlagProvider
    held_up: asyncio.Event = field(default_factory=asyncio.Event)
    through: asyncio.Event = field(default_factory=asyncio.Event)
    slow: bool = True

    async def read(self, flag: str, environment: str) -> FlagSetting | None:
        return await self.provider.read(flag, environment)

    async def write(self, target: FlagTarget, cause: str) -> None:
        if self.slow:
            self.slow = False
            self.held_up.set()
            await self.through.wait()
        await self.provider.write(target, cause)


async def test_a_late_write_of_one_loop_does_not_outlast_what_another_made_true_since(url: str) -> None:
    shared = FakeProvider()
    slow = SlowProvider(shared, slow=False)
    async with (
        world_over(url, plans=PLANS, providers={"builtin": slow}) as one,
        world_over(url, plans=PLANS, providers={"builtin": shared}, clock=one.clock) as other,
    ):
        await at_ten(one)
        await one.passes(HOUR)
        slow.slow = True
        origin = Origin("local", "releases", "ana", "up")
        assert (await one.bot.dispatcher.handle("/rollout 25%", origin)).outcome is Outcome.DONE
        late = asyncio.create_task(one.bot.loop.settle())
        await slow.held_up.wait()
        assert (await other.typed("/rollout rollback", request="down")).outcome is Outcome.DONE
        assert str(shared.held["checkout", "production"]) == "off"
        slow.through.set()
        await late
        await other.passes(10 * SECOND)
        assert str(shared.held["checkout", "production"]) == "off"
