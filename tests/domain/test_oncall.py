"""Schedules: overrides win over rotations, and shifts cover time without gap or overlap."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.oncall import OnDuty, Override, OverrideKind, Schedule, duties, next_handoff, on_call, shifts
from bot.domain.rotation import Rotation, Turn
from tests.domain.test_rotation import MOMENTS, ZONES

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
PRIMARY = Rotation("primary", ("ana", "bob"), MONDAY, turn=Turn.DAILY)
SECONDARY = Rotation("secondary", ("cleo", "dora"), MONDAY, turn=Turn.WEEKLY)
PAYMENTS = Schedule("payments", rotations=(PRIMARY, SECONDARY))


def override(person: str, start: datetime, end: datetime, instead_of: str = "", *, add: bool = False) -> Override:
    kind = OverrideKind.ADD if add else OverrideKind.REPLACE
    return Override("payments", "primary", person, kind, start, end, "ana", instead_of=instead_of)


def primary(at: datetime, *overrides: Override) -> tuple[str, ...]:
    return on_call(PAYMENTS, overrides, at)["primary"]


def test_each_layer_has_its_own_turns() -> None:
    assert on_call(PAYMENTS, (), MONDAY) == {"primary": ("ana",), "secondary": ("cleo",)}
    assert on_call(PAYMENTS, (), MONDAY + DAY) == {"primary": ("bob",), "secondary": ("cleo",)}


def test_a_replacement_is_half_open() -> None:
    evening = override("emil", MONDAY + 8 * HOUR, MONDAY + 10 * HOUR)
    moments = [MONDAY + 8 * HOUR - HOUR, MONDAY + 8 * HOUR, MONDAY + 9 * HOUR, MONDAY + 10 * HOUR]
    assert [primary(at, evening) for at in moments] == [("ana",), ("emil",), ("emil",), ("ana",)]


def test_a_replacement_across_a_hand_off_replaces_whoever_is_on_call() -> None:
    night = override("emil", MONDAY + 20 * HOUR, MONDAY + 28 * HOUR)
    assert [primary(MONDAY + hours * HOUR, night) for hours in (19, 21, 25, 28)] == [
        ("ana",),
        ("emil",),
        ("emil",),
        ("bob",),
    ]


def test_a_replacement_of_one_person_leaves_the_next_one_on_call() -> None:
    swap = override("emil", MONDAY + 20 * HOUR, MONDAY + 28 * HOUR, "ana")
    assert [primary(MONDAY + hours * HOUR, swap) for hours in (21, 24, 27)] == [("emil",), ("bob",), ("bob",)]


def test_somebody_may_answer_beside_whoever_is_on_call() -> None:
    beside = override("emil", MONDAY, MONDAY + 2 * DAY, add=True)
    assert primary(MONDAY, beside) == ("ana", "emil")
    assert primary(MONDAY + DAY, beside) == ("bob", "emil")


def test_a_later_override_is_applied_to_what_the_earlier_ones_left() -> None:
    first = override("emil", MONDAY, MONDAY + DAY)
    assert primary(MONDAY, first, override("fred", MONDAY, MONDAY + DAY)) == ("fred",)
    assert primary(MONDAY, first, override("fred", MONDAY, MONDAY + DAY, "emil")) == ("fred",)


def test_an_override_fills_an_empty_rotation() -> None:
    empty = Schedule("payments", rotations=(Rotation("primary", (), MONDAY),))
    assert on_call(empty, (), MONDAY) == {"primary": ()}
    assert on_call(empty, (override("emil", MONDAY, MONDAY + DAY),), MONDAY) == {"primary": ("emil",)}


def test_an_override_of_another_schedule_or_layer_is_none_of_its_business() -> None:
    other = Override("search", "primary", "emil", OverrideKind.REPLACE, MONDAY, MONDAY + DAY, "ana")
    assert primary(MONDAY, other) == ("ana",)
    assert on_call(PAYMENTS, (override("emil", MONDAY, MONDAY + DAY),), MONDAY)["secondary"] == ("cleo",)


def test_who_is_on_call_until_when_and_who_is_next() -> None:
    assert duties(PAYMENTS, (), MONDAY + HOUR) == (
        OnDuty("primary", ("ana",), MONDAY + DAY, ("bob",)),
        OnDuty("secondary", ("cleo",), MONDAY + 7 * DAY, ("dora",)),
    )
    assert next_handoff(PAYMENTS, (), MONDAY + HOUR) == MONDAY + DAY


def test_the_next_hand_off_is_that_of_an_override_where_it_comes_first() -> None:
    soon = override("emil", MONDAY + 2 * HOUR, MONDAY + 3 * HOUR)
    assert next_handoff(PAYMENTS, (soon,), MONDAY) == MONDAY + 2 * HOUR
    assert next_handoff(PAYMENTS, (soon,), MONDAY + 2 * HOUR) == MONDAY + 3 * HOUR


def test_nothing_is_handed_over_while_a_replacement_hides_the_rotation() -> None:
    days = override("emil", MONDAY, MONDAY + 3 * DAY)
    assert duties(PAYMENTS, (days,), MONDAY)[0] == OnDuty("primary", ("emil",), MONDAY + 3 * DAY, ("bob",))


@pytest.mark.parametrize("people", [(), ("ana",), ("ana", "ana")])
def test_a_layer_of_one_or_nobody_is_never_handed_over(people: tuple[str, ...]) -> None:
    alone = Schedule("payments", rotations=(Rotation("primary", people, MONDAY, turn=Turn.HOURLY),))
    assert next_handoff(alone, (), MONDAY) is None
    assert len(shifts(alone, (), MONDAY, MONDAY + 30 * DAY)["primary"]) == 1


PEOPLE = st.lists(st.sampled_from(["ana", "bob", "cleo", "dora"]), max_size=5).map(tuple)


@st.composite
def schedules(draw: st.DrawFn) -> tuple[Schedule, tuple[Override, ...]]:
    zone = draw(st.sampled_from(ZONES))
    start = draw(MOMENTS)
    made = Rotation("primary", draw(PEOPLE), start, zone, draw(st.sampled_from(Turn)), draw(st.integers(1, 9)))
    overrides = [
        Override(
            "payments",
            "primary",
            draw(st.sampled_from(["emil", "ana"])),
            draw(st.sampled_from(OverrideKind)),
            (begins := start + timedelta(hours=draw(st.integers(-400, 400)))),
            begins + timedelta(hours=draw(st.integers(1, 200))),
            "ana",
            instead_of=draw(st.sampled_from(["", "ana", "bob"])),
        )
        for _ in range(draw(st.integers(0, 3)))
    ]
    return Schedule("payments", zone, (made,)), tuple(overrides)


def beginning(schedule: Schedule) -> datetime:
    first = schedule.rotations[0]
    assert isinstance(first, Rotation)
    return first.start


@given(schedules(), st.integers(-200, 200), st.integers(1, 300))
def test_shifts_tile_time_without_gap_or_overlap(
    made: tuple[Schedule, tuple[Override, ...]], offset: int, hours: int
) -> None:
    schedule, overrides = made
    start = beginning(schedule) + offset * HOUR
    end = start + hours * HOUR
    found = shifts(schedule, overrides, start, end)["primary"]
    assert (found[0].start, found[-1].end) == (start, end)
    for one, following in pairwise(found):
        assert one.end == following.start
        assert one.people != following.people
    for shift in found:
        assert shift.start < shift.end
        middle = shift.start + (shift.end - shift.start) / 2
        for moment in (shift.start, middle, shift.end - timedelta(microseconds=1)):
            assert on_call(schedule, overrides, moment)["primary"] == shift.people


@given(schedules(), st.integers(-200, 200))
def test_nobody_changes_before_the_next_hand_off(made: tuple[Schedule, tuple[Override, ...]], offset: int) -> None:
    schedule, overrides = made
    at = beginning(schedule) + offset * HOUR
    moment = next_handoff(schedule, overrides, at)
    if moment is None:
        assert on_call(schedule, overrides, at) == on_call(schedule, overrides, at + 5000 * DAY)
        return
    before = on_call(schedule, overrides, at)
    assert at < moment
    assert on_call(schedule, overrides, moment - timedelta(microseconds=1)) == before
    assert on_call(schedule, overrides, moment) != before
