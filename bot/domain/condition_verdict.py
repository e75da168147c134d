"""Judging a condition on readings: true, false or unknown, with the values that were compared."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Context, Decimal
from enum import StrEnum
from operator import eq, ge, gt, le, lt, ne
from typing import Protocol, assert_never

from bot.domain.condition import (
    And,
    Arithmetic,
    Baseline,
    Comparison,
    Condition,
    MetricRef,
    Not,
    Operation,
    Or,
    Quantity,
    Relation,
    Value,
    WindowKind,
)
from bot.domain.measure import EXACT
from bot.domain.sampling import Sample, Stretch, gap_in, moments_in, value_at

_COMPARED = Context(prec=12, traps=[])
"""Readings are floats that were converted from other units: what differs behind the twelfth digit is the same."""

_HOLDS: Mapping[Relation, Callable[[Decimal, Decimal], bool]] = {
    Relation.BELOW: lt,
    Relation.AT_MOST: le,
    Relation.ABOVE: gt,
    Relation.AT_LEAST: ge,
    Relation.EQUAL: eq,
    Relation.UNEQUAL: ne,
}
_COMPUTED: Mapping[Operation, Callable[[Decimal, Decimal], Decimal]] = {
    Operation.PLUS: EXACT.add,
    Operation.MINUS: EXACT.subtract,
    Operation.TIMES: EXACT.multiply,
    Operation.OVER: EXACT.divide,
}


class Verdict(StrEnum):
    """What is known of a condition (Kleene's three values)."""

    TRUE = "true"
    FALSE = "false"
    UNKNOWN = "unknown"


class Readings(Protocol):
    """What the judge asks about measurements. Values are percent numbers, seconds, per minute or plain numbers."""

    @property
    def now(self) -> datetime:
        """The moment of the judgement."""

    @property
    def interval(self) -> timedelta:
        """The time between two measurements."""

    def latest(self, metric: MetricRef) -> Sample | None:
        """The newest measurement that is fresh enough to be judged."""

    def window(self, metric: MetricRef, length: timedelta) -> tuple[Sample, ...]:
        """The measurements of the last `length` and the one before them, oldest first."""

    def baseline(self, metric: str) -> float | None:
        """The metric's value before the rollout started."""

    def count(self, metric: MetricRef, length: timedelta) -> float | None:
        """How many were counted in the last `length`."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One comparison with its verdict, the values of its sides, and why nothing is known where that is so."""

    comparison: Comparison
    verdict: Verdict
    left: Decimal | None = None
    right: Decimal | None = None
    at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on a whole condition, and every comparison in it as written."""

    verdict: Verdict
    comparisons: tuple[Judged, ...]

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why comparisons are unknown, each reason once."""
        return tuple(dict.fromkeys(judged.reason for judged in self.comparisons if judged.reason))


class _NoValue(Exception):
    """A value that cannot be computed; the text says why."""


@dataclass(frozen=True, slots=True)
class _Lookup:
    """Where the values of one moment come from."""

    metric: Callable[[MetricRef], float | None]
    baseline: Callable[[str], float | None]


def evaluate(condition: Condition, readings: Readings) -> Judgement:
    """Judge `condition` on `readings`; every comparison is made, also where the verdict is settled before."""
    match condition:
        case Comparison():
            judged = _judge(condition, readings)
            return Judgement(judged.verdict, (judged,))
        case Not():
            part = evaluate(condition.part, readings)
            return Judgement(_opposite(part.verdict), part.comparisons)
        case And():
            return _joined(condition.parts, readings, settles=Verdict.FALSE)
        case Or():
            return _joined(condition.parts, readings, settles=Verdict.TRUE)
        case _:
            assert_never(condition)


def _joined(parts: tuple[Condition, ...], readings: Readings, *, settles: Verdict) -> Judgement:
    """The parts together: one that `settles` decides, else one unknown leaves it open, else all are the opposite."""
    judgements = [evaluate(part, readings) for part in parts]
    verdicts = {judgement.verdict for judgement in judgements}
    comparisons = tuple(judged for judgement in judgements for judged in judgement.comparisons)
    if settles in verdicts:
        return Judgement(settles, comparisons)
    return Judgement(Verdict.UNKNOWN if Verdict.UNKNOWN in verdicts else _opposite(settles), comparisons)


def _opposite(verdict: Verdict) -> Verdict:
    return {Verdict.TRUE: Verdict.FALSE, Verdict.FALSE: Verdict.TRUE}.get(verdict, Verdict.UNKNOWN)


def _judge(comparison: Comparison, readings: Readings) -> Judged:
    window = comparison.window
    if window is None:
        return _compared(comparison, _Lookup(lambda metric: _value_of(readings.latest(metric)), readings.baseline))
    if window.kind is WindowKind.WITHIN:
        return _compared(comparison, _Lookup(lambda metric: readings.count(metric, window.length), readings.baseline))
    return _sustained(comparison, window.length, readings)


def _value_of(sample: Sample | None) -> float | None:
    return None if sample is None else sample.value


def _compared(comparison: Comparison, lookup: _Lookup, at: datetime | None = None) -> Judged:
    try:
        left, right = (_value(side, comparison, lookup) for side in (comparison.left, comparison.right))
    except _NoValue as missing:
        return Judged(comparison, Verdict.UNKNOWN, at=at, reason=str(missing))
    holds = _HOLDS[comparison.relation](_COMPARED.plus(left), _COMPARED.plus(right))
    return Judged(comparison, Verdict.TRUE if holds else Verdict.FALSE, left, right, at)


def _value(value: Value, comparison: Comparison, lookup: _Lookup) -> Decimal:
    match value:
        case Quantity():
            return value.normal
        case MetricRef():
            return _read(lookup.metric(value), str(value))
        case Baseline():
            subject = comparison.subject or ""
            return _read(lookup.baseline(subject), f"the baseline of {subject}")
        case Arithmetic():
            left = _value(value.left, comparison, lookup)
            right = _value(value.right, comparison, lookup)
            if value.operation is Operation.OVER and not right:
                raise _NoValue(f"{value} divides by zero, because {value.right} is 0")
            return _finite(_COMPUTED[value.operation](left, right), str(value))
        case _:
            assert_never(value)


def _read(reading: float | None, what: str) -> Decimal:
    if reading is None:
        raise _NoValue(f"{what} has no value")
    # The shortest text of a float is what its source meant: 0.1, not 0.1000000000000000055.
    return _finite(_COMPARED.create_decimal(str(reading)), what)


def _finite(number: Decimal, what: str) -> Decimal:
    if not number.is_finite():
        raise _NoValue(f"{what} is not a number")
    return number


def _sustained(comparison: Comparison, length: timedelta, readings: Readings) -> Judged:
    """False where one sample in the window says no; true where all say yes and no part of the window lacks a sample."""
    stretch = Stretch(readings.now - length, readings.now, readings.interval)
    series = {metric: readings.window(metric, length) for metric in comparison.metrics}
    moments = moments_in(stretch, list(series.values()))
    judged = [_judged_at(moment, comparison, series, stretch, readings) for moment in moments]
    for verdict in (Verdict.FALSE, Verdict.UNKNOWN):
        found = next((one for one in reversed(judged) if one.verdict is verdict), None)
        if found:
            return found
    gap = gap_in(stretch, moments)
    if gap is None:
        return judged[-1]
    names = " or ".join(str(metric) for metric in comparison.metrics)
    last = judged[-1] if judged else Judged(comparison, Verdict.UNKNOWN)
    return replace(last, verdict=Verdict.UNKNOWN, reason=f"{names} {gap}")


def _judged_at(
    moment: datetime,
    comparison: Comparison,
    series: Mapping[MetricRef, tuple[Sample, ...]],
    stretch: Stretch,
    readings: Readings,
) -> Judged:
    def metric_then(metric: MetricRef) -> float | None:
        return value_at(moment, series[metric], stretch.longest_gap)

    return _compared(comparison, _Lookup(metric_then, readings.baseline), moment)
