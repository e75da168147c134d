"""The rollout of one of the project's plans at the moments of its life that look different."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.domain.condition_verdict import Verdict
from bot.domain.gate import GateRecord
from bot.domain.measuring import baselines_in
from bot.domain.plan import Approval, settings_at
from bot.domain.rollout import Baseline, Judging, Rollout, Status, Tick, TickState
from bot.domain.surroundings import Surroundings
from tests.domain.plans_for_tests import DAY, FIVE_PLANS, HOUR, MINUTE, MONDAY, settle, started

WRITTEN = next(plan for plan in FIVE_PLANS if plan.key == "verification-flow")

# A digest would change with every word of the file, and nobody could tell by looking that it is right.
PLAN = replace(WRITTEN, digest="ab" * 32, flags=tuple(replace(it, population=1_840) for it in WRITTEN.flags))

OPERATOR = "release-engineer"
NOW = MONDAY + HOUR
AT_25 = next(index for index, step in enumerate(PLAN.steps) if step.name.endswith("25%"))
QA = Surroundings(approvals=(Approval("qa"),))


def _records(now: datetime, **broken: str) -> tuple[GateRecord, ...]:
    """Return every gate of the step judged a minute ago: as it should be, but for the named metrics."""
    records = []
    for gate in PLAN.steps[AT_25].gates:
        metric, sign, limit = gate.condition.split(maxsplit=2)
        value = broken.get(metric, "1" if metric == "problems" else "0.31%")
        verdict = Verdict.FALSE if metric in broken else Verdict.TRUE
        says = f"{metric} {value} {sign} {limit.replace('baseline', '0.34% (baseline)')}"
        records.append(GateRecord(gate.condition, now - MINUTE, verdict, says, successes=1, failures=metric in broken))
    return tuple(records)


def at_first_step(now: datetime = NOW) -> Rollout:
    """Return a rollout that has just begun, with two items confirmed."""
    begun = replace(started(PLAN, now - HOUR), id=12, started_by=OPERATOR)
    said = (
        Tick(PLAN.steps[0].checklist[0].key, TickState.DONE, "database-admin", now, "schema 41, reviewed"),
        Tick(PLAN.steps[0].checklist[1].key, TickState.SKIPPED, OPERATOR, now, "done with the last release"),
    )
    return replace(settle(begun, now - HOUR), ticks=said)


def at_25(now: datetime = NOW, **broken: str) -> Rollout:
    """Return a rollout that has held 25 % for three hours."""
    begun = at_first_step(now)
    wanted = settings_at(PLAN, AT_25, begun.before)
    since = now - 3 * HOUR
    judging = Judging(
        since,
        _records(now, **broken),
        (Baseline("verification_failure_rate", 0.34), Baseline("response_time_p95", 212.0)),
    )
    moved = replace(
        begun, step=AT_25, version=9, wanted=wanted, started_at=now - 4 * DAY, step_at=since, judging=judging, ticks=()
    )
    return settle(moved, since)


def ready(now: datetime = NOW) -> Rollout:
    """Return a rollout that can take its next step."""
    rollout = at_25(now)
    ticks = tuple(Tick(it.key, TickState.DONE, "community-manager", now) for it in rollout.current.checklist)
    known = tuple(Baseline(metric, 0.34) for metric in baselines_in(PLAN))
    judging = replace(rollout.judging, baselines=known)
    return replace(
        rollout, started_at=now - 10 * DAY, holding_since=now - 25 * HOUR, ticks=ticks, judging=judging, ready=True
    )


def paused(now: datetime = NOW) -> Rollout:
    """Return a rollout that was held at 25 %."""
    rollout = at_25(now, api_error_rate="0.62%")
    why = "the gate failed 3 times: api_error_rate 0.62% <= 0.34% (baseline)"
    return replace(rollout, status=Status.PAUSED, paused_at=now - 20 * MINUTE, reason=why)


def rolled_back(now: datetime = NOW, level: int = 2) -> Rollout:
    """Return a rollout that was taken back to a level that leaves work for people."""
    rollout = at_25(now)
    off = tuple(replace(it, setting=before.setting) for it, before in zip(rollout.wanted, rollout.before, strict=True))
    moved = replace(
        rollout,
        status=Status.ROLLED_BACK,
        level=level,
        wanted=off,
        finished_at=now,
        reason="members of two servers lost their roles",
    )
    return settle(moved, now)


def completed(now: datetime = NOW) -> Rollout:
    """Return a rollout that reached its last step."""
    rollout = at_25(now)
    wanted = settings_at(PLAN, len(PLAN.steps) - 1, rollout.before)
    moved = replace(rollout, status=Status.COMPLETED, step=len(PLAN.steps) - 1, wanted=wanted, finished_at=now)
    return settle(moved, now)
