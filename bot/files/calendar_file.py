"""An iCal file in, the times it closes out; whatever could close less than the calendar shows is refused with its line."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bot.domain.freeze import MIDNIGHT, CalendarEvent, RepeatingEvent, first_instant, last_instant
from bot.domain.problem import Problem
from bot.files.recurrence import BadRule, described, repeated

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MOST_BYTES = 1024 * 1024
MOST_EVENTS = 2000
_REPEATING = ("RRULE", "RDATE")
_NEWLINE = re.compile(r"\r\n|\n|\r")
_BEGIN = re.compile(r"BEGIN:VEVENT\s*", re.IGNORECASE)
_LONGEST_SUMMARY = 100


class BadCalendar(Exception):
    """A calendar cannot be read whole; `problems` names each place."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class _BadEvent(Exception):
    """One event cannot be taken as it is."""

    def __init__(self, found: str, expected: str, hint: str = "") -> None:
        super().__init__(found)
        self.found = found
        self.expected = expected
        self.hint = hint


def read_calendar(content: bytes, file: str, zone: str) -> tuple[CalendarEvent | RepeatingEvent, ...]:
    """Read the events of an iCal file; days and times without a zone are in `zone`. Raises `BadCalendar`."""
    if len(content) > MOST_BYTES:
        raise _whole(file, f"{len(content):,} bytes", f"a calendar of at most {MOST_BYTES:,}")
    lines = _NEWLINE.split(content.decode("utf-8", "replace"))
    begins = [number for number, line in enumerate(lines, start=1) if _BEGIN.fullmatch(line)]
    events = _events(content, file)
    if len(events) != len(begins):
        raise _whole(file, f"{len(begins)} events of which {len(events)} are whole", "a calendar that is complete")
    if len(events) > MOST_EVENTS:
        raise _whole(file, f"{len(events):,} events", f"at most {MOST_EVENTS:,}")
    read: list[CalendarEvent | RepeatingEvent] = []
    moved = _moved(events)
    problems: list[Problem] = []
    for event, number in zip(events, begins, strict=True):
        try:
            read += _read(event, ZoneInfo(zone), moved.get(str(event.get("UID", "")), []))
        except _BadEvent as error:
            problems.append(Problem(file, number, 1, error.found, error.expected, error.hint, lines[number - 1]))
    if problems:
        raise BadCalendar(tuple(problems))
    return tuple(read)


def _whole(file: str, found: str, expected: str) -> BadCalendar:
    return BadCalendar((Problem(file, 1, 1, found, expected),))


def _events(content: bytes, file: str) -> list[Any]:
    # The library is as large as the rest of the reader, and few team files name a calendar.
    from icalendar import Calendar

    try:
        calendars = Calendar.from_ical(content, multiple=True)
    except (
        ValueError,
        KeyError,
        IndexError,
        AttributeError,
        TypeError,
    ):  # The last two where a parameter has two values.
        raise _whole(file, "text that is not a calendar", "an iCal file that begins with BEGIN:VCALENDAR") from None
    if not calendars:
        raise _whole(file, "no calendar", "an iCal file from BEGIN:VCALENDAR to END:VCALENDAR")
    return [event for calendar in calendars for event in calendar.walk("VEVENT")]


def _moved(events: list[Any]) -> dict[str, list[date | datetime]]:
    """Return, for each repeating event, the occurrences that have an event of their own instead."""
    found: dict[str, list[date | datetime]] = {}
    for event in events:
        instead_of = event.get("RECURRENCE-ID")
        if isinstance(getattr(instead_of, "dt", None), date):
            found.setdefault(str(event.get("UID", "")), []).append(instead_of.dt)
    return found


def _read(event: Any, zone: ZoneInfo, moved: Sequence[date | datetime]) -> Iterator[CalendarEvent | RepeatingEvent]:
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        return
    if getattr(event.get("RECURRENCE-ID"), "params", {}).get("RANGE"):
        raise _BadEvent("an event that changes all later ones", "single events, and rules")
    try:
        _check_zones(event)
        first, last = event.start, event.end
    except (ValueError, TypeError, AttributeError, OverflowError) as error:
        why = " ".join(str(error).split())[:_LONGEST_SUMMARY]
        raise _BadEvent(f"an event whose times cannot be read ({why})", "DTSTART, and DTEND or DURATION") from None
    start, end = _instant(first, zone, starts=True), _instant(last, zone, starts=False)
    if end <= start:
        raise _BadEvent("an event that ends when it starts", "an event that lasts", "Give it a DTEND or a DURATION.")
    summary = " ".join(str(event.get("SUMMARY", "")).split())[:_LONGEST_SUMMARY]
    if any(name in event for name in _REPEATING):
        yield _repeating(event, (first, last), zone, moved, summary)
    else:
        yield CalendarEvent(_dates(first, last), start, end, summary)


def _repeating(
    event: Any, times: tuple[date, date], zone: ZoneInfo, moved: Sequence[date | datetime], summary: str
) -> RepeatingEvent:
    try:
        found = repeated(event, *times, zone, moved)
    except BadRule as error:
        hint = "Days and times of every week can be written in the team file: fri 15:00-24:00."
        raise _BadEvent(str(error), error.expected, hint) from None
    except (ValueError, TypeError, AttributeError, KeyError, OverflowError) as error:
        why = " ".join(str(error).split())[:_LONGEST_SUMMARY]
        raise _BadEvent(
            f"a rule that cannot be read ({why})", "RRULE, EXDATE and RDATE as calendars write them"
        ) from None
    written = event.to_ical().decode("utf-8", "replace")
    return RepeatingEvent(described(event, times[0]), f"{written} but {sorted(map(str, moved))}", found, summary)


def _check_zones(event: Any) -> None:
    """Refuse a zone that nobody knows: its times would be taken for local ones."""
    for name in ("DTSTART", "DTEND"):
        written = event.get(name)
        value = getattr(written, "dt", None)
        named = getattr(written, "params", {}).get("TZID")
        if named and isinstance(value, datetime) and value.tzinfo is None:
            raise _BadEvent(f"the time zone {named}", "an IANA time zone, or one that the calendar defines")


def _instant(value: date | datetime, zone: ZoneInfo, *, starts: bool) -> datetime:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC)
    day, at = (value.date(), value.time()) if isinstance(value, datetime) else (value, MIDNIGHT)
    return first_instant(day, at, zone) if starts else last_instant(day, at, zone)


def _dates(first: date, last: date) -> str:
    """Return how people would write the days of an event; the end of one of whole days is the day after it."""
    days = (first, last) if isinstance(first, datetime) else (first, date.fromordinal(last.toordinal() - 1))
    start, end = (day.strftime("%Y-%m-%d") for day in days)
    return start if start == end else f"{start}..{end}"
