"""Figures out of a script, for rehearsals: the same script says the same at the same time, however often it is run."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from bot.domain.errors import Refused, Unavailable
from bot.domain.metric import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, timedelta

    from bot.domain.metric import Metric
    from bot.domain.metric_script import MetricScript, ScriptedValue, ScriptEntry
    from bot.ports import Clock

_NOTHING = "The script has no value for this time."


class ScriptedMetrics:
    """Answers with what the script says for the clock's time; the script's times count from `start`."""

    def __init__(self, script: MetricScript, clock: Clock, start: datetime) -> None:
        self._script = script
        self._clock = clock
        self._start = start

    def check(self, metric: Metric) -> None:
        """Raise Refused for a metric that the script does not know, or knows in another unit."""
        for entry in self._entries(metric):
            if entry.value is not None:
                _in_measure_of(metric, entry.value, Decimal(0))

    async def ask(self, metric: Metric) -> Answer:
        """Return what the script says for now."""
        since = self._clock.now() - self._start
        entries = self._entries(metric)
        entry = next((entry for entry in reversed(entries) if entry.at <= since), entries[0])
        if entry.error:
            raise Unavailable(entry.error, "The script of this rehearsal says so.")
        if entry.value is None:
            return Answer(None, entry.samples, _NOTHING)
        return Answer(_in_measure_of(metric, entry.value, _chance(metric.name, since)), entry.samples)

    async def average(self, metric: Metric, start: datetime, end: datetime) -> Answer:
        """Return the mean over a time, in which each entry counts for as long as it holds."""
        total, values, samples = 0.0, 0.0, 0.0
        counted = True
        for entry, seconds in self._stretches(metric, start - self._start, end - self._start):
            if entry.value is None:
                continue
            total += seconds
            values += seconds * _in_measure_of(metric, entry.value, Decimal("0.5"))
            counted = counted and entry.samples is not None
            samples += seconds * (entry.samples or 0)
        if not total:
            return Answer(None, note=_NOTHING)
        return Answer(values / total, int(samples / total) if counted else None)

    async def aclose(self) -> None:
        """Close nothing: a script needs no connection."""

    def _entries(self, metric: Metric) -> tuple[ScriptEntry, ...]:
        entries = self._script.of(metric.name)
        if not entries:
            raise Refused(
                f"The script says nothing about {metric.name}.", f"Add `{metric.name}: …` to it, with a value."
            )
        return entries

    def _stretches(self, metric: Metric, first: timedelta, last: timedelta) -> Iterator[tuple[ScriptEntry, float]]:
        """Yield the entries between two times after the start, each with the seconds for which it holds."""
        entries = self._entries(metric)
        begins = [first, *(entry.at for entry in entries[1:])]
        for entry, (begin, end) in zip(entries, pairwise([*begins, last]), strict=True):
            seconds = (min(end, last) - max(begin, first)).total_seconds()
            if seconds > 0:
                yield entry, seconds


def _in_measure_of(metric: Metric, value: ScriptedValue, part: Decimal) -> float:
    """Return the value that lies `part` (0 to 1) of the way up, in the metric's measure."""
    amount = value.low + (value.high - value.low) * part
    if value.measure is None:
        return float(amount)
    if value.measure.unit is not metric.measure.unit:
        raise Refused(
            f"The script gives {metric.name} as a {value.measure.unit}, and it is a {metric.measure.unit}.",
            f"Write its values {f'in {metric.measure}' if metric.measure else 'without a unit'}.",
        )
    return float(metric.measure.amount(value.measure.normal(amount)))


def _chance(name: str, since: timedelta) -> Decimal:
    """Return a number from 0 to 1 that looks drawn by lot and is the same each time."""
    digest = hashlib.sha256(f"{name} {since.total_seconds():.3f}".encode()).digest()
    return Decimal(int.from_bytes(digest[:4])) / Decimal(2**32 - 1)
