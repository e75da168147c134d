"""What is announced of a rollout, when, once each, and never when it is not true any more."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.announcement import Announcement, AnnouncementState, Destination, ReportedProblem, Verbosity
from bot.domain.announcing import (
    Happening,
    Seen,
    Stop,
    announced_at,
    before_start,
    happened,
    repeated,
    seen_of,
    upcoming,
)
from bot.domain.moments import Occasion
from bot.domain.moves import abort, advance, back, pause, resume, roll_back
from bot.domain.plan import Communication, Phase
from bot.domain.rollout import Status
from bot.domain.truth import newest_only, untrue, untrue_of_plan
from tests.domain.plans_for_tests import DAY, HOUR, MINUTE, MONDAY, a_plan, a_step, ramp_plan, settle, started, to

if TYPE_CHECKING:
    from bot.domain.plan import Plan
    from bot.domain.rollout import Rollout

NOBODY = Stop()


def told(when: str, *to: str, say: str = "step_reached") -> Communication:
    return Communication(when, to or ("team",), say)


def communicating(*items: Communication, percents: tuple[float, ...] = (10, 50, 100)) -> Plan:
    return replace(ramp_plan(*percents), communication=items)


def look(seen: Seen | None, rollout: Rollout, now: datetime, stop: Stop = NOBODY) -> list[Announcement]:
    return [it for what in happened(seen, rollout, (), stop, now) for it in announced_at(rollout, what, now)]


def ready(plan: Plan, now: datetime = MONDAY) -> Rollout:
    return settle(started(plan, now), now)


def test_a_start_announces_the_start_the_first_phase_the_first_step_and_what_the_clock_calls_for() -> None:
    plan = communicating(
        told("T-24h"),
        told("started"),
        told("each step"),
        told("each phase"),
        told("every 4h"),
        told("T+2h"),
        told("held"),
    )
    found = look(None, ready(plan), MONDAY)
    due = {it.when: it.due_at for it in found}
    assert due == {
        "started": MONDAY,
        "each step": MONDAY,
        "each phase": MONDAY,
        "every 4h": MONDAY + 4 * HOUR,
        "T+2h": MONDAY + 2 * HOUR,
    }
    assert len({it.key for it in found}) == len(found)


def test_nothing_is_said_of_a_step_before_its_flags_are_set() -> None:
    rollout = started(communicating(told("each step")))
    assert look(None, rollout, MONDAY) == []
    seen = seen_of(rollout, None, 0, MONDAY)
    assert [it.when for it in look(seen, settle(rollout, MONDAY), MONDAY)] == ["each step"]


def test_what_was_told_is_not_told_again_and_a_later_look_tells_of_the_last_step_alone() -> None:
    rollout = ready(communicating(told("each step")))
    seen = seen_of(rollout, None, 0, MONDAY)
    assert look(seen, rollout, MONDAY + HOUR) == []
    second = settle(advance(rollout, MONDAY + DAY), MONDAY + DAY)
    third = settle(advance(second, MONDAY + 2 * DAY), MONDAY + 2 * DAY)
    (only,) = look(seen, third, MONDAY + 2 * DAY)
    assert only.step == 2


def test_a_named_step_and_a_named_phase_are_told_when_they_are_reached() -> None:
    plan = communicating(told("step 50%"), told("phase Slowly"))
    first = ready(plan)
    assert [it.when for it in look(None, first, MONDAY)] == ["phase Slowly"]
    second = settle(advance(first, MONDAY + DAY), MONDAY + DAY)
    assert [it.when for it in look(seen_of(first, None, 0, MONDAY), second, MONDAY + DAY)] == ["step 50%"]


@pytest.mark.parametrize(
    ("move", "stop", "when"),
    [
        (lambda it: pause(it, MONDAY, "errors"), Stop("rollcall", by_itself=True), "held"),
        (lambda it: pause(it, MONDAY, "errors"), Stop("ana"), "paused"),
        (lambda it: roll_back(it, 1, MONDAY, "errors"), NOBODY, "rolled_back"),
        (lambda it: abort(it, MONDAY, "errors"), NOBODY, "aborted"),
    ],
)
def test_each_turn_of_a_rollout_is_told_as_what_it_is(move: object, stop: Stop, when: str) -> None:
    events = ("held", "paused", "resumed", "rolled_back", "aborted", "completed", "completed +7d")
    first = ready(communicating(*(told(it) for it in events)))
    after = move(first)  # type: ignore[operator]  # One of the moves above.
    (said,) = look(seen_of(first, None, 0, MONDAY), after, MONDAY, stop)
    assert said.when == when
    assert ("reason", "errors") in said.facts


def test_a_pause_that_ends_is_told_as_resumed() -> None:
    first = pause(ready(communicating(told("resumed"))), MONDAY)
    going = resume(first, MONDAY + HOUR)
    assert [it.when for it in look(seen_of(first, None, 0, MONDAY), going, MONDAY + HOUR)] == ["resumed"]


def test_the_end_and_what_follows_it_a_week_later() -> None:
    first = ready(communicating(told("completed"), told("completed +7d"), percents=(100,)))
    ended = advance(first, MONDAY + DAY)
    found = look(seen_of(first, None, 0, MONDAY), ended, MONDAY + DAY)
    assert [(it.when, it.due_at) for it in found] == [("completed", MONDAY + DAY), ("completed +7d", MONDAY + 8 * DAY)]


def test_every_reported_problem_is_told_by_its_number() -> None:
    rollout = ready(communicating(told("problem_reported")))
    problems = tuple(
        ReportedProblem(n, 7, "ben", "local", "ben", "releases", f"it {n}", critical=False, at=MONDAY) for n in (1, 2)
    )
    what = happened(seen_of(rollout, None, 0, MONDAY), rollout, problems, NOBODY, MONDAY)
    found = [it for each in what for it in announced_at(rollout, each, MONDAY)]
    assert [dict(it.facts)["problem"] for it in found] == ["it 1", "it 2"]
    assert len({it.key for it in found}) == 2


def test_a_dated_phase_is_announced_ahead_of_its_date() -> None:
    from bot.domain.plan import Start

    launch = a_step("Launch", to(100), phase=1, start=Start(offset=3 * DAY))
    phases = (Phase("Prepare", (a_step("Prepare"),)), Phase("Launch", (launch,), number=2))
    plan = replace(a_plan(), phases=phases, communication=(told("24h before phase Launch"),))
    (said,) = look(None, ready(plan), MONDAY)
    assert said.due_at == MONDAY + 2 * DAY
    assert untrue(said, ready(plan), named_kind=True) == ""
    assert "has begun" in untrue(
        said, settle(advance(ready(plan), MONDAY + 3 * DAY), MONDAY + 3 * DAY), named_kind=True
    )


def test_a_planned_start_is_announced_ahead_of_it_and_not_after_it() -> None:
    starts = MONDAY + 3 * DAY
    (said,) = before_start(communicating(told("T-24h"), told("started")), starts, "ana", MONDAY)
    assert said.due_at == starts - DAY
    assert untrue_of_plan(said, starts, starts - HOUR) == ""
    assert "has passed" in untrue_of_plan(said, starts, starts)
    assert untrue(said, ready(communicating()), named_kind=True) == "the rollout has started already"


def test_the_next_repetition_comes_after_now_however_long_nobody_looked() -> None:
    rollout = ready(communicating(told("every 4h")))
    (first,) = look(None, rollout, MONDAY)
    following = repeated(first, rollout, MONDAY + 30 * HOUR + MINUTE)
    assert following is not None
    assert following.due_at == MONDAY + 32 * HOUR
    assert repeated(first, abort(rollout, MONDAY), MONDAY + HOUR) is None


def test_upcoming_lists_every_moment_that_is_known_ahead() -> None:
    plan = communicating(told("T-24h"), told("each step"), told("every 24h"), told("completed +7d"), told("held"))
    found = [(at - MONDAY, it.when) for at, it in upcoming(plan, MONDAY)]
    assert found == [
        (-DAY, "T-24h"),
        (timedelta(0), "each step"),
        (DAY, "each step"),
        (DAY, "every 24h"),
        (2 * DAY, "each step"),
        (2 * DAY, "every 24h"),
        (10 * DAY, "completed +7d"),
    ]


def said_of(rollout: Rollout, occasion: Occasion, when: str, step: int = 0) -> Announcement:
    what = Happening(occasion, "k", MONDAY, step)
    plan = replace(rollout.plan, communication=(told(when),))
    return next(iter(announced_at(replace(rollout, plan=plan), what, MONDAY)))


def test_what_is_no_longer_true_says_why() -> None:
    first = ready(communicating())
    second = settle(advance(first, MONDAY + DAY), MONDAY + DAY)
    step = said_of(first, Occasion.STEP, "each step")
    assert untrue(step, first, named_kind=True) == ""
    assert untrue(step, second, named_kind=True) == "the rollout is at “50%” by now"
    # A text that somebody wrote of a step stays true until the step is taken back.
    assert untrue(step, second, named_kind=False) == ""
    later = said_of(second, Occasion.STEP, "each step", step=1)
    assert "went back" in untrue(later, back(second, MONDAY + DAY), named_kind=False)
    assert untrue(step, pause(first, MONDAY), named_kind=True) == "the rollout is paused"
    assert untrue(step, abort(first, MONDAY), named_kind=False) == "the rollout was aborted"
    held = said_of(first, Occasion.HELD, "held")
    assert untrue(held, first, named_kind=True) == "the rollout goes on"
    problem = said_of(first, Occasion.PROBLEM, "problem_reported")
    assert untrue(problem, first, named_kind=True, resolved=True) == "the problem is resolved"


def row(number: int, when: str, happened_at: datetime, **fields: object) -> Announcement:
    usual = {
        "key": f"k{number}",
        "subject": "rollout:7",
        "plan": "p",
        "to": ("team",),
        "say": "x",
        "created_at": MONDAY,
    }
    return Announcement(id=number, when=when, happened_at=happened_at, due_at=happened_at, **{**usual, **fields})  # type: ignore[arg-type]  # The fields are the test's to choose.


TEAM, USERS = Destination("local", "team"), Destination("local", "users")


def test_after_an_outage_a_place_hears_the_newest_alone() -> None:
    now = MONDAY + 26 * HOUR
    late = [
        (row(1, "each step", MONDAY), [TEAM]),
        (row(2, "every 4h", MONDAY + 4 * HOUR), [TEAM, USERS]),
        (row(3, "held", MONDAY + 5 * HOUR), [TEAM]),
    ]
    assert newest_only(late, now) == {1: (), 2: (USERS,), 3: (TEAM,)}


def test_what_is_on_time_is_all_said_but_for_what_merely_repeats_itself() -> None:
    on_time = [
        (row(1, "phase Slowly", MONDAY), [TEAM]),
        (row(2, "each step", MONDAY), [TEAM]),
        (row(3, "every 4h", MONDAY), [TEAM]),
    ]
    assert newest_only(on_time, MONDAY) == {1: (TEAM,), 2: (TEAM,), 3: ()}


def test_what_waited_for_the_quiet_hours_to_end_is_said_as_one() -> None:
    waited = [(row(n, "each step", MONDAY, state=AnnouncementState.WAITING), [TEAM]) for n in (1, 2)]
    assert newest_only(waited, MONDAY + MINUTE) == {1: (), 2: (TEAM,)}


def test_a_channel_hears_as_much_as_it_wants() -> None:
    heard = {
        level: [it for it in ("every 4h", "each step", "phase Slowly", "held") if row(1, it, MONDAY).heard_at(level)]
        for level in Verbosity
    }
    assert heard[Verbosity.EVERYTHING] == ["every 4h", "each step", "phase Slowly", "held"]
    assert heard[Verbosity.STEPS] == ["each step", "phase Slowly", "held"]
    assert heard[Verbosity.MILESTONES] == ["phase Slowly", "held"]


MOVES = st.lists(
    st.sampled_from(("advance", "pause", "resume", "back", "roll_back", "abort", "settle", "look")), max_size=25
)
EVERYTHING = tuple(
    told(it)
    for it in ("started", "each step", "each phase", "held", "paused", "resumed", "rolled_back", "aborted", "completed")
)


def moved(rollout: Rollout, move: str, now: datetime) -> Rollout:
    from bot.domain.errors import Refused

    moves = {
        "advance": lambda: advance(rollout, now, override=True),
        "pause": lambda: pause(rollout, now),
        "resume": lambda: resume(rollout, now),
        "back": lambda: back(rollout, now),
        "roll_back": lambda: roll_back(rollout, 1, now),
        "abort": lambda: abort(rollout, now),
        "settle": lambda: settle(rollout, now),
    }
    try:
        return moves[move]()
    except Refused:
        return rollout


@settings(max_examples=200, deadline=None)
@given(MOVES)
def test_on_any_course_nothing_is_told_twice_and_all_that_is_told_is_true(course: list[str]) -> None:
    rollout, seen, now = started(communicating(*EVERYTHING)), None, MONDAY
    keys: list[str] = []
    for move in [*course, "look"]:
        now += HOUR
        if move == "look":
            found = look(seen, rollout, now)
            seen = seen_of(rollout, seen, 0, now)
            assert [untrue(it, rollout, named_kind=True) for it in found if it.when != "started"] == [
                "" for it in found if it.when != "started"
            ]
            keys += [it.key for it in found]
        else:
            rollout = moved(rollout, move, now)
    assert len(keys) == len(set(keys))
    assert look(seen, rollout, now) == []
    assert ("rollout:7:announce:0:started" in keys) is True
    assert rollout.status is not Status.COMPLETED or any(":completed:" in it for it in keys)
