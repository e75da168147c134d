"""The shifts of a schedule as an iCal file, for people's own calendars."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from bot.domain.oncall import Shift


def shifts_calendar(schedule: str, shifts: Iterable[Shift], now: datetime) -> bytes:
    """Return a calendar with one event for each shift that somebody has.

    An event's identity is its layer and its beginning, so that importing a newer file moves it instead of doubling it.
    """
    from icalendar import Calendar, Event

    calendar = Calendar()
    calendar.add("prodid", "-//Rollcall//on call//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", f"On call: {schedule}")
    for shift in shifts:
        if shift.people:
            event = Event()
            event.add("uid", f"{schedule}.{shift.layer}.{shift.start:%Y%m%dT%H%M%S}@rollcall")
            event.add("dtstamp", now)
            event.add("dtstart", shift.start)
            event.add("dtend", shift.end)
            event.add("summary", f"{' and '.join(shift.people)} on call: {schedule}/{shift.layer}")
            calendar.add_component(event)
    return bytes(calendar.to_ical())
