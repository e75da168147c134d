"""Calendars: what an event closes, in whichever way its times are written, and what is refused."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.freeze import CalendarEvent, RepeatingEvent, closed, describe_window
from bot.files.calendar_file import MOST_BYTES, MOST_EVENTS, BadCalendar, read_calendar


def calendar(*events: str) -> bytes:
    bodies = "".join(f"BEGIN:VEVENT\n{event}\nEND:VEVENT\n" for event in events)
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{bodies}END:VCALENDAR\n".replace("\n", "\r\n").encode()


def read(*events: str) -> tuple[CalendarEvent | RepeatingEvent, ...]:
    return read_calendar(calendar(*events), "freezes.ics", "Europe/Berlin")


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("event", "start", "end", "text"),
    [
        ("DTSTART;VALUE=DATE:20261224", "2026-12-23T23:00", "2026-12-24T23:00", "2026-12-24"),
        (
            "DTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20261227",
            "2026-12-23T23:00",
            "2026-12-26T23:00",
            "2026-12-24..2026-12-26",
        ),
        ("DTSTART:20261224T100000Z\nDTEND:20261224T120000Z", "2026-12-24T10:00", "2026-12-24T12:00", "2026-12-24"),
        ("DTSTART:20261224T100000\nDURATION:PT90M", "2026-12-24T09:00", "2026-12-24T10:30", "2026-12-24"),
        (
            "DTSTART;TZID=America/New_York:20261224T220000\nDTEND;TZID=America/New_York:20261225T020000",
            "2026-12-25T03:00",
            "2026-12-25T07:00",
            "2026-12-24..2026-12-25",
        ),
        (
            "DTSTART;TZID=W. Europe Standard Time:20260701T100000\nDTEND;TZID=W. Europe Standard Time:20260701T110000",
            "2026-07-01T08:00",
            "2026-07-01T09:00",
            "2026-07-01",
        ),
        # A time that occurs twice: from its first occurrence to its last.
        ("DTSTART:20261025T023000\nDTEND:20261025T023000", "2026-10-25T00:30", "2026-10-25T01:30", "2026-10-25"),
    ],
)
def test_an_event_closes_its_time(event: str, start: str, end: str, text: str) -> None:
    (found,) = read(event)
    assert isinstance(found, CalendarEvent)
    assert (found.start, found.end, found.text) == (moment(start), moment(end), text)


def test_the_summary_is_the_reason_and_a_folded_line_is_one() -> None:
    (found,) = read("DTSTART;VALUE=DATE:20261224\nSUMMARY:The shop\\, as eve\n ry year\\, is full")
    assert found.reason == "The shop, as every year, is full"


def test_an_event_that_was_cancelled_closes_nothing() -> None:
    assert read("DTSTART;VALUE=DATE:20261224\nSTATUS:CANCELLED\nRRULE:FREQ=YEARLY") == ()


def test_a_calendar_without_events_closes_nothing() -> None:
    assert read() == ()


@pytest.mark.parametrize(
    ("event", "found"),
    [
        ("DTSTART;VALUE=DATE:20261224\nRRULE:FREQ=HOURLY", "an event that repeats hourly"),
        ("DTSTART;VALUE=DATE:20261224\nRRULE:FREQ=DAILY;INTERVAL=0", "an event that repeats every 0 times"),
        ("DTSTART;VALUE=DATE:20261224\nRRULE:FREQ=DAILY;BYMONTH=2", "an event that repeats every day with BYMONTH"),
        ("DTSTART;VALUE=DATE:20261224\nRRULE:FREQ=DAILY\nEXDATE:20261225T000000", "an exception that is no occurrence"),
        (
            "DTSTART;VALUE=DATE:20261224\nRRULE:FREQ=DAILY\nRDATE;VALUE=PERIOD:20261225T000000Z/PT1H",
            "a further date with an end of its own",
        ),
        (
            "RECURRENCE-ID;RANGE=THISANDFUTURE:20261224T100000Z\nDTSTART:20261224T100000Z\nDURATION:PT1H",
            "an event that changes all later ones",
        ),
        ("DTSTART:20261224T100000Z", "an event that ends when it starts"),
        ("DTSTART:20261224T100000Z\nDTEND:20261224T090000Z", "an event that ends when it starts"),
        ("DTSTART;TZID=Nowhere/Land:20261224T100000\nDURATION:PT1H", "the time zone Nowhere/Land"),
        ("SUMMARY:Some day", "an event whose times cannot be read (No DTSTART given.)"),
    ],
)
def test_an_event_that_would_close_less_than_it_shows_is_refused_with_its_line(event: str, found: str) -> None:
    with pytest.raises(BadCalendar) as refusal:
        read("DTSTART;VALUE=DATE:20261224", event)
    (problem,) = refusal.value.problems
    assert (problem.found, problem.line, problem.source) == (found, 7, "BEGIN:VEVENT")
    assert str(refusal.value).startswith("freezes.ics:7:1: found ")


def closed_on(days: int, *events: str, start: str = "2026-01-01T12:00") -> list[str]:
    """Return on which days something is closed at noon (in UTC)."""
    found, first = read(*events), moment(start)
    noons = (first + timedelta(days=number) for number in range(days))
    return [f"{noon:%m-%d}" for noon in noons if closed(found, noon) is not None]


DAY = "DTSTART;VALUE=DATE:20260102"


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ("RRULE:FREQ=DAILY;COUNT=3", ["01-02", "01-03", "01-04"]),
        ("RRULE:FREQ=DAILY;INTERVAL=4;UNTIL=20260110", ["01-02", "01-06", "01-10"]),
        ("RRULE:FREQ=WEEKLY;COUNT=3", ["01-02", "01-09", "01-16"]),
        ("RRULE:FREQ=WEEKLY;BYDAY=MO,FR;UNTIL=20260112", ["01-02", "01-05", "01-09", "01-12"]),
        ("RRULE:FREQ=WEEKLY;COUNT=4\nEXDATE;VALUE=DATE:20260109,20260123", ["01-02", "01-16"]),
        ("RRULE:FREQ=MONTHLY;BYDAY=-1FR;UNTIL=20260331", ["01-02", "01-30", "02-27", "03-27"]),
        ("RRULE:FREQ=MONTHLY;BYMONTHDAY=15;UNTIL=20260228", ["01-02", "01-15", "02-15"]),
        ("RRULE:FREQ=YEARLY;UNTIL=20300101", ["01-02", "01-02"]),
        ("RDATE;VALUE=DATE:20260107", ["01-02", "01-07"]),
    ],
)
def test_an_event_that_repeats_closes_each_of_its_times(rule: str, days: list[str]) -> None:
    assert closed_on(370, f"{DAY}\n{rule}") == days


def test_a_rule_without_an_end_closes_also_what_is_far_away() -> None:
    found = read(f"{DAY}\nRRULE:FREQ=WEEKLY")
    assert closed(found, moment("2049-01-01T12:00")) is not None
    assert closed(found, moment("2049-01-02T12:00")) is None
    assert closed(found, moment("2025-12-26T12:00")) is None


def test_times_of_the_day_are_those_of_the_wall_clock_in_summer_and_winter() -> None:
    (found,) = read(
        "DTSTART;TZID=Europe/Berlin:20260105T100000\nDTEND;TZID=Europe/Berlin:20260105T113000\nRRULE:FREQ=DAILY"
        ";UNTIL=20261231T000000Z\nSUMMARY:The shop is full"
    )
    for day, hour in (("2026-02-01", 9), ("2026-07-01", 8)):
        spans = [
            it for it in found.spans_around(moment(f"{day}T{hour:02}:30")) if it[0] <= moment(f"{day}T{hour:02}:30")
        ]
        assert (moment(f"{day}T{hour:02}:00"), moment(f"{day}T{hour + 1:02}:30")) in spans
    assert describe_window(found) == "every day from 2026-01-05: The shop is full"


def test_an_occurrence_that_was_moved_closes_its_new_time_and_not_its_old_one() -> None:
    series = f"UID:1\n{DAY}\nRRULE:FREQ=WEEKLY;COUNT=3"
    moved = "UID:1\nRECURRENCE-ID;VALUE=DATE:20260109\nDTSTART;VALUE=DATE:20260110"
    gone = "UID:1\nRECURRENCE-ID;VALUE=DATE:20260116\nDTSTART;VALUE=DATE:20260116\nSTATUS:CANCELLED"
    assert closed_on(30, series, moved, gone) == ["01-02", "01-10"]


def test_a_rule_that_never_comes_true_is_followed_to_the_end_of_the_next_century_and_no_further() -> None:
    assert closed_on(30, f"{DAY}\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30") == ["01-02"]


def test_what_never_opens_again_ends_at_no_time_that_could_be_named() -> None:
    always = closed(read(f"{DAY}\nRRULE:FREQ=DAILY"), moment("2026-06-01T12:00"))
    assert always is not None
    assert always.until is None
    quarter = closed(read(f"{DAY}\nRRULE:FREQ=DAILY;COUNT=90"), moment("2026-01-02T12:00"))
    assert quarter is not None
    assert quarter.until == moment("2026-04-01T22:00")


@pytest.mark.parametrize("event", ["DTSTART:2026-12-24", "DTSTART;VALUE=DATE:20261224\nDTEND:20261224T090000Z"])
def test_times_that_cannot_be_read_are_refused(event: str) -> None:
    with pytest.raises(BadCalendar) as refusal:
        read(event)
    assert refusal.value.problems[0].found.startswith("an event whose times cannot be read (")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>Sign in</html>",
        b"\xff\xfe\x00",
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:20261224T100000Z\r\n",
        calendar("DTSTART;VALUE=DATE:20261224")[:-40],
        b"x" * (MOST_BYTES + 1),
        calendar(*["DTSTART;VALUE=DATE:20261224"] * (MOST_EVENTS + 1)),
    ],
    ids=["empty", "html", "binary", "cut short", "without its end", "too large", "too many"],
)
def test_what_is_no_whole_calendar_is_refused(content: bytes) -> None:
    with pytest.raises(BadCalendar) as refusal:
        read_calendar(content, "freezes.ics", "UTC")
    assert [(it.file, it.line) for it in refusal.value.problems] == [("freezes.ics", 1)]


WHOLE = calendar("DTSTART;VALUE=DATE:20261224\nSUMMARY:x", "DTSTART:20261224T100000Z\nDTEND:20261224T120000Z")


@given(st.integers(0, len(WHOLE)), st.integers(0, 40), st.binary(max_size=10))
def test_a_damaged_calendar_is_read_or_refused_and_nothing_else(start: int, length: int, piece: bytes) -> None:
    with suppress(BadCalendar):
        events = read_calendar(WHOLE[:start] + piece + WHOLE[start + length :], "freezes.ics", "UTC")
        assert all(event.start < event.end for event in events if isinstance(event, CalendarEvent))


REPEATING = calendar(
    "DTSTART;VALUE=DATE:20261224\nRRULE:FREQ=WEEKLY;BYDAY=MO,FR;INTERVAL=2;COUNT=9\nEXDATE;VALUE=DATE:20261228"
)


@example(REPEATING.index(b"=DATE:") + 1, 0, b",")  # A parameter with two values.
@given(st.integers(0, len(REPEATING)), st.integers(0, 12), st.binary(max_size=6))
def test_a_damaged_rule_is_read_or_refused_and_nothing_else(start: int, length: int, piece: bytes) -> None:
    with suppress(BadCalendar):
        found = read_calendar(REPEATING[:start] + piece + REPEATING[start + length :], "freezes.ics", "UTC")
        closed(found, moment("2027-02-01T12:00"))
