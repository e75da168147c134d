"""Of flags that have done their work people are reminded once a week, where they were rolled out, until they are retired."""

from __future__ import annotations

from datetime import timedelta

from bot.domain.team import Team
from bot.files.team_file import read_team
from bot.operations.circumstances import Circumstances
from bot.reconcile.flag_reminders import AFTER_THE_START, FlagReminderKeeper
from tests.fakes.clock import MovedClock
from tests.fakes.plan_library import WrittenPlans
from tests.scenarios.world import DAY, HOUR, MINUTE, SECOND, World, world_over

SHORT = """
plan: short
title: A short one
environment: production
flags: {short: {unit: user}}
channel: {local: releases}
phases: [{name: Everyone, steps: [{set: 100%}]}]
after:
  - {at: +2w, checklist: [Retire the flag]}
"""
PLANS = WrittenPlans(short=SHORT)
TEAM = """
people:
  ana: {roles: owner, local: ana}
channels:
  releases: {local: releases%s}
environments: {production: {channels: releases}}
"""
MONTH = timedelta(days=30)
WEEK = timedelta(days=7)


def team(quiet: str = "") -> Team:
    text = TEAM % (f', quiet: "{quiet}"' if quiet else "")
    return read_team(text, "rollcall.yaml", lambda _: None, lambda name: (name, b""))


async def days(world: World, number: int) -> None:
    for _ in range(number):
        await world.passes(DAY)


async def reminders(world: World) -> list[str]:
    """Return the reminders that stand in #releases."""
    return [said for said in await world.said() if said.startswith("Reminder: ")]


async def completed(world: World) -> None:
    """Let the plan of the flag be done."""
    await world.done("/rollout start short")
    await world.done("/rollout next")
    assert (await world.rollout()).status == "completed"


async def test_the_last_rollouts_channel_is_reminded_weekly_until_the_flag_is_retired(url: str) -> None:
    async with world_over(url, plans=PLANS) as world:
        await completed(world)
        await days(world, 14)
        assert await reminders(world) == [], "on the day itself the plan's own task speaks"
        await days(world, 1)
        assert await reminders(world) == ["Reminder: short has done its work."]
        await days(world, 6)
        assert len(await reminders(world)) == 1
        await days(world, 1)
        assert len(await reminders(world)) == 2
        await world.agreed("/flag retire short")
        await days(world, 30)
        assert len(await reminders(world)) == 2


async def test_whoever_is_started_anew_does_not_repeat_a_reminder(url: str) -> None:
    clock = MovedClock()
    async with world_over(url, plans=PLANS, clock=clock) as world:
        await completed(world)
        await days(world, 16)
        assert len(await reminders(world)) == 1
    for _ in range(3):
        async with world_over(url, plans=PLANS, clock=clock) as world:
            await world.bot.loop.settle()
            await world.passes(HOUR)
            assert len(await reminders(world)) == 1


async def test_two_processes_that_look_at_once_say_it_once(url: str) -> None:
    async with world_over(url, plans=PLANS) as world:
        await completed(world)
        world.clock.advance(16 * DAY)
        keepers = [FlagReminderKeeper(world.store, world.clock, _circumstances(world)) for _ in range(2)]
        for keeper in keepers:
            assert await keeper.step() == 0
        world.clock.advance(AFTER_THE_START)
        assert [await keeper.step() for keeper in keepers] == [1, 0]


def _circumstances(world: World) -> Circumstances:
    return world.bot.operations.flags.circumstances


async def test_a_process_that_ends_after_a_command_reminds_nobody(url: str) -> None:
    clock = MovedClock()
    async with world_over(url, plans=PLANS, clock=clock) as world:
        await completed(world)
    clock.advance(16 * DAY)
    async with world_over(url, plans=PLANS, clock=clock) as world:
        await world.typed("/flag list", request="later")
        assert await reminders(world) == []
        await world.passes(AFTER_THE_START - SECOND)
        assert await reminders(world) == []
        await world.passes(SECOND)
        assert len(await reminders(world)) == 1


async def test_a_flag_without_a_rollout_is_spoken_of_where_its_environment_is_changed(url: str) -> None:
    async with world_over(url, team=team) as world:
        for line in ("/flag create banner", "/flag on banner", "/flag create spring --owner design"):
            await world.done(line)
        await world.passes(MINUTE)
        await days(world, 33)
        assert await reminders(world) == ["Reminder: banner, spring have done their work."]
        await world.done("/flag set banner 50%")
        await days(world, 7)
        assert (await reminders(world))[1:] == ["Reminder: spring has done its work."]


async def test_without_a_channel_nobody_is_reminded_and_the_list_still_names_the_flag(url: str) -> None:
    async with world_over(url) as world:
        await world.done("/flag create banner")
        await days(world, 40)
        assert await reminders(world) == []
        assert "banner" in await world.done("/flag stale")


async def test_quiet_hours_are_waited_out(url: str) -> None:
    """The world's clock begins at nine in the morning."""
    quiet = team("08:00-17:00")
    async with world_over(url, team=lambda: quiet) as world:
        await world.done("/flag create banner")
        await world.passes(MINUTE)
        await days(world, 33)
        assert await reminders(world) == []
        await world.passes(7 * HOUR + 58 * MINUTE)
        assert await reminders(world) == []
        await world.passes(MINUTE)
        assert len(await reminders(world)) == 1


async def test_a_flag_that_came_back_into_use_and_is_stale_again_is_a_new_matter(url: str) -> None:
    async with world_over(url, team=team) as world:
        await world.done("/flag create banner")
        await world.passes(MINUTE)
        await days(world, 32)
        assert len(await reminders(world)) == 1
        await world.done("/flag set banner 50%")
        await days(world, 8)
        await world.done("/flag on banner")
        await days(world, 29)
        assert len(await reminders(world)) == 1
        await days(world, 2)
        assert len(await reminders(world)) == 2
