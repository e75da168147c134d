"""Whether a plan fits the team: its gates, roles, environments, pages and flag providers, before it is started."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from bot.domain.condition import BadCondition, Condition, series_of
from bot.domain.condition_check import check_units
from bot.domain.condition_limits import Bounds, never_true
from bot.domain.errors import Refused
from bot.domain.measure import Unit
from bot.domain.measuring import condition_of, measured_in
from bot.domain.metric import KeptQuery, Metric, ReportedQuery
from bot.domain.plan import environments_of
from bot.domain.provider_fit import PlaceOf, nowhere, provider_problems

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.domain.plan import Plan
    from bot.domain.team import Team


@dataclass(frozen=True, slots=True)
class Fit:
    """What does not fit, which keeps a plan from being started, and what is good to know."""

    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def fit(
    plan: Plan,
    team: Team,
    named: Callable[[str], Metric],
    check: Callable[[Metric], None],
    place: PlaceOf = nowhere,
) -> Fit:
    """Check a plan against the team.

    `named` returns a metric by its series, `check` raises Refused for one whose question can never be answered, and
    `place` where a part of the plan stands in its file, where that is known.
    """
    metrics = {series: named(series) for series in measured_in(plan)}
    problems = (
        *_conditions(plan, metrics),
        *_questions(metrics, check),
        *_environments(plan, team),
        *_roles(plan, team),
        *_escalation(plan, team),
        *provider_problems(plan, team, place),
    )
    return Fit(tuple(dict.fromkeys(problems)), (*_notes(metrics), *_audiences(plan, team)))


def _conditions(plan: Plan, metrics: dict[str, Metric]) -> Iterator[str]:
    gates = {gate.condition for step in plan.steps for gate in step.gates}
    rails = {rail.condition for step in plan.steps for rail in step.guardrails}
    for text in sorted(gates | rails):
        condition = condition_of(text)
        try:
            check_units(condition, _units(condition, metrics))
        except BadCondition as problem:
            yield f"the condition “{text}” does not fit: {problem}"
            continue
        why = never_true(condition, {name: _bounds(metric) for name, metric in metrics.items()})
        if why is not None:
            kind = "gate" if text in gates else "guardrail"
            yield f"the {kind} “{text}” can never be true: {why}"


def _bounds(metric: Metric) -> Bounds:
    """Return what a metric can be at all: what is counted, and what lasts, is never below zero."""
    counts = isinstance(metric.query, KeptQuery) or metric.measure.unit in {Unit.DURATION, Unit.RATE}
    return Bounds(least=Decimal(0)) if counts else Bounds()


def _units(condition: Condition, metrics: dict[str, Metric]) -> dict[str, Unit | None]:
    """Return the unit of each metric; what people report has the unit of what it is compared with."""
    declared = {ref.name: metrics[str(ref)] for ref in series_of(condition)}
    return {
        name: None if isinstance(metric.query, ReportedQuery) else metric.measure.unit
        for name, metric in declared.items()
    }


def _questions(metrics: dict[str, Metric], check: Callable[[Metric], None]) -> Iterator[str]:
    for metric in metrics.values():
        try:
            check(metric)
        except Refused as problem:
            yield f"the metric “{metric.name}” cannot be read: {problem.sentence}"


def _environments(plan: Plan, team: Team) -> Iterator[str]:
    if not team.file:
        return
    for environment in environments_of(plan):
        if environment not in team.environments:
            known = ", ".join(team.environments) or "none"
            yield f"the team file has no environment “{environment}”; it has {known}"


def _roles(plan: Plan, team: Team) -> Iterator[str]:
    if not team.file:
        return
    for step in plan.steps:
        for approval in step.approvals:
            able = [person for person in team.people if approval.role in person.roles]
            if len(able) < approval.count:
                has = (
                    "nobody has"
                    if not able
                    else f"only {len(able)} has"
                    if len(able) == 1
                    else f"only {len(able)} have"
                )
                yield f"“{step.name}” waits for {approval.count} × {approval.role}, and {has} that role"


def _escalation(plan: Plan, team: Team) -> Iterator[str]:
    if team.file and plan.escalation and plan.escalation not in team.escalation:
        known = ", ".join(team.escalation) or "none"
        yield f"the team file has no escalation policy “{plan.escalation}”; it has {known}"


def _audiences(plan: Plan, team: Team) -> Iterator[str]:
    """Name the audiences that nobody is in, or whose status page nobody sees; without any audience the messages go to the rollout's own channels."""
    if not team.audiences:
        return
    named = dict.fromkeys(name for item in plan.communication for name in item.to)
    unknown = [name for name in named if name not in team.audiences]
    if unknown:
        yield f"told to nobody, because the team file has no such audience: {', '.join(unknown)}"
    shown = [name for name in named if name in team.audiences and team.audiences[name].status_page]
    if shown and team.status_page is None:
        yield f"not shown on a status page, because the team file has no `status_page`: {', '.join(shown)}"


def _notes(metrics: dict[str, Metric]) -> Iterator[str]:
    reported = [name for name, metric in metrics.items() if isinstance(metric.query, ReportedQuery)]
    kept = [name for name, metric in metrics.items() if isinstance(metric.query, KeptQuery)]
    if reported:
        yield f"reported by people, with /rollout metric: {', '.join(reported)}"
    if kept:
        yield f"counted by Rollcall: {', '.join(kept)}"
