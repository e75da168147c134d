"""Moments as people type and read them: `18:00`, `tomorrow 09:00` or a date, on the wall clock of a time zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.duration import BadTimeOfDay, parse_time_of_day
from bot.domain.freeze import first_instant

DAYS = {"today": 0, "tomorrow": 1}
"""The words for a day, with how many days from now it is."""


class BadWallClock(ValueError):
    """A text that names no moment on a wall clock."""


def read_moment(text: str, zone: str, now: datetime) -> datetime:
    """Return the moment (in UTC) that is meant.

    A time of day alone is today's, or tomorrow's where that has passed. A date may name its own offset. Where a clock is
    set back the first occurrence is meant, and where it is set forward the change. Raises BadWallClock.
    """
    day, _, rest = text.strip().partition(" ")
    named = DAYS.get(day.casefold())
    written = rest if named is not None else text
    try:
        time = parse_time_of_day(written)
    except BadTimeOfDay:
        if named is not None:
            raise BadWallClock(text) from None
        return _dated(text, zone)
    place = ZoneInfo(zone)
    today = now.astimezone(place).date()
    at = first_instant(today + timedelta(days=named or 0), time, place)
    return first_instant(today + timedelta(days=1), time, place) if named is None and at <= now else at


def _dated(text: str, zone: str) -> datetime:
    try:
        wall = datetime.fromisoformat(text.strip())
        if wall.tzinfo is None:
            return first_instant(wall.date(), wall.time(), ZoneInfo(zone))
        return wall.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadWallClock(text) from None


def in_words(at: datetime, zone: str) -> str:
    """Return a moment in words, on the wall clock of a zone: `Tue 3 March 2026, 10:00 UTC`."""
    local = at.astimezone(UTC) if zone == "UTC" else at.astimezone(ZoneInfo(zone))
    return f"{local:%a} {local.day} {local:%B %Y, %H:%M} {local:%Z}"
