"""Judging: what counts as a measurement, when a gate holds or has failed, and how long what was measured is true."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.condition_verdict import Verdict
from bot.domain.gate import GateRecord, Standing
from bot.domain.measuring import (
    Measurement,
    baselines_in,
    breached,
    interval_of,
    judge,
    longest_window,
    measured_in,
    series_in,
    standing,
)
from bot.domain.moves import advance, pause, resume
from bot.domain.plan import Gate, Guardrail
from tests.domain.judged_for_tests import GATE, history, judged_rollout, measured, record, with_records
from tests.domain.plans_for_tests import HOUR, MINUTE, MONDAY, a_plan, a_step

SECOND = timedelta(seconds=1)
VERDICTS = st.sampled_from(Verdict)


def judged(text: str, *measurements: Measurement, least: int = 0) -> GateRecord:
    return judge(text, None, history(*measurements), (), least)


# One measurement


@pytest.mark.parametrize(
    ("value", "verdict", "counts"),
    [
        (0.49, Verdict.TRUE, (1, 0, 0)),
        (0.5, Verdict.FALSE, (0, 1, 0)),
        (None, Verdict.UNKNOWN, (0, 0, 1)),
        (float("nan"), Verdict.UNKNOWN, (0, 0, 1)),
        (float("inf"), Verdict.UNKNOWN, (0, 0, 1)),
    ],
)
def test_a_measurement_is_a_success_a_failure_or_inconclusive(
    value: float | None, verdict: Verdict, counts: tuple[int, int, int]
) -> None:
    found = judged(GATE, *measured(value))
    assert found.verdict is verdict
    assert (found.successes, found.failures, found.inconclusive) == counts
    assert found.errors == 0


def test_an_error_is_no_measurement_and_is_counted_in_a_row() -> None:
    known = record(successes=3, failures=1, inconclusive=2, errors=2, blanks=2)
    found = judge(GATE, known, history(*measured(0.1)), ("error_rate",))
    assert (found.successes, found.failures, found.inconclusive) == (3, 1, 2)
    assert (found.errors, found.blanks, found.verdict) == (3, 3, Verdict.UNKNOWN)
    assert "error_rate could not be asked" in found.reason


def test_the_errors_of_another_metric_are_not_this_gates() -> None:
    found = judge(GATE, None, history(*measured(0.1)), ("p95", "canary.error_rate"))
    assert (found.verdict, found.errors) == (Verdict.TRUE, 0)


def test_a_measurement_ends_the_errors_in_a_row() -> None:
    found = judge(GATE, record(errors=4, blanks=4), history(*measured(0.1)), ())
    assert (found.errors, found.blanks) == (0, 0)


def test_no_data_counts_as_a_blank_round_and_not_as_an_error() -> None:
    found = judge(GATE, record(blanks=1), history(*measured(None)), ())
    assert (found.errors, found.blanks) == (0, 2)


def test_a_window_that_is_still_filling_is_no_blank_round() -> None:
    found = judged("error_rate < 0.5% for 10m", *measured(0.1, 0.1, 0.1))
    assert (found.verdict, found.blanks) == (Verdict.UNKNOWN, 0)
    assert "has been measured for 2 minutes of the 10 minutes" in found.reason


def test_a_gap_that_a_window_still_holds_is_no_blank_round_once_there_are_values_again() -> None:
    gate = "error_rate < 0.5% for 5m"
    healed = judged(gate, *measured(0.1, 0.1, None, 0.1, 0.1, 0.1))
    assert (healed.verdict, healed.blanks) == (Verdict.UNKNOWN, 0)
    assert judged(gate, *measured(0.1, 0.1, 0.1, 0.1, 0.1, None)).blanks == 1
    assert judged("error_rate < baseline * 2 for 5m", *measured(*[0.1] * 6)).blanks == 1


def test_dividing_by_nothing_is_inconclusive_with_the_reason() -> None:
    found = judged("errors / requests < 1%", *measured(1, series="errors"), *measured(0, series="requests"))
    assert found.verdict is Verdict.UNKNOWN
    assert "divides by zero" in found.reason


def test_what_was_compared_is_said_with_its_values() -> None:
    assert judged(GATE, *measured(0.42)).says == "error_rate 0.42% < 0.5%"


# Freshness and windows


def test_a_value_is_fresh_for_two_intervals() -> None:
    old = measured(0.1, until=MONDAY - 2 * MINUTE)
    assert judged(GATE, *old).verdict is Verdict.TRUE
    assert judge(GATE, None, history(*old, now=MONDAY + SECOND), ()).verdict is Verdict.UNKNOWN


def test_a_value_from_before_the_step_is_not_judged() -> None:
    value = measured(0.1)
    assert judge(GATE, None, history(*value, since=MONDAY), ()).verdict is Verdict.TRUE
    assert judge(GATE, None, history(*value, since=MONDAY + SECOND, now=MONDAY + SECOND), ()).verdict is Verdict.UNKNOWN


def test_for_asks_that_it_held_all_the_time_and_one_value_is_enough_to_deny_it() -> None:
    gate = "error_rate < 0.5% for 5m"
    assert judged(gate, *measured(*[0.1] * 6)).verdict is Verdict.TRUE
    assert judged(gate, *measured(0.1, 0.1, 0.9, 0.1, 0.1, 0.1)).verdict is Verdict.FALSE
    assert judged(gate, *measured(0.9, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1)).verdict is Verdict.TRUE
    assert judged(gate, *measured(*[0.1] * 3)).verdict is Verdict.UNKNOWN


def test_a_window_does_not_reach_back_to_before_the_step() -> None:
    values = measured(*[0.1] * 6)
    found = judge("error_rate < 0.5% for 5m", None, history(*values, since=MONDAY - 3 * MINUTE), ())
    assert found.verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(("reported", "verdict"), [(2, Verdict.FALSE), (3, Verdict.TRUE)])
def test_events_within_a_time_are_counted(reported: int, verdict: Verdict) -> None:
    inside = [Measurement("problems", MONDAY - MINUTE * (number + 1), 1.0) for number in range(reported)]
    before = [Measurement("problems", MONDAY - HOUR - SECOND, 1.0)] * 5
    known = history(*before, *inside, kept=("problems",))
    assert judge("problems >= 3 within 1h", None, known, ()).verdict is verdict


def test_events_are_counted_for_the_step_and_within_a_time_across_steps() -> None:
    problems = [Measurement("problems", MONDAY - MINUTE, 1.0)] * 5
    known = history(*problems, kept=("problems",), since=MONDAY - SECOND)
    assert judge("problems >= 3", None, known, ()).verdict is Verdict.FALSE
    assert judge("problems >= 3 within 1h", None, known, ()).verdict is Verdict.TRUE


def test_events_that_have_had_their_consequence_are_not_counted_again() -> None:
    problems = [Measurement("problems", MONDAY - MINUTE * number, 1.0) for number in range(4)]
    known = replace(history(*problems, kept=("problems",)), counted_from=MONDAY - MINUTE)
    assert judge("problems == 1 within 1h", None, known, ()).verdict is Verdict.TRUE


def test_measured_counts_from_before_the_step_are_not_added_up() -> None:
    known = history(*measured(1, 2, 3, series="crashes"), since=MONDAY - SECOND)
    assert judge("crashes == 3 within 1h", None, known, ()).verdict is Verdict.TRUE


def test_where_nobody_reported_a_problem_there_are_none() -> None:
    known = history(kept=("problems",))
    assert judge("problems == 0", None, known, ()).verdict is Verdict.TRUE
    assert judge("problems == 0 within 1h", None, known, ()).verdict is Verdict.TRUE


def test_measured_counts_within_a_time_are_added_up() -> None:
    values = measured(1, 2, 3, None, series="crashes")
    assert judge("crashes == 6 within 1h", None, history(*values), ()).verdict is Verdict.TRUE
    assert judge("crashes == 3 within 90s", None, history(*values), ()).verdict is Verdict.TRUE
    assert judge("crashes == 0 within 1h", None, history(), ()).verdict is Verdict.UNKNOWN


# Baselines and cohorts


def test_a_gate_may_compare_with_the_time_before() -> None:
    text = "error_rate <= baseline * 1.1"
    assert judge(text, None, history(*measured(0.54), baselines={"error_rate": 0.5}), ()).verdict is Verdict.TRUE
    assert judge(text, None, history(*measured(0.56), baselines={"error_rate": 0.5}), ()).verdict is Verdict.FALSE
    missing = judge(text, None, history(*measured(0.56)), ())
    assert (missing.verdict, missing.reason) == (Verdict.UNKNOWN, "the baseline of error_rate has no value")


def test_cohorts_are_series_of_their_own() -> None:
    text = "canary.error_rate <= control.error_rate * 1.5"
    canary, control = measured(0.6, series="canary.error_rate"), measured(0.4, series="control.error_rate")
    assert judge(text, None, history(*canary, *control), ()).verdict is Verdict.TRUE
    assert (
        judge(text, None, history(*canary, *measured(0.39, series="control.error_rate")), ()).verdict is Verdict.FALSE
    )
    assert judge(text, None, history(*canary, *measured(0.4)), ()).verdict is Verdict.UNKNOWN
    assert judge(text, None, history(*canary, *control), ("control.error_rate",)).errors == 1


# Least numbers of samples


def test_a_gate_that_holds_on_too_few_samples_is_not_known_to_hold() -> None:
    def on(samples: int | None, value: float = 0.1) -> GateRecord:
        return judged(GATE, Measurement("error_rate", MONDAY, value, samples), least=100)

    assert on(100).verdict is Verdict.TRUE
    assert (on(99).verdict, on(99).inconclusive, on(99).reason) == (
        Verdict.UNKNOWN,
        1,
        "it rests on 99 of at least 100 samples",
    )
    assert on(99, value=0.9).verdict is Verdict.FALSE


def test_where_the_source_cannot_tell_the_samples_measurements_are_counted() -> None:
    assert judged(GATE, *measured(0.1, None, 0.1), least=3).verdict is Verdict.UNKNOWN
    assert judged(GATE, *measured(0.1, 0.1, 0.1), least=3).verdict is Verdict.TRUE


# Standings


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (None, Standing.UNKNOWN),
        (record(), Standing.HOLDS),
        (record(verdict=Verdict.UNKNOWN), Standing.UNKNOWN),
        (record(verdict=Verdict.FALSE, failures=2), Standing.NOT_YET),
        (record(verdict=Verdict.TRUE, failures=2), Standing.HOLDS),
        (record(verdict=Verdict.FALSE, failures=3), Standing.FAILED),
        (record(verdict=Verdict.TRUE, failures=3), Standing.FAILED),
        (record(verdict=Verdict.UNKNOWN, failures=3, inconclusive=9), Standing.FAILED),
        (record(verdict=Verdict.UNKNOWN, failures=3, errors=9), Standing.FAILED),
        (record(verdict=Verdict.UNKNOWN, failures=2, errors=4), Standing.UNKNOWN),
        (record(verdict=Verdict.UNKNOWN, failures=2, errors=5), Standing.ERROR),
        (record(verdict=Verdict.UNKNOWN, inconclusive=99), Standing.UNKNOWN),
    ],
)
def test_failed_comes_before_in_error_and_that_before_unknown_and_two_failures_allowed_fail_on_the_third(
    found: GateRecord | None, expected: Standing
) -> None:
    assert standing(Gate(GATE, max_failures=2), found, MONDAY) is expected


def test_without_allowed_failures_the_first_one_fails() -> None:
    assert standing(Gate(GATE), record(verdict=Verdict.FALSE, failures=1), MONDAY) is Standing.FAILED


def test_a_judgement_holds_for_two_intervals() -> None:
    gate = Gate(GATE, interval=MINUTE)
    assert standing(gate, record(), MONDAY + 2 * MINUTE) is Standing.HOLDS
    assert standing(gate, record(), MONDAY + 2 * MINUTE + SECOND) is Standing.UNKNOWN
    assert standing(gate, record(verdict=Verdict.FALSE, failures=1), MONDAY + HOUR) is Standing.FAILED


@given(VERDICTS, st.integers(0, 9), st.integers(0, 9), st.integers(0, 3), st.integers(0, 300))
def test_only_a_true_and_fresh_judgement_with_few_failures_holds(
    verdict: Verdict, failures: int, errors: int, allowed: int, age: int
) -> None:
    gate = Gate(GATE, max_failures=allowed)
    found = standing(gate, record(verdict=verdict, failures=failures, errors=errors), MONDAY + age * SECOND)
    if found is Standing.HOLDS:
        assert verdict is Verdict.TRUE
        assert failures <= allowed
        assert age <= 120


@given(VERDICTS, st.integers(0, 9), st.integers(0, 9))
def test_a_guardrail_is_broken_by_a_measurement_and_never_by_an_error(
    verdict: Verdict, errors: int, inconclusive: int
) -> None:
    found = record("error_rate > 1%", verdict, errors=errors, inconclusive=inconclusive)
    assert breached(Guardrail("error_rate > 1%"), found) is (verdict is Verdict.TRUE and not errors)
    assert not breached(Guardrail("p95 > 1s"), found)


def test_a_guardrail_that_was_not_judged_is_not_broken() -> None:
    assert not breached(Guardrail("error_rate > 1%"), None)


# Beginning anew


def test_arriving_and_resuming_forget_what_was_judged() -> None:
    rollout = with_records(judged_rollout(gates=(Gate(GATE),)), record(failures=1))
    assert resume(pause(rollout, MONDAY), MONDAY + HOUR).judging.records == ()
    assert resume(pause(rollout, MONDAY), MONDAY + HOUR).judging.since == MONDAY + HOUR
    assert advance(rollout, MONDAY, override=True).judging.records == ()


# What a step wants measured


def test_a_step_knows_what_it_reads_how_often_and_how_far_back() -> None:
    step = a_step(
        gates=(Gate("error_rate < 1% and canary.p95 < control.p95", interval=5 * MINUTE),),
        guardrails=(Guardrail("problems >= 3 within 1h"), Guardrail("error_rate > baseline * 2 for 10m")),
    )
    plan = a_plan(a_step(), step)
    assert series_in(step) == ("error_rate", "canary.p95", "control.p95", "problems")
    assert measured_in(plan) == series_in(step)
    assert baselines_in(plan) == ("error_rate",)
    assert (interval_of(step), longest_window(step)) == (MINUTE, HOUR)
    assert (interval_of(a_step()), longest_window(a_step())) == (None, timedelta(0))
