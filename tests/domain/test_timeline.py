"""The dates before which the steps of a plan cannot come."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from bot.domain.plan import Plan, Start
from bot.domain.timeline import timeline
from tests.domain.plans_for_tests import DAY, FIVE_PLANS, HOUR, MONDAY, a_plan, a_step, ramp_plan

ANCHORAGE = ZoneInfo("America/Anchorage")


def begins(plan: Plan, started: datetime = MONDAY) -> list[datetime]:
    return [expected.begins for expected in timeline(plan, started)]


def plan_called(key: str) -> Plan:
    return next(plan for plan in FIVE_PLANS if plan.key == key)


def test_each_step_begins_when_the_one_before_has_held() -> None:
    plan = ramp_plan(10, 50, 100, soak=DAY)
    found = timeline(plan, MONDAY)
    assert [(it.index, it.step, it.begins, it.ends) for it in found] == [
        (index, step, MONDAY + index * DAY, MONDAY + (index + 1) * DAY) for index, step in enumerate(plan.steps)
    ]


def test_work_that_is_planned_to_take_longer_than_the_soak_moves_the_rest() -> None:
    plan = a_plan(a_step("one", soak=HOUR, takes=3 * HOUR), a_step("two", soak=3 * HOUR, takes=HOUR), a_step("three"))
    assert begins(plan) == [MONDAY, MONDAY + 3 * HOUR, MONDAY + 6 * HOUR]


def test_a_soak_that_ends_after_the_offset_of_the_next_step_counts() -> None:
    plan = a_plan(a_step("one", soak=3 * DAY), a_step("two", start=Start(offset=DAY)), a_step("three", start=Start(offset=5 * DAY)))  # fmt: skip
    assert begins(plan) == [MONDAY, MONDAY + 3 * DAY, MONDAY + 5 * DAY]


def test_a_soak_that_ends_outside_the_window_waits_for_the_next() -> None:
    start = Start(time_of_day=time(9), until_time=time(11))
    plan = a_plan(a_step("one", soak=3 * HOUR), a_step("two", soak=HOUR, start=start), a_step("three", start=start))
    assert begins(plan) == [MONDAY, MONDAY + DAY, MONDAY + DAY + HOUR]


def test_a_step_of_business_days_skips_the_weekend() -> None:
    plan = a_plan(*(a_step(f"{day}", start=Start(offset=day * DAY, business_days=True)) for day in (3, 4, 5, 6)))
    assert [moment.strftime("%a %d") for moment in begins(plan)] == ["Thu 05", "Fri 06", "Mon 09", "Tue 10"]


def test_a_date_that_has_passed_holds_nothing_up() -> None:
    plan = a_plan(a_step("one"), a_step("two", start=Start(at=MONDAY - DAY)))
    assert begins(plan) == [MONDAY, MONDAY]


def test_the_verification_flow_reaches_a_share_of_the_servers_a_day() -> None:
    plan = plan_called("verification-flow")
    days = [(it.begins - MONDAY) / DAY for it in timeline(plan, MONDAY) if it.step.sets]
    assert days == [3, 4, 5, 6, 7]
    assert timeline(plan, MONDAY)[-1].begins == MONDAY + 14 * DAY


def test_alaska_pay_goes_to_production_in_the_morning_of_anchorage() -> None:
    for it in timeline(plan_called("alaska-pay"), MONDAY):
        if it.step.start is not None and it.step.start.time_of_day is not None:
            assert time(5) <= it.begins.astimezone(ANCHORAGE).time() < time(11)


@pytest.mark.parametrize("plan", FIVE_PLANS, ids=[plan.key for plan in FIVE_PLANS])
@pytest.mark.parametrize("started", [MONDAY, datetime(2026, 3, 7, 23, 59, tzinfo=UTC), datetime(2026, 10, 24, 12, tzinfo=UTC)])  # fmt: skip
def test_the_dates_of_the_five_plans_never_go_back(plan: Plan, started: datetime) -> None:
    found = timeline(plan, started)
    assert len(found) == len(plan.steps)
    assert found[0].begins >= started
    assert all(it.ends - it.begins >= max(it.step.soak, timedelta(0)) for it in found)
    assert all(later.begins >= earlier.ends for earlier, later in pairwise(found))
