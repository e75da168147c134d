"""Calendars: what an event closes, in whichever way its times are written, and what is refused."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.freeze import CalendarEvent
from bot.files.calendar_file import MOST_BYTES, MOST_EVENTS, BadCalendar, read_calendar


def calendar(*events: str) -> bytes:
    bodies = "".join(f"BEGIN:VEVENT\n{event}\nEND:VEVENT\n" for event in events)
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{bodies}END:VCALENDAR\n".replace("\n", "\r\n").encode()


def read(*events: str) -> tuple[CalendarEvent, ...]:
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
        ("DTSTART;VALUE=DATE:20261224\nRRULE:FREQ=YEARLY", "an event that repeats"),
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
        assert all(event.start < event.end for event in events)
