"""Several people, several processes, one database."""

from __future__ import annotations

import asyncio

import pytest

from bot.chat.conversation import Origin, Outcome
from bot.domain.rollout import Status
from tests.fakes.clock import MovedClock
from tests.fakes.plan_library import WrittenPlans
from tests.scenarios.world import CHECKOUT, HOUR, World, world_over

# Tracing every line of it would take as long as living it, and what it reaches is covered by tests of its own.
pytestmark = pytest.mark.no_cover


async def test_fifty_commands_at_once_are_all_done_and_all_on_record(world: World) -> None:
    lines = [f"/flag create flag_{number}" for number in range(50)]
    replies = await asyncio.gather(*(world.typed(line, by=f"person-{n}") for n, line in enumerate(lines)))
    assert [reply.outcome for reply in replies] == [Outcome.DONE] * 50
    entries = await world.audit()
    assert {(it.person, it.subject) for it in entries} == {(f"person-{n}", f"flag:flag_{n}") for n in range(50)}
    assert (await world.bot.operations.audit.verify()).checked == 50
    assert not world.journal.events("warning", "error")


async def test_fifty_people_change_the_same_rollout_at_once_and_nothing_is_lost(at_ten: World) -> None:
    items = [f"/flag set checkout {percent / 10}%" for percent in range(50, 0, -1)]
    before = len(await at_ten.audit())
    replies = await asyncio.gather(*(at_ten.typed(line, by=f"person-{n}") for n, line in enumerate(items)))
    done = sum(reply.outcome is Outcome.DONE for reply in replies)
    assert done + sum(reply.outcome is Outcome.REFUSED for reply in replies) == 50
    by_people = [it for it in (await at_ten.audit())[before:] if it.person.startswith("person-")]
    assert len({it.person for it in by_people}) == 50
    # What was set by hand is on record for the flag, and for the rollout that waits there since.
    for subject in ("flag:checkout", "rollout:1"):
        assert sum((it.outcome, it.subject) == ("accepted", subject) for it in by_people) == done
    assert await at_ten.held("checkout") == (await at_ten.rollout()).wanted[0].setting
    assert not at_ten.journal.events("error")


async def test_two_people_who_go_on_at_once_take_one_step(at_ten: World) -> None:
    await at_ten.passes(HOUR)
    replies = await asyncio.gather(at_ten.typed("/rollout next"), at_ten.typed("/rollout next", by="ben"))
    assert sorted(reply.outcome for reply in replies) == [Outcome.DONE, Outcome.REFUSED]
    assert str(await at_ten.held("checkout")) == "25%"


async def test_of_two_who_start_the_same_plan_at_once_one_is_refused(world: World) -> None:
    replies = await asyncio.gather(*(world.typed("/rollout start checkout", by=name) for name in ("ana", "ben")))
    assert sorted(reply.outcome for reply in replies) == [Outcome.DONE, Outcome.REFUSED]
    assert len(await world.store.read(lambda tx: list(tx.rollouts.active()))) == 1


async def test_fifty_commands_of_two_processes_at_once_are_all_done(url: str) -> None:
    plans, clock = WrittenPlans(checkout=CHECKOUT), MovedClock()
    async with world_over(url, plans=plans, clock=clock) as one, world_over(url, plans=plans, clock=clock) as other:
        lines = [
            (world, f"/flag create {name}_{n}") for n in range(25) for name, world in (("one", one), ("other", other))
        ]
        replies = await asyncio.gather(*(world.typed(line, request=line) for world, line in lines))
        assert [reply.outcome for reply in replies] == [Outcome.DONE] * 50
        assert (await other.bot.operations.audit.verify()).checked == 50


async def test_what_another_process_writes_is_done_by_the_loop_that_runs(url: str) -> None:
    plans, clock = WrittenPlans(checkout=CHECKOUT), MovedClock()
    async with world_over(url, plans=plans, clock=clock) as running, world_over(url, plans=plans, clock=clock) as other:
        await running.done("/rollout start checkout")
        await running.done('/checklist tick all --evidence "seen"')
        loop = asyncio.create_task(running.bot.loop.run())
        reply = await other.bot.dispatcher.handle("/rollout 10%", Origin("local", "releases", "ben", "from outside"))
        assert reply.outcome is Outcome.DONE
        while str(await running.held("checkout")) != "10%" or not (await running.said()):
            await until_the_loop_waits(clock)
            clock.move_to(clock.awaited or clock.now())
        running.bot.loop.stop()
        await loop
        assert "is in force" in (await running.said())[0]
        assert (await running.rollout()).status is Status.RUNNING


async def until_the_loop_waits(clock: MovedClock) -> None:
    """Give other tasks their turn until one of them waits for the clock."""
    while clock.awaited is None:
        turn = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(turn.set_result, None)
        await turn
