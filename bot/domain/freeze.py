"""Freezes: the times in which nothing goes up, as closed windows and as a line that somebody stopped.

    window    = day [ "-" day ] [ " " times ] | times | date [ ".." date ]
    day       = "mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun"
    times     = HH:MM "-" HH:MM      an end not after its start is on the next day; 24:00 is midnight
    date      = YYYY-MM-DD           both ends of a range are closed

Windows are wall-clock times of a zone. Where a clock is set back, both occurrences of an hour are closed; where it is
set forward, a time that does not exist stands for the moment of the change.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Protocol
from zoneinfo import ZoneInfo

from bot.domain.duration import BadTimeOfDay, parse_time_of_day
from bot.domain.errors import Blocker
from bot.domain.nearest import nearest
from bot.domain.quotation import quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EVERY_DAY = frozenset(range(7))
MIDNIGHT = time(0)
DAY = timedelta(days=1)

FORMS = "a weekday (fri), a time of day (22:00-06:00) or a date (2026-12-24)"
"""What a window may look like, in short; ranges and combinations are told by the documentation."""

_SURELY_FREE_WITHIN = timedelta(days=15)
"""Weekly windows that leave no gap in two whole weeks leave none in the third."""

_REPEATED_AT_MOST = 400
"""So many occurrences without a gap are more than a year of days; when they end is not looked for any further."""

_DAYS = re.compile(r"(?P<first>[a-z]{3})(?:-(?P<last>[a-z]{3}))?(?: +(?P<times>[0-9].*))?")
_FULL_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class BadFreezeWindow(ValueError):
    """A text that names no window, or one that never opens again; `hint` may say what was meant."""

    def __init__(self, text: str, expected: str, hint: str = "") -> None:
        super().__init__(f"{quote(text)} is not a time that can be closed: expected {expected}")
        self.expected = expected
        self.hint = hint


@dataclass(frozen=True, slots=True)
class WeeklyWindow:
    """Closed on some weekdays (0 is Monday), from one time of the day to another; it belongs to the day it starts on."""

    text: str
    zone: str
    days: frozenset[int] = EVERY_DAY
    opens: time = MIDNIGHT
    closes: time = MIDNIGHT
    reason: str = ""

    def spans_around(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield the window's occurrences that may hold a moment."""
        zone = ZoneInfo(self.zone)
        today = at.astimezone(zone).date()
        # Tomorrow may have begun already where a clock is set back from just after midnight.
        for day in (today - DAY, today, today + DAY):
            if day.weekday() in self.days:
                last = day if self.closes > self.opens else day + DAY
                yield first_instant(day, self.opens, zone), last_instant(last, self.closes, zone)


