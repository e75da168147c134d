"""Ids as Discord makes them: they begin with the moment, so that they sort by time; and its way to write a moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.ports import Clock

EPOCH = datetime(2015, 1, 1, tzinfo=UTC)


class Snowflakes:
    """Every id of a server, in ascending order also while the clock stands still."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._given = 0

    def next(self) -> int:
        """Return an id: milliseconds since 2015 in the upper bits, a running number in the lower 22."""
        self._given += 1
        return (self._clock.now() - EPOCH) // timedelta(milliseconds=1) << 22 | self._given


def written(moment: datetime | None) -> str | None:
    """Write a moment as Discord does, in UTC with microseconds."""
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="microseconds")
