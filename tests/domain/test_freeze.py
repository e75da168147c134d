"""Freezes: what a window closes, when everything is free again, and clocks that are set forward and back."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from bot.domain.freeze import (
    EVERY_DAY,
    MIDNIGHT,
    BadFreezeWindow,
    CalendarEvent,
    DatesWindow,
    Freeze,
    WeeklyWindow,
    always_closed,
    blocks,
    closed,
    first_instant,
    freeze_blockers,
    last_instant,
    parse_window,
    parse_windows,
)

ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Anchorage",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "America/Havana",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Africa/Casablanca",
    "Pacific/Apia",
    "Pacific/Kiritimati",
    "Antarctica/Troll",
)


def at(text: str, zone: str = "UTC", fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)


@pytest.mark.parametrize(
    ("text", "moment", "until"),
    [
        ("fri", "2026-12-04T00:00", "2026-12-05T00:00"),
        ("fri", "2026-12-04T23:59:59", "2026-12-05T00:00"),
        ("fri", "2026-12-03T23:59:59", None),
        ("fri", "2026-12-05T00:00", None),
        ("sat-sun", "2026-12-05T10:00", "2026-12-07T00:00"),
        ("fri-mon", "2026-12-06T10:00", "2026-12-08T00:00"),
        ("fri-mon", "2026-12-08T10:00", None),
        ("22:00-06:00", "2026-12-02T23:00", "2026-12-03T06:00"),
        ("22:00-06:00", "2026-12-03T05:59", "2026-12-03T06:00"),
        ("22:00-06:00", "2026-12-03T06:00", None),
        ("22:00-06:00", "2026-12-03T21:59", None),
        ("12:00-24:00", "2026-12-03T13:00", "2026-12-04T00:00"),
        ("fri 15:00-24:00", "2026-12-04T14:59", None),
        ("fri 15:00-24:00", "2026-12-04T15:00", "2026-12-05T00:00"),
        ("fri 22:00-06:00", "2026-12-05T05:00", "2026-12-05T06:00"),
        ("fri 22:00-06:00", "2026-12-04T05:00", None),
        ("mon-fri 09:00-17:00", "2026-12-04T09:00", "2026-12-04T17:00"),
        ("mon-fri 09:00-17:00", "2026-12-05T09:00", None),
        ("fri 00:00-24:00", "2026-12-04T09:00", "2026-12-05T00:00"),
        ("2026-12-24", "2026-12-24T00:00", "2026-12-25T00:00"),
        ("2026-12-24", "2026-12-25T00:00", None),
        ("2026-12-20..2027-01-03", "2026-12-20T00:00", "2027-01-04T00:00"),
        ("2026-12-20..2027-01-03", "2027-01-03T23:59", "2027-01-04T00:00"),
        ("2026-12-20..2027-01-03", "2027-01-04T00:00", None),
    ],
)
def test_a_window_closes_from_its_start_up_to_its_end(text: str, moment: str, until: str | None) -> None:
    for zone in ("UTC", "Asia/Kolkata", "America/Anchorage"):
        ends = blocks(parse_window(text, zone), at(moment, zone))
        assert ends == (None if until is None else at(until, zone))


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("friday", 'Did you mean "fri"?'),
        ("Fri", 'Did you mean "fri"?'),
        ("tues", 'Did you mean "tue"?'),
        ("xyz", ""),
        ("fri-xyz", 'Did you mean "fri"?'),
        ("", ""),
        ("22:00", ""),
        ("9:00-10:00", 'Did you mean "09:00"?'),
        ("25:00-26:00", ""),
        ("fri 25:00-26:00", ""),
        ("10:00-10:00", ""),
        ("24:00-10:00", ""),
        ("2026-02-30", "A range of dates is 2026-12-20..2027-01-03."),
        ("2026-12-24..", "A range of dates is 2026-12-20..2027-01-03."),
        ("20261224", "A range of dates is 2026-12-20..2027-01-03."),
        ("2027-01-03..2026-12-20", ""),
        ("9999-12-31", ""),
        ("mon-sun", "/freeze on stops everything until it is ended."),
        ("00:00-24:00", "/freeze on stops everything until it is ended."),
    ],
)
def test_what_is_no_window_is_refused_with_what_was_expected(text: str, hint: str) -> None:
    with pytest.raises(BadFreezeWindow) as refusal:
        parse_window(text, "UTC")
    assert refusal.value.expected
    assert refusal.value.hint == hint


@pytest.mark.parametrize(
    ("zone", "text", "inside", "until"),
    [
        # Berlin leaps from 02:00 to 03:00: what starts in between starts with the change, what ends there ends with it.
        ("Europe/Berlin", "02:30-04:00", "2026-03-29T01:00+00:00", "2026-03-29T02:00+00:00"),
        ("Europe/Berlin", "00:00-02:30", "2026-03-29T00:59+00:00", "2026-03-29T01:00+00:00"),
        # Berlin goes back from 03:00 to 02:00: both occurrences are closed, and what lies between them.
        ("Europe/Berlin", "02:30-02:45", "2026-10-25T00:30+00:00", "2026-10-25T01:45+00:00"),
        ("Europe/Berlin", "22:00-02:30", "2026-10-25T00:30+00:00", "2026-10-25T01:30+00:00"),
        ("Europe/Berlin", "sun", "2026-10-24T22:00+00:00", "2026-10-25T23:00+00:00"),
        # Lord Howe Island changes by half an hour, Kathmandu lies 5:45 before Greenwich.
        ("Australia/Lord_Howe", "02:10-05:00", "2026-10-03T15:30+00:00", "2026-10-03T18:00+00:00"),
        ("Asia/Kathmandu", "22:00-06:00", "2026-05-01T16:15+00:00", "2026-05-02T00:15+00:00"),
        # Havana goes back from 01:00 to midnight: Saturday ends with the second midnight.
        ("America/Havana", "sat", "2026-11-01T04:30+00:00", "2026-11-01T05:00+00:00"),
        # St. John's once went back from 00:01 to 23:01 of the day before.
        ("America/St_Johns", "sun", "2008-11-02T02:31+00:00", "2008-11-03T03:30+00:00"),
    ],
)
def test_where_a_clock_is_changed_everything_that_the_window_names_is_closed(
    zone: str, text: str, inside: str, until: str
) -> None:
    assert blocks(parse_window(text, zone), datetime.fromisoformat(inside)) == datetime.fromisoformat(until)


def test_a_window_within_an_hour_that_does_not_exist_closes_nothing() -> None:
    window = parse_window("02:10-02:50", "Europe/Berlin")
    change = datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert blocks(window, change) is None
    assert blocks(window, change - timedelta(seconds=1)) is None
    assert blocks(window, change + timedelta(hours=23, minutes=30)) is not None


def test_a_day_that_does_not_exist_closes_nothing() -> None:
    # Samoa went from Thursday to Saturday.
    window = parse_window("2011-12-30", "Pacific/Apia")
    start = datetime(2011, 12, 29, tzinfo=UTC)
    assert [hour for hour in range(72) if blocks(window, start + timedelta(hours=hour))] == []


def test_windows_that_overlap_end_when_everything_is_free() -> None:
    windows = parse_windows(["fri 15:00-24:00", "sat-sun", "22:00-06:00"], "Europe/Berlin")
    found = closed(windows, at("2026-12-04T16:00", "Europe/Berlin"))
    assert found is not None
    assert found.windows == (windows[0],)
    assert found.until == at("2026-12-07T06:00", "Europe/Berlin")


def test_windows_in_several_zones_are_merged() -> None:
    windows = (parse_window("09:00-17:00", "Europe/Berlin"), parse_window("09:00-17:00", "America/New_York"))
    found = closed(windows, at("2026-12-04T10:00", "Europe/Berlin"))
    assert found is not None
    assert found.until == at("2026-12-04T17:00", "America/New_York")


def test_windows_without_a_gap_name_no_end() -> None:
    windows = parse_windows(["mon-fri", "sat-sun"], "UTC")
    found = closed(windows, at("2026-12-04T10:00"))
    assert found is not None
    assert found.until is None
    assert always_closed(windows, at("2026-12-04T10:00"))
    assert not always_closed(windows[:1], at("2026-12-04T10:00"))


def test_a_year_of_closed_dates_still_has_an_end() -> None:
    windows = parse_windows(["2026-01-01..2027-12-31", "sat-sun"], "UTC")
    found = closed(windows, at("2026-06-01T10:00"))
    assert found is not None
    # The first day of 2028 is a Saturday.
    assert found.until == at("2028-01-03T00:00")


def test_an_event_of_a_calendar_closes_from_moment_to_moment() -> None:
    event = CalendarEvent("2026-12-24", at("2026-12-24T10:00"), at("2026-12-24T12:00"), "Moving house")
    assert blocks(event, at("2026-12-24T09:59")) is None
    assert blocks(event, at("2026-12-24T10:00")) == at("2026-12-24T12:00")
    assert blocks(event, at("2026-12-24T12:00")) is None


def test_a_stopped_line_holds_its_environment_or_all_of_them() -> None:
    stopped = at("2026-12-04T10:00")
    here = Freeze("production", "a search", "lead", stopped)
    everywhere = Freeze(None, "a move", "owner", stopped, stopped + timedelta(hours=2))
    assert here.covers("production", stopped)
    assert not here.covers("staging", stopped)
    assert not here.covers("production", stopped - timedelta(seconds=1))
    assert everywhere.covers("staging", stopped + timedelta(minutes=119))
    assert not everywhere.covers("staging", stopped + timedelta(hours=2))


def test_what_freezes_an_environment_is_named_with_its_end() -> None:
    now = at("2026-12-04T16:00")
    windows = (parse_window("fri 15:00-24:00", "UTC", "Weekend ahead"), parse_window("12:00-17:00", "UTC"))
    stops = (Freeze("production", "a search", "lead", now), Freeze("staging", "repairs", "lead", now))
    blockers = freeze_blockers(windows, stops, "production", now)
    assert [(it.kind, it.sentence, it.expected) for it in blockers] == [
        ("freeze", "lead stopped the line in production: a search", None),
        (
            "freeze",
            "production is closed now (fri 15:00-24:00 UTC: Weekend ahead, 12:00-17:00 UTC)",
            at("2026-12-05T00:00"),
        ),
    ]
    assert freeze_blockers(windows, (), "production", at("2026-12-05T00:00")) == ()


days = st.sets(st.integers(0, 6), min_size=1).map(frozenset)
times = st.times(min_value=time(0), max_value=time(23, 59)).map(lambda it: it.replace(second=0, microsecond=0))
EARLIEST = datetime(2005, 1, 1, tzinfo=UTC)
moments = st.integers(0, 30 * 365 * 24 * 60).map(lambda minutes: EARLIEST + timedelta(minutes=minutes))


@st.composite
def weekly_windows(draw: st.DrawFn) -> WeeklyWindow:
    window = WeeklyWindow("x", draw(st.sampled_from(ZONES)), draw(days), draw(times), draw(times))
    assume(window.opens != window.closes or (window.opens == MIDNIGHT and window.days != EVERY_DAY))
    return window


def shown_inside(window: WeeklyWindow, moment: datetime) -> bool:
    """Say whether the clock on the wall shows a time that the window names."""
    wall = moment.astimezone(ZoneInfo(window.zone))
    today, yesterday = wall.weekday() in window.days, (wall.weekday() - 1) % 7 in window.days
    if window.opens < window.closes:
        return today and window.opens <= wall.time() < window.closes
    return (today and wall.time() >= window.opens) or (yesterday and wall.time() < window.closes)


def steady(zone: str, moment: datetime) -> bool:
    """Say whether no clock is changed in the two days around a moment."""
    offsets = {(moment + timedelta(hours=hour)).astimezone(ZoneInfo(zone)).utcoffset() for hour in range(-50, 51)}
    return len(offsets) == 1


@given(weekly_windows(), moments)
@example(
    WeeklyWindow("x", "Europe/Berlin", EVERY_DAY, time(2, 10), time(2, 50)), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
)
@example(WeeklyWindow("x", "America/St_Johns", frozenset({6})), datetime(2008, 11, 2, 2, 31, tzinfo=UTC))
def test_whatever_the_clock_on_the_wall_shows_inside_a_window_is_closed(window: WeeklyWindow, moment: datetime) -> None:
    inside = blocks(window, moment) is not None or always_closed((window,), moment)
    if shown_inside(window, moment):
        assert inside
    elif steady(window.zone, moment):
        assert not inside


@given(st.lists(weekly_windows(), min_size=1, max_size=4), moments)
def test_up_to_the_end_that_is_named_something_is_closed_and_at_the_end_nothing(
    windows: list[WeeklyWindow], moment: datetime
) -> None:
    found = closed(windows, moment)
    if found is None:
        assert all(blocks(window, moment) is None for window in windows)
        return
    assert found.windows
    if found.until is None:
        return
    assert found.until > moment
    assert closed(windows, found.until) is None
    length = found.until - moment
    for part in range(20):
        assert closed(windows, moment + length * part / 20) is not None
    assert closed(windows, found.until - timedelta(microseconds=1)) is not None


@given(st.sampled_from(ZONES), st.dates(date(2005, 1, 1), date(2035, 1, 1)), times)
def test_the_moment_of_a_time_shows_that_time_or_the_change_that_leaps_over_it(
    zone: str, day: date, when: time
) -> None:
    place = ZoneInfo(zone)
    wall = datetime.combine(day, when)
    first, last = first_instant(day, when, place), last_instant(day, when, place)
    assert first <= last
    shown = [moment.astimezone(place).replace(tzinfo=None) for moment in (first, last)]
    if shown == [wall, wall]:
        return
    # The time does not exist: a second before the change the clock shows less, with the change it shows more.
    assert first == last
    before = (first - timedelta(seconds=1)).astimezone(place).replace(tzinfo=None)
    assert before < wall < shown[0]


@given(st.sampled_from(ZONES), st.dates(date(2005, 1, 1), date(2035, 1, 1)), st.integers(0, 40), moments)
def test_dates_close_exactly_the_days_that_the_wall_calendar_shows(
    zone: str, first: date, length: int, moment: datetime
) -> None:
    last = first + timedelta(days=length)
    window = DatesWindow("x", zone, first, last)
    near = datetime.combine(first, MIDNIGHT, UTC) + (moment - datetime(2020, 1, 1, tzinfo=UTC)) % timedelta(days=50)
    shown = near.astimezone(ZoneInfo(zone)).date()
    if first <= shown <= last:
        assert blocks(window, near) is not None
    elif steady(zone, near):
        assert blocks(window, near) is None
