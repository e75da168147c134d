"""What was measured last, and whether it reaches the targets of the plan."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from bot.domain.condition import Quantity, comparisons_of, series_of
from bot.domain.condition_text import format_value
from bot.domain.condition_verdict import Verdict, evaluate
from bot.domain.figures import unit_in
from bot.domain.measure import Measure, Unit
from bot.domain.measuring import History, Measurement, Series, condition_of, measured_in, says
from bot.domain.plan import MINUTE
from bot.domain.report import LastValue, Met, TargetResult

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from bot.domain.plan import Plan, Target
    from bot.domain.rollout import Rollout

_VERDICTS = {Verdict.TRUE: Met.MET, Verdict.FALSE: Met.MISSED, Verdict.UNKNOWN: Met.NOT_MEASURED}
_NORMAL = {Unit.PERCENTAGE: Measure.PERCENT, Unit.DURATION: Measure.SECONDS, Unit.RATE: Measure.PER_MINUTE}


@dataclass(frozen=True, slots=True)
class Measured:
    """Everything that is known of a rollout's metrics. `counted` are those of which each measurement is one event."""

    rollout: Rollout
    measurements: Sequence[Measurement]
    counted: Collection[str]
    now: datetime

    def of(self, series: str) -> tuple[Measurement, ...]:
        """Return a metric's values, oldest first."""
        return tuple(it for it in self.measurements if it.series == series and it.value is not None and not it.error)


def targeted_in(plan: Plan) -> tuple[str, ...]:
    """Return the series that the plan's targets read, each once."""
    texts = [it.condition for it in plan.targets if it.condition]
    return tuple(dict.fromkeys(str(ref) for text in texts for ref in series_of(condition_of(text))))


def series_reported(plan: Plan) -> tuple[str, ...]:
    """Return every series that a report tells of."""
    return tuple(dict.fromkeys((*measured_in(plan), *targeted_in(plan))))


def last_values(known: Measured) -> tuple[LastValue, ...]:
    """Return the last value of every metric that the plan reads."""
    return tuple(_last(known, name) for name in series_reported(known.rollout.plan))


def _last(known: Measured, name: str) -> LastValue:
    values, measure = known.of(name), _measure_in(known.rollout.plan, name)
    baseline = next((it.value for it in known.rollout.judging.baselines if it.metric == name), None)
    before = format_value(Decimal(str(baseline)), measure) if baseline is not None else ""
    if name in known.counted:
        return LastValue(name, str(len(values)), values[-1].at if values else None, "counted by the bot", before)
    if not values:
        return LastValue(name, "", before=before)
    newest = values[-1]
    return LastValue(name, format_value(Decimal(str(newest.value)), measure), newest.at, newest.note, before)


def _measure_in(plan: Plan, name: str) -> Measure:
    """Return how a metric is written: as in the targets, else in the normal measure of the unit of the gates."""
    for target in plan.targets:
        for comparison in comparisons_of(condition_of(target.condition)) if target.condition else ():
            if name in {str(ref) for ref in comparison.metrics} and isinstance(comparison.right, Quantity):
                return comparison.right.measure
    unit = unit_in(plan, name)
    return _NORMAL.get(unit, Measure.PLAIN) if unit is not None else Measure.PLAIN


def target_results(known: Measured) -> tuple[TargetResult, ...]:
    """Judge every target by what was measured last, however long ago; what nobody measured is not judged."""
    return tuple(_judged(known, target) for target in known.rollout.plan.targets)


def _judged(known: Measured, target: Target) -> TargetResult:
    if not target.condition:
        return TargetResult(target.when, target.text, target.kind, Met.NOT_MEASURED, "a person has to tell")
    condition = condition_of(target.condition)
    names = [str(ref) for ref in series_of(condition)]
    if not all(name in known.counted or known.of(name) for name in names):
        return TargetResult(target.when, target.condition, target.kind, Met.NOT_MEASURED)
    moments = [it.at for name in names if name not in known.counted for it in known.of(name)[-1:]]
    at = max(moments, default=known.now)
    age = at - known.rollout.started_at + MINUTE
    series = {name: Series(known.of(name), age, name in known.counted) for name in names}
    baselines = {it.metric: it.value for it in known.rollout.judging.baselines}
    history = History(at, MINUTE, known.rollout.started_at, series, baselines)
    found = evaluate(condition, history)
    words = "; ".join(found.reasons) if found.verdict is Verdict.UNKNOWN else says(found)
    return TargetResult(target.when, target.condition, target.kind, _VERDICTS[found.verdict], words)
