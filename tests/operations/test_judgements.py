"""What people say of a rollout: each word is on record, counts once, and is refused with a reason where it says nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain.actor import Actor
from bot.domain.audit import Action, Outcome
from bot.domain.errors import AlreadyDone, Blocked, NotFound, Refused, Stale
from bot.operations.rollouts import Aim
from tests.scenarios.judging import JudgedWorld, judged_world, plan_with, to_ten
from tests.scenarios.world import HOUR, SECOND

PLAN = plan_with("gates: [satisfaction > 80%, {condition: error_rate <= baseline * 1.1, max_failures: 9}]").replace(
    "{set: 10%}", "{set: 10%, approvals: [security]}"
)
FIRST = Aim(1)


def somebody(person: str, *roles: str, request: str = "") -> Actor:
    return Actor(person, "local", person, "releases", request or f"of {person}", frozenset(roles))


ANA = somebody("ana", "lead")
DORA = somebody("dora", "tester", "security")


async def last_entry(world: JudgedWorld) -> tuple[str, str, str, str]:
    entry = (await world.audit())[-1]
    return entry.action, entry.outcome, entry.person, entry.subject


async def test_a_reported_figure_is_stored_with_who_said_it_and_put_on_record(tmp_path: Path) -> None:
    async with judged_world(tmp_path, PLAN) as world:
        await to_ten(world)
        judgements = world.bot.operations.judgements
        rollout = await judgements.report(DORA, "satisfaction", 85.0, "85%", FIRST)
        assert rollout.measure_at == world.clock.now()
        (found,) = await world.store.read(lambda tx: tx.measurements.since(1, ("satisfaction",), world.clock.now()))
        assert (found.value, found.note, found.error) == (85.0, "reported by dora", False)
        assert await last_entry(world) == (Action.ROLLOUT_REPORT, Outcome.ACCEPTED, "dora", "rollout:1")
        assert (await world.audit())[-1].after == {"metric": "satisfaction", "value": "85%"}


async def test_the_same_report_delivered_twice_counts_once(tmp_path: Path) -> None:
    async with judged_world(tmp_path, PLAN) as world:
        await to_ten(world)
        for attempt in range(2):
            if attempt:
                with pytest.raises(AlreadyDone):
                    await world.bot.operations.judgements.problem(DORA, "it spins", FIRST)
            else:
                assert (await world.bot.operations.judgements.problem(DORA, "it spins", FIRST)).count == 1
        assert len(await world.store.read(lambda tx: tx.measurements.since(1, ("problems",), world.clock.now()))) == 1


async def test_a_problem_is_kept_with_its_words_and_who_said_them(tmp_path: Path) -> None:
    async with judged_world(tmp_path, PLAN) as world:
        await to_ten(world)
        await world.passes(SECOND)
        first = await world.bot.operations.judgements.problem(DORA, "orders are lost", FIRST, critical=True)
        second = await world.bot.operations.judgements.problem(ANA, "it spins", FIRST)
        assert (first.count, second.count) == (1, 2)
        series = ("problems", "critical_bugs")
        found = await world.store.read(lambda tx: tx.measurements.since(1, series, world.clock.now()))
        assert [(it.series, it.note) for it in found] == [
            ("problems", "dora: orders are lost"),
            ("critical_bugs", "dora: orders are lost"),
            ("problems", "ana: it spins"),
        ]


@pytest.mark.parametrize("ended", ["/rollout abort", "/rollout rollback"])
async def test_nothing_is_said_of_what_has_ended(tmp_path: Path, ended: str) -> None:
    async with judged_world(tmp_path, PLAN) as world:
        await to_ten(world)
        await world.done(ended)
        judgements = world.bot.operations.judgements
        with pytest.raises(Stale, match="has ended"):
            await judgements.report(somebody("dora", request="1"), "satisfaction", 85.0, "85%", FIRST)
        with pytest.raises(Stale, match="has ended"):
            await judgements.problem(somebody("dora", request="2"), "it spins", FIRST)
        with pytest.raises(Stale, match="has ended"):
            await judgements.approve(somebody("dora", "security", request="3"), FIRST)
        with pytest.raises(Stale, match="has ended"):
            await judgements.reject(somebody("dora", "security", request="4"), "no", FIRST)


async def test_a_rollout_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    async with judged_world(tmp_path, PLAN) as world:
        with pytest.raises(NotFound):
            await world.bot.operations.judgements.approve(DORA, Aim(9))


async def test_a_baseline_is_given_before_the_first_change_alone_and_replaces_the_one_before(tmp_path: Path) -> None:
    async with judged_world(tmp_path, PLAN) as world:
        judgements = world.bot.operations.judgements
        await world.done("/rollout start checkout")
        rollout = await judgements.set_baseline(ANA, "error_rate", 0.3, "0.3%", FIRST)
        assert [(it.metric, it.value) for it in rollout.judging.baselines] == [("error_rate", 0.3)]
        with pytest.raises(Refused, match="compares no “p95” with the time before; it compares error_rate"):
            await judgements.set_baseline(somebody("ana", request="2"), "p95", 0.3, "300ms", FIRST)
        await world.done("/checklist tick all")
        await world.done("/rollout 10%")
        with pytest.raises(Refused, match="changed flags already"):
            await judgements.set_baseline(somebody("ana", request="3"), "error_rate", 0.9, "0.9%", FIRST)


async def test_an_approval_is_on_record_with_the_step_and_the_digest(tmp_path: Path) -> None:
    async with judged_world(tmp_path, PLAN) as world:
        await to_ten(world)
        await world.minutes(60)
        with pytest.raises(Blocked, match="approval is the last gate") as refusal:
            await world.bot.operations.judgements.approve(DORA, FIRST)
        assert [it.kind for it in refusal.value.blockers] == ["gate"]
        assert await last_entry(world) == (Action.ROLLOUT_APPROVE, Outcome.REFUSED, "dora", "rollout:1")
        await world.done("/rollout metric satisfaction 85%")
        approved = await world.bot.operations.judgements.approve(somebody("dora", "security", request="2"), FIRST)
        assert (approved.roles, approved.still_missing) == (("security",), "")
        after = (await world.audit())[-1].after
        assert after is not None
        digest = (await world.rollout()).plan.digest
        assert (after["approved"], after["step"], after["digest"]) == (["security"], 2, digest)


async def test_a_rejection_needs_a_reason_and_pauses_only_what_runs(tmp_path: Path) -> None:
    async with judged_world(tmp_path, PLAN) as world:
        await to_ten(world)
        judgements = world.bot.operations.judgements
        with pytest.raises(Refused, match="needs a reason"):
            await judgements.reject(DORA, "  ", FIRST)
        await world.done("/rollout pause because of lunch")
        before = await world.rollout()
        after = await judgements.reject(DORA, "the text is not final", FIRST)
        assert (after.status, after.reason, after.version) == (before.status, "of lunch", before.version)
        assert await last_entry(world) == (Action.ROLLOUT_REJECT, Outcome.ACCEPTED, "dora", "rollout:1")


async def test_the_loop_looks_at_once_when_the_last_thing_was_said(tmp_path: Path) -> None:
    async with judged_world(tmp_path, PLAN) as world:
        await to_ten(world)
        await world.passes(HOUR)
        await world.done("/rollout metric satisfaction 85%")
        assert not any("Nothing stands in the way" in it and "25%" in it for it in await world.said())
        await world.done("/rollout approve", by="dora")
        assert sum("Nothing stands in the way" in it and "25%" in it for it in await world.said()) == 1
