"""What was measured for a rollout, and what its gates and guardrails made of it: pure counting and judging.

The counting is Argo Rollouts' (an error is no measurement), with two differences: failed comes before inconclusive, and
`max_failures: 2` fails on the third failure.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.domain.condition import Condition, MetricRef, WindowKind, baselines_of, series_of, windows_of
from bot.domain.condition_syntax import parse_condition
from bot.domain.condition_text import describe_judged
from bot.domain.condition_verdict import Verdict, evaluate
from bot.domain.gate import GateRecord, Standing
from bot.domain.sampling import Sample

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from bot.domain.condition_verdict import Judged, Judgement
    from bot.domain.plan import Gate, Guardrail, Plan, Step

ERRORS_TOLERATED = 4
"""So many errors in a row are passed over; the next one is said loudly."""

ERROR_RETRY = timedelta(seconds=10)
"""After an error a metric is asked again this soon, whatever the interval."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """One answer of a metric's source, in the normal measure of its unit, or why there is none.

    `error` is set where the source could not be asked at all; otherwise a missing value means that there was no data.
    """

    series: str
    at: datetime
    value: float | None
    samples: int | None = None
    note: str = ""
    error: bool = False


@lru_cache(maxsize=1024)
def condition_of(text: str) -> Condition:
    """Return a parsed condition; plans hold the text, and only texts that parse get into a plan."""
    return parse_condition(text)


def series_in(step: Step) -> tuple[str, ...]:
    """Return the series (`error_rate`, `canary.error_rate`) that a step's gates and guardrails read, each once."""
    texts = [*(gate.condition for gate in step.gates), *(rail.condition for rail in step.guardrails)]
    return tuple(dict.fromkeys(str(it) for text in texts for it in series_of(condition_of(text))))


def measured_in(plan: Plan) -> tuple[str, ...]:
    """Return every series that some condition of the plan reads, each once."""
    return tuple(dict.fromkeys(name for step in plan.steps for name in series_in(step)))


def baselines_in(plan: Plan) -> tuple[str, ...]:
    """Return the metrics whose value before the rollout some condition of the plan compares with."""
    texts = [
        text
        for step in plan.steps
        for text in (*(gate.condition for gate in step.gates), *(rail.condition for rail in step.guardrails))
    ]
    return tuple(dict.fromkeys(name for text in dict.fromkeys(texts) for name in baselines_of(condition_of(text))))


def interval_of(step: Step) -> timedelta | None:
    """Return the time between two measurements at a step; None where nothing is measured."""
    intervals = [*(gate.interval for gate in step.gates), *(rail.interval for rail in step.guardrails)]
    return min(intervals, default=None)


def longest_window(step: Step) -> timedelta:
    """Return how far back a step's conditions look."""
    texts = [*(gate.condition for gate in step.gates), *(rail.condition for rail in step.guardrails)]
    lengths = [window.length for text in texts for window in windows_of(condition_of(text))]
    return max(lengths, default=timedelta(0))


def judge(
    text: str, known: GateRecord | None, history: History, errors: Iterable[str], min_samples: int = 0
) -> GateRecord:
    """Judge a condition once more and count what came of it.

    `errors` are the series that could not be asked this time: that is no measurement, and only the errors in a row
    are counted. A condition that holds on fewer than `min_samples` is not known to hold.
    """
    record = known or GateRecord(text, history.now)
    condition = condition_of(text)
    series = {str(ref) for ref in series_of(condition)}
    failed = [it for it in errors if it in series]
    if failed:
        reason = f"{', '.join(failed)} could not be asked"
        unknown = replace(record, at=history.now, verdict=Verdict.UNKNOWN, reason=reason)
        return replace(unknown, errors=record.errors + 1, blanks=record.blanks + 1)
    found = evaluate(condition, history)
    verdict, reason = found.verdict, "; ".join(found.reasons)
    fewest = min((history.samples(it) for it in series), default=0)
    if verdict is Verdict.TRUE and fewest < min_samples:
        verdict, reason = Verdict.UNKNOWN, f"it rests on {fewest} of at least {min_samples} samples"
    blank = any(_is_blank(it, history) for it in found.comparisons)
    return replace(
        record,
        at=history.now,
        verdict=verdict,
        says=says(found),
        reason=reason,
        successes=record.successes + (verdict is Verdict.TRUE),
        failures=record.failures + (verdict is Verdict.FALSE),
        inconclusive=record.inconclusive + (verdict is Verdict.UNKNOWN),
        errors=0,
        blanks=record.blanks + 1 if blank else 0,
    )


