"""What the loop decides: when a soak begins, what it does by itself, and when it looks again."""

from __future__ import annotations

from datetime import time, timedelta

import pytest

from bot.domain.flag import OFF, FlagTarget
from bot.domain.moves import abort, advance, pause, resume, roll_back, tick
from bot.domain.plan import Advance, Approval, ChecklistItem, Irreversible, Plan, Start, Step
from bot.domain.progress import goes_by_itself, missing, next_look, observe, proceed, raised_in
from bot.domain.rollout import Rollout, Status
from tests.domain.plans_for_tests import (
    DAY,
    FLAG,
    HOUR,
    MINUTE,
    MONDAY,
    PRODUCTION,
    a_plan,
    a_step,
    holding,
    ramp_plan,
    settle,
    started,
    ticked,
    to,
)

AUTO = ramp_plan(10, 50, 100, advance=Advance.AUTO)
MANUAL = ramp_plan(10, 50, 100)
ITEM = ChecklistItem("1.1", "The log was read")
ANOTHER = FlagTarget(FLAG, PRODUCTION, holding(99))


def auto_step(name: str, **fields: object) -> Step:
    return a_step(name, advance=Advance.AUTO, **fields)


def in_force(plan: Plan) -> Rollout:
    """Return a rollout of which the first step has just been seen in force."""
    return settle(started(plan), MONDAY)


# Observing


def test_the_soak_begins_when_the_flags_are_first_seen_to_hold_what_the_step_sets() -> None:
    rollout = started(MANUAL)
    late = observe(observe(rollout, (), MONDAY), rollout.wanted, MONDAY + HOUR)
    assert late.holding_since == MONDAY + HOUR
    assert observe(late, rollout.wanted, MONDAY + 2 * HOUR) == late


def test_a_flag_that_was_changed_elsewhere_ends_the_soak_and_it_begins_anew() -> None:
    drifted = observe(in_force(MANUAL), (ANOTHER,), MONDAY + HOUR)
    assert (drifted.holding_since, drifted.settled) == (None, False)
    assert settle(drifted, MONDAY + 2 * HOUR).holding_since == MONDAY + 2 * HOUR


def test_looking_is_no_move() -> None:
    rollout = started(MANUAL)
    assert observe(rollout, (ANOTHER,), MONDAY).version == settle(rollout, MONDAY).version == rollout.version


def test_what_is_wanted_and_was_not_seen_is_missing() -> None:
    rollout = started(MANUAL)
    assert missing(rollout, ()) == rollout.wanted
    assert missing(rollout, (ANOTHER,)) == rollout.wanted
    assert missing(rollout, (ANOTHER, *rollout.wanted)) == ()


def test_of_a_stopped_rollout_nothing_is_written_that_lets_anybody_in() -> None:
    rollout = pause(started(ramp_plan(10)), MONDAY)
    off = (FlagTarget(FLAG, PRODUCTION, OFF),)
    assert missing(rollout, off) == ()
    assert raised_in(off, missing(rollout, off)) == ()
    seen = observe(rollout, off, MONDAY)
    assert (seen.wanted, seen.settled, seen.lowered) == (off, True, True)


def test_of_a_stopped_rollout_what_is_too_high_is_written() -> None:
    rollout = pause(in_force(ramp_plan(10)), MONDAY)
    fifty = (FlagTarget(FLAG, PRODUCTION, holding(50)),)
    assert missing(rollout, fifty) == rollout.wanted
    assert raised_in(fifty, missing(rollout, fifty)) == ()
    assert raised_in((), fifty) == (PRODUCTION,)
    assert observe(rollout, fifty, MONDAY).wanted == rollout.wanted


# Deciding


def test_a_plan_that_goes_by_itself_takes_its_steps_one_soak_after_another() -> None:
    rollout, steps = in_force(AUTO), []
    for hours in range(0, 24 * 4, 6):
        now = MONDAY + hours * HOUR
        rollout = settle(proceed(rollout, now), now)
        steps.append(rollout.step)
    assert steps == [0] * 4 + [1] * 4 + [2] * 8
    assert (rollout.status, rollout.finished_at) == (Status.COMPLETED, MONDAY + 3 * DAY)


def test_a_plan_that_waits_for_a_person_only_notes_that_it_is_ready() -> None:
    rollout = proceed(in_force(MANUAL), MONDAY + DAY)
    assert (rollout.step, rollout.ready, rollout.version) == (0, True, 1)
    assert proceed(rollout, MONDAY + 99 * DAY) == rollout


def test_nothing_proceeds_before_everything_is_out_of_the_way() -> None:
    plan = a_plan(
        auto_step("one", soak=DAY, checklist=(ITEM,)),
        auto_step("two", start=Start(offset=3 * DAY)),
    )
    rollout = in_force(plan)
    assert proceed(rollout, MONDAY + DAY) == rollout
    done = ticked(rollout, ITEM)
    assert proceed(done, MONDAY + 2 * DAY) == done
    assert proceed(done, MONDAY + 3 * DAY).step == 1


@pytest.mark.parametrize("status", [Status.PAUSED, Status.ROLLED_BACK, Status.ABORTED, Status.COMPLETED])
def test_only_a_running_rollout_proceeds(status: Status) -> None:
    ready = in_force(ramp_plan(10, advance=Advance.AUTO))
    rollout = {
        Status.PAUSED: pause(ready, MONDAY),
        Status.ROLLED_BACK: settle(roll_back(ready, 1, MONDAY), MONDAY),
        Status.ABORTED: settle(abort(ready, MONDAY), MONDAY),
        Status.COMPLETED: advance(ready, MONDAY + DAY),
    }[status]
    assert rollout.status is status
    assert proceed(rollout, MONDAY + 9 * DAY) == rollout
    assert next_look(rollout, MONDAY + 9 * DAY) is None


