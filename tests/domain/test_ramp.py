"""What a bare percentage means to a rollout, by where it stands."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.errors import Blocked, NotFound, Refused, WhichOne
from bot.domain.flag import OFF, FlagChange, FlagTarget
from bot.domain.moves import advance, pause, resume
from bot.domain.percent import ZERO
from bot.domain.plan import Irreversible, Plan, PlanFlag, SetFlag
from bot.domain.ramp import (
    Direction,
    direction_of,
    hold_at,
    lower,
    ramp_environment,
    ramped_flag,
    reach,
    setting_in,
    to_percent,
)
from bot.domain.rollout import Rollout, Status
from tests.domain.plans_for_tests import (
    DAY,
    FLAG,
    MONDAY,
    PRODUCTION,
    a_plan,
    a_step,
    held,
    holding,
    percent,
    ramp_plan,
    settle,
    started,
    to,
)

OTHER = "search"
RAMP = ramp_plan(10, 25, 50, 100)
BOTH = a_plan(
    a_step("none"),
    a_step("checkout 10", to(10)),
    a_step("search 10", to(10, OTHER)),
    a_step("both 50", to(50), to(50, OTHER)),
    a_step("checkout 100", to(100)),
    flags=(PlanFlag(FLAG), PlanFlag(OTHER)),
)
STAGED = a_plan(
    a_step("prepare"),
    a_step("staging", to(100), environment="staging"),
    a_step("check"),
    a_step("a tenth", to(10)),
    a_step("all", to(100)),
)


def at(plan: Plan, step: int) -> Rollout:
    """Return a running rollout that stands at a step and has nothing in its way at `MONDAY`."""
    rollout = started(plan, MONDAY - 99 * DAY)
    for _ in range(step):
        rollout = advance(settle(rollout, rollout.step_at), rollout.step_at + 2 * DAY)
    return settle(rollout, MONDAY - 2 * DAY)


@pytest.mark.parametrize(
    ("wanted", "direction"),
    [(0, Direction.DOWN), (24.999, Direction.DOWN), (25, Direction.SAME), (26, Direction.UP), (100, Direction.UP)],
)
def test_a_percentage_is_up_down_or_the_same(wanted: float, direction: Direction) -> None:
    assert direction_of(at(RAMP, 1), FLAG, percent(wanted)) is direction


def test_a_flag_that_is_off_reaches_nobody_whatever_its_percentage() -> None:
    assert reach(replace(holding(50), on=False)) == ZERO
    assert reach(holding(50)) == percent(50)
    assert setting_in((), FLAG, PRODUCTION) == OFF


def test_the_percentage_of_the_next_step_takes_it() -> None:
    after = to_percent(at(RAMP, 1), FLAG, percent(50), MONDAY)
    assert (after.step, after.status, held(after)) == (2, Status.RUNNING, "50%")


def test_the_percentage_of_the_next_step_does_not_pass_by_what_stands_in_its_way() -> None:
    with pytest.raises(Blocked) as refusal:
        to_percent(settle(started(RAMP), MONDAY), FLAG, percent(25), MONDAY)
    assert [it.kind for it in refusal.value.blockers] == ["soak"]


def test_steps_are_not_skipped_and_those_between_are_counted() -> None:
    with pytest.raises(Blocked) as refusal:
        to_percent(at(RAMP, 0), FLAG, percent(100), MONDAY)
    assert refusal.value.sentence == (
        "100% is step 4 of 4, and #7 is at step 1 “10%”, with 2 steps between. Next is “25%”."
    )


def test_a_percentage_above_that_is_in_no_step_is_refused_with_those_that_are() -> None:
    with pytest.raises(Refused) as refusal:
        to_percent(at(RAMP, 1), FLAG, percent(60), MONDAY)
    assert refusal.value.sentence == "The plan never takes checkout to 60%; it goes 10% → 25% → 50% → 100%."


def test_the_percentage_that_is_held_is_refused() -> None:
    with pytest.raises(Refused, match="checkout is at 25% already"):
        to_percent(at(RAMP, 1), FLAG, percent(25), MONDAY)


@pytest.mark.parametrize(
    ("wanted", "step", "lowered"),
    [
        # At the percentage of an earlier step it stands there again.
        (25, 1, False),
        (10, 0, False),
        # Between steps it stands at the first above, lowered.
        (30, 2, True),
        (20, 1, True),
        (5, 0, True),
        (0, 0, True),
        (0.001, 0, True),
    ],
)
def test_down_is_at_once_and_waits_there(wanted: float, step: int, *, lowered: bool) -> None:
    before = at(RAMP, 2)
    after = to_percent(before, FLAG, percent(wanted), MONDAY, reason="errors")
    assert (after.step, after.lowered, held(after)) == (step, lowered, str(percent(wanted)))
    assert (after.status, after.paused_at, after.reason) == (Status.PAUSED, MONDAY, "errors")
    assert (after.observed, after.holding_since, after.version) == (None, None, before.version + 1)


def test_down_needs_nothing_seen_and_no_soak() -> None:
    rollout = started(RAMP)
    assert held(to_percent(rollout, FLAG, percent(5), MONDAY)) == "5%"
    assert held(to_percent(pause(rollout, MONDAY), FLAG, percent(5), MONDAY)) == "5%"


def test_the_percentage_of_the_step_ends_a_lowering() -> None:
    lowered = to_percent(at(RAMP, 2), FLAG, percent(30), MONDAY)
    assert direction_of(lowered, FLAG, percent(50)) is Direction.RESTORE
    restored = to_percent(lowered, FLAG, percent(50), MONDAY)
    assert (restored.step, restored.status, held(restored)) == (2, Status.RUNNING, "50%")


def test_up_from_a_lowering_is_to_the_step_and_not_past_it() -> None:
    lowered = to_percent(at(RAMP, 2), FLAG, percent(30), MONDAY)
    with pytest.raises(Refused, match="The plan never takes checkout to 40%"):
        to_percent(lowered, FLAG, percent(40), MONDAY)
    with pytest.raises(Blocked) as refusal:
        to_percent(lowered, FLAG, percent(100), MONDAY)
    assert "paused" in {it.kind for it in refusal.value.blockers}


def test_a_lowering_can_go_on_down() -> None:
    lowered = to_percent(at(RAMP, 2), FLAG, percent(30), MONDAY)
    assert held(to_percent(lowered, FLAG, percent(25), MONDAY)) == "25%"
    assert held(to_percent(lowered, FLAG, percent(7), MONDAY)) == "7%"


def test_down_keeps_the_tiers_and_the_named_users_of_the_step_and_no_more() -> None:
    everybody = a_step("10", to(10), soak=DAY)
    pros = SetFlag(FLAG, FlagChange(percent=percent(50), tiers=("pro",), users=("u1", "u2")))
    rollout = at(a_plan(everybody, a_step("50 of pro", pros)), 1)
    assert held(lower(rollout, FLAG, percent(30), MONDAY)) == "30% of pro and 2 named users"
    # The earlier step lets in every tier; going down lets in nobody who was out.
    back_at_ten = lower(rollout, FLAG, percent(10), MONDAY)
    assert (back_at_ten.step, held(back_at_ten), back_at_ten.lowered) == (0, "10% of pro", True)


def test_lowering_one_flag_does_not_raise_another_that_was_lowered() -> None:
    lowered = lower(at(BOTH, 3), FLAG, percent(30), MONDAY)
    both = lower(lowered, OTHER, percent(20), MONDAY)
    assert (held(both), held(both, OTHER), both.step) == ("30%", "20%", 3)


def test_lowering_a_flag_does_not_switch_on_one_that_was_switched_off_by_hand() -> None:
    switched_off = hold_at(at(BOTH, 3), FlagTarget(FLAG, PRODUCTION, OFF), MONDAY)
    both = lower(switched_off, OTHER, percent(10), MONDAY)
    assert (held(both), held(both, OTHER), both.step) == ("off", "10%", 2)
    assert both.lowered


def test_down_to_nobody_waits_at_the_first_step_that_reached_anybody() -> None:
    after = lower(at(BOTH, 3), FLAG, ZERO, MONDAY)
    assert (after.step, held(after), after.lowered) == (1, "0%", True)


def test_a_step_that_cannot_be_undone_is_not_gone_back_behind() -> None:
    for_good = Irreversible("Deleting the old code")
    plan = a_plan(a_step("10", to(10)), a_step("50", to(50)), a_step("clean up", irreversible=for_good), a_step("end"))
    after = lower(at(plan, 3), FLAG, percent(10), MONDAY)
    assert (after.step, held(after), after.lowered) == (2, "10%", True)


def test_a_flag_held_lower_by_hand_waits_at_its_step() -> None:
    before = at(RAMP, 2)
    after = hold_at(before, FlagTarget(FLAG, PRODUCTION, OFF), MONDAY, "switched off by hand")
    assert (after.step, held(after), after.lowered, after.status) == (2, "off", True, Status.PAUSED)
    assert (after.observed, after.holding_since, after.version) == (None, None, before.version + 1)


# Which flag, and in which environment


@pytest.mark.parametrize(
    ("step", "wanted", "flag"),
    [(0, 10, FLAG), (1, 10, OTHER), (1, 5, FLAG), (3, 100, FLAG), (4, 75, FLAG)],
)
def test_a_bare_percentage_is_about_the_flag_that_it_fits(step: int, wanted: float, flag: str) -> None:
    assert ramped_flag(at(BOTH, step), "", percent(wanted)) == flag


def test_a_percentage_that_fits_several_flags_is_asked_about() -> None:
    with pytest.raises(WhichOne) as question:
        ramped_flag(at(BOTH, 3), "", percent(20))
    assert question.value.choices == (
        ("checkout", "--flag checkout --rollout 7"),
        ("search", "--flag search --rollout 7"),
    )


def test_a_named_flag_is_that_one_where_the_plan_drives_it() -> None:
    assert ramped_flag(at(BOTH, 0), OTHER, percent(99)) == OTHER
    with pytest.raises(NotFound, match="does not drive “billing”; it drives checkout, search"):
        ramped_flag(at(BOTH, 0), "billing", percent(10))


def test_a_plan_without_flags_takes_no_percentage() -> None:
    with pytest.raises(Refused, match="changes no flag"):
        ramped_flag(started(a_plan(a_step("work"), flags=())), "", percent(10))


@pytest.mark.parametrize(
    ("step", "environment"), [(0, "staging"), (1, "staging"), (2, PRODUCTION), (3, PRODUCTION), (4, PRODUCTION)]
)
def test_a_percentage_is_meant_where_the_plan_is_or_goes_next(step: int, environment: str) -> None:
    assert ramp_environment(at(STAGED, step), FLAG) == environment


def test_a_flag_that_no_step_sets_is_meant_in_the_environment_of_the_plan() -> None:
    assert ramp_environment(at(STAGED, 0), OTHER) == PRODUCTION
    assert ramp_environment(started(ramp_plan(10)), FLAG) == PRODUCTION


def test_lowering_production_leaves_staging_as_it_is() -> None:
    after = lower(at(STAGED, 4), FLAG, percent(5), MONDAY)
    assert (held(after), held(after, FLAG, "staging"), after.step) == ("5%", "100%", 3)


def test_to_lower_one_of_several_flags_raises_none_of_the_others() -> None:
    plan = a_plan(
        a_step("both", to(10), to(100, OTHER)),
        a_step("more", to(50), to(20, OTHER)),
        flags=(PlanFlag(FLAG), PlanFlag(OTHER)),
    )
    lowered = lower(at(plan, 1), FLAG, percent(10), MONDAY)
    assert (lowered.step, held(lowered), held(lowered, OTHER)) == (0, "10%", "20%")
    assert lowered.lowered
    assert held(resume(settle(lowered, MONDAY), MONDAY), OTHER) == "100%"
