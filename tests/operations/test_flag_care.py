"""Flags that have done their work are named, with the path of the code that stays."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from tests.fakes.plan_library import WrittenPlans
from tests.scenarios.world import DAY, HOUR, World, world_over

SHORT = """
plan: short
title: A short one
environment: production
flags: {short: {unit: user}}
channel: {local: releases}
phases: [{name: Everyone, steps: [{set: 100%}]}]
after:
  - {at: +1d, checklist: [Read the log]}
  - {at: +2w, checklist: [Retire the flag]}
  - {at: +1d, every: 7d, until: 90d, checklist: [Look at it]}
"""
MONTH = timedelta(days=30)


@pytest_asyncio.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    url = f"sqlite+aiosqlite:///{tmp_path / 'rollcall.db'}"
    async with world_over(url, plans=WrittenPlans(short=SHORT)) as made:
        yield made


async def stale(world: World) -> dict[str, bool]:
    return {it.flag.key: it.all_on for it in await world.bot.operations.flags.care.stale()}


@pytest.mark.parametrize(
    ("lines", "all_on"),
    [
        (["on banner", "on banner --env staging"], True),
        (["on banner", "off banner"], False),
        (["set banner 50%", "set banner 0%"], False),
        (["on banner", "set banner 5% --env staging", "off banner --env staging"], False),
    ],
    ids=["all on", "off again", "0 %", "off in one environment"],
)
async def test_a_flag_that_is_the_same_for_everybody_for_thirty_days_is_stale(
    world: World, lines: list[str], all_on: bool
) -> None:
    await world.done("/flag create banner")
    for line in lines:
        await world.done(f"/flag {line}")
    await world.passes(MONTH - HOUR)
    assert await stale(world) == {}
    await world.passes(HOUR)
    assert await stale(world) == {"banner": all_on}


@pytest.mark.parametrize(
    "lines",
    [
        ["set banner 50%"],
        ["set banner 100% --tiers pro"],
        ["on banner", "set banner 5% --env staging"],
        ["set banner 5%", "target banner u1", "set banner 0%"],
        ["on banner", "off banner", "retire banner"],
    ],
    ids=["half", "one tier", "half in staging", "named users", "retired"],
)
async def test_a_flag_that_still_tells_people_apart_or_was_retired_is_not_stale(world: World, lines: list[str]) -> None:
    await world.done("/flag create banner")
    for line in lines:
        await world.done(f"/flag {line}")
    await world.passes(2 * MONTH)
    assert await stale(world) == {}


async def test_a_flag_that_was_never_switched_on_is_stale(world: World) -> None:
    await world.done("/flag create banner --owner design")
    await world.passes(MONTH)
    said = await world.done("/flag stale")
    assert all(word in said for word in ("banner", "never switched on", "the old one", "design", "/flag retire"))


async def test_a_flag_is_stale_from_the_day_on_which_its_plan_cleans_up(world: World) -> None:
    await world.done("/rollout start short")
    await world.done("/rollout next")
    await world.passes(DAY)
    assert (await world.rollout()).status == "completed"
    await world.passes(12 * DAY)
    assert await stale(world) == {}
    await world.passes(DAY)
    assert await stale(world) == {"short": True}
    said = await world.done("/flag stale")
    assert "#1 A short one was to be cleaned up by" in said
    await world.agreed("/flag retire short")
    assert "Every flag is of use" in await world.done("/flag stale")


async def test_a_flag_that_a_rollout_drives_is_of_use_however_long_it_takes(world: World) -> None:
    await world.done("/rollout start short")
    await world.passes(2 * MONTH)
    assert await stale(world) == {}


async def test_a_check_can_be_worked_out_again(world: World) -> None:
    await world.done("/flag create banner")
    await world.done("/flag set banner 0.001% --tiers pro")
    said = await world.done("/flag check banner u42 tier=pro")
    assert "(of “banner:u42”)" in said
    assert "it is in from" in said
    assert "it counts users" in said
    threshold = said.partition("it is in from ")[2].partition(" on")[0]
    await world.done(f"/flag set banner {threshold}")
    assert "u42 sees banner" in await world.done("/flag check banner u42 --tier pro")
