"""The line is stopped while a raise is wanted and not in force: what was not up yet goes up no more until somebody resumes."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.domain.errors import Unavailable
from bot.domain.rollout import Status
from tests.fakes.flag_provider import FakeProvider
from tests.fakes.plan_library import WrittenPlans
from tests.scenarios.world import CHECKOUT, HOUR, MINUTE, SECOND, World, world_over

CLOSED = CHECKOUT.replace("phases:", 'never: ["11:30-12:30"]\nphases:')
"""The plan of which nothing goes up around noon; rollouts begin at nine."""

DOWN = Unavailable("The flags do not answer.", "Wait.")

STOPS = {
    "/rollout pause because of lunch": "rollout:pause",
    "/rollout reject because it is not right": "rollout:reject",
    "/freeze on because of the outage": "rollout:pause",
    "/freeze on --env production because of the outage": "rollout:pause",
}


@pytest.fixture
def flags() -> FakeProvider:
    """Return the system that holds the flags."""
    return FakeProvider()


@pytest_asyncio.fixture
async def on_its_way(url: str, flags: FakeProvider) -> AsyncIterator[World]:
    """Return a world in which 25 % was asked for and the flags do not answer, so that they are at 10 %."""
    plans = WrittenPlans(checkout=CLOSED)
    async with world_over(url, plans=plans, providers={"builtin": flags}) as world:
        await world.done("/rollout start checkout")
        await world.done('/checklist tick all --evidence "seen"')
        await world.done("/rollout 10%")
        await world.passes(HOUR)
        flags.failures = deque([DOWN] * 10_000)
        await world.done("/rollout 25%")
        assert held(flags) == "10%"
        yield world


def held(flags: FakeProvider) -> str:
    """Return what the flag really holds."""
    return str(flags.held["checkout", "production"])


async def answers_again(world: World, flags: FakeProvider) -> None:
    flags.failures.clear()
    await world.passes(11 * SECOND)


@pytest.mark.parametrize("line", STOPS)
async def test_what_was_not_in_force_when_the_line_was_stopped_goes_on_with_resume_only(
    on_its_way: World, flags: FakeProvider, line: str
) -> None:
    world = on_its_way
    await world.done(line)
    assert STOPS[line] in {it.action for it in await world.audit() if it.subject == "rollout:1"}
    flags.writes.clear()
    await answers_again(world, flags)
    rollout = await world.rollout()
    assert (rollout.status, rollout.settled, held(flags)) == (Status.PAUSED, True, "10%")
    await world.passes(5 * HOUR)
    assert flags.writes == []
    if line.startswith("/freeze"):
        assert "cannot go up now" in await world.refused("/rollout resume")
        await world.done(f"/freeze off{' --env production' if '--env' in line else ''}")
    await world.done("/rollout resume")
    assert held(flags) == "25%"


async def test_whoever_stops_the_line_sees_what_waits_and_why(on_its_way: World, flags: FakeProvider) -> None:
    world = on_its_way
    await world.done("/freeze on because it burns")
    assert (await world.said())[-1] == (
        "#1 The new checkout is held at “Everyone: 25%”: ana stopped the line: it burns."
    )
    await answers_again(world, flags)
    assert (await world.rollout()).lowered


async def test_a_time_that_closes_stops_what_is_on_its_way_too(on_its_way: World, flags: FakeProvider) -> None:
    world = on_its_way
    await world.passes(2 * HOUR)
    await answers_again(world, flags)
    rollout = await world.rollout()
    assert (rollout.status, rollout.reason) == (
        Status.PAUSED,
        "production is closed now (11:30-12:30 UTC: the plan checkout says so)",
    )
    assert held(flags) == "10%"
    await world.passes(2 * HOUR)
    await world.done("/rollout resume")
    assert held(flags) == "25%"


async def test_what_was_overridden_in_a_closed_time_is_made_true_in_it(url: str, flags: FakeProvider) -> None:
    async with world_over(url, plans=WrittenPlans(checkout=CLOSED), providers={"builtin": flags}) as world:
        await world.done("/rollout start checkout")
        await world.done('/checklist tick all --evidence "seen"')
        await world.passes(2 * HOUR + 45 * MINUTE)
        flags.failures = deque([DOWN] * 5)
        await world.done("/rollout override because it is the fix")
        await answers_again(world, flags)
        assert held(flags) == "10%"


async def test_a_freeze_elsewhere_stops_nothing_here(on_its_way: World, flags: FakeProvider) -> None:
    world = on_its_way
    await world.done("/freeze on --env staging because of the outage")
    await answers_again(world, flags)
    assert held(flags) == "25%"


async def test_a_raise_whose_answer_was_lost_stays_where_it_was_stopped(on_its_way: World, flags: FakeProvider) -> None:
    world = on_its_way
    flags.held["checkout", "production"] = (await world.rollout()).wanted[0].setting
    await world.done("/rollout pause")
    await answers_again(world, flags)
    rollout = await world.rollout()
    assert (rollout.settled, rollout.lowered, held(flags)) == (True, False, "25%")


@pytest.mark.parametrize(
    ("line", "expected"), [("/rollout 20%", "10%"), ("/rollout back", "10%"), ("/rollout 5%", "5%")]
)
async def test_going_down_from_what_never_was_in_force_raises_nothing(
    on_its_way: World, flags: FakeProvider, line: str, expected: str
) -> None:
    world = on_its_way
    await world.done(line)
    await answers_again(world, flags)
    assert (held(flags), (await world.rollout()).status) == (expected, Status.PAUSED)


async def test_a_way_back_that_is_higher_than_what_is_in_force_raises_nothing(url: str, flags: FakeProvider) -> None:
    text = CHECKOUT.replace(
        "{name: Switch it off, set: off, takes: instant}", "{name: A fifth, set: 20%, takes: instant}"
    )
    async with world_over(url, plans=WrittenPlans(checkout=text), providers={"builtin": flags}) as world:
        await world.done("/rollout start checkout")
        await world.done('/checklist tick all --evidence "seen"')
        await world.done("/rollout 10%")
        await world.passes(HOUR)
        flags.failures = deque([DOWN] * 10_000)
        await world.done("/rollout 25%")
        await world.done("/rollout rollback")
        await answers_again(world, flags)
        assert (held(flags), (await world.rollout()).settled) == ("10%", True)
