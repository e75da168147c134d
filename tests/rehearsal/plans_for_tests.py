"""Small plans for rehearsals, and how they are rehearsed in a test."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bot.domain.rehearsal import Wish
from bot.domain.team import NO_TEAM
from bot.files.metric_script import read_metric_script
from bot.files.plan_file import load_plan, read_plan
from bot.rehearsal.stage import rehearse

if TYPE_CHECKING:
    from bot.domain.rehearsal import Kind, Rehearsal
    from bot.domain.team import Team

PLANS = Path(__file__).parents[2] / "plans"
NAMES = ("action-plan-customization", "alaska-pay", "fan-privacy-calls", "organization-customers", "verification-flow")

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

CHECKOUT = """
plan: checkout
title: The new checkout
environment: production
flags: {checkout: {unit: user}}
channel: {local: releases}
phases:
  - name: Prepare
    checklist: [Database backed up]
    question: Is the team ready?
    approvals: [qa, {role: security, count: 2}]
  - name: Everyone
    soak: 2d
    gates: [error_rate < 0.5%, "p95 <= baseline * 1.1"]
    guardrails: [error_rate > 1% for 5m]
    steps: [{set: 10%}, {set: 100%}]
rollback:
  - {name: Switch it off, set: off, takes: instant}
"""


async def rehearsed(
    text: str = CHECKOUT,
    *,
    script: str = "",
    break_at: int | None = None,
    metric: str = "",
    team: Team = NO_TEAM,
    start: datetime = MONDAY,
) -> Rehearsal:
    """Rehearse a plan that is written out in a test, or one of the project's by its name."""
    plan = load_plan(PLANS / f"{text}.yaml") if text in NAMES else read_plan(text, "checkout.yaml", name="checkout")
    figures = read_metric_script(script, "figures.yaml") if script else None
    return await rehearse(plan, team, start, Wish(figures, break_at, metric))


KEPT: dict[str, Rehearsal] = {}


async def rehearsed_well(name: str) -> Rehearsal:
    """Return the rehearsal of a plan whose figures are all good; each is made once in a process."""
    if name not in KEPT:
        KEPT[name] = await rehearsed(name)
    return KEPT[name]


def told(rehearsal: Rehearsal, kind: Kind) -> list[str]:
    """Return what happened of one kind, in order."""
    return [f"{it.who}: {it.what}" for it in rehearsal.happenings if it.kind is kind]
