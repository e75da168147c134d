"""Every move of a rollout from every status: what it makes of it, or why it is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.domain.errors import Blocked, NotFound, Refused
from bot.domain.flag import OFF, FlagChange, FlagTarget
from bot.domain.moves import abort, advance, back, begin, pause, resume, roll_back
from bot.domain.percent import ZERO
from bot.domain.plan import ChecklistItem, Irreversible, PlanFlag, RollbackLevel, SetFlag
from bot.domain.ramp import hold_at, lower, to_percent
from bot.domain.rollout import Rollout, Status
from tests.domain.plans_for_tests import (
    DAY,
    FLAG,
    HOUR,
    MONDAY,
    PRODUCTION,
    SWITCH_OFF,
    a_plan,
    a_step,
    held,
    holding,
    percent,
    ramp_plan,
    settle,
    started,
    ticked,
    to,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.domain.plan import Plan

NOW = MONDAY + DAY
"""When the step of the examples has held for as long as it must."""

ITEM = ChecklistItem("1.1", "The backup is made")
BACK_TO_TEN = RollbackLevel(2, "Back to 10 %", (to(10),))
RESTORE = RollbackLevel(3, "Restore the data", checklist=(ChecklistItem("r3.1", "Restored"),), destroys="orders")


def running_at(*percents: float, plan: Plan | None = None) -> Rollout:
    """Return a rollout that stands at the last of its percentages, whose soak is over at `NOW`."""
    rollout = started(plan or ramp_plan(*percents, 100), MONDAY - len(percents) * 30 * DAY)
    for _ in percents[1:]:
        rollout = advance(settle(rollout, rollout.step_at), rollout.step_at + 30 * DAY)
    return settle(rollout, MONDAY)


RUNNING = running_at(10, 50)
EVERY_STATUS = {
    Status.RUNNING: RUNNING,
    Status.PAUSED: pause(RUNNING, NOW),
    Status.ROLLED_BACK: roll_back(RUNNING, 1, NOW),
    Status.ABORTED: abort(RUNNING, NOW),
    Status.COMPLETED: advance(settle(advance(RUNNING, NOW), NOW), NOW + 9 * DAY),
}
MOVES: dict[str, Callable[[Rollout], Rollout]] = {
    "advance": lambda rollout: advance(rollout, NOW),
    "override": lambda rollout: advance(rollout, NOW, override=True),
    "pause": lambda rollout: pause(rollout, NOW, "why"),
    "resume": lambda rollout: resume(rollout, NOW),
    "back": lambda rollout: back(rollout, NOW, "why"),
    "roll back": lambda rollout: roll_back(rollout, 1, NOW, "why"),
    "abort": lambda rollout: abort(rollout, NOW, "why"),
    "25%": lambda rollout: to_percent(rollout, FLAG, percent(25), NOW, reason="why"),
    "100%": lambda rollout: to_percent(rollout, FLAG, percent(100), NOW, reason="why"),
    "lower": lambda rollout: lower(rollout, FLAG, percent(5), NOW, "why"),
    "hold": lambda rollout: hold_at(rollout, FlagTarget(FLAG, PRODUCTION, OFF), NOW, "why"),
}
ENDED = "#7 The new checkout page is {} and cannot be moved."
OUTCOMES = {
    ("advance", Status.RUNNING): (Status.RUNNING, 2, "100%"),
    ("advance", Status.PAUSED): "#7 cannot go on to “100%” yet.",
    ("override", Status.RUNNING): (Status.RUNNING, 2, "100%"),
    ("override", Status.PAUSED): "#7 cannot go on to “100%” yet.",
    ("pause", Status.RUNNING): (Status.PAUSED, 1, "50%"),
    ("pause", Status.PAUSED): "#7 is paused already.",
    ("resume", Status.RUNNING): "#7 is not paused.",
    ("resume", Status.PAUSED): (Status.RUNNING, 1, "50%"),
    ("back", Status.RUNNING): (Status.PAUSED, 0, "10%"),
    ("back", Status.PAUSED): (Status.PAUSED, 0, "10%"),
    ("roll back", Status.RUNNING): (Status.ROLLED_BACK, 1, "off"),
    ("roll back", Status.PAUSED): (Status.ROLLED_BACK, 1, "off"),
    ("roll back", Status.ROLLED_BACK): "#7 is rolled back to level 1 already.",
    ("roll back", Status.ABORTED): "#7 was aborted; its flags are as they were before it.",
    ("roll back", Status.COMPLETED): (Status.ROLLED_BACK, 2, "off"),
    ("abort", Status.RUNNING): (Status.ABORTED, 1, "5%"),
    ("abort", Status.PAUSED): (Status.ABORTED, 1, "5%"),
    ("25%", Status.RUNNING): (Status.PAUSED, 1, "25%"),
    ("25%", Status.PAUSED): (Status.PAUSED, 1, "25%"),
    ("100%", Status.RUNNING): (Status.RUNNING, 2, "100%"),
    ("100%", Status.PAUSED): "#7 cannot go on to “100%” yet.",
    ("lower", Status.RUNNING): (Status.PAUSED, 0, "5%"),
    ("lower", Status.PAUSED): (Status.PAUSED, 0, "5%"),
    ("hold", Status.RUNNING): (Status.PAUSED, 1, "off"),
    ("hold", Status.PAUSED): (Status.PAUSED, 1, "off"),
}
"""What each move makes of each status: the next status, the step and what the flag is to hold, or the refusal."""


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("move", list(MOVES))
def test_every_move_from_every_status_does_one_thing_or_says_why_not(move: str, status: Status) -> None:
    before = replace(EVERY_STATUS[status], before=(FlagTarget(FLAG, PRODUCTION, holding(5)),))
    assert before.status is status
    expected = OUTCOMES.get((move, status), ENDED.format(status.replace("_", " ")))
    if isinstance(expected, str):
        with pytest.raises(Refused) as refusal:
            MOVES[move](before)
        assert refusal.value.sentence == expected
        assert refusal.value.hints
    else:
        after = MOVES[move](before)
        assert (after.status, after.step, held(after)) == expected
        assert after.version == before.version + 1


def test_a_rollout_begins_at_its_first_step_with_nothing_seen() -> None:
    was = FlagTarget(FLAG, PRODUCTION, holding(5))
    rollout = begin(ramp_plan(10, 50), 7, current=(was,), channels=(), by="an engineer", now=MONDAY)
    assert (rollout.status, rollout.step, rollout.version) == (Status.RUNNING, 0, 1)
    assert (rollout.started_at, rollout.step_at, rollout.observed) == (MONDAY, MONDAY, None)
    assert rollout.before == (was,)
    assert held(rollout) == "10%"


def test_a_flag_that_says_where_it_starts_begins_there_and_goes_back_to_what_it_was() -> None:
    plan = a_plan(a_step("one"), a_step("two", to(10)), flags=(PlanFlag(FLAG, starts=OFF),))
    rollout = started(plan, held=(FlagTarget(FLAG, PRODUCTION, holding(30)),))
    assert held(rollout) == "off"
    assert held(abort(rollout, MONDAY)) == "30%"


def test_a_refusal_to_go_on_names_everything_and_what_to_do() -> None:
    plan = a_plan(a_step("one", to(10), soak=DAY, checklist=(ITEM,)), a_step("two", to(50)))
    with pytest.raises(Blocked) as refusal:
        advance(pause(settle(started(plan), MONDAY), MONDAY + HOUR), MONDAY + 2 * HOUR)
    assert [it.kind for it in refusal.value.blockers] == ["paused", "soak", "checklist"]
    assert set(refusal.value.hints) == {"/checklist show", "/rollout resume", "/rollout status"}
    with pytest.raises(Blocked, match=r"#7 cannot go on to the end of the plan yet\."):
        advance(started(ramp_plan(10)), MONDAY)


def test_an_override_passes_soak_checklist_and_dates_and_nothing_else() -> None:
    plan = a_plan(a_step("one", to(10), soak=DAY, checklist=(ITEM,)), a_step("two", to(50)))
    rollout = started(plan)
    with pytest.raises(Blocked) as refusal:
        advance(rollout, MONDAY, override=True)
    assert [it.kind for it in refusal.value.blockers] == ["applying"]
    assert held(advance(settle(rollout, MONDAY), MONDAY, override=True)) == "50%"


def test_a_step_that_was_ready_is_not_ready_for_the_one_after() -> None:
    for move in (MOVES["advance"], MOVES["pause"], MOVES["back"], MOVES["25%"], MOVES["hold"], MOVES["roll back"]):
        assert not move(replace(RUNNING, ready=True)).ready


def test_a_plan_is_complete_only_after_the_conditions_of_its_last_step() -> None:
    rollout = settle(started(a_plan(a_step("one", to(10), soak=DAY, checklist=(ITEM,)))), MONDAY)
    for early in (rollout, ticked(rollout, ITEM)):
        with pytest.raises(Blocked):
            advance(early, NOW - HOUR)
    with pytest.raises(Blocked):
        advance(rollout, NOW)
    done = advance(ticked(rollout, ITEM), NOW)
    assert done.version == rollout.version + 1
    assert (done.status, done.finished_at, done.step, held(done)) == (Status.COMPLETED, NOW, 0, "10%")


def test_a_paused_rollout_keeps_the_rest_of_its_soak() -> None:
    rollout = settle(started(ramp_plan(10, 50)), MONDAY)
    resumed = resume(pause(rollout, MONDAY + 20 * HOUR), MONDAY + 9 * DAY)
    with pytest.raises(Blocked):
        advance(resumed, MONDAY + 9 * DAY + 4 * HOUR - HOUR / 60)
    assert advance(resumed, MONDAY + 9 * DAY + 4 * HOUR).step == 1


def test_a_soak_that_was_over_before_the_pause_is_over_after_it() -> None:
    resumed = resume(pause(settle(started(ramp_plan(10, 50)), MONDAY), NOW), NOW + 9 * DAY)
    assert advance(resumed, NOW + 9 * DAY).step == 1


def test_flags_first_seen_within_a_pause_hold_for_the_whole_soak_after_it() -> None:
    rollout = settle(pause(started(ramp_plan(10, 50)), MONDAY), MONDAY + HOUR)
    resumed = resume(rollout, MONDAY + 9 * DAY)
    assert resumed.holding_since == MONDAY + 9 * DAY


def test_going_on_after_a_lowering_restores_the_step_and_starts_its_soak_anew() -> None:
    lowered = settle(lower(RUNNING, FLAG, percent(25), NOW), NOW)
    resumed = resume(lowered, NOW + DAY)
    assert (held(resumed), resumed.step, resumed.lowered) == ("50%", 1, False)
    assert (resumed.holding_since, resumed.observed) == (None, None)
    with pytest.raises(Blocked):
        advance(settle(resumed, NOW + DAY), NOW + 2 * DAY - HOUR)
    assert advance(settle(resumed, NOW + DAY), NOW + 2 * DAY).step == 2


def test_the_first_step_has_nothing_before_it() -> None:
    with pytest.raises(Refused, match=r"#7 is at its first step\."):
        back(started(ramp_plan(10, 50)), MONDAY)


def test_a_step_that_cannot_be_undone_is_not_gone_back_from_and_says_what_can_be_done() -> None:
    for_good = Irreversible("Deleting the old code", "redeploy the old version")
    plan = a_plan(a_step("one", to(10)), a_step("two", to(50), irreversible=for_good), a_step("three"))
    rollout = running_at(10, 50, plan=plan)
    with pytest.raises(Refused, match=r"Deleting the old code cannot be undone\. What can still be done: redeploy"):
        back(rollout, NOW)
    assert back(advance(rollout, NOW), NOW).step == 1
    assert pause(rollout, NOW).status is Status.PAUSED
    assert held(roll_back(rollout, 1, NOW)) == "off"


def test_what_cannot_be_undone_may_be_said_in_a_sentence_of_its_own() -> None:
    for_good = Irreversible("A published version cannot be taken back.", "Halt the release.")
    plan = a_plan(a_step("one", to(10)), a_step("two", to(50), irreversible=for_good), a_step("three"))
    with pytest.raises(Refused) as refused:
        back(running_at(10, 50, plan=plan), NOW)
    assert refused.value.sentence == (
        "A published version cannot be taken back. What can still be done: Halt the release."
    )


def test_going_back_waits_there_and_starts_the_soak_anew() -> None:
    after = back(RUNNING, NOW, "slow")
    assert (after.status, after.paused_at, after.reason) == (Status.PAUSED, NOW, "slow")
    assert (after.holding_since, after.observed) == (None, None)


def test_going_back_does_not_raise_what_was_switched_off_by_hand() -> None:
    switched_off = hold_at(RUNNING, FlagTarget(FLAG, PRODUCTION, OFF), NOW)
    after = back(switched_off, NOW)
    assert (after.step, held(after), after.lowered) == (0, "off", True)
    assert held(resume(after, NOW)) == "10%"


@pytest.mark.parametrize(
    ("at", "level", "expected"),
    [
        (50, 1, "off"),
        (50, 2, "10%"),
        # A level without settings of its own switches what the first one does.
        (50, 3, "off"),
        # A level never raises.
        (5, 2, "5%"),
        (10, 2, "10%"),
    ],
)
def test_a_level_sets_what_the_plan_says_and_never_more_than_is_held(at: float, level: int, expected: str) -> None:
    plan = ramp_plan(at, 100)
    rollout = started(replace(plan, rollback=(SWITCH_OFF, BACK_TO_TEN, RESTORE)))
    after = roll_back(rollout, level, MONDAY, "errors")
    assert (held(after), after.level, after.reason, after.finished_at) == (expected, level, "errors", MONDAY)


def test_after_switching_off_a_level_of_ten_percent_switches_nothing_on() -> None:
    rollout = started(replace(ramp_plan(50, 100), rollback=(SWITCH_OFF, BACK_TO_TEN)))
    assert held(roll_back(roll_back(rollout, 1, NOW), 2, NOW)) == "off"
    assert held(roll_back(roll_back(rollout, 2, NOW), 1, NOW)) == "off"


def test_a_level_goes_down_also_where_it_names_more_tiers() -> None:
    wide = RollbackLevel(1, "Back to 10 % of all", (SetFlag(FLAG, FlagChange(percent=percent(10), tiers=())),))
    step = a_step("one", SetFlag(FLAG, FlagChange(percent=percent(50), tiers=("pro",))))
    assert held(roll_back(started(a_plan(step, rollback=(wide,))), 1, MONDAY)) == "10% of pro"


def test_a_plan_without_levels_goes_back_to_how_it_was_but_never_up() -> None:
    plan = replace(ramp_plan(50, 100), rollback=())
    low, high = (FlagTarget(FLAG, PRODUCTION, holding(number, users=("u1",))) for number in (5, 90))
    assert held(roll_back(started(plan, held=(low,)), 1, MONDAY)) == "5% and 1 named user"
    assert held(roll_back(started(plan, held=(high,)), 1, MONDAY)) == "50% and 1 named user"
    without_users = replace(plan, phases=ramp_plan(50).phases)
    narrowed = replace(started(without_users, held=(low,)), wanted=(FlagTarget(FLAG, PRODUCTION, holding(50)),))
    assert held(roll_back(narrowed, 1, MONDAY)) == "5%"


@pytest.mark.parametrize(("levels", "number"), [((SWITCH_OFF,), 2), ((SWITCH_OFF,), 0), ((), 2)])
def test_a_level_that_the_plan_does_not_have_is_refused_with_those_it_has(
    levels: tuple[RollbackLevel, ...], number: int
) -> None:
    with pytest.raises(NotFound, match=f"The plan has no rollback level {number}; it has 1"):
        roll_back(started(replace(ramp_plan(10), rollback=levels)), number, MONDAY)


def test_a_level_switches_the_flag_in_every_environment_the_plan_touches() -> None:
    plan = a_plan(a_step("try", to(100), environment="staging"), a_step("do", to(10)))
    after = roll_back(advance(settle(started(plan), MONDAY), MONDAY), 1, MONDAY)
    assert (held(after, FLAG, "staging"), held(after)) == ("off", "off")


def test_a_rollout_is_settled_only_where_exactly_what_is_wanted_was_seen() -> None:
    rollout = started(ramp_plan(10))
    other = FlagTarget("other", PRODUCTION, holding(0))
    assert other.setting.percent == ZERO
    for seen in (None, (), (other,), (*rollout.wanted, other)):
        assert not replace(rollout, observed=seen).settled
    assert replace(rollout, observed=rollout.wanted).settled
