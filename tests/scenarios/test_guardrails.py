"""Guardrails: a breach takes a rollout back by itself, at once, and everybody sees which measurement did it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain.audit import Action
from bot.domain.rollout import Status
from tests.scenarios.judging import JUDGED, JudgedWorld, judged_world, plan_with, to_ten
from tests.scenarios.world import HOUR, MINUTE, SECOND

# Tracing every line of it would take as long as living it, and what it reaches is covered by tests of its own.
pytestmark = pytest.mark.no_cover

RAIL = plan_with("guardrails: [error_rate > 1%]")
BECAUSE = "guardrail error_rate > 1%: error_rate 1.7% > 1%"


async def only_measured(world: JudgedWorld) -> None:
    """Let a minute pass and the metrics be asked, and nothing else be done yet."""
    world.clock.advance(MINUTE)
    (keeper,) = [it for it in world.bot.loop.concerns if it.name == "measurements"]
    await keeper.step()


async def test_a_breach_rolls_back_with_the_measurement_and_the_flags_follow_in_one_pass(tmp_path: Path) -> None:
    async with judged_world(tmp_path, RAIL) as world:
        await to_ten(world)
        world.source.tell("error_rate", 1.7)
        await only_measured(world)
        rollout = await world.rollout()
        assert (rollout.status, rollout.level, rollout.reason) == (Status.ROLLED_BACK, 1, BECAUSE)
        assert not rollout.wanted[0].setting.on
        measured = await world.store.read(lambda tx: tx.measurements.since(1, ("error_rate",), world.clock.now()))
        assert [it.value for it in measured] == [1.7]
        assert (await world.held("checkout")).on
        await world.bot.loop.tick()
        assert not (await world.held("checkout")).on
        await world.bot.loop.settle()
        said = await world.said()
        assert sum("goes back to level 1 by itself" in it and BECAUSE in it for it in said) == 1
        assert sum("was rolled back to level 1" in it and BECAUSE in it for it in said) == 1
        assert BECAUSE in await world.done("/rollout status")


async def test_the_log_says_that_the_engine_did_it_and_why(tmp_path: Path) -> None:
    async with judged_world(tmp_path, RAIL) as world:
        await to_ten(world)
        world.source.tell("error_rate", 1.7)
        await world.minutes(1)
        entries = [it for it in await world.audit() if it.action == Action.ROLLOUT_ROLLBACK]
        assert [(it.person, it.reason, it.environment) for it in entries] == [("rollcall", BECAUSE, "production")]


@pytest.mark.parametrize("line", ["/rollout pause", "/rollout 5%"])
async def test_a_rollout_that_waits_is_guarded_too(tmp_path: Path, line: str) -> None:
    async with judged_world(tmp_path, RAIL) as world:
        await to_ten(world)
        await world.done(line)
        await world.passes(HOUR)
        world.source.tell("error_rate", 1.7)
        await world.minutes(1)
        assert (await world.rollout()).status is Status.ROLLED_BACK
        assert not (await world.held("checkout")).on


async def test_a_source_that_is_down_never_rolls_back(tmp_path: Path) -> None:
    async with judged_world(tmp_path, RAIL) as world:
        await to_ten(world)
        world.source.fail("error_rate")
        await world.minutes(10)
        world.source.tell("error_rate", None)
        await world.minutes(10)
        assert (await world.rollout()).status is Status.RUNNING
        assert str(await world.held("checkout")) == "10%"


async def test_the_breach_of_one_metric_is_seen_while_another_cannot_be_asked(tmp_path: Path) -> None:
    async with judged_world(tmp_path, plan_with("gates: [p95 < 500ms]\nguardrails: [error_rate > 1%]")) as world:
        await to_ten(world)
        world.source.fail("p95")
        world.source.tell("error_rate", 1.7)
        await world.minutes(1)
        assert (await world.rollout()).status is Status.ROLLED_BACK


async def test_a_breach_for_five_minutes_takes_five_minutes(tmp_path: Path) -> None:
    async with judged_world(tmp_path, plan_with("guardrails: [error_rate > 1% for 5m]")) as world:
        await to_ten(world)
        await world.minutes(10)
        world.source.tell("error_rate", 1.7)
        await world.minutes(5)
        assert (await world.rollout()).status is Status.RUNNING
        await world.minutes(1)
        assert (await world.rollout()).status is Status.ROLLED_BACK


async def test_one_good_minute_begins_the_five_minutes_anew(tmp_path: Path) -> None:
    async with judged_world(tmp_path, plan_with("guardrails: [error_rate > 1% for 5m]")) as world:
        await to_ten(world)
        for value in (1.7, 1.7, 1.7, 1.7, 0.2, 1.7, 1.7, 1.7, 1.7):
            world.source.tell("error_rate", value)
            await world.minutes(1)
        assert (await world.rollout()).status is Status.RUNNING


async def test_a_guardrail_may_hold(tmp_path: Path) -> None:
    async with judged_world(tmp_path, plan_with("guardrails: [{if: error_rate > 1%, then: hold}]")) as world:
        await to_ten(world)
        world.source.tell("error_rate", 1.7)
        await world.minutes(5)
        assert ((await world.rollout()).status, (await world.rollout()).reason) == (Status.PAUSED, BECAUSE)
        assert str(await world.held("checkout")) == "10%"
        assert sum("is held at" in it for it in await world.said()) == 1
        world.source.tell("error_rate", 0.1)
        await world.done("/rollout resume")
        await world.minutes(1)
        assert (await world.rollout()).status is Status.RUNNING


async def test_a_guardrail_may_go_back_one_step_and_waits_there(tmp_path: Path) -> None:
    plan = plan_with("guardrails: [{if: error_rate > 1%, then: back one step}]")
    async with judged_world(tmp_path, plan) as world:
        await to_ten(world)
        await world.hour()
        await world.minutes(1)
        await world.done("/rollout 25%")
        world.source.tell("error_rate", 1.7)
        await only_measured(world)
        world.source.tell("error_rate", 0.1)
        await world.bot.loop.settle()
        rollout = await world.rollout()
        assert (rollout.status, rollout.step) == (Status.PAUSED, 1)
        assert str(await world.held("checkout")) == "10%"
        await world.minutes(10)
        await world.hour()
        await world.hour()
        assert str(await world.held("checkout")) == "10%"


async def test_a_guardrail_may_ask_somebody_to_look_and_does_so_once(tmp_path: Path) -> None:
    async with judged_world(tmp_path, plan_with("guardrails: [{if: error_rate > 1%, then: page}]")) as world:
        await to_ten(world)
        world.source.tell("error_rate", 1.7)
        await world.minutes(5)
        assert (await world.rollout()).status is Status.RUNNING
        assert sum("needs a look" in it and BECAUSE in it for it in await world.said()) == 1


async def test_the_worst_of_several_breaches_decides(tmp_path: Path) -> None:
    rails = "guardrails: [{if: error_rate > 1%, then: page}, {if: p95 > 1s, then: hold}, error_rate > 1.5%]"
    async with judged_world(tmp_path, plan_with(rails)) as world:
        await to_ten(world)
        world.source.tell("error_rate", 1.7)
        world.source.tell("p95", 2000)
        await world.minutes(1)
        assert (await world.rollout()).status is Status.ROLLED_BACK


PROBLEMS = plan_with("guardrails: [{if: problems >= 3 within 1h, interval: 30m}]")


async def test_the_third_problem_within_an_hour_trips_at_once(tmp_path: Path) -> None:
    async with judged_world(tmp_path, PROBLEMS) as world:
        await to_ten(world)
        await world.passes(MINUTE)
        for number, who in ((1, "fred"), (2, "bob")):
            assert "Noted, thank you" in await world.done(f"/rollout problem it spins, number {number}", by=who)
            await world.passes(MINUTE)
        assert (await world.rollout()).status is Status.RUNNING
        await world.done("/rollout problem it spins again", by="dora")
        assert (await world.rollout()).status is Status.ROLLED_BACK
        assert "problems 3 >= 3" in (await world.rollout()).reason


async def test_three_problems_over_more_than_an_hour_do_not(tmp_path: Path) -> None:
    async with judged_world(tmp_path, PROBLEMS) as world:
        await to_ten(world)
        for _ in range(5):
            await world.passes(31 * MINUTE)
            await world.done("/rollout problem it spins")
        assert (await world.rollout()).status is Status.RUNNING


async def test_after_a_hold_for_problems_a_person_can_go_on(tmp_path: Path) -> None:
    plan = plan_with("guardrails: [{if: problems >= 1 within 1h, then: hold}]")
    async with judged_world(tmp_path, plan) as world:
        await to_ten(world)
        await world.passes(SECOND)
        await world.done("/rollout problem it spins")
        assert (await world.rollout()).status is Status.PAUSED
        await world.passes(SECOND)
        await world.done("/rollout resume")
        await world.minutes(3)
        assert (await world.rollout()).status is Status.RUNNING


async def test_problems_within_a_time_are_counted_across_steps(tmp_path: Path) -> None:
    plan = plan_with("guardrails: [problems >= 3 within 2h]")
    async with judged_world(tmp_path, plan) as world:
        await to_ten(world)
        await world.passes(HOUR - MINUTE)
        await world.done("/rollout problem it spins")
        await world.done("/rollout problem it spins again")
        await world.passes(MINUTE)
        await world.done("/rollout 25%")
        assert (await world.rollout()).status is Status.RUNNING
        await world.done("/rollout problem it is still spinning")
        rollout = await world.rollout()
        assert (rollout.status, "problems 3 >= 3" in rollout.reason) == (Status.ROLLED_BACK, True)


async def test_problems_that_somebody_knew_of_who_let_it_go_on_are_not_counted_again(tmp_path: Path) -> None:
    plan = plan_with("guardrails: [{if: problems >= 2 within 3h, then: back one step}]")
    async with judged_world(tmp_path, plan) as world:
        await to_ten(world)
        await world.passes(HOUR)
        await world.done("/rollout 25%")
        for _ in range(2):
            await world.done("/rollout problem it spins")
        assert (await world.rollout()).status is Status.PAUSED
        await world.done("/rollout resume")
        await world.passes(HOUR)
        await world.done("/rollout 25%")
        await world.done("/rollout problem it spins")
        assert (await world.rollout()).status is Status.RUNNING
        await world.done("/rollout problem it spins")
        assert (await world.rollout()).status is Status.PAUSED


async def test_problems_are_counted_for_the_whole_step_however_long_it_holds(tmp_path: Path) -> None:
    plan = plan_with(
        "gates: [{condition: problems < 1, max_failures: 1000}, error_rate < 1%]", JUDGED.replace("1h", "5d")
    )
    async with judged_world(tmp_path, plan) as world:
        await to_ten(world)
        await world.passes(SECOND)
        await world.done("/rollout problem it spins")
        for _ in range(4):
            await world.passes(30 * HOUR)
            await world.minutes(1)
        assert "problems 1 < 1" in await world.refused("/rollout 25%")


async def test_a_critical_problem_counts_as_both(tmp_path: Path) -> None:
    async with judged_world(tmp_path, plan_with("guardrails: [critical_bugs >= 1]")) as world:
        await to_ten(world)
        await world.passes(SECOND)
        await world.done("/rollout problem it spins")
        assert (await world.rollout()).status is Status.RUNNING
        await world.done("/rollout problem --critical orders are lost")
        assert (await world.rollout()).status is Status.ROLLED_BACK


async def test_nothing_is_measured_once_it_has_ended(tmp_path: Path) -> None:
    async with judged_world(tmp_path, RAIL) as world:
        await to_ten(world)
        await world.done("/rollout abort")
        asked = len(world.source.asked)
        await world.minutes(10)
        assert len(world.source.asked) == asked
