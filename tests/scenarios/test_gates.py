"""Gates: a step is left only on fresh measurements that say so, and what cannot be measured says nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain.audit import Action
from bot.domain.rollout import Status
from tests.scenarios.judging import judged_world, plan_with, team_with, to_ten
from tests.scenarios.world import HOUR, MINUTE, SECOND

# Tracing every line of it would take as long as living it, and what it reaches is covered by tests of its own.
pytestmark = pytest.mark.no_cover

GATE = plan_with("gates: [error_rate < 0.5%]")
AUTO = plan_with("gates: [error_rate < 0.5%]\nadvance: auto")
PATIENT = plan_with("gates: [{condition: error_rate < 0.5%, max_failures: 2}]")


async def test_a_gate_that_holds_lets_a_person_go_on_and_says_so_once(tmp_path: Path) -> None:
    async with judged_world(tmp_path, GATE) as world:
        await to_ten(world)
        await world.minutes(70)
        assert sum("Nothing stands in the way" in it for it in await world.said()) == 1
        assert "10% → 25%" in await world.done("/rollout 25%")
        assert "has not been measured yet" not in await world.done("/rollout status")


async def test_a_plan_that_advances_by_itself_does_so_once_soak_and_gate_let_it(tmp_path: Path) -> None:
    async with judged_world(tmp_path, AUTO) as world:
        await to_ten(world)
        await world.passes(57 * MINUTE)
        await world.minutes(2)
        assert str(await world.held("checkout")) == "10%"
        await world.minutes(2)
        assert str(await world.held("checkout")) == "25%"


async def test_a_gate_that_does_not_hold_blocks_with_its_value_and_lets_go_when_it_holds(tmp_path: Path) -> None:
    async with judged_world(tmp_path, PATIENT) as world:
        await to_ten(world)
        await world.hour()
        world.source.tell("error_rate", 0.6)
        await world.minutes(1)
        refusal = await world.refused("/rollout 25%")
        assert "the gate does not hold: error_rate 0.6% < 0.5%" in refusal
        assert "/rollout gates" in refusal
        assert "error_rate 0.6% < 0.5% — not yet" in await world.done("/rollout gates")
        world.source.tell("error_rate", 0.2)
        await world.minutes(1)
        await world.done("/rollout 25%")


async def test_the_third_failure_of_two_that_are_allowed_holds_the_rollout_and_resume_begins_anew(
    tmp_path: Path,
) -> None:
    async with judged_world(tmp_path, PATIENT) as world:
        await to_ten(world)
        world.source.tell("error_rate", 0.6)
        await world.minutes(2)
        assert (await world.rollout()).status is Status.RUNNING
        await world.minutes(1)
        rollout = await world.rollout()
        assert (rollout.status, rollout.reason) == (Status.PAUSED, "the gate failed 3 times: error_rate 0.6% < 0.5%")
        assert str(await world.held("checkout")) == "10%"
        await world.minutes(5)
        assert sum("is held at" in it for it in await world.said()) == 1
        entry = [it for it in await world.audit() if it.action == Action.ROLLOUT_PAUSE]
        assert [(it.person, it.reason) for it in entry] == [("rollcall", rollout.reason)]
        world.source.tell("error_rate", 0.1)
        await world.done("/rollout resume")
        assert (await world.rollout()).judging.records[0].failures == 0
        await world.hour()
        await world.done("/rollout 25%")


async def test_a_judgement_goes_stale_and_then_blocks(tmp_path: Path) -> None:
    async with judged_world(tmp_path, GATE) as world:
        await to_ten(world)
        await world.hour()
        world.clock.advance(2 * MINUTE + SECOND)
        # Nobody has measured since: the line is typed before the loop has had its turn.
        assert "is open: no fresh measurement" in await world.refused("/rollout 25%")
        await world.done("/rollout 25%")


async def test_while_the_source_is_down_nothing_advances_it_is_said_once_and_once_more_when_it_is_back(
    tmp_path: Path,
) -> None:
    async with judged_world(tmp_path, AUTO) as world:
        await to_ten(world)
        await world.passes(54 * MINUTE)
        await world.minutes(1)
        world.source.fail("error_rate")
        await world.minutes(1)
        for _ in range(3):
            await world.passes(10 * SECOND)
        assert not any("cannot be judged" in it for it in await world.said())
        await world.passes(10 * SECOND)
        assert sum("cannot be judged" in it for it in await world.said()) == 1
        for _ in range(40):
            await world.passes(10 * SECOND)
        assert sum("cannot be judged" in it for it in await world.said()) == 1
        assert str(await world.held("checkout")) == "10%"
        assert "cannot be judged: error_rate could not be asked" in await world.refused("/rollout 25%")
        assert (await world.rollout()).status is Status.RUNNING
        world.source.tell("error_rate", 0.1)
        await world.passes(10 * SECOND)
        assert sum("is judged again" in it for it in await world.said()) == 1
        await world.minutes(2)
        assert str(await world.held("checkout")) == "25%"
        assert sum("is judged again" in it for it in await world.said()) == 1


async def test_no_data_holds_like_an_error(tmp_path: Path) -> None:
    async with judged_world(tmp_path, AUTO) as world:
        await to_ten(world)
        world.source.tell("error_rate", float("nan"))
        await world.minutes(10)
        await world.hour()
        await world.hour()
        assert str(await world.held("checkout")) == "10%"
        assert "error_rate has no value" in await world.done("/rollout status")
        assert sum("cannot be judged" in it for it in await world.said()) == 1


async def test_down_works_while_the_source_is_down(tmp_path: Path) -> None:
    async with judged_world(tmp_path, GATE) as world:
        await to_ten(world)
        world.source.fail("error_rate")
        await world.minutes(3)
        await world.done("/rollout 5%")
        assert str(await world.held("checkout")) == "5%"
        await world.done("/rollout rollback")
        assert not (await world.held("checkout")).on


async def test_an_outage_that_ends_after_hours_takes_one_step_only(tmp_path: Path) -> None:
    async with judged_world(tmp_path, AUTO) as world:
        await to_ten(world)
        await world.minutes(1)
        # The bot was stopped for a day: nothing was measured, and nothing advances before it is.
        await world.passes(24 * HOUR)
        await world.minutes(1)
        assert str(await world.held("checkout")) == "25%"


async def test_an_override_passes_a_gate_with_a_reason(tmp_path: Path) -> None:
    async with judged_world(tmp_path, PATIENT) as world:
        await to_ten(world)
        world.source.tell("error_rate", 0.6)
        await world.minutes(1)
        await world.done("/rollout override the figure is known to be wrong")
        assert str(await world.held("checkout")) == "25%"


async def test_a_gate_waits_for_enough_samples(tmp_path: Path) -> None:
    async with judged_world(tmp_path, plan_with("gates: [{condition: error_rate < 0.5%, min_samples: 100}]")) as world:
        await to_ten(world)
        world.source.tell("error_rate", 0.1, samples=99)
        await world.hour()
        assert "99 of at least 100 samples" in await world.refused("/rollout 25%")
        world.source.tell("error_rate", 0.1, samples=100)
        await world.minutes(1)
        await world.done("/rollout 25%")


async def test_people_with_the_change_are_compared_with_those_without(tmp_path: Path) -> None:
    plan = plan_with("gates: [{condition: canary.error_rate <= control.error_rate * 1.5, max_failures: 9}]")
    async with judged_world(tmp_path, plan) as world:
        await to_ten(world)
        world.source.tell("canary.error_rate", 0.2)
        await world.minutes(10)
        says = "canary.error_rate 0.2 <= control.error_rate * 1.5 (0.15)"
        assert f"the gate failed 10 times: {says}" in await world.refused("/rollout 25%")
        world.source.tell("control.error_rate", 0.2)
        await world.done("/rollout resume")
        await world.hour()
        await world.done("/rollout 25%")


async def test_a_team_that_gets_a_metric_while_the_rollout_runs_has_it_measured(tmp_path: Path) -> None:
    async with judged_world(tmp_path, plan_with("gates: [late < 1%]")) as world:
        await to_ten(world)
        await world.minutes(1)
        assert "late has no value" in await world.done("/rollout status")
        world.source.tell("late", 0.1)
        (tmp_path / "rollcall.yaml").write_text(team_with("") + "  late: {measure: percent, prometheus: late}\n")
        await world.minutes(2)
        assert "late 0.1% < 1%" in await world.done("/rollout gates")
