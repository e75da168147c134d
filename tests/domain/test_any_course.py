"""Whatever is done to a rollout, in whatever order and at whatever time: what holds on every course."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.blockers import OVERRIDABLE, blockers
from bot.domain.errors import RollcallError
from bot.domain.flag import FlagTarget
from bot.domain.moves import abort, back, not_above, pause, roll_back
from bot.domain.percent import ZERO
from bot.domain.progress import next_look, proceed
from bot.domain.ramp import lower, ramp_environment, reach, setting_in
from bot.domain.rollout import Rollout, Status
from tests.domain.courses_for_tests import BY_ITSELF, DOWN, EVERYTHING, LOOKS, REAL_PLANS, UP, Course, is_up, plans
from tests.domain.plans_for_tests import DAY, HOUR, MINUTE, PRODUCTION, holding, settle, started

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.domain.plan import Plan

# Tracing every line of it would take as long as living it, and what it reaches is covered by tests of its own.
pytestmark = pytest.mark.no_cover

MOST_MOVES = 25
INSTANT = timedelta(microseconds=1)

each_real_plan = pytest.mark.parametrize("plan", REAL_PLANS, ids=[plan.key for plan in REAL_PLANS])


def attempt(course: Course, move: Callable[[Course], Rollout]) -> None:
    """Make one move, or be refused; anything else that is raised fails the test."""
    before = course.rollout
    try:
        after = move(course)
    except RollcallError:
        return
    course.rollout = after
    if move in LOOKS:
        assert after.version == before.version
    elif move in BY_ITSELF:
        moved = (after.step, after.status) != (before.step, before.status)
        assert after.version == before.version + moved
    elif move is not Course.onward:
        assert after.version == before.version + 1
    if move in DOWN:
        assert not is_up(before, after)
    if move in UP:
        nothing_was_in_the_way(before, after, course, override=move is Course.override)


def nothing_was_in_the_way(before: Rollout, after: Rollout, course: Course, *, override: bool) -> None:
    finished = after.status is Status.COMPLETED and before.status is not Status.COMPLETED
    if after.step > before.step or finished:
        assert after.step <= before.step + 1
        in_the_way = {it.kind for it in blockers(before, course.now, course.around)}
        assert in_the_way <= (OVERRIDABLE if override else frozenset())
    if is_up(before, after) and not override:
        assert not course.around.stops


def what_belongs_together_is_together(rollout: Rollout) -> None:
    assert (rollout.status is Status.PAUSED) is (rollout.paused_at is not None)
    assert (rollout.status is Status.ROLLED_BACK) is (rollout.level is not None)
    assert rollout.active is (rollout.finished_at is None)
    assert rollout.status is Status.PAUSED or not rollout.lowered
    assert rollout.settled or rollout.holding_since is None
    assert len({(it.flag, it.environment) for it in rollout.wanted}) == len(rollout.wanted)


def every_way_down_is_open(course: Course) -> None:
    rollout, now = course.rollout, course.now
    if not rollout.active:
        return
    assert abort(rollout, now).wanted == not_above(rollout.cut, rollout.before)
    assert not is_up(rollout, roll_back(rollout, 1, now))
    if rollout.status is Status.RUNNING:
        assert pause(rollout, now).wanted == rollout.wanted
    if rollout.step and rollout.current.irreversible is None:
        assert not is_up(rollout, back(rollout, now))
    for flag in (it.key for it in rollout.plan.flags):
        environment = ramp_environment(rollout, flag)
        held = reach(setting_in(rollout.wanted, flag, environment))
        if held > ZERO:
            lowered = lower(rollout, flag, replace(held, milli=held.milli // 2), now)
            assert reach(setting_in(lowered.wanted, flag, environment)).milli == held.milli // 2
            assert not is_up(rollout, lowered)


def the_next_look_misses_nothing(course: Course) -> None:
    """Before it, or for ever where there is none, the loop would do nothing; at it, something."""
    rollout, now = course.rollout, course.now
    due = next_look(rollout, now, course.around)
    if due is None:
        quiet = [now, now + MINUTE, now + HOUR, now + 30 * DAY, now + 400 * DAY]
    else:
        assert due >= now
        quiet = [now, now + (due - now) / 2, due - INSTANT] if due > now else []
    for moment in quiet:
        assert proceed(settle(rollout, moment), moment, course.around) == rollout
    if due == now and rollout.settled:
        assert proceed(rollout, now, course.around) != rollout


def catching_up_is_careful(course: Course) -> None:
    """After weeks without the loop, one look takes one step at most, and a soak that follows is held whole."""
    back_again = course.now + 30 * DAY
    once = proceed(settle(course.rollout, back_again), back_again)
    assert once.step - course.rollout.step in {0, 1}
    if once.step > course.rollout.step:
        assert once.current.irreversible is None
        twice = proceed(settle(once, back_again), back_again)
        assert (twice.step, twice.status) == (once.step, once.status) or not once.current.soak


def follow(plan: Plan, data: st.DataObject) -> None:
    course = Course(started(plan), data)
    for _ in range(data.draw(st.integers(0, len(plan.steps)), label="steps taken at first")):
        attempt(course, Course.onward)
    for move in data.draw(st.lists(st.sampled_from(EVERYTHING), max_size=MOST_MOVES), label="moves"):
        attempt(course, move)
        what_belongs_together_is_together(course.rollout)
        every_way_down_is_open(course)
        the_next_look_misses_nothing(course)
        catching_up_is_careful(course)


@each_real_plan
@settings(max_examples=25)
@given(st.data())
def test_on_every_course_of_a_real_plan_the_rules_hold(plan: Plan, data: st.DataObject) -> None:
    follow(plan, data)


@settings(max_examples=150)
@given(plans(), st.data())
def test_on_every_course_of_any_plan_the_rules_hold(plan: Plan, data: st.DataObject) -> None:
    follow(plan, data)


@each_real_plan
def test_a_real_plan_is_carried_out_to_its_end_one_step_after_the_other(plan: Plan) -> None:
    was = FlagTarget(plan.flags[0].key, PRODUCTION, holding(0))
    rollout = started(plan, held=(was,))
    taken = []
    while rollout.active:
        course = Course(rollout, None)  # type: ignore[arg-type]  # Going on asks for no decision.
        course.now = rollout.step_at
        rollout = course.onward()
        taken.append(rollout.step)
    assert rollout.status is Status.COMPLETED
    last = len(plan.steps) - 1
    assert taken == [*range(1, last + 1), last]
