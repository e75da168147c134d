"""When the steps of a plan can be reached at the earliest, if nothing holds them up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.blockers import earliest_start

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.plan import Plan, Step


@dataclass(frozen=True, slots=True)
class Expected:
    """A step with the earliest time at which it can be taken, and at which it can be left."""

    index: int
    step: Step
    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Listed:
    """A plan of the folder; `problem` says why it cannot be used."""

    name: str
    plan: Plan | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Dated:
    """A plan with the earliest times of its steps if it started now."""

    plan: Plan
    expected: tuple[Expected, ...]


def timeline(plan: Plan, started: datetime) -> tuple[Expected, ...]:
    """Return the earliest times of every step of a plan that starts at `started`.

    A step lasts as long as it must hold, or as the plan expects its work to take; approvals and gates take no time here.
    """
    found: list[Expected] = []
    moment = started
    for index, step in enumerate(plan.steps):
        if step.start is not None:
            moment = earliest_start(step.start, started, moment)
        ends = moment + max(step.soak, step.takes)
        found.append(Expected(index, step, moment, ends))
        moment = ends
    return tuple(found)
