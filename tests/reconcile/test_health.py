"""Whoever watches the bot from outside learns what is overdue, and what does not work."""

from __future__ import annotations

import asyncio

from bot.domain.errors import Unavailable
from bot.domain.health import Overdue
from tests.fakes.chat_platform import FakePlatform
from tests.fakes.plan_library import WrittenPlans
from tests.scenarios.world import CHECKOUT, HOUR, MINUTE, SECOND, world_over

PLANS = WrittenPlans(checkout=CHECKOUT)


async def test_a_bot_whose_loop_does_not_run_is_not_well(url: str) -> None:
    async with world_over(url, plans=PLANS) as world:
        found = await world.bot.physician.look()
        assert (found.loop_runs, found.well) == (False, False)


async def test_a_bot_that_has_nothing_to_do_is_well(url: str) -> None:
    async with world_over(url, plans=PLANS) as world:
        running = asyncio.create_task(world.bot.loop.run())
        await asyncio.sleep(0)  # noqa: TID251  # Lets the loop start; no time passes.
        found = await world.bot.physician.look()
        world.bot.loop.stop()
        await running
        assert found.well


async def test_what_waits_for_more_than_a_minute_is_overdue(url: str) -> None:
    platform = FakePlatform()
    async with world_over(url, plans=PLANS, platforms={"local": platform}) as world:
        platform.failures.append(Unavailable("Down."))
        await world.done("/rollout start checkout")
        world.clock.advance(MINUTE)
        assert (await world.bot.physician.look()).overdue == ()
        due = world.clock.now() - MINUTE + SECOND
        world.clock.advance(HOUR)
        assert Overdue("outbox", due) in (await world.bot.physician.look()).overdue


async def test_a_service_that_is_down_is_named(url: str) -> None:
    async with world_over(url, plans=PLANS) as world:
        world.bot.physician.down.add("slack")
        assert (await world.bot.physician.look()).disconnected == ("slack",)


async def test_a_database_that_does_not_answer_is_named(url: str) -> None:
    async with world_over(url, plans=PLANS) as world:
        await world.store.close()  # type: ignore[attr-defined]  # The store of the test is the real one.
        assert "database" in (await world.bot.physician.look()).ailing
