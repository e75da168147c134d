"""The shifts of a schedule as a calendar that other programs read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from icalendar import Calendar

from bot.domain.oncall import Shift
from bot.files.calendar_file import read_calendar
from bot.files.oncall_calendar import shifts_calendar

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)
SHIFTS = (
    Shift("primary", ("ana",), START, START + DAY),
    Shift("primary", (), START + DAY, START + 2 * DAY),
    Shift("primary", ("bob", "cleo"), START + 2 * DAY, START + 3 * DAY),
)


def test_every_shift_that_somebody_has_is_an_event() -> None:
    calendar = Calendar.from_ical(shifts_calendar("payments", SHIFTS, START))
    events = calendar.walk("VEVENT")
    assert [(str(it["SUMMARY"]), it.decoded("DTSTART"), it.decoded("DTEND")) for it in events] == [
        ("ana on call: payments/primary", START, START + DAY),
        ("bob and cleo on call: payments/primary", START + 2 * DAY, START + 3 * DAY),
    ]
    assert str(calendar["X-WR-CALNAME"]) == "On call: payments"


def test_importing_it_again_moves_events_instead_of_doubling_them() -> None:
    def identities(now: datetime) -> list[str]:
        made = Calendar.from_ical(shifts_calendar("payments", SHIFTS, now))
        return [str(it["UID"]) for it in made.walk("VEVENT")]

    assert identities(START) == identities(START + DAY)
    assert len(set(identities(START))) == 2


def test_our_own_reader_takes_it() -> None:
    found = read_calendar(shifts_calendar("payments", SHIFTS, START), "payments.ics", "UTC")
    assert [(it.start, it.end) for it in found] == [(it.start, it.end) for it in SHIFTS if it.people]