def _is_blank(judged: Judged, history: History) -> bool:
    """Say whether a comparison lacks a value now; a window that holds an older gap only needs time."""
    if judged.verdict is not Verdict.UNKNOWN or (judged.left is not None and judged.right is not None):
        return False
    comparison = judged.comparison
    if comparison.window is None or comparison.window.kind is WindowKind.WITHIN:
        return True
    newest = [history.latest(metric) for metric in comparison.metrics]
    without_baseline = comparison.uses_baseline and history.baseline(comparison.subject or "") is None
    return without_baseline or any(it is None or it.value is None for it in newest)


def says(judgement: Judgement) -> str:
    """Return the comparisons of a judgement with their values: `error_rate 0.42% < 0.5%`."""
    return "; ".join(describe_judged(it) for it in judgement.comparisons)


def standing(gate: Gate, record: GateRecord | None, now: datetime) -> Standing:
    """Say how a gate stands: failed before in error before unknown, and holding on a fresh judgement only."""
    if record is None:
        return Standing.UNKNOWN
    if record.failures > gate.max_failures:
        return Standing.FAILED
    if record.errors > ERRORS_TOLERATED:
        return Standing.ERROR
    if record.verdict is Verdict.UNKNOWN or now - record.at > gate.interval * 2:
        return Standing.UNKNOWN
    return Standing.HOLDS if record.verdict is Verdict.TRUE else Standing.NOT_YET


def how_often(times: int) -> str:
    """Return a number of times for a sentence."""
    return "once" if times == 1 else f"{times} times"


def breached(rail: Guardrail, record: GateRecord | None) -> bool:
    """Say whether a guardrail was seen to be broken: unknown is not good and not bad."""
    return (
        record is not None
        and record.condition == rail.condition
        and record.verdict is Verdict.TRUE
        and not record.errors
    )


@dataclass(frozen=True, slots=True)
class Series:
    """What is known of one series: its measurements, oldest first, and how old the newest may be to be judged."""

    measurements: tuple[Measurement, ...]
    max_age: timedelta
    counts_events: bool = False
    """Whether each measurement is one event (a reported problem) instead of a value at a time."""

    told: bool = False
    """Whether people bring the measurements, instead of a source that is asked."""


@dataclass(frozen=True, slots=True)
class History:
    """The measurements of a rollout as the judge asks for them; see `bot.domain.condition_verdict.Readings`.

    Nothing measured before `since` is judged by itself; windows reach back to it and no further. Only events within a
    time, which happen to the rollout and not to one step of it, are counted back to `counted_from`.
    """

    now: datetime
    interval: timedelta
    since: datetime
    series: dict[str, Series]
    baselines: dict[str, float]
    counted_from: datetime | None = None

    def latest(self, metric: MetricRef) -> Sample | None:
        """Return the newest measurement that is fresh enough."""
        known = self.series.get(str(metric))
        if known is None:
            return None
        if known.counts_events:
            return Sample(self.now, float(len(self._since(known, self.since))))
        newest = next(iter(known.measurements[-1:]), None)
        if newest is None or newest.at < self.since or self.now - newest.at > known.max_age:
            return None
        return Sample(newest.at, newest.value)

    def window(self, metric: MetricRef, length: timedelta) -> tuple[Sample, ...]:
        """Return the measurements of the last `length` and the one before them."""
        known = self.series.get(str(metric))
        if known is None:
            return ()
        start = max(self.now - length, self.since)
        inside = [it for it in known.measurements if it.at >= start]
        before = [it for it in known.measurements if self.since <= it.at < start][-1:]
        return tuple(Sample(it.at, it.value) for it in (*before, *inside))

    def baseline(self, metric: str) -> float | None:
        """Return the metric's value before the rollout."""
        return self.baselines.get(metric)

    def count(self, metric: MetricRef, length: timedelta) -> float | None:
        """Return how many events there were, or the sum of the measured counts, in the last `length`."""
        known = self.series.get(str(metric))
        if known is None:
            return None
        if known.counts_events:
            inside = self._since(known, self.now - length)
            return float(sum(1 for it in inside if self.counted_from is None or it.at > self.counted_from))
        inside = self._since(known, max(self.now - length, self.since))
        values = [it.value for it in inside if it.value is not None]
        return sum(values) if values else None

    def told_since(self, text: str, moment: datetime) -> bool:
        """Say whether people reported something that a condition reads, from a moment on."""
        read = (self.series.get(str(ref)) for ref in series_of(condition_of(text)))
        return any(it.told and it.measurements and it.measurements[-1].at >= moment for it in read if it is not None)

    def samples(self, series: str) -> int:
        """Return how many events the newest value rests on; where the source cannot tell, how often it was measured."""
        known = self.series.get(series)
        if known is None:
            return 0
        newest = next(iter(known.measurements[-1:]), None)
        if newest is not None and newest.samples is not None:
            return newest.samples
        return sum(1 for it in self._since(known, self.since) if it.value is not None)

    def _since(self, known: Series, start: datetime) -> list[Measurement]:
        return [it for it in known.measurements if it.at >= start]
