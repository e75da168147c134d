"""Invents figures that let a plan pass its gates, and one that trips a guardrail, by asking the evaluator itself."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, assert_never

from bot.domain.condition import And, Arithmetic, Comparison, Not, Or, Quantity, WindowKind, comparisons_of, series_of
from bot.domain.condition_verdict import Verdict, evaluate
from bot.domain.measure import Measure, Unit
from bot.domain.measuring import baselines_in, condition_of, measured_in
from bot.domain.sampling import Sample

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bot.domain.condition import Condition, MetricRef, Value
    from bot.domain.plan import Guardrail, Plan, Step

USUAL = 10.0
"""What a metric says where nothing in the plan hints at its size."""

SETTLED = timedelta(minutes=1)
WHOLE = 100.0
"""No share is more than that, in percent."""

ROUNDS = 3
"""So many times each metric is looked at again, because some conditions compare two of them."""

_ANY_MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
NORMAL = {
    Unit.NUMBER: Measure.PLAIN,
    Unit.PERCENTAGE: Measure.PERCENT,
    Unit.DURATION: Measure.SECONDS,
    Unit.RATE: Measure.PER_MINUTE,
}


@dataclass(frozen=True, slots=True)
class Assumed:
    """Readings for the evaluator in which every metric has always said the same."""

    values: Mapping[str, float]
    baselines: Mapping[str, float]
    kept: frozenset[str] = frozenset()
    now: datetime = _ANY_MOMENT
    interval: timedelta = SETTLED

    def latest(self, metric: MetricRef) -> Sample | None:
        """Return the assumed value."""
        value = self.values.get(str(metric))
        return None if value is None else Sample(self.now, value)

    def window(self, metric: MetricRef, length: timedelta) -> tuple[Sample, ...]:
        """Return nothing: windows that must hold are taken out before anything is asked."""
        del metric, length
        return ()

    def baseline(self, metric: str) -> float | None:
        """Return the assumed value of the time before."""
        return self.baselines.get(metric)

    def count(self, metric: MetricRef, length: timedelta) -> float | None:
        """Return how many events a window holds: the kept ones as assumed, measured ones once an interval."""
        value = self.values.get(str(metric), 0.0)
        return value if str(metric) in self.kept else value * (length / self.interval)


@dataclass(frozen=True, slots=True)
class Figures:
    """One value for each series (in the normal measure of its unit) and one baseline for each metric that needs one."""

    values: Mapping[str, float] = field(default_factory=dict)
    baselines: Mapping[str, float] = field(default_factory=dict)

    def verdict(self, text: str, kept: frozenset[str] = frozenset(), **changed: float) -> Verdict:
        """Return what the evaluator says of a condition on these figures, with some of them changed."""
        values = {**dict.fromkeys(kept, 0.0), **self.values, **changed}
        return evaluate(_at_once(condition_of(text)), Assumed(values, self.baselines, kept)).verdict


def invent(steps: tuple[Step, ...], plan: Plan, kept: frozenset[str]) -> Figures:
    """Find figures on which every gate of the steps holds and no guardrail breaks, as far as there are such figures."""
    names = [name for name in measured_in(plan) if name not in kept]
    baselines = {name: _usual(plan, name) for name in baselines_in(plan)}
    found = Figures({name: baselines.get(name, _usual(plan, name)) for name in names}, baselines)
    for _ in range(ROUNDS):
        for name in names:
            best = max(candidates(plan, name, found), key=partial(_score, steps, found, kept, name))
            found = replace(found, values={**found.values, name: best})
    return found


def _score(steps: tuple[Step, ...], figures: Figures, kept: frozenset[str], name: str, value: float) -> int:
    """Count the conditions about a metric that stand as they should if it has a value."""
    good = 0
    tried = replace(figures, values={**figures.values, name: value})
    for text, wanted in _wanted(steps).items():
        if name in {str(ref) for ref in series_of(condition_of(text))}:
            good += (tried.verdict(text, kept) is Verdict.TRUE) == wanted
    return good


def _wanted(steps: tuple[Step, ...]) -> dict[str, bool]:
    """Return every condition with what it should be: gates true, guardrails not."""
    rails = {rail.condition: False for step in steps for rail in step.guardrails}
    return {**rails, **{gate.condition: True for step in steps for gate in step.gates}}


def unmet(step: Step, figures: Figures, kept: frozenset[str]) -> tuple[str, ...]:
    """Return the conditions of a step that do not stand as they should."""
    return tuple(
        text for text, wanted in _wanted((step,)).items() if (figures.verdict(text, kept) is Verdict.TRUE) != wanted
    )


def trips(rail: Guardrail, name: str, plan: Plan, figures: Figures, kept: frozenset[str]) -> float | None:
    """Return a value of a metric that breaks a guardrail; None where no value does."""
    values = range(1, 101) if name in kept else bad_candidates(plan, name, figures)
    for value in values:
        if figures.verdict(rail.condition, kept, **{name: float(value)}) is Verdict.TRUE:
            return float(value)
    return None


def candidates(plan: Plan, name: str, figures: Figures) -> tuple[float, ...]:
    """Return values that a metric may plausibly have, the likeliest first: well inside its limits."""
    usual = figures.baselines.get(name)
    found = [usual, usual * 0.9, usual * 0.5, usual * 1.1, usual * 2] if usual is not None else []
    limits = [(float(it.normal), it.measure is Measure.PERCENT) for it in constants(plan, name)]
    found += [limit / 2 for limit, _ in limits]
    found += [(limit + WHOLE) / 2 for limit, is_share in limits if is_share and limit < WHOLE]
    found += [value for limit, _ in limits for value in (limit * 2, limit + 1, limit, 0.0, limit - 1)]
    return tuple(dict.fromkeys(found or [USUAL, 0.0, 1.0]))


def bad_candidates(plan: Plan, name: str, figures: Figures) -> tuple[float, ...]:
    """Return values that a metric may have when something is wrong, the likeliest first."""
    usual = figures.baselines.get(name, figures.values.get(name, USUAL))
    found = [value for it in constants(plan, name) for value in _around(float(it.normal))]
    return tuple(dict.fromkeys([*found, usual * 3, usual * 10, usual / 3, usual / 10, usual + 1, 0.0]))


def _around(amount: float) -> tuple[float, ...]:
    return (amount * 2, amount + 1, amount, amount / 2, amount - 1)


def constants(plan: Plan, name: str) -> tuple[Quantity, ...]:
    """Return the constants with which a plan's gates and guardrails compare a series; factors are no constants."""
    found: dict[Quantity, None] = {}
    for text in _wanted(plan.steps):
        for comparison in comparisons_of(condition_of(text)):
            if name in {str(ref) for ref in comparison.metrics} and not comparison.uses_baseline:
                found |= dict.fromkeys(_quantities(comparison.left)) | dict.fromkeys(_quantities(comparison.right))
    return tuple(found)


def measure_in(plan: Plan, name: str) -> Measure:
    """Return how a plan writes a metric; plain where no constant tells."""
    return next((it.measure for it in constants(plan, name)), Measure.PLAIN)


def _quantities(value: Value) -> Iterator[Quantity]:
    match value:
        case Quantity():
            yield value
        case Arithmetic():
            yield from _quantities(value.left)
            yield from _quantities(value.right)
        case _:
            return


def _usual(plan: Plan, name: str) -> float:
    first = next(iter(constants(plan, name)), None)
    if first is None or not first.normal:
        return USUAL
    return float(first.normal / Decimal(2))


def _at_once(condition: Condition) -> Condition:
    """Return a condition without the windows for which it must hold: what never changes holds for any length."""
    match condition:
        case Comparison():
            sustained = condition.window is not None and condition.window.kind is WindowKind.FOR
            return replace(condition, window=None) if sustained else condition
        case Not():
            return Not(_at_once(condition.part))
        case And():
            return And(tuple(_at_once(part) for part in condition.parts))
        case Or():
            return Or(tuple(_at_once(part) for part in condition.parts))
        case _:
            assert_never(condition)
