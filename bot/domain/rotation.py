"""Rotations: whose shift it is, as arithmetic on the wall clock of a time zone.

A shift begins at a wall-clock time: 09:00 stays 09:00 when clocks change. One that would begin in the repeated hour
begins at its first occurrence, one that would begin in the missing hour begins right after the gap. Monthly shifts count
from the original start by the calendar, so that the 31st is the 28th in February and the 31st again in March.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.domain.freeze import first_instant

if TYPE_CHECKING:
    from collections.abc import Iterator


class Turn(StrEnum):
    """What a shift's length counts."""

    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


_FIXED = {Turn.HOURLY: timedelta(hours=1), Turn.DAILY: timedelta(days=1), Turn.WEEKLY: timedelta(weeks=1)}
_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Rotation:
    """People who take turns in one layer of a schedule (primary, secondary, database…), `length` turns at a time.

    `start` is when the first of them began; it is read in `zone` (an IANA name) and truncated to the minute. Before it
    the rotation goes on backwards.
    """

    layer: str
    participants: tuple[str, ...]
    start: datetime
    zone: str = "UTC"
    turn: Turn = Turn.WEEKLY
    length: int = 1

    def index(self, at: datetime) -> int:
        """Return how many shifts after the first (before it: negative) the one is that holds a moment."""
        return self._clock().index(at)

    def begins(self, index: int) -> datetime:
        """Return when a shift begins, in UTC."""
        return self._clock().begins(index)

    def holder(self, at: datetime) -> str | None:
        """Return whose shift holds a moment; None in a rotation without people."""
        return self.of(self.index(at)) if self.participants else None

    def people(self, at: datetime) -> tuple[str, ...]:
        """Return whose shift holds a moment; nobody in a rotation without people."""
        holder = self.holder(at)
        return (holder,) if holder is not None else ()

    @property
    def known(self) -> bool:
        """Say whether it is known who takes turns: the team file says so."""
        return True

    def of(self, index: int) -> str:
        """Return whose shift it is by its number."""
        return self.participants[index % len(self.participants)]

    def changes(self, after: datetime) -> Iterator[datetime]:
        """Yield when shifts begin later than a moment, in order and without end; nothing where nobody takes turns."""
        if len(set(self.participants)) <= 1:
            return
        clock = self._clock()
        index = clock.index(after) + 1
        while True:
            yield clock.begins(index)
            index += 1

    def _clock(self) -> _Clock:
        zone = ZoneInfo(self.zone)
        first = self.start.astimezone(zone).replace(tzinfo=None, second=0, microsecond=0)
        return _Clock(zone, first, self.turn, self.length)


@dataclass(frozen=True, slots=True)
class _Clock:
    """The wall clock of one rotation; `first` is the wall-clock time of its start."""

    zone: ZoneInfo
    first: datetime
    turn: Turn
    length: int

    def begins(self, index: int) -> datetime:
        wall = self._wall(index)
        return first_instant(wall.date(), wall.time(), self.zone)

    def index(self, at: datetime) -> int:
        """Return the number of the shift at a moment: estimated on the wall clock, then corrected by instants."""
        moment = at.astimezone(UTC)
        index = self._estimate(at.astimezone(self.zone).replace(tzinfo=None))
        while self.begins(index) > moment:
            index -= 1
        # A shift that lies in the missing hour is over when it begins.
        while self.begins(index + 1) <= moment:
            index += 1
        return index

    def _estimate(self, wall: datetime) -> int:
        unit = _FIXED.get(self.turn)
        if unit is None:
            months = (wall.year - self.first.year) * _MONTHS + wall.month - self.first.month
            return months // self.length
        return (wall - self.first) // (unit * self.length)

    def _wall(self, index: int) -> datetime:
        unit = _FIXED.get(self.turn)
        if unit is not None:
            return self.first + unit * self.length * index
        years, month = divmod(self.first.month - 1 + self.length * index, _MONTHS)
        year = self.first.year + years
        day = min(self.first.day, monthrange(year, month + 1)[1])
        return self.first.replace(year=year, month=month + 1, day=day)