def test_a_step_that_cannot_be_undone_is_left_to_a_person() -> None:
    for_good = Irreversible("Deleting the old code")
    plan = a_plan(auto_step("one"), auto_step("two", irreversible=for_good), auto_step("three"))
    rollout = in_force(plan)
    assert not goes_by_itself(rollout)
    ready = proceed(rollout, MONDAY)
    assert (ready.step, ready.ready) == (0, True)
    assert next_look(ready, MONDAY) is None
    # Away from there it goes by itself again.
    assert proceed(settle(advance(ready, MONDAY), MONDAY), MONDAY).step == 2


def test_after_an_outage_of_weeks_one_step_is_taken_and_the_next_one_holds_its_whole_soak() -> None:
    back_again = MONDAY + 40 * DAY
    once = proceed(settle(in_force(AUTO), back_again), back_again)
    assert once.step == 1
    assert proceed(once, back_again) == once
    seen = settle(once, back_again)
    assert proceed(seen, back_again + DAY - MINUTE) == seen
    assert proceed(seen, back_again + DAY).step == 2


def test_an_outage_does_not_open_a_window_that_is_closed() -> None:
    start = Start(time_of_day=time(5), until_time=time(11))
    plan = a_plan(auto_step("one", soak=HOUR), auto_step("two", start=start))
    evening = MONDAY + 9 * DAY + 10 * HOUR
    rollout = in_force(plan)
    assert proceed(rollout, evening) == rollout
    assert next_look(rollout, evening) == evening + 10 * HOUR


# Looking again


def test_what_was_not_seen_yet_is_looked_at_now() -> None:
    rollout = started(MANUAL)
    assert next_look(rollout, MONDAY) == MONDAY
    assert next_look(pause(rollout, MONDAY), MONDAY) == MONDAY
    assert next_look(roll_back(in_force(MANUAL), 1, MONDAY), MONDAY) == MONDAY
    assert next_look(abort(in_force(ramp_plan(10)), MONDAY), MONDAY) == MONDAY


def test_a_soak_is_looked_at_when_it_ends_and_then_no_more() -> None:
    rollout = in_force(MANUAL)
    assert next_look(rollout, MONDAY + HOUR) == MONDAY + DAY
    assert next_look(rollout, MONDAY + DAY) == MONDAY + DAY
    assert next_look(proceed(rollout, MONDAY + DAY), MONDAY + DAY) is None


def test_a_plan_that_goes_by_itself_is_looked_at_as_soon_as_it_may_go() -> None:
    assert next_look(in_force(AUTO), MONDAY + HOUR) == MONDAY + DAY
    assert next_look(in_force(AUTO), MONDAY + 2 * DAY) == MONDAY + 2 * DAY


def test_an_open_item_is_looked_at_only_once_a_person_has_ticked_it() -> None:
    rollout = in_force(a_plan(a_step("one", to(10), soak=DAY, checklist=(ITEM,)), a_step("two")))
    assert next_look(rollout, MONDAY) is None
    assert next_look(ticked(rollout, ITEM), MONDAY) == MONDAY + DAY
    assert next_look(tick(ticked(rollout, ITEM), ITEM, None), MONDAY) is None


def test_a_pause_is_looked_at_only_once_it_is_over() -> None:
    paused = pause(in_force(MANUAL), MONDAY + HOUR)
    assert next_look(paused, MONDAY + 9 * DAY) is None
    assert next_look(resume(paused, MONDAY + 9 * DAY), MONDAY + 9 * DAY) == MONDAY + 9 * DAY + 23 * HOUR


def test_a_date_is_looked_at_when_it_comes() -> None:
    plan = a_plan(a_step("one", soak=DAY), a_step("two", start=Start(offset=3 * DAY)))
    assert next_look(in_force(plan), MONDAY) == MONDAY + 3 * DAY
    assert next_look(in_force(plan), MONDAY + 3 * DAY) == MONDAY + 3 * DAY


def test_a_date_is_looked_at_when_it_comes_also_where_approval_is_still_missing_because_it_can_be_given_then() -> None:
    plan = a_plan(a_step("one", approvals=(Approval("qa"),)), a_step("two", start=Start(offset=3 * DAY)))
    assert next_look(in_force(plan), MONDAY) == MONDAY + 3 * DAY
    assert next_look(in_force(plan), MONDAY + 3 * DAY) is None


def test_a_plan_whose_flags_hold_what_they_should_and_waits_for_nothing_is_ready_at_once() -> None:
    rollout = in_force(a_plan(a_step("one"), a_step("two")))
    assert next_look(rollout, MONDAY) == MONDAY
    assert next_look(proceed(rollout, MONDAY), MONDAY) is None


def test_off_is_a_setting_to_be_seen_like_any_other() -> None:
    rollout = roll_back(in_force(MANUAL), 1, MONDAY)
    off = tuple(FlagTarget(it.flag, it.environment, OFF) for it in rollout.wanted)
    # The percentage is kept while the flag is off, so a flag that lost it was changed elsewhere.
    assert not observe(rollout, off, MONDAY).settled
    assert settle(rollout, MONDAY + timedelta(seconds=1)).settled
