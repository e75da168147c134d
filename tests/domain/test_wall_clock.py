"""A moment on a wall clock is the one that people mean, also where clocks change."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.domain.wall_clock import BadWallClock, in_words, read_moment

BERLIN = "Europe/Berlin"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


NOON = at("2026-03-28T11:00")
"""In Berlin, on the day before the clock is set forward."""


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("18:00", "2026-03-28T17:00"),
        ("12:00", "2026-03-29T10:00"),
        ("08:15", "2026-03-29T06:15"),
        ("today 18:00", "2026-03-28T17:00"),
        ("today 08:15", "2026-03-28T07:15"),
        ("Tomorrow 18:00", "2026-03-29T16:00"),
        # This time does not exist: the clock goes from two to three.
        ("02:30", "2026-03-29T01:00"),
        ("tomorrow 02:30", "2026-03-29T01:00"),
        # These exist twice.
        ("2026-10-25 02:30", "2026-10-25T00:30"),
        ("2026-10-25T02:30", "2026-10-25T00:30"),
        ("2026-10-25T02:30+01:00", "2026-10-25T01:30"),
        ("2026-12-01", "2026-11-30T23:00"),
    ],
)
def test_a_text_names_a_moment(text: str, meant: str) -> None:
    assert read_moment(text, BERLIN, NOON) == at(meant)


def test_in_the_evening_tomorrow_is_the_zones_own() -> None:
    late = at("2026-03-02T23:30")
    assert read_moment("09:00", BERLIN, late) == at("2026-03-03T08:00")
    assert read_moment("tomorrow 09:00", BERLIN, late) == at("2026-03-04T08:00")


@pytest.mark.parametrize(
    "text", ["", "tomorrow", "today noon", "24:30", "soon", "2026-02-30", "0001-01-01T00:00+14:00"]
)
def test_what_names_no_moment_is_refused(text: str) -> None:
    with pytest.raises(BadWallClock):
        read_moment(text, BERLIN, NOON)


def test_a_moment_in_words_has_its_zone() -> None:
    assert in_words(NOON, BERLIN) == "Sat 28 March 2026, 12:00 CET"
    assert in_words(NOON, "UTC") == "Sat 28 March 2026, 11:00 UTC"
