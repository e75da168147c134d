"""Rehearsing each of the five plans: how much virtual time passes in a real second."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.bots import PLANS
from benchmarks.report import Figure
from benchmarks.timing import cost_of, median
from bot.domain.plan import Plan
from bot.domain.rehearsal import Ending, Rehearsal, Wish
from bot.domain.team import NO_TEAM
from bot.files.plan_file import load_plan
from bot.rehearsal.stage import rehearse

LIMIT = 10.0
"""Weeks of plan in at most a few seconds, with room for a busy machine."""

REPEATS = 3
START = datetime(2026, 3, 2, 9, tzinfo=UTC)


async def measure(folder: Path) -> Sequence[Figure]:
    """Measure a rehearsal of each plan from its start to its end."""
    del folder
    return [figure for file in sorted(PLANS.glob("*.yaml")) for figure in await _rehearsed(load_plan(file))]


async def _rehearsed(plan: Plan) -> Sequence[Figure]:
    ends: list[Rehearsal] = []

    async def work() -> None:
        ends.append(await rehearse(plan, NO_TEAM, START, Wish()))

    taken = median([await cost_of(work) for _ in range(REPEATS)])
    if any(it.ending is not Ending.COMPLETED for it in ends):
        raise AssertionError(plan.key, ends)
    virtual = (ends[0].end - START).total_seconds()
    shown, spent = f"{virtual / 86_400:.3g} d", f"{taken.wall:.3g} s"
    return [
        Figure(f"rehearsing {plan.key}: time", shown, spent, taken.wall, "s", LIMIT),
        Figure(f"rehearsing {plan.key}: virtual seconds per second", shown, spent, virtual / taken.wall, "s/s"),
    ]
