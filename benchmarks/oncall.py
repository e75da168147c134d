"""Looking up who is on call, hour by hour through a year, in a rotation of twenty people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from benchmarks.report import Figure, ratio
from benchmarks.timing import Contender, in_turn
from bot.domain.oncall import Override, OverrideKind, Schedule, on_call, shifts
from bot.domain.rotation import Rotation, Turn

ZONE = "Europe/Berlin"
START = datetime(2026, 1, 1, 9, tzinfo=ZoneInfo(ZONE))
YEAR = timedelta(days=365)
HOUR = timedelta(hours=1)
HOURS = YEAR // HOUR
LIMIT = 200.0
"""Microseconds for one lookup: what a page waits for is a commit, which takes ten times as long."""

LIMIT_OF_SHIFTS = 100.0
"""Milliseconds for a year of daily shifts, as a calendar wants them."""

REPEATS = 5


async def measure(folder: Path) -> Sequence[Figure]:
    """Measure lookups in rotations of twenty and of two, and the shifts of a whole year."""
    del folder
    twenty, two = _schedule(20), _schedule(2)
    night = _nights()
    lookups, small, listed = await in_turn(
        Contender(partial(_look_up, twenty, night)),
        Contender(partial(_look_up, two, night)),
        Contender(partial(_list, twenty, night)),
        repeats=REPEATS,
        warm=1,
    )
    here, beside = lookups.processor / HOURS, small.processor / HOURS
    return [
        ratio("on call at each hour of a year, 20 people: processor for each", here, beside, scale=1e6, unit="µs"),
        Figure("the same, one lookup", f"{here * 1e6:.3g} µs", "", here * 1e6, "µs", LIMIT),
        Figure(
            "the shifts of a year, 20 people in turn daily",
            f"{listed.processor * 1e3:.3g} ms",
            "",
            listed.processor * 1e3,
            "ms",
            LIMIT_OF_SHIFTS,
        ),
    ]


def _schedule(people: int) -> Schedule:
    participants = tuple(f"engineer-{number}" for number in range(people))
    return Schedule("payments", ZONE, (Rotation("primary", participants, START, ZONE, Turn.DAILY),))


def _nights() -> tuple[Override, ...]:
    """Return an override of one night for each month."""
    nights = (START + timedelta(days=30 * month, hours=12) for month in range(12))
    return tuple(
        Override("payments", "primary", "stand-in", OverrideKind.REPLACE, at, at + 8 * HOUR, "lead") for at in nights
    )


async def _look_up(schedule: Schedule, overrides: tuple[Override, ...]) -> None:
    for hour in range(HOURS):
        assert on_call(schedule, overrides, START + hour * HOUR)["primary"]


async def _list(schedule: Schedule, overrides: tuple[Override, ...]) -> None:
    assert len(shifts(schedule, overrides, START, START + YEAR)["primary"]) >= 365
