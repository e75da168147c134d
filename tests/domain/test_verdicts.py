"""What follows from judgements: guardrails first and from every state, gates next, and nothing from what is unknown."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.blockers import blockers
from bot.domain.condition_verdict import Verdict
from bot.domain.measuring import Measurement
from bot.domain.moves import pause, resume
from bot.domain.plan import Breach, Gate, Guardrail, Irreversible
from bot.domain.progress import proceed
from bot.domain.ramp import lower
from bot.domain.rollout import Rollout, Status
from bot.domain.verdicts import Happened, Round, act, judged
from tests.domain.judged_for_tests import GATE, RAIL, history, judged_rollout, measured, record, with_records
from tests.domain.plans_for_tests import FLAG, HOUR, MINUTE, MONDAY, a_plan, a_step, held, percent, settle, started, to

BROKEN = record(RAIL, Verdict.TRUE)
CONSEQUENCES = {
    Breach.ROLLBACK: Happened.ROLLED_BACK,
    Breach.BACK: Happened.WENT_BACK,
    Breach.HOLD: Happened.HELD,
    Breach.PAGE: Happened.PAGE,
}
SECOND = timedelta(seconds=1)


def in_status(rollout: Rollout, name: str) -> Rollout:
    match name:
        case "paused":
            return pause(rollout, MONDAY, "somebody wants to look")
        case "lowered":
            return settle(lower(rollout, FLAG, percent(30), MONDAY), MONDAY)
        case _:
            return rollout


# Guardrails


@pytest.mark.parametrize("status", ["running", "paused", "lowered"])
@pytest.mark.parametrize("then", [Breach.ROLLBACK, Breach.BACK, Breach.PAGE])
def test_a_broken_guardrail_does_what_it_says_from_every_state(then: Breach, status: str) -> None:
    rollout = with_records(in_status(judged_rollout(Guardrail(RAIL, then)), status), BROKEN)
    found = act(rollout, MONDAY)
    assert found.happened is CONSEQUENCES[then]
    assert found.because == f"guardrail {RAIL}: error_rate was measured"


def test_a_guardrail_that_holds_pauses_what_runs_and_leaves_alone_what_is_paused() -> None:
    running = with_records(judged_rollout(Guardrail(RAIL, Breach.HOLD)), BROKEN)
    found = act(running, MONDAY)
    assert (found.happened, found.rollout.status) == (Happened.HELD, Status.PAUSED)
    assert found.rollout.wanted == running.wanted
    assert act(found.rollout, MONDAY).happened is Happened.NOTHING


def test_a_rollback_switches_the_flags_as_level_1_says() -> None:
    found = act(with_records(judged_rollout(Guardrail(RAIL)), BROKEN), MONDAY)
    assert (found.rollout.status, found.rollout.level) == (Status.ROLLED_BACK, 1)
    assert held(found.rollout).startswith("off")


def test_one_step_back_waits_there() -> None:
    found = act(with_records(judged_rollout(Guardrail(RAIL, Breach.BACK)), BROKEN), MONDAY)
    assert (found.rollout.step, found.rollout.status, held(found.rollout)) == (0, Status.PAUSED, "10%")


def test_at_the_first_step_and_behind_what_cannot_be_undone_one_step_back_is_a_hold() -> None:
    rail = Guardrail(RAIL, Breach.BACK)
    first = settle(started(a_plan(a_step("10%", to(10), guardrails=(rail,)), a_step())), MONDAY)
    stuck = a_plan(a_step(), a_step("Gone", guardrails=(rail,), irreversible=Irreversible("The table")))
    behind = settle(replace(started(stuck), step=1), MONDAY)
    for rollout in (first, behind):
        found = act(with_records(rollout, BROKEN), MONDAY)
        assert (found.happened, found.rollout.status) == (Happened.HELD, Status.PAUSED)
        assert found.rollout.step == rollout.step


def test_a_page_is_raised_once() -> None:
    rollout = with_records(judged_rollout(Guardrail(RAIL, Breach.PAGE)), BROKEN)
    found = act(rollout, MONDAY)
    assert (found.happened, found.rollout.status, found.rollout.wanted) == (
        Happened.PAGE,
        Status.RUNNING,
        rollout.wanted,
    )
    assert act(found.rollout, MONDAY + MINUTE).happened is Happened.NOTHING


@pytest.mark.parametrize("milder", [Breach.PAGE, Breach.HOLD, Breach.BACK])
def test_of_several_broken_guardrails_the_one_that_leads_furthest_back_is_acted_on(milder: Breach) -> None:
    rails = (Guardrail("p95 > 1s", milder), Guardrail(RAIL))
    found = act(with_records(judged_rollout(*rails), record("p95 > 1s"), BROKEN), MONDAY)
    assert found.happened is Happened.ROLLED_BACK


def test_a_guardrail_comes_before_a_failed_gate() -> None:
    rollout = judged_rollout(Guardrail(RAIL), gates=(Gate(GATE),))
    failed = record(GATE, Verdict.FALSE, failures=9)
    assert act(with_records(rollout, failed, BROKEN), MONDAY).happened is Happened.ROLLED_BACK


STATUSES = st.sampled_from(["running", "paused", "lowered"])


@given(STATUSES, st.sampled_from(Breach), st.sampled_from(Verdict), st.integers(0, 9), st.integers(0, 9))
def test_nothing_unknown_and_no_error_ever_moves_a_rollout_back(
    status: str, then: Breach, verdict: Verdict, errors: int, blanks: int
) -> None:
    rollout = in_status(judged_rollout(Guardrail(RAIL, then)), status)
    found = act(with_records(rollout, record(RAIL, verdict, errors=errors, blanks=blanks)), MONDAY)
    if verdict is Verdict.TRUE and not errors:
        expected = Happened.NOTHING if then is Breach.HOLD and status != "running" else CONSEQUENCES[then]
        assert found.happened is expected or (expected is Happened.NOTHING and found.happened is Happened.BLIND)
    else:
        assert found.rollout.wanted == rollout.wanted
        assert (found.rollout.status, found.rollout.step) == (rollout.status, rollout.step)
        assert found.happened in {Happened.NOTHING, Happened.BLIND}


# Gates


def test_a_failed_gate_holds_the_rollout_with_its_value() -> None:
    rollout = with_records(judged_rollout(gates=(Gate(GATE),)), record(GATE, Verdict.FALSE, failures=1))
    found = act(rollout, MONDAY)
    assert (found.happened, found.rollout.status) == (Happened.HELD, Status.PAUSED)
    assert found.because == "the gate failed once: error_rate was measured"
    assert act(found.rollout, MONDAY).happened is Happened.NOTHING


def test_a_gate_that_was_resumed_begins_anew() -> None:
    rollout = with_records(judged_rollout(gates=(Gate(GATE),)), record(GATE, Verdict.FALSE, failures=1))
    resumed = resume(act(rollout, MONDAY).rollout, MONDAY + HOUR)
    assert act(resumed, MONDAY + HOUR).happened is Happened.NOTHING


@given(st.sampled_from(Verdict), st.integers(0, 6), st.integers(0, 9), st.integers(0, 3), st.integers(0, 400))
def test_a_rollout_advances_only_when_its_gate_is_known_to_hold(
    verdict: Verdict, failures: int, errors: int, allowed: int, age: int
) -> None:
    rollout = judged_rollout(gates=(Gate(GATE, max_failures=allowed),))
    known = with_records(rollout, record(GATE, verdict, failures=failures, errors=errors))
    now = MONDAY + age * SECOND
    free = not blockers(known, now)
    assert free is (verdict is Verdict.TRUE and failures <= allowed and errors <= 4 and age <= 120)
    assert proceed(known, now).ready is free


# Judging in rounds


def test_each_condition_is_judged_in_its_own_interval() -> None:
    rollout = judged_rollout(Guardrail(RAIL, interval=MINUTE), gates=(Gate(GATE, interval=5 * MINUTE),))
    known = with_records(rollout, record(GATE, successes=1), record(RAIL, Verdict.FALSE, failures=1))
    later = judged(known, history(*measured(0.1), now=MONDAY + MINUTE), Round(), MONDAY + MINUTE)
    assert [it.successes + it.failures for it in later.judging.records] == [1, 2]
    assert later.measure_at == MONDAY + 2 * MINUTE
    much_later = judged(later, history(*measured(0.1), now=MONDAY + 5 * MINUTE), Round(), MONDAY + 5 * MINUTE)
    assert [it.at for it in much_later.judging.records] == [MONDAY + 5 * MINUTE] * 2


def test_a_breach_that_is_seen_before_its_turn_trips_at_once() -> None:
    rollout = judged_rollout(Guardrail(RAIL, interval=HOUR), gates=(Gate("p95 < 500ms"),))
    known = with_records(rollout, record(RAIL, Verdict.FALSE))
    later = MONDAY + MINUTE
    well = judged(known, history(*measured(0.1), now=later), Round(), later)
    assert well.judging.record_of(RAIL) == known.judging.record_of(RAIL)
    broken = judged(known, history(*measured(2.0, until=later), now=later), Round(), later)
    assert act(broken, later).happened is Happened.ROLLED_BACK


@pytest.mark.parametrize("value", [0.7, None])
def test_a_gate_that_is_seen_broken_before_its_turn_holds_no_more_and_has_not_failed(value: float | None) -> None:
    rollout = judged_rollout(gates=(Gate(GATE, interval=10 * MINUTE),))
    known = with_records(rollout, record(GATE, successes=1))
    assert not blockers(known, MONDAY)
    later = MONDAY + MINUTE
    seen = judged(known, history(*measured(value, until=later), now=later), Round(), later)
    assert [it.kind for it in blockers(seen, later)] == ["gate"]
    found = seen.judging.records[0]
    assert (found.at, found.successes, found.failures, found.inconclusive) == (MONDAY, 1, 0, 0)
    again = MONDAY + 2 * MINUTE
    better = judged(seen, history(*measured(0.1, until=again), now=again), Round(), again)
    assert better.judging.records == seen.judging.records
    in_turn = MONDAY + 10 * MINUTE
    good = judged(better, history(*measured(0.1, until=in_turn), now=in_turn), Round(), in_turn)
    assert not blockers(good, in_turn)


def test_an_error_before_its_turn_is_counted_and_asked_again_soon() -> None:
    rollout = with_records(judged_rollout(gates=(Gate(GATE, interval=HOUR),)), record(GATE, successes=1))
    later = MONDAY + MINUTE
    failed = judged(rollout, history(now=later), Round(("error_rate",)), later)
    assert (failed.judging.records[0].errors, failed.measure_at) == (1, later + 10 * SECOND)
    assert [it.kind for it in blockers(failed, later)] == ["gate"]


def test_after_an_error_the_metric_is_asked_again_in_ten_seconds() -> None:
    rollout = judged_rollout(gates=(Gate(GATE, interval=5 * MINUTE),))
    failed = judged(rollout, history(), Round(("error_rate",)), MONDAY)
    assert failed.measure_at == MONDAY + 10 * SECOND
    again = judged(failed, history(*measured(0.1), now=MONDAY + 10 * SECOND), Round(), MONDAY + 10 * SECOND)
    assert again.judging.records[0].verdict is Verdict.TRUE
    assert again.measure_at == MONDAY + 10 * SECOND + 5 * MINUTE


def test_what_people_report_is_judged_at_once() -> None:
    rail = Guardrail("problems >= 1 within 1h", interval=HOUR)
    rollout = with_records(judged_rollout(rail), record(rail.condition, Verdict.FALSE, at=MONDAY))
    now = MONDAY + MINUTE
    quiet = judged(rollout, history(now=now, kept=("problems",)), Round(), now)
    assert quiet.judging.records[0].at == MONDAY
    reported = history(Measurement("problems", now, 1.0), now=now, kept=("problems",))
    assert act(judged(rollout, reported, Round(), now), now).happened is Happened.ROLLED_BACK


# Losing sight, and seeing again


def test_after_five_blank_rounds_it_is_said_once_and_once_more_when_everything_answers() -> None:
    rollout = judged_rollout(Guardrail(RAIL))
    happened = []
    for blanks in (4, 5, 6, 7, 0, 0):
        seen = record(RAIL, Verdict.UNKNOWN if blanks else Verdict.FALSE, blanks=blanks, errors=blanks)
        found = act(with_records(rollout, seen), MONDAY)
        rollout = found.rollout
        happened.append(found.happened)
    nothing = Happened.NOTHING
    assert happened == [nothing, Happened.BLIND, nothing, nothing, Happened.SEES_AGAIN, nothing]


def test_who_was_told_that_nothing_is_measured_is_told_of_its_end_also_after_a_pause() -> None:
    rollout = act(
        with_records(judged_rollout(Guardrail(RAIL)), record(RAIL, Verdict.UNKNOWN, blanks=5)), MONDAY
    ).rollout
    resumed = resume(pause(rollout, MONDAY), MONDAY + HOUR)
    still = with_records(resumed, record(RAIL, Verdict.UNKNOWN, blanks=5, at=MONDAY + HOUR))
    assert act(still, MONDAY + HOUR).happened is Happened.NOTHING
    seen = with_records(resumed, record(RAIL, Verdict.FALSE, at=MONDAY + HOUR))
    assert act(seen, MONDAY + HOUR).happened is Happened.SEES_AGAIN


def test_a_condition_waits_for_its_own_series_and_for_no_other() -> None:
    rollout = judged_rollout(Guardrail("p95 > 1s"), gates=(Gate(GATE),))
    first = judged(rollout, history(*measured(0.1)), Round(waiting=frozenset({"p95"})), MONDAY)
    assert [it.condition for it in first.judging.records] == [GATE]
    second = judged(first, history(*measured(0.1)), Round(("p95",), fresh=frozenset({"p95"})), MONDAY)
    assert [(it.condition, it.successes, it.errors) for it in second.judging.records] == [
        (GATE, 1, 0),
        ("p95 > 1s", 0, 1),
    ]
