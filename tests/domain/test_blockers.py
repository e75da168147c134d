"""What stands in the way of the next step, and when a step may begin at the earliest."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.blockers import ITEMS_NAMED, blockers, earliest_start, expected_free, items_of, open_items
from bot.domain.errors import Blocker
from bot.domain.moves import abort, advance, pause, roll_back
from bot.domain.plan import ChecklistItem, RollbackLevel, Start
from bot.domain.progress import observe
from tests.domain.plans_for_tests import (
    DAY,
    FIVE_PLANS,
    HOUR,
    MINUTE,
    MONDAY,
    SWITCH_OFF,
    a_plan,
    a_step,
    ramp_plan,
    settle,
    started,
    ticked,
    to,
)

ITEMS = tuple(ChecklistItem(f"1.{number}", f"Item {number}") for number in range(1, 9))
ZONES = ("UTC", "America/Anchorage", "America/New_York", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe")

moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)).map(lambda at: at.replace(tzinfo=UTC, microsecond=0))  # noqa: DTZ001  # The zone is put on in the same breath.
times = st.times().map(lambda at: at.replace(second=0, microsecond=0))
starts = st.builds(
    Start,
    offset=st.none() | st.timedeltas(timedelta(0), timedelta(days=20)),
    at=st.none() | moments,
    time_of_day=st.none() | times,
    until_time=st.none() | times,
    zone=st.sampled_from(ZONES),
    business_days=st.booleans(),
)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def local(text: str, zone: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def window(opens: str, closes: str | None = None, zone: str = "UTC", **fields: object) -> Start:
    until = time.fromisoformat(closes) if closes else None
    return Start(time_of_day=time.fromisoformat(opens), until_time=until, zone=zone, **fields)  # type: ignore[arg-type]  # The fields are the test's to choose.


def kinds(found: tuple[Blocker, ...]) -> list[str]:
    return [blocker.kind for blocker in found]


# What stands in the way


def test_nothing_stands_in_the_way_of_a_step_without_conditions() -> None:
    rollout = settle(started(a_plan(a_step("one"), a_step("two"))), MONDAY)
    assert blockers(rollout, MONDAY) == ()


def test_flags_that_were_not_seen_yet_stand_in_the_way() -> None:
    rollout = started(ramp_plan(10, 50, soak=timedelta(0)))
    assert kinds(blockers(rollout, MONDAY)) == ["applying"]
    assert kinds(blockers(observe(rollout, (), MONDAY), MONDAY)) == ["applying"]
    assert kinds(blockers(settle(rollout, MONDAY), MONDAY)) == []


def test_a_soak_that_has_not_begun_is_named_without_a_time() -> None:
    soak = blockers(started(ramp_plan(10, 50)), MONDAY)[1]
    assert soak == Blocker("soak", "this step must hold for 1 day")


def test_a_running_soak_says_what_is_left_and_when_it_ends() -> None:
    rollout = settle(started(ramp_plan(10, 50)), MONDAY)
    assert blockers(rollout, MONDAY + 22 * HOUR) == (
        Blocker("soak", "this step must hold for another 2 hours", MONDAY + DAY),
    )
    assert kinds(blockers(rollout, MONDAY + DAY - MINUTE)) == ["soak"]
    assert blockers(rollout, MONDAY + DAY) == ()


def test_a_paused_soak_says_what_is_left_and_no_time() -> None:
    rollout = pause(settle(started(ramp_plan(10, 50)), MONDAY), MONDAY + 20 * HOUR, "lunch")
    assert blockers(rollout, MONDAY + 9 * DAY) == (
        Blocker("paused", "it is paused (lunch); /rollout resume ends that"),
        Blocker("soak", "this step must hold for another 4 hours"),
    )


def test_a_soak_that_begins_within_a_pause_is_never_longer_than_the_plan_says() -> None:
    rollout = settle(pause(started(ramp_plan(10, 50)), MONDAY), MONDAY + 3 * HOUR)
    assert blockers(rollout, MONDAY + 4 * HOUR)[1].sentence == "this step must hold for another 1 day"


def test_open_items_are_counted_and_the_first_of_them_named() -> None:
    plan = a_plan(a_step("one", checklist=ITEMS))
    rollout = settle(started(plan), MONDAY)
    assert [it.sentence for it in blockers(rollout, MONDAY)] == [
        "8 checklist items are open (1.1, 1.2, 1.3, 1.4, 1.5, 1.6, …)"
    ]
    assert len(ITEMS) > ITEMS_NAMED
    rest = ticked(rollout, *ITEMS[:7])
    assert [it.sentence for it in blockers(rest, MONDAY)] == ["1 checklist item is open (1.8)"]
    assert blockers(ticked(rest, ITEMS[7]), MONDAY) == ()


def test_calls_and_the_question_of_a_step_are_items_too() -> None:
    plan = a_plan(a_step("one"), a_step("two", calls=("deploy", "warm_up"), checklist=ITEMS[:1], question="Go on?"))
    rollout = settle(advance(settle(started(plan), MONDAY), MONDAY), MONDAY)
    assert [item.key for item in open_items(rollout)] == ["c2.1", "c2.2", "1.1", "q2"]
    assert open_items(rollout)[0].text == "Run “deploy” by hand"
    assert open_items(rollout)[-1].text == "Go on?"


def test_on_the_way_back_the_items_are_those_of_the_level() -> None:
    deep = RollbackLevel(2, "Redeploy", calls=("redeploy",), checklist=(ChecklistItem("r2.1", "It answers"),))
    plan = a_plan(a_step("one", checklist=ITEMS), rollback=(SWITCH_OFF, deep))
    rollout = started(plan)
    assert [item.key for item in open_items(roll_back(rollout, 2, MONDAY))] == ["rc2.1", "r2.1"]
    assert open_items(roll_back(rollout, 1, MONDAY)) == ()
    assert items_of(plan, 0, 9) == ()


def test_a_step_with_a_time_stands_in_the_way_until_then() -> None:
    plan = a_plan(a_step("one"), a_step("two", start=Start(offset=2 * DAY)))
    rollout = settle(started(plan), MONDAY)
    assert blockers(rollout, MONDAY + HOUR) == (
        Blocker("start", "“two” does not begin before its time", MONDAY + 2 * DAY),
    )
    assert blockers(rollout, MONDAY + 2 * DAY) == ()


def test_the_time_of_the_step_itself_does_not_hold_up_leaving_it() -> None:
    plan = a_plan(a_step("one", start=Start(offset=9 * DAY)))
    assert blockers(settle(started(plan), MONDAY), MONDAY) == ()


def test_everything_in_the_way_is_named_at_once() -> None:
    plan = a_plan(a_step("one", to(10), soak=DAY, checklist=ITEMS), a_step("two", start=Start(offset=2 * DAY)))
    found = blockers(pause(started(plan), MONDAY), MONDAY)
    assert kinds(found) == ["paused", "applying", "soak", "checklist", "start"]


def test_what_ends_by_itself_is_over_when_the_last_of_it_is() -> None:
    soak, start = Blocker("soak", "", MONDAY + DAY), Blocker("start", "", MONDAY + 2 * DAY)
    assert expected_free((soak, start)) == MONDAY + 2 * DAY
    assert expected_free((soak, Blocker("checklist", ""), start)) is None
    assert expected_free(()) is None


@pytest.mark.parametrize("plan", FIVE_PLANS, ids=lambda plan: plan.key)
def test_a_rollout_that_was_aborted_leaves_no_question_open_but_its_items(plan: object) -> None:
    assert isinstance(plan, type(FIVE_PLANS[0]))
    rollout = abort(started(plan), MONDAY)
    assert set(kinds(blockers(settle(rollout, MONDAY), MONDAY))) <= {"checklist", "soak", "start"}


# When a step may begin


@pytest.mark.parametrize(
    ("start", "now", "earliest"),
    [
        # Without conditions it is now.
        (Start(), "2026-03-05T10:00", "2026-03-05T10:00"),
        # Offsets count from the start of the rollout, Monday at nine.
        (Start(offset=DAY), "2026-03-02T09:00", "2026-03-03T09:00"),
        (Start(offset=DAY), "2026-03-09T10:00", "2026-03-09T10:00"),
        (Start(offset=timedelta(0)), "2026-03-02T09:00", "2026-03-02T09:00"),
        # Dates.
        (Start(at=utc("2026-03-04T12:00")), "2026-03-02T09:00", "2026-03-04T12:00"),
        (Start(at=utc("2026-03-04T12:00")), "2026-03-04T12:01", "2026-03-04T12:01"),
        # Dates of another zone.
        (Start(at=datetime(2026, 3, 4, 12, tzinfo=ZoneInfo("Asia/Kathmandu"))), "2026-03-02T09:00", "2026-03-04T06:15"),
        # The later of an offset and a date.
        (Start(offset=3 * DAY, at=utc("2026-03-04T12:00")), "2026-03-02T09:00", "2026-03-05T09:00"),
        # A time of the day, open to its end.
        (window("03:00"), "2026-03-02T02:59", "2026-03-02T03:00"),
        (window("03:00"), "2026-03-02T03:00", "2026-03-02T03:00"),
        (window("03:00"), "2026-03-02T23:59", "2026-03-02T23:59"),
        # A window of the day: its first minute is in it, its last is not.
        (window("05:00", "11:00"), "2026-03-02T04:59", "2026-03-02T05:00"),
        (window("05:00", "11:00"), "2026-03-02T05:00", "2026-03-02T05:00"),
        (window("05:00", "11:00"), "2026-03-02T10:59", "2026-03-02T10:59"),
        (window("05:00", "11:00"), "2026-03-02T11:00", "2026-03-03T05:00"),
        # A window across midnight.
        (window("22:00", "02:00"), "2026-03-02T21:59", "2026-03-02T22:00"),
        (window("22:00", "02:00"), "2026-03-02T23:00", "2026-03-02T23:00"),
        (window("22:00", "02:00"), "2026-03-03T00:00", "2026-03-03T00:00"),
        (window("22:00", "02:00"), "2026-03-03T01:59", "2026-03-03T01:59"),
        (window("22:00", "02:00"), "2026-03-03T02:00", "2026-03-03T22:00"),
        # A window of the whole day is always open.
        (window("08:00", "08:00"), "2026-03-03T02:00", "2026-03-03T02:00"),
        # A window in another zone: five in Anchorage is 14:00 in UTC in winter.
        (window("05:00", "11:00", "America/Anchorage"), "2026-03-02T09:00", "2026-03-02T14:00"),
        (window("05:00", "11:00", "America/Anchorage"), "2026-03-02T20:00", "2026-03-03T14:00"),
        # An offset that ends outside the window waits for the next one.
        (window("05:00", "08:00", offset=DAY), "2026-03-02T09:00", "2026-03-04T05:00"),
        (window("05:00", "10:00", offset=DAY), "2026-03-02T09:00", "2026-03-03T09:00"),
        # Weekends are no business days: five of them from a Monday end on the Monday after.
        (Start(offset=4 * DAY, business_days=True), "2026-03-02T09:00", "2026-03-06T09:00"),
        (Start(offset=5 * DAY, business_days=True), "2026-03-02T09:00", "2026-03-09T09:00"),
        (Start(offset=10 * DAY, business_days=True), "2026-03-02T09:00", "2026-03-16T09:00"),
        # What comes due on a weekend begins on Monday, at the opening where there is a window.
        (Start(business_days=True), "2026-03-07T12:00", "2026-03-09T00:00"),
        (Start(business_days=True), "2026-03-06T23:59", "2026-03-06T23:59"),
        (window("05:00", "11:00", business_days=True), "2026-03-06T12:00", "2026-03-09T05:00"),
        (window("05:00", "11:00", business_days=True, at=utc("2026-03-07T06:00")), "2026-03-02T09:00", "2026-03-09T05:00"),
        (window("22:00", "02:00", business_days=True), "2026-03-07T12:00", "2026-03-09T00:00"),
        (window("22:00", "02:00", business_days=True), "2026-03-06T12:00", "2026-03-06T22:00"),
        # In Anchorage it is still Friday when it is Saturday in UTC, and still Sunday when it is Monday.
        (Start(business_days=True, zone="America/Anchorage"), "2026-03-07T05:00", "2026-03-07T05:00"),
        (Start(business_days=True, zone="America/Anchorage"), "2026-03-09T05:00", "2026-03-09T08:00"),
    ],
)  # fmt: skip
def test_a_step_begins_at_the_first_moment_that_all_its_conditions_allow(start: Start, now: str, earliest: str) -> None:
    assert earliest_start(start, MONDAY, utc(now)) == utc(earliest)


def test_business_days_are_those_of_the_zone() -> None:
    friday_evening = local("2026-03-06T20:00", "America/Anchorage")
    assert friday_evening == utc("2026-03-07T05:00")
    start = Start(offset=DAY, business_days=True, zone="America/Anchorage")
    # The clocks were put forward in between: the same time of the day, not the same number of hours.
    assert earliest_start(start, friday_evening, friday_evening) == local("2026-03-09T20:00", "America/Anchorage")


@pytest.mark.parametrize(
    ("opens", "closes", "now", "earliest"),
    [
        # In Berlin 02:00 to 03:00 is missing on the 29th of March: what opens then opens after the gap, at the same hour from midnight.
        ("02:30", None, local("2026-03-29T01:00", "Europe/Berlin"), utc("2026-03-29T01:30")),
        ("02:00", "05:00", local("2026-03-29T01:00", "Europe/Berlin"), utc("2026-03-29T01:00")),
        ("02:00", "05:00", local("2026-03-29T03:00", "Europe/Berlin"), local("2026-03-29T03:00", "Europe/Berlin")),
        # A window that lies in the gap as a whole does not open that night.
        ("02:00", "03:00", local("2026-03-29T01:00", "Europe/Berlin"), local("2026-03-30T02:00", "Europe/Berlin")),
        ("02:15", "02:45", local("2026-03-29T00:00", "Europe/Berlin"), local("2026-03-30T02:15", "Europe/Berlin")),
        # The day is an hour shorter.
        ("05:00", "11:00", local("2026-03-28T12:00", "Europe/Berlin"), utc("2026-03-29T03:00")),
        # 02:00 to 03:00 comes twice on the 25th of October: a window opens at its first occurrence …
        ("02:30", "04:00", local("2026-10-25T01:00", "Europe/Berlin"), local("2026-10-25T02:30", "Europe/Berlin")),
        # … is a window in the second, too …
        ("02:30", "04:00", local("2026-10-25T02:40", "Europe/Berlin", 1), local("2026-10-25T02:40", "Europe/Berlin", 1)),
        # … and what is before it by the clock on the wall waits, and never for a moment that has passed.
        ("02:30", "02:45", local("2026-10-25T02:50", "Europe/Berlin"), local("2026-10-25T02:30", "Europe/Berlin", 1)),
        ("02:30", "02:45", local("2026-10-25T02:10", "Europe/Berlin", 1), local("2026-10-25T02:30", "Europe/Berlin", 1)),
        ("02:30", "02:45", local("2026-10-25T02:50", "Europe/Berlin", 1), local("2026-10-26T02:30", "Europe/Berlin")),
        # The day is an hour longer.
        ("05:00", "11:00", local("2026-10-24T12:00", "Europe/Berlin"), utc("2026-10-25T04:00")),
    ],
)  # fmt: skip
def test_windows_keep_to_the_clock_on_the_wall_when_clocks_are_changed(
    opens: str, closes: str | None, now: datetime, earliest: datetime
) -> None:
    assert earliest_start(window(opens, closes, "Europe/Berlin"), MONDAY, now) == earliest


@given(starts, moments, st.timedeltas(timedelta(0), timedelta(days=60)))
def test_the_first_moment_of_a_step_is_never_past_and_is_itself_allowed(
    start: Start, rollout_started: datetime, since: timedelta
) -> None:
    now = rollout_started + since
    earliest = earliest_start(start, rollout_started, now)
    assert earliest >= now
    assert earliest_start(start, rollout_started, earliest) == earliest


@given(starts, moments, st.timedeltas(timedelta(0), timedelta(days=60)), st.timedeltas(timedelta(0), timedelta(days=9)))
def test_waiting_does_not_bring_the_first_moment_nearer(
    start: Start, rollout_started: datetime, since: timedelta, longer: timedelta
) -> None:
    now = rollout_started + since
    assert earliest_start(start, rollout_started, now + longer) >= earliest_start(start, rollout_started, now)


@given(starts, moments, st.timedeltas(timedelta(0), timedelta(days=60)))
def test_a_step_on_business_days_never_begins_on_a_weekend(
    start: Start, rollout_started: datetime, since: timedelta
) -> None:
    earliest = earliest_start(start, rollout_started, rollout_started + since)
    assert not start.business_days or earliest.astimezone(ZoneInfo(start.zone)).weekday() < 5
