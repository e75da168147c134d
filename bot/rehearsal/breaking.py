"""Chooses what breaks: a guardrail of a step that changes flags, the metric behind it, and a value that trips it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.condition import series_of
from bot.domain.errors import NotUnderstood
from bot.domain.measuring import condition_of
from bot.domain.plan import Breach
from bot.domain.rehearsal import Break
from bot.rehearsal.figures import trips

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.domain.plan import Guardrail, Plan, Step
    from bot.domain.rehearsal import Wish
    from bot.rehearsal.metrics import RehearsedMetrics


def chosen_break(plan: Plan, wish: Wish, metrics: RehearsedMetrics) -> Break | None:
    """Return what breaks, or None where nothing was asked for.

    A plan with fewer steps that change flags breaks at the last of them. Raises NotUnderstood where nothing there can
    break that way.
    """
    if wish.break_at is None:
        return None
    changing = [index for index, step in enumerate(plan.steps) if step.sets]
    if wish.break_at < 1 or not changing:
        raise NotUnderstood(
            f"There is no step {wish.break_at} that changes flags; {plan.key} has {len(changing)} of them.",
            "--break-at 1 is the first of them",
        )
    index = changing[min(wish.break_at, len(changing)) - 1]
    step = plan.steps[index]
    rails = [it for it in step.guardrails if wish.metric or it.then is Breach.ROLLBACK]
    found = next(_breaks(plan, wish, index, rails, metrics), None)
    if found is None:
        raise NotUnderstood(_why_not(step, wish.metric), "rollcall plan show names the guardrails of each step")
    return found


def _breaks(plan: Plan, wish: Wish, index: int, rails: list[Guardrail], metrics: RehearsedMetrics) -> Iterator[Break]:
    """Yield what could break, best first: what rolls back before the rest, what is measured before what people count."""
    wanted = [(rail, name) for rail in rails for name in _series(rail) if wish.metric in ("", name)]
    wanted.sort(key=lambda it: (it[0].then is not Breach.ROLLBACK, it[1] in metrics.kept))
    for rail, name in wanted:
        value = trips(rail, name, plan, metrics.usual, metrics.kept)
        if value is not None:
            says, kept = metrics.says(name, value), name in metrics.kept
            yield Break(index, rail.condition, name, value, says, kept, wish.break_at or 0)


def _series(rail: Guardrail) -> tuple[str, ...]:
    return tuple(str(ref) for ref in series_of(condition_of(rail.condition)))


def _why_not(step: Step, metric: str) -> str:
    known = ", ".join(dict.fromkeys(name for rail in step.guardrails for name in _series(rail))) or "none"
    if metric:
        return f"No guardrail of “{step.name}” can be broken by “{metric}”; its guardrails read {known}."
    return f"No guardrail of “{step.name}” rolls back by itself; its guardrails read {known}."
