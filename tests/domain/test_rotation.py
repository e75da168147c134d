"""Rotations: shifts on the wall clock, through changes of clocks, short months and leap days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.rotation import Rotation, Turn

BERLIN, KOLKATA, HOWE = "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe"
ZONES = ("UTC", BERLIN, KOLKATA, HOWE, "America/New_York", "America/St_Johns", "Asia/Kathmandu", "Pacific/Apia")
THREE = ("ana", "bob", "cleo")


def at(text: str, zone: str = "UTC", fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)


def rotation(start: str, zone: str = "UTC", turn: Turn = Turn.DAILY, length: int = 1) -> Rotation:
    return Rotation("primary", THREE, at(start, zone), zone, turn, length)


@pytest.mark.parametrize(
    ("turn", "length", "moment", "holder"),
    [
        (Turn.HOURLY, 1, "2026-03-02T09:59:59", "ana"),
        (Turn.HOURLY, 1, "2026-03-02T10:00", "bob"),
        (Turn.HOURLY, 8, "2026-03-02T17:00", "bob"),
        (Turn.DAILY, 1, "2026-03-03T08:59", "ana"),
        (Turn.DAILY, 1, "2026-03-03T09:00", "bob"),
        (Turn.DAILY, 2, "2026-03-04T09:00", "bob"),
        (Turn.WEEKLY, 1, "2026-03-09T09:00", "bob"),
        (Turn.WEEKLY, 2, "2026-03-30T09:00", "cleo"),
        (Turn.MONTHLY, 1, "2026-04-02T08:59", "ana"),
        (Turn.MONTHLY, 1, "2026-04-02T09:00", "bob"),
        (Turn.MONTHLY, 3, "2026-06-02T09:00", "bob"),
    ],
)
def test_people_take_turns(turn: Turn, length: int, moment: str, holder: str) -> None:
    assert rotation("2026-03-02T09:00", turn=turn, length=length).holder(at(moment)) == holder


@pytest.mark.parametrize(
    ("turn", "moment", "holder"),
    [
        (Turn.HOURLY, "2026-03-02T08:59", "cleo"),
        (Turn.DAILY, "2026-03-01T08:59", "bob"),
        (Turn.WEEKLY, "2026-02-23T08:59", "bob"),
        (Turn.MONTHLY, "2026-02-02T08:59", "bob"),
        (Turn.MONTHLY, "2025-03-02T09:00", "ana"),
    ],
)
def test_before_its_start_it_goes_on_backwards(turn: Turn, moment: str, holder: str) -> None:
    assert rotation("2026-03-02T09:00", turn=turn).holder(at(moment)) == holder


def test_the_start_is_truncated_to_the_minute() -> None:
    assert rotation("2026-03-02T09:00:59.5").begins(0) == at("2026-03-02T09:00")


def test_nobody_is_on_call_in_an_empty_rotation() -> None:
    assert Rotation("primary", (), at("2026-03-02T09:00")).holder(at("2026-03-02T09:00")) is None


def test_whoever_is_removed_leaves_the_others_in_their_order() -> None:
    without = Rotation("primary", ("ana", "cleo"), at("2026-03-02T09:00"), turn=Turn.DAILY)
    assert [without.holder(at(f"2026-03-0{day}T09:00")) for day in range(2, 6)] == ["ana", "cleo", "ana", "cleo"]


def test_nine_in_the_morning_stays_nine_in_the_morning() -> None:
    weekly = rotation("2026-03-23T09:00", BERLIN, Turn.WEEKLY)
    assert [weekly.begins(index) for index in (0, 1)] == [at("2026-03-23T08:00"), at("2026-03-30T07:00")]
    assert [weekly.begins(index) for index in (30, 31)] == [at("2026-10-19T07:00"), at("2026-10-26T08:00")]


def test_a_shift_that_would_begin_in_the_missing_hour_begins_right_after_the_gap() -> None:
    daily = rotation("2026-03-28T02:30", BERLIN)
    assert daily.begins(1) == at("2026-03-29T01:00")
    assert daily.begins(1).astimezone(ZoneInfo(BERLIN)).hour == 3
    assert daily.begins(2) == at("2026-03-30T00:30")


def test_a_shift_that_would_begin_in_the_repeated_hour_begins_at_its_first_occurrence() -> None:
    daily = rotation("2026-10-24T02:30", BERLIN)
    assert daily.begins(1) == at("2026-10-25T00:30")
    assert daily.holder(at("2026-10-25T02:45", BERLIN, fold=0)) == "bob"
    assert daily.holder(at("2026-10-25T02:15", BERLIN, fold=1)) == "bob"
    assert daily.begins(2) == at("2026-10-26T01:30")


def test_an_hourly_shift_in_the_missing_hour_is_left_out_and_one_in_the_repeated_hour_lasts_two() -> None:
    spring = rotation("2026-03-29T01:00", BERLIN, Turn.HOURLY)
    assert [spring.holder(at(f"2026-03-29T0{hour}:00", BERLIN)) for hour in (1, 3, 4)] == ["ana", "cleo", "ana"]
    autumn = rotation("2026-10-25T01:00", BERLIN, Turn.HOURLY)
    assert [autumn.begins(index) for index in (1, 2)] == [at("2026-10-25T00:00"), at("2026-10-25T02:00")]
    assert autumn.holder(at("2026-10-25T02:30", BERLIN, fold=1)) == "bob"


def test_a_zone_whose_clocks_move_by_half_an_hour() -> None:
    daily = rotation("2026-10-03T02:15", HOWE)
    assert daily.begins(1) == at("2026-10-03T15:30"), "02:15 is missing there on the 4th: 02:00 is followed by 02:30"
    assert daily.begins(1).astimezone(ZoneInfo(HOWE)).strftime("%H:%M") == "02:30"


def test_a_zone_that_is_half_an_hour_off() -> None:
    assert rotation("2026-03-02T09:00", KOLKATA).begins(1) == at("2026-03-03T03:30")


def test_monthly_shifts_count_from_the_start_and_do_not_drift() -> None:
    monthly = rotation("2024-01-31T09:00", turn=Turn.MONTHLY)
    days = [monthly.begins(index).strftime("%m-%d") for index in range(-2, 6)]
    assert days == ["11-30", "12-31", "01-31", "02-29", "03-31", "04-30", "05-31", "06-30"]
    assert monthly.begins(13) == at("2025-02-28T09:00")


def test_a_year_of_months_from_a_leap_day_is_the_last_of_february() -> None:
    yearly = rotation("2024-02-29T09:00", turn=Turn.MONTHLY, length=12)
    assert [yearly.begins(index).date().isoformat() for index in (1, 4)] == ["2025-02-28", "2028-02-29"]


def test_a_day_that_a_country_left_out_is_no_shift() -> None:
    daily = rotation("2011-12-29T00:00", "Pacific/Apia")
    assert daily.begins(1) == daily.begins(2), "Samoa went from the 29th to the 31st"


MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # The strategy adds the zone.


@given(st.sampled_from(ZONES), st.sampled_from(Turn), st.integers(1, 40), MOMENTS, MOMENTS)
def test_every_moment_lies_in_exactly_the_shift_of_its_number(
    zone: str, turn: Turn, length: int, start: datetime, moment: datetime
) -> None:
    found = Rotation("primary", THREE, start, zone, turn, length)
    index = found.index(moment)
    assert found.begins(index) <= moment < found.begins(index + 1)


@given(st.sampled_from(ZONES), st.sampled_from(Turn), MOMENTS, st.integers(-500, 500))
def test_no_shift_begins_before_the_one_before_it(zone: str, turn: Turn, start: datetime, index: int) -> None:
    found = Rotation("primary", THREE, start, zone, turn)
    assert timedelta(0) <= found.begins(index + 1) - found.begins(index) <= timedelta(days=33)
