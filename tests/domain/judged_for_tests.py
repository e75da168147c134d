"""Measurements and judged rollouts made to measure, for the tests of judging."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.condition_verdict import Verdict
from bot.domain.gate import GateRecord
from bot.domain.measuring import History, Measurement, Series
from bot.domain.plan import Gate, Guardrail
from bot.domain.rollout import Rollout
from tests.domain.plans_for_tests import MINUTE, MONDAY, a_plan, a_step, settle, started, to

GATE = "error_rate < 0.5%"
RAIL = "error_rate > 1%"


def measured(*values: float | None, series: str = "error_rate", until: datetime = MONDAY) -> tuple[Measurement, ...]:
    """Return one measurement a minute, the last of them at `until`."""
    return tuple(
        Measurement(series, until - MINUTE * (len(values) - number), value) for number, value in enumerate(values, 1)
    )


def history(
    *measurements: Measurement,
    now: datetime = MONDAY,
    since: datetime = MONDAY - timedelta(days=1),
    interval: timedelta = MINUTE,
    baselines: dict[str, float] | None = None,
    kept: tuple[str, ...] = (),
    told: tuple[str, ...] = (),
) -> History:
    """Return what is known; the series in `kept` count events, those in `told` are reported by people."""
    names = dict.fromkeys((*(it.series for it in measurements), *kept))
    series = {
        name: Series(
            tuple(it for it in measurements if it.series == name), interval * 2, name in kept, name in (*kept, *told)
        )
        for name in names
    }
    return History(now, interval, since, series, baselines or {})


def record(condition: str = GATE, verdict: Verdict = Verdict.TRUE, at: datetime = MONDAY, **counts: int) -> GateRecord:
    """Return what became of a condition, judged at `at`."""
    return GateRecord(condition, at, verdict, "error_rate was measured", **counts)  # type: ignore[arg-type]  # The counts are the test's to choose.


def judged_rollout(*rails: Guardrail, gates: tuple[Gate, ...] = (), steps_before: int = 1) -> Rollout:
    """Return a running rollout at a settled step at 50 % with gates and guardrails, one step above the first."""
    before = tuple(a_step("10%", to(10)) for _ in range(steps_before))
    plan = a_plan(*before, a_step("50%", to(50), gates=gates, guardrails=rails), a_step("100%", to(100)))
    rollout = started(plan, MONDAY - timedelta(days=1))
    for _ in before:
        rollout = replace(
            settle(rollout, MONDAY), step=rollout.step + 1, wanted=started(a_plan(a_step("50%", to(50)))).wanted
        )
    return settle(rollout, MONDAY - timedelta(hours=1))


def with_records(rollout: Rollout, *records: GateRecord) -> Rollout:
    """Return the rollout with what became of its conditions."""
    return replace(rollout, judging=replace(rollout.judging, records=records))
