"""What people and policies stand for: approvals as the last gate, freezes and limits that never keep anybody from going down."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain.rollout import Status
from tests.scenarios.judging import JudgedWorld, judged_world, plan_with, team_with, to_ten
from tests.scenarios.world import DAY, HOUR, MINUTE

# Tracing every line of it would take as long as living it, and what it reaches is covered by tests of its own.
pytestmark = pytest.mark.no_cover

PLAIN = plan_with("")
DOWN = (
    "/rollout 5%",
    "/rollout back",
    "/rollout rollback",
    "/rollout pause",
    "/rollout abort",
    "/flag off checkout",
    "/flag set checkout 3%",
)


LAST = plan_with("gates: [error_rate < 0.5%]").replace(
    "steps: [{set: 10%}, {set: 25%}, {set: 100%}]",
    "steps: [{set: 10%, approvals: [{role: qa, count: 2}, security]}, {set: 100%}]",
)
"""A plan whose way to everybody asks for two of quality and one of security."""


# Approvals


async def test_approval_is_the_last_gate(tmp_path: Path) -> None:
    async with judged_world(tmp_path, LAST) as world:
        await to_ten(world)
        early = await world.refused("/rollout approve", by="bob")
        assert "approval is the last gate" in early
        assert "this step must hold for another 1 hour" in early
        await world.hour()
        assert "it waits for the approval of 2 × qa, security" in await world.refused("/rollout 100%")
        assert "Still missing: qa, security" in await world.done("/rollout approve", by="bob")
        assert "Still missing: security" in await world.done("/rollout approve", by="cleo")
        assert "Everybody has said yes" in await world.done("/rollout approve", by="dora")
        await world.done("/rollout 100%")
        assert str(await world.held("checkout")) == "100%"


async def test_one_person_is_one_person_on_two_platforms(tmp_path: Path) -> None:
    async with judged_world(tmp_path, LAST) as world:
        await to_ten(world)
        await world.hour()
        await world.done("/rollout approve --rollout 1", by="U0BOB", platform="slack")
        again = await world.refused("/rollout approve --rollout 1", by="80351110224678912", platform="discord")
        assert "You (bob) have approved #1 already" in again
        assert [it.person for it in (await world.rollout()).approvals] == ["bob"]


async def test_who_started_it_does_not_approve_it_whatever_roles_and_platform(tmp_path: Path) -> None:
    team = team_with("").replace("ana: {roles: lead}", "ana: {roles: [lead, qa, security], slack: U0ANA}")
    async with judged_world(tmp_path, LAST, team=team) as world:
        await to_ten(world)
        await world.hour()
        for who, platform in (("ana", "local"), ("U0ANA", "slack")):
            refusal = await world.refused("/rollout approve --rollout 1", by=who, platform=platform)
            assert "its approvals are for others" in refusal
            assert "still missing: 2 × qa, security" in refusal


async def test_somebody_of_another_role_does_not_approve(tmp_path: Path) -> None:
    async with judged_world(tmp_path, LAST) as world:
        await to_ten(world)
        await world.hour()
        assert "None of the roles" in await world.refused("/rollout approve", by="emil")
        assert "Only people with the role" in await world.refused("/rollout approve", by="fred")
        assert "None of the roles" in await world.refused("/rollout approve --role security", by="bob")


async def test_an_approval_expires_after_a_day(tmp_path: Path) -> None:
    async with judged_world(tmp_path, LAST) as world:
        await to_ten(world)
        await world.hour()
        for who in ("bob", "cleo", "dora"):
            await world.done("/rollout approve", by=who)
        await world.passes(DAY - MINUTE)
        await world.minutes(1)
        assert "approval of 2 × qa, security" in await world.refused("/rollout 100%")
        await world.done("/rollout approve", by="bob")


async def test_an_approval_is_for_one_step_and_does_not_outlast_a_way_back(tmp_path: Path) -> None:
    text = PLAIN.replace(
        "steps: [{set: 10%}, {set: 25%}, {set: 100%}]",
        "steps: [{set: 10%, approvals: [security]}, {set: 25%, approvals: [security]}, {set: 100%}]",
    )
    async with judged_world(tmp_path, text) as world:
        await to_ten(world)
        await world.hour()
        await world.done("/rollout approve", by="dora")
        await world.done("/rollout 25%")
        await world.hour()
        assert "approval of security" in await world.refused("/rollout 100%")
        assert all(it.step == 1 for it in (await world.rollout()).approvals)


async def test_a_rejection_holds_with_its_reason_and_voids_what_was_approved(tmp_path: Path) -> None:
    async with judged_world(tmp_path, LAST) as world:
        await to_ten(world)
        await world.hour()
        await world.done("/rollout approve", by="bob")
        assert "needs a reason" in await world.refused("/rollout reject", by="dora")
        await world.done("/rollout reject because the legal text is not final", by="dora")
        rollout = await world.rollout()
        assert (rollout.status, rollout.approvals) == (Status.PAUSED, ())
        assert rollout.reason == "dora said no: the legal text is not final"
        await world.done("/rollout resume")
        await world.minutes(1)
        assert "approval of 2 × qa, security" in await world.refused("/rollout 100%")


async def test_a_late_press_of_approve_approves_nothing(tmp_path: Path) -> None:
    async with judged_world(tmp_path, LAST) as world:
        await to_ten(world)
        await world.hour()
        version = (await world.rollout()).version
        await world.done("/rollout pause")
        await world.done("/rollout resume")
        await world.minutes(1)
        assert "moved since" in await world.refused(f"/rollout approve --rollout 1 --version {version}", by="bob")
        assert (await world.rollout()).approvals == ()


async def test_a_plan_that_advances_by_itself_goes_on_with_the_last_yes(tmp_path: Path) -> None:
    async with judged_world(tmp_path, LAST.replace("soak: 1h", "soak: 1h\n    advance: auto")) as world:
        await to_ten(world)
        await world.hour()
        await world.minutes(1)
        for who in ("bob", "cleo"):
            await world.done("/rollout approve", by=who)
            assert str(await world.held("checkout")) == "10%"
        await world.done("/rollout approve", by="dora")
        assert str(await world.held("checkout")) == "100%"


async def test_the_policy_asks_for_approvals_except_of_those_who_are_exempt(tmp_path: Path) -> None:
    team = team_with("approvals: [security]\nexempt: [owner]")
    async with judged_world(tmp_path, PLAIN, team=team) as world:
        await world.done("/rollout start checkout")
        await world.done("/checklist tick all")
        assert "approval of security" in await world.refused("/rollout 10%")
        await world.done("/rollout approve", by="dora")
        await world.done("/rollout 10%")
    (tmp_path / "other").mkdir()
    async with judged_world(tmp_path / "other", PLAIN, team=team) as world:
        await world.done("/rollout start checkout", by="emil")
        await world.done("/checklist tick all")
        await world.done("/rollout 10%")


# Freezes


async def frozen(world: JudgedWorld) -> None:
    """Take the rollout to 25 %, let its step be over, and stop the line."""
    await to_ten(world)
    await world.hour()
    await world.done("/rollout 25%")
    await world.hour()
    await world.done("/freeze on because the payment provider is down", by="emil")


@pytest.mark.parametrize("line", DOWN)
async def test_a_stopped_line_lets_everything_down(tmp_path: Path, line: str) -> None:
    async with judged_world(tmp_path, PLAIN) as world:
        await frozen(world)
        before = await world.held("checkout")
        await world.done(line)
        after = await world.held("checkout")
        assert after == before if line == "/rollout pause" else (not after.on or after.percent < before.percent)


@pytest.mark.parametrize("line", ["/rollout 100%", "/rollout next", "/flag on search", "/flag set search 50%"])
async def test_a_stopped_line_lets_nothing_up_and_says_who_and_why(tmp_path: Path, line: str) -> None:
    async with judged_world(tmp_path, PLAIN) as world:
        await world.done("/flag create search")
        await frozen(world)
        refusal = await world.refused(line)
        assert "emil stopped the line: the payment provider is down" in refusal
        assert "/freeze list" in refusal


async def test_what_was_lowered_is_not_raised_again_while_the_line_is_stopped(tmp_path: Path) -> None:
    async with judged_world(tmp_path, PLAIN) as world:
        await frozen(world)
        await world.done("/rollout 20%")
        assert "stopped the line" in await world.refused("/rollout resume")
        assert "stopped the line" in await world.refused("/rollout 25%")
        await world.done("/freeze off")
        await world.done("/rollout resume")
        assert str(await world.held("checkout")) == "25%"


async def test_a_guardrail_trips_while_the_line_is_stopped(tmp_path: Path) -> None:
    async with judged_world(tmp_path, plan_with("guardrails: [error_rate > 1%]")) as world:
        await frozen(world)
        world.source.tell("error_rate", 1.7)
        await world.minutes(1)
        assert not (await world.held("checkout")).on


async def test_a_plan_that_advances_by_itself_goes_on_when_a_freeze_ends(tmp_path: Path) -> None:
    async with judged_world(tmp_path, plan_with("advance: auto")) as world:
        await to_ten(world)
        await world.done("/freeze on --for 3h because of the outage", by="emil")
        await world.passes(2 * HOUR)
        assert str(await world.held("checkout")) == "10%"
        assert "until 12:00 UTC" in await world.refused("/rollout 25%")
        await world.passes(HOUR)
        assert str(await world.held("checkout")) == "25%"


async def test_a_freeze_that_is_lifted_lets_a_plan_go_on_by_itself(tmp_path: Path) -> None:
    async with judged_world(tmp_path, plan_with("advance: auto")) as world:
        await to_ten(world)
        await world.done("/freeze on because of the outage", by="emil")
        await world.passes(5 * HOUR)
        assert str(await world.held("checkout")) == "10%"
        await world.done("/freeze off", by="emil")
        assert str(await world.held("checkout")) == "25%"


async def test_a_freeze_of_one_environment_is_lifted_there_and_leaves_others_alone(tmp_path: Path) -> None:
    async with judged_world(tmp_path, PLAIN) as world:
        await to_ten(world)
        await world.passes(HOUR)
        await world.done("/freeze on --env staging because of the tests", by="emil")
        await world.done("/rollout 25%")
        assert "No freeze for every environment is standing" in await world.refused("/freeze off")
        await world.done("/freeze off --env staging")
        assert "The line runs" in await world.done("/freeze list")


async def test_stopping_the_line_needs_a_reason_and_the_right_to_change(tmp_path: Path) -> None:
    async with judged_world(tmp_path, PLAIN) as world:
        assert "needs a reason" in await world.refused("/freeze on")
        assert "Only people with the role" in await world.refused("/freeze on because I say so", by="bob")


async def test_a_window_of_the_week_blocks_up_with_its_end_and_never_down(tmp_path: Path) -> None:
    async with judged_world(tmp_path, PLAIN, team=team_with("never: [mon 10:00-14:00]")) as world:
        await to_ten(world)
        await world.passes(HOUR)
        refusal = await world.refused("/rollout 25%")
        assert "production is closed now (mon 10:00-14:00 UTC)" in refusal
        assert "until 14:00 UTC" in refusal
        await world.done("/flag create search")
        assert "production is closed now" in await world.refused("/flag on search")
        await world.done("/rollout 5%")
        await world.passes(4 * HOUR)
        await world.done("/rollout resume")


async def test_a_plan_has_windows_of_its_own(tmp_path: Path) -> None:
    text = PLAIN.replace("environment: production\n", "environment: production\nnever: [10:00-11:00]\n")
    async with judged_world(tmp_path, text) as world:
        await to_ten(world)
        await world.passes(HOUR)
        assert "the plan checkout says so" in await world.refused("/rollout 25%")
        await world.passes(HOUR)
        await world.done("/rollout 25%")