@dataclass(frozen=True, slots=True)
class DatesWindow:
    """Closed on every day from the first date to the last, both included."""

    text: str
    zone: str
    first: date
    last: date
    reason: str = ""

    def spans_around(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield the one time in which it is closed, where that is near."""
        if self.first - 2 * DAY <= at.date() <= self.last + 2 * DAY:
            zone = ZoneInfo(self.zone)
            yield first_instant(self.first, MIDNIGHT, zone), last_instant(self.last + DAY, MIDNIGHT, zone)


@dataclass(frozen=True, slots=True)
class CalendarEvent:
    """Closed from one moment to another, as a calendar says; both are in UTC."""

    text: str
    start: datetime
    end: datetime
    reason: str = ""

    def spans_around(self, _: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield the one time in which it is closed."""
        yield self.start, self.end


class Occurrences(Protocol):
    """The times of something that repeats."""

    def around(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield those that may hold a moment, from when to when in UTC."""
        ...


@dataclass(frozen=True, slots=True)
class RepeatingEvent:
    """Closed again and again, as a calendar says; `rule` is that as it was written."""

    text: str
    rule: str
    occurrences: Occurrences = field(compare=False, repr=False)
    reason: str = ""

    def spans_around(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield the occurrences that may hold a moment."""
        return self.occurrences.around(at)


FreezeWindow = WeeklyWindow | DatesWindow | CalendarEvent | RepeatingEvent


@dataclass(frozen=True, slots=True)
class Freeze:
    """A line that somebody stopped: nothing goes up in an environment, or in any where none is named."""

    environment: str | None
    reason: str
    by: str
    since: datetime
    until: datetime | None = None

    def covers(self, environment: str, at: datetime) -> bool:
        """Say whether it is in force for an environment."""
        here = self.environment in {None, environment}
        return here and self.since <= at and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True)
class Closed:
    """What is closed now. `until` is when everything is free; None where that is not to be foreseen."""

    windows: tuple[FreezeWindow, ...]
    until: datetime | None


def parse_window(text: str, zone: str, reason: str = "") -> FreezeWindow:
    """Read a window as plans and the team file write it. Raises `BadFreezeWindow`; `zone` is an IANA name."""
    written = " ".join(text.split())
    if written[:4].isdecimal():
        return _dates(written, zone, reason)
    if written[:1].isdecimal():
        opens, closes = _times(written, written)
        return _weekly(WeeklyWindow(written, zone, opens=opens, closes=closes, reason=reason))
    found = _DAYS.fullmatch(written)
    if found is None or not {found["first"], found["last"] or found["first"]} <= set(WEEKDAYS):
        raise BadFreezeWindow(text, FORMS, _meant(written))
    days = _days(found["first"], found["last"] or found["first"])
    opens, closes = _times(written, found["times"]) if found["times"] else (MIDNIGHT, MIDNIGHT)
    return _weekly(WeeklyWindow(written, zone, days, opens, closes, reason))


def parse_windows(texts: Iterable[str], zone: str) -> tuple[FreezeWindow, ...]:
    """Read what a plan calls `never`, in its `zone`. Raises `BadFreezeWindow`."""
    return tuple(parse_window(text, zone) for text in texts)


def blocks(window: FreezeWindow, at: datetime) -> datetime | None:
    """Return when a window that holds this moment ends (in UTC), or None where it does not hold it."""
    found = closed((window,), at)
    return found.until if found else None


def closed(windows: Iterable[FreezeWindow], at: datetime) -> Closed | None:
    """Return what is closed at a moment and when all of it, with whatever follows without a gap, is free again."""
    everything = tuple(windows)
    now = tuple(window for window in everything if _end(window, at) is not None)
    if not now:
        return None
    until, weekly_since, repeated = at, at, 0
    while ends := [(end, window) for window in everything if (end := _end(window, until)) is not None]:
        until, longest = max(ends, key=lambda pair: pair[0])
        # Only what comes back can go on for ever.
        weekly_since = weekly_since if isinstance(longest, WeeklyWindow) else until
        repeated += isinstance(longest, RepeatingEvent)
        if until - weekly_since > _SURELY_FREE_WITHIN or repeated > _REPEATED_AT_MOST:
            return Closed(now, None)
    return Closed(now, until.astimezone(UTC))


def always_closed(windows: Iterable[FreezeWindow], at: datetime) -> bool:
    """Say whether the weekly windows among these leave no gap at all."""
    found = closed((window for window in windows if isinstance(window, WeeklyWindow)), at)
    return found is not None and found.until is None


def freeze_blockers(
    windows: Iterable[FreezeWindow], stops: Iterable[Freeze], environment: str, at: datetime
) -> tuple[Blocker, ...]:
    """Name what freezes keep an environment from going up: each stopped line, and all closed windows as one."""
    found = [
        Blocker("freeze", f"{stop.by} stopped the line{_where(stop)}: {stop.reason}", stop.until)
        for stop in stops
        if stop.covers(environment, at)
    ]
    shut = closed(windows, at)
    if shut is not None:
        names = ", ".join(dict.fromkeys(describe_window(window) for window in shut.windows))
        found.append(Blocker("freeze", f"{environment} is closed now ({names})", shut.until))
    return tuple(found)


def describe_window(window: FreezeWindow) -> str:
    """Return a window as it was written, with its zone where that matters and its reason where there is one."""
    zone = f" {window.zone}" if isinstance(window, WeeklyWindow) and window.opens != window.closes else ""
    return f"{window.text}{zone}: {window.reason}" if window.reason else f"{window.text}{zone}"


def first_instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Return the moment (in UTC) of a wall-clock time: its first occurrence, or the change that leaps over it."""
    return _instant(datetime.combine(day, at), zone, fold=0)


def last_instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Return the moment (in UTC) of a wall-clock time: its last occurrence, or the change that leaps over it."""
    return _instant(datetime.combine(day, at), zone, fold=1)


def _instant(wall: datetime, zone: ZoneInfo, fold: int) -> datetime:
    instant = wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == wall:
        return instant
    # The time does not exist: read with the offset from before the change it lies after it, and the other way round.
    sides = [wall.replace(tzinfo=zone, fold=side).astimezone(UTC) for side in (0, 1)]
    return _change_between(min(sides), max(sides), zone)


def _change_between(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """Return the first second at which the offset is the later one; between the two moments it changes once."""
    offset = after.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if middle.astimezone(zone).utcoffset() == offset:
            after = middle
        else:
            before = middle
    return after


def _end(window: FreezeWindow, at: datetime) -> datetime | None:
    """Return the latest end of the window's occurrences that hold a moment."""
    return max((end for start, end in window.spans_around(at) if start <= at < end), default=None)


def _weekly(window: WeeklyWindow) -> WeeklyWindow:
    if window.days == EVERY_DAY and window.opens == window.closes:
        raise BadFreezeWindow(
            window.text, "a window that opens again", "/freeze on stops everything until it is ended."
        )
    return window


def _days(first: str, last: str) -> frozenset[int]:
    """Return the weekdays from one to another; `sat-mon` goes over the end of the week."""
    start = WEEKDAYS.index(first)
    count = (WEEKDAYS.index(last) - start) % 7 + 1
    return frozenset((start + step) % 7 for step in range(count))


def _times(written: str, times: str) -> tuple[time, time]:
    start, _, end = (part.strip() for part in times.partition("-"))
    try:
        opens = parse_time_of_day(start)
        closes = MIDNIGHT if end == "24:00" else parse_time_of_day(end)
    except BadTimeOfDay as error:
        _, _, meant = str(error).partition("; did you mean ")
        raise BadFreezeWindow(written, FORMS, f"Did you mean {meant}" if meant and end else "") from None
    if opens == closes and end != "24:00":
        raise BadFreezeWindow(written, "a window that starts and ends at different times")
    return opens, closes


def _dates(written: str, zone: str, reason: str) -> DatesWindow:
    start, _, end = (part.strip() for part in written.partition(".."))
    try:
        first = _date(start)
        last = _date(end) if ".." in written else first
    except ValueError:
        raise BadFreezeWindow(written, FORMS, "A range of dates is 2026-12-20..2027-01-03.") from None
    if last < first:
        raise BadFreezeWindow(written, "a range whose last date is not before its first")
    if last.year > _LATEST_YEAR:
        raise BadFreezeWindow(written, f"dates up to {_LATEST_YEAR}")
    return DatesWindow(written, zone, first, last, reason)


_LATEST_YEAR = 2999


def _date(text: str) -> date:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise ValueError(text)
    return date.fromisoformat(text)


def _meant(written: str) -> str:
    """Return a hint at the weekday that was probably meant by `Friday` or `Fri 22:00-06:00`."""
    first = re.split(r"[ -]", written.lower(), maxsplit=1)[0]
    near = first if first in WEEKDAYS else "".join(nearest(first, _FULL_DAYS, 1))[:3]
    return f'Did you mean "{near}"?' if near else ""


def _where(stop: Freeze) -> str:
    return f" in {stop.environment}" if stop.environment else ""
