"""Repeating events of a calendar: which rules are understood, and the times they come to, found as they are asked for."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from threading import Lock
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bot.domain.freeze import first_instant, last_instant

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

EVERY = {"DAILY": "every day", "WEEKLY": "every week", "MONTHLY": "every month", "YEARLY": "every year"}
ALWAYS = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY"})
ALSO = {
    "MONTHLY": frozenset({"BYMONTHDAY", "BYSETPOS"}),
    "YEARLY": frozenset({"BYMONTH", "BYMONTHDAY", "BYSETPOS"}),
}
"""Parts of a rule by how often it repeats: those that could search the calendar for ever are not among them."""

A_DAY = timedelta(days=1)

LATEST = datetime(2199, 12, 31)  # noqa: DTZ001  # By the wall clock of whichever zone.
"""A rule without an end is followed so far, also in vain: the fifth Monday of a week is looked for in every one."""


class BadRule(ValueError):
    """A rule that is not understood; `expected` says what would be."""

    def __init__(self, found: str, expected: str) -> None:
        super().__init__(found)
        self.expected = expected


@dataclass(slots=True)
class Repeated:
    """The times of a repeating event: those that were asked about so far are kept, the others are still to be found.

    `starts` are wall-clock times in `zone`, in order; each lasts for `length`, by the wall clock, too.
    """

    starts: Iterator[datetime]
    length: timedelta
    zone: tzinfo
    known: list[datetime] = field(default_factory=list)
    ended: bool = False
    finding: Lock = field(default_factory=Lock, repr=False)
    """A rehearsal looks at the same team in a thread of its own."""

    def around(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield the occurrences that may hold a moment."""
        wall = at.astimezone(self.zone).replace(tzinfo=None)
        self._find_until(wall + A_DAY)
        first = bisect_left(self.known, wall - self.length - A_DAY)
        last = bisect_left(self.known, wall + A_DAY)
        for start in self.known[first:last]:
            yield _instant(start, self.zone, starts=True), _instant(start + self.length, self.zone, starts=False)

    def _find_until(self, wall: datetime) -> None:
        with self.finding:
            while not self.ended and (not self.known or self.known[-1] < wall):
                found = next(self.starts, None)
                if found is None:
                    self.ended = True
                else:
                    self.known.append(found)


def repeated(
    event: Any, first: date | datetime, last: date | datetime, zone: ZoneInfo, but: Collection[Any]
) -> Repeated:
    """Return the times of an event with a rule or further dates, but for some. Raises BadRule.

    `first` and `last` are the start and the end of its first occurrence, which counts whatever the rule says; `zone` is
    for times without one.
    """
    from dateutil.rrule import rruleset, rrulestr  # type: ignore[import-untyped]  # It ships no types.

    own = (first.tzinfo if isinstance(first, datetime) else None) or zone
    start = wall_of(first, own)
    times = rruleset()
    times.rdate(start)
    for rule in _listed(event.get("RRULE")):
        times.rrule(rrulestr(_checked(rule, own), dtstart=start))
    for further in _dates(event, "RDATE"):
        times.rdate(wall_of(_plain(further), own))
    for left_out in (*_dates(event, "EXDATE"), *but):
        if isinstance(left_out, datetime) is not isinstance(first, datetime):
            raise BadRule("an exception that is no occurrence", "exceptions written like DTSTART")
        times.exdate(wall_of(left_out, own))
    return Repeated(iter(times), wall_of(last, own) - start, own)


def described(event: Any, first: date) -> str:
    """Return how people would write when the event repeats."""
    rules = _listed(event.get("RRULE"))
    how = EVERY[str(rules[0]["FREQ"][0]).upper()] if rules else "some days"
    return f"{how} from {first:%Y-%m-%d}"


def wall_of(value: date | datetime, zone: tzinfo) -> datetime:
    """Return a time as a clock in the zone shows it."""
    if not isinstance(value, datetime):
        return datetime.combine(value, time())
    return value.astimezone(zone).replace(tzinfo=None) if value.tzinfo is not None else value


def _instant(wall: datetime, zone: tzinfo, *, starts: bool) -> datetime:
    if isinstance(zone, ZoneInfo):
        return (first_instant if starts else last_instant)(wall.date(), wall.time(), zone)
    return wall.replace(tzinfo=zone, fold=0 if starts else 1).astimezone(UTC)


def _checked(rule: Any, zone: tzinfo) -> str:
    """Return a rule in wall-clock times. Raises BadRule for one that is not understood."""
    parts = {str(name).upper(): values for name, values in rule.items()}
    often = str(parts.get("FREQ", [""])[0]).upper()
    if often not in EVERY:
        raise BadRule(f"an event that repeats {often.lower() or 'without saying how often'}", ", ".join(EVERY))
    strange = sorted(set(parts) - ALWAYS - ALSO.get(often, frozenset()))
    if strange:
        understood = ", ".join(sorted(ALWAYS | ALSO.get(often, frozenset())))
        raise BadRule(f"an event that repeats {EVERY[often]} with {', '.join(strange)}", f"a rule of {understood}")
    if int(parts.get("INTERVAL", [1])[0]) < 1:
        raise BadRule("an event that repeats every 0 times", "an INTERVAL of 1 or more")
    until = parts.pop("UNTIL", [None])[0]
    written = ";".join(part for part in rule.to_ical().decode().split(";") if not part.upper().startswith("UNTIL="))
    if until is None:
        return written if "COUNT" in parts else f"{written};UNTIL={LATEST:%Y%m%dT%H%M%S}"
    end = wall_of(until, zone) if isinstance(until, datetime) else datetime.combine(until, time(23, 59, 59))
    return f"{written};UNTIL={end:%Y%m%dT%H%M%S}"


def _dates(event: Any, name: str) -> Iterable[Any]:
    return [it.dt for values in _listed(event.get(name)) for it in values.dts]


def _plain(further: Any) -> date | datetime:
    if not isinstance(further, date):
        raise BadRule("a further date with an end of its own", "RDATE with dates or times")
    return further


def _listed(found: Any) -> list[Any]:
    if found is None:
        return []
    return list(found) if isinstance(found, list) else [found]
