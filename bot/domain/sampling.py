"""Measurements of a metric over a stretch of time, and whether they cover it."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from operator import attrgetter

from bot.domain.duration import describe_duration

_TAKEN_AT = attrgetter("at")


@dataclass(frozen=True, slots=True)
class Sample:
    """One measurement, in the normal measure of the metric's unit; None where it was tried and there was no value."""

    at: datetime
    value: float | None


@dataclass(frozen=True, slots=True)
class Stretch:
    """The time from `start` to `end`, in which a sample is due every `interval` and holds for at most two of them."""

    start: datetime
    end: datetime
    interval: timedelta

    @property
    def slack(self) -> timedelta:
        """How long after the start the first sample may come: measurements are never taken on the second."""
        return min(self.interval, self.end - self.start) / 2

    @property
    def longest_gap(self) -> timedelta:
        return self.interval * 2


def value_at(moment: datetime, samples: Sequence[Sample], longest_gap: timedelta) -> float | None:
    """The value that was measured last at `moment`, None where that is longer ago than `longest_gap`."""
    position = bisect_right(samples, moment, key=_TAKEN_AT)
    if not position or moment - samples[position - 1].at > longest_gap:
        return None
    return samples[position - 1].value


def moments_in(stretch: Stretch, series: Sequence[Sequence[Sample]]) -> list[datetime]:
    """The moments at which something new was known about the stretch, once every series had begun.

    Where no sample was taken at its very start, the last one before it tells how things stood then.
    """
    if not all(series):
        return []
    begun = max(samples[0].at for samples in series)
    times = sorted({sample.at for samples in series for sample in samples if begun <= sample.at <= stretch.end})
    first_inside = next((index for index, at in enumerate(times) if at >= stretch.start), len(times))
    starts_covered = first_inside < len(times) and times[first_inside] <= stretch.start + stretch.slack
    if first_inside and not starts_covered:
        first_inside -= 1
    return times[first_inside:]


def gap_in(stretch: Stretch, moments: Sequence[datetime]) -> str | None:
    """What is missing to cover the stretch with measurements at these moments, None where nothing is."""
    length = describe_duration(stretch.end - stretch.start)
    if not moments or stretch.end - moments[-1] > stretch.longest_gap:
        return "is not being measured at the moment"
    if moments[0] > stretch.start + stretch.slack:
        return f"has been measured for {describe_duration(stretch.end - moments[0])} of the {length} asked for"
    longest = max((later - earlier for earlier, later in pairwise(moments)), default=timedelta(0))
    if longest > stretch.longest_gap:
        return f"was not measured for {describe_duration(longest)} of the {length} asked for"
    return None
