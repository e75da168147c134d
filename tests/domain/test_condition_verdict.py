"""Conditions are true, false or unknown: never true or false by a missing value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Self

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.condition import Comparison, MetricRef, Quantity, Relation
from bot.domain.condition_syntax import parse_condition
from bot.domain.condition_verdict import Judgement, Verdict, evaluate
from bot.domain.sampling import Sample

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
NAN, INFINITE = float("nan"), float("inf")


@dataclass
class Measured:
    """Readings from plain numbers: `values` are the latest, `series` pairs of age in seconds and value."""

    values: Mapping[str, float | None] = field(default_factory=dict)
    baselines: Mapping[str, float | None] = field(default_factory=dict)
    counts: Mapping[tuple[str, timedelta], float | None] = field(default_factory=dict)
    series: Mapping[str, Sequence[tuple[float, float | None]]] = field(default_factory=dict)
    now: datetime = NOON
    interval: timedelta = MINUTE

    def latest(self: Self, metric: MetricRef) -> Sample | None:
        return Sample(self.now, self.values[str(metric)]) if str(metric) in self.values else None

    def window(self, metric: MetricRef, length: timedelta) -> tuple[Sample, ...]:
        oldest_first = sorted(self.series.get(str(metric), ()), key=lambda pair: -pair[0])
        return tuple(Sample(self.now - timedelta(seconds=age), value) for age, value in oldest_first)

    def baseline(self, metric: str) -> float | None:
        return self.baselines.get(metric)

    def count(self, metric: MetricRef, length: timedelta) -> float | None:
        return self.counts.get((str(metric), length))


def judge(text: str, readings: Measured) -> Judgement:
    return evaluate(parse_condition(text), readings)


def every_minute(*values: float | None) -> list[tuple[float, float | None]]:
    """A series whose last value was measured now, and each earlier one a minute before."""
    return [(60.0 * age, value) for age, value in enumerate(reversed(values))]


@pytest.mark.parametrize(
    ("text", "values", "verdict"),
    [
        ("error_rate < 0.5%", {"error_rate": 0.42}, "true"),
        ("error_rate < 0.5%", {"error_rate": 0.5}, "false"),
        ("error_rate <= 0.5%", {"error_rate": 0.5}, "true"),
        ("error_rate > 1%", {"error_rate": 1.01}, "true"),
        ("error_rate >= 1%", {"error_rate": 1}, "true"),
        ("bugs == 0", {"bugs": 0}, "true"),
        ("bugs != 0", {"bugs": 0}, "false"),
        ("p95 < 500ms", {"p95": 0.4999}, "true"),
        ("p95 < 1m30s", {"p95": 90}, "false"),
        ("tickets < 10/day", {"tickets": 10 / 1440}, "false"),
        ("tickets <= 10/day", {"tickets": 10 / 1440}, "true"),
        ("calls <= 2/s", {"calls": 120}, "true"),
        ("a + b <= 0.3", {"a": 0.1, "b": 0.2}, "true"),
        ("a >= 0.3", {"a": 0.1 + 0.2}, "true"),
        ("a <= 0.3", {"a": 0.1 + 0.2}, "true"),
        ("a / b > 0.5", {"a": 3, "b": 4}, "true"),
        ("canary.e <= control.e * 1.5", {"canary.e": 3, "control.e": 2}, "true"),
        ("canary.e <= control.e * 1.5", {"canary.e": 3.001, "control.e": 2}, "false"),
    ],
)
def test_a_comparison_is_exact_at_its_boundary(text: str, values: dict[str, float], verdict: str) -> None:
    assert judge(text, Measured(values)).verdict == verdict


@pytest.mark.parametrize(
    ("text", "values", "reason"),
    [
        ("a < 1", {}, "a has no value"),
        ("a < 1", {"a": None}, "a has no value"),
        ("a < 1", {"a": NAN}, "a is not a number"),
        ("a > 1", {"a": INFINITE}, "a is not a number"),
        ("a <= baseline", {"a": 1}, "the baseline of a has no value"),
        ("a / b < 1", {"a": 1, "b": 0}, "a / b divides by zero, because b is 0"),
        ("a / (b - 1) < 1", {"a": 1, "b": 1}, "a / (b - 1) divides by zero, because b - 1 is 0"),
        ("a > 1 within 1h", {"a": 5}, "a has no value"),
        ("canary.a > 1", {"a": 5}, "canary.a has no value"),
    ],
)
def test_a_value_that_cannot_be_read_is_unknown_with_a_reason(text: str, values: dict[str, float], reason: str) -> None:
    judgement = judge(text, Measured(values))
    assert (judgement.verdict, judgement.reasons) == (Verdict.UNKNOWN, (reason,))


def test_a_gate_may_be_relative_to_the_value_before_the_rollout() -> None:
    readings = Measured({"error_rate": 0.44}, baselines={"error_rate": 0.4})
    assert judge("error_rate <= baseline * 1.1", readings).verdict is Verdict.TRUE
    assert judge("error_rate <= baseline", readings).verdict is Verdict.FALSE
    assert judge("error_rate - baseline <= 0.04%", readings).verdict is Verdict.TRUE


def test_a_count_within_a_window_is_compared() -> None:
    readings = Measured(counts={("problems", timedelta(hours=1)): 3})
    assert judge("problems >= 3 within 1h", readings).verdict is Verdict.TRUE
    assert judge("problems >= 4 within 1h", readings).verdict is Verdict.FALSE


VALUE_OF = {Verdict.TRUE: 1.0, Verdict.FALSE: 0.0, Verdict.UNKNOWN: None}
T, F, U = Verdict.TRUE, Verdict.FALSE, Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("left", "right", "both", "either"),
    [
        (T, T, T, T), (T, F, F, T), (T, U, U, T),
        (F, T, F, T), (F, F, F, F), (F, U, F, U),
        (U, T, U, T), (U, F, F, U), (U, U, U, U),
    ],
)  # fmt: skip
def test_verdicts_join_as_kleene_has_it(left: Verdict, right: Verdict, both: Verdict, either: Verdict) -> None:
    readings = Measured({"a": VALUE_OF[left], "b": VALUE_OF[right]})
    assert judge("a == 1 and b == 1", readings).verdict is both
    assert judge("a == 1 or b == 1", readings).verdict is either


@pytest.mark.parametrize(("part", "opposite"), [(T, F), (F, T), (U, U)])
def test_not_turns_true_and_false_and_leaves_unknown(part: Verdict, opposite: Verdict) -> None:
    assert judge("not a == 1", Measured({"a": VALUE_OF[part]})).verdict is opposite


def test_every_comparison_is_made_and_kept_with_its_values() -> None:
    judgement = judge("a > 5 and (b < 1s or c > 1)", Measured({"a": 1, "b": 0.25}))
    assert [(str(one.comparison), one.verdict, one.left, one.right) for one in judgement.comparisons] == [
        ("a > 5", F, Decimal(1), Decimal(5)),
        ("b < 1s", T, Decimal("0.25"), Decimal(1)),
        ("c > 1", U, None, None),
    ]


@pytest.mark.parametrize(
    ("series", "verdict", "reason"),
    [
        (every_minute(2, 2, 2, 2, 2, 2), T, ""),
        (every_minute(0, 2, 2, 2, 2, 2, 2), T, ""),
        (every_minute(0, 2, 2, 2, 2, 2), F, ""),
        (every_minute(2, 2, 0, 2, 2, 2), F, ""),
        (every_minute(2, 2, 2, 2, 2, 0), F, ""),
        (every_minute(0, 2), F, ""),
        (every_minute(2, 2, 2, 2, 2), U, "e has been measured for 4 minutes of the 5 minutes asked for"),
        (every_minute(2), U, "e has been measured for 0 seconds of the 5 minutes asked for"),
        (every_minute(2, 2, None, 2, 2, 2), U, "e has no value"),
        (every_minute(2, 2, NAN, 2, 2, 2), U, "e is not a number"),
        (every_minute(2, 0, NAN, 2, 2, 2), F, ""),
        ([], U, "e is not being measured at the moment"),
        ([(300, 2), (240, 2), (180, 2)], U, "e is not being measured at the moment"),
        ([(300, 2), (240, 2), (60, 2), (0, 2)], U, "e was not measured for 3 minutes of the 5 minutes asked for"),
        ([(300, 2), (180, 2), (60, 2)], T, ""),
        ([(599, 2), (60, 2), (0, 2)], U, "e was not measured for 8 minutes 59 seconds of the 5 minutes asked for"),
        # Measurements are never on the second: half an interval after the start still covers it.
        ([(299.5, 2), (239.7, 2), (179.9, 2), (120.1, 2), (60.2, 2), (0.3, 2)], T, ""),
        # The last one before the window tells how things stood when it began.
        ([(300.4, 2), (240.4, 2), (180.4, 2), (120.4, 2), (60.4, 2), (0.4, 2)], T, ""),
        ([(300.4, 0), (240.4, 2), (180.4, 2), (120.4, 2), (60.4, 2), (0.4, 2)], F, ""),
    ],
)
def test_for_holds_only_over_a_window_that_is_covered(
    series: list[tuple[float, float | None]], verdict: Verdict, reason: str
) -> None:
    judgement = judge("e > 1% for 5m", Measured(series={"e": series}))
    assert (judgement.verdict, " ".join(judgement.reasons)) == (verdict, reason)


def test_a_window_shorter_than_the_interval_is_covered_by_the_sample_before_it() -> None:
    assert judge("e > 1% for 30s", Measured(series={"e": every_minute(2, 2)})).verdict is T
    assert judge("e > 1% for 30s", Measured(series={"e": every_minute(0, 2)})).verdict is F


def test_a_sample_from_after_the_judgement_is_not_seen() -> None:
    series = [(-60.0, 0.0), *every_minute(2, 2, 2, 2, 2, 2)]
    assert judge("e > 1% for 5m", Measured(series={"e": series})).verdict is T


def test_a_window_over_two_series_compares_what_was_known_at_each_moment() -> None:
    control = [(age + 20, 2.0) for age, _ in every_minute(*range(8))]
    good = Measured(series={"canary.e": every_minute(*[3.0] * 8), "control.e": control})
    assert judge("canary.e <= control.e * 1.5 for 5m", good).verdict is T
    bad = Measured(series={"canary.e": every_minute(3, 3, 3, 3, 3, 3.1, 3, 3), "control.e": control})
    assert judge("canary.e <= control.e * 1.5 for 5m", bad).verdict is F


def test_a_series_that_stopped_leaves_the_other_one_without_an_answer() -> None:
    stopped = [(age, value) for age, value in every_minute(*[2.0] * 8) if age > 180]
    readings = Measured(series={"canary.e": every_minute(*[3.0] * 8), "control.e": stopped})
    judgement = judge("canary.e <= control.e * 1.5 for 5m", readings)
    assert (judgement.verdict, judgement.reasons) == (U, ("control.e has no value",))


def test_the_sample_that_broke_the_window_is_the_one_shown() -> None:
    readings = Measured(series={"e": every_minute(0.1, 0.2, 0.9, 0.3, 0.2, 0.1)})
    (judged,) = judge("e < 0.5% for 5m", readings).comparisons
    assert (judged.verdict, judged.left, judged.at) == (F, Decimal("0.9"), NOON - 3 * MINUTE)


numbers = st.none() | st.floats() | st.integers(min_value=-(10**30), max_value=10**30)


@given(numbers, numbers, numbers)
def test_no_reading_makes_anything_but_a_verdict(
    first: float | None, second: float | None, baseline: float | None
) -> None:
    readings = Measured({"a": first, "b": second}, {"a": baseline}, series={"a": every_minute(first, second)})
    judgement = judge("a / b > 1 or a * a - b < 5 or a <= baseline / 3 or a > 1 for 1m", readings)
    for judged in judgement.comparisons:
        assert (judged.verdict is U) == bool(judged.reason)


@given(st.sampled_from(Relation), st.floats(allow_nan=False, allow_infinity=False), st.integers(-9, 9))
def test_a_relation_and_its_opposite_never_agree(relation: Relation, value: float, limit: int) -> None:
    opposites = {"<": ">=", ">=": "<", ">": "<=", "<=": ">", "==": "!=", "!=": "=="}
    sides = MetricRef("a"), Quantity(Decimal(limit))
    verdicts = {
        evaluate(Comparison(sides[0], one, sides[1]), Measured({"a": value})).verdict
        for one in (relation, Relation(opposites[relation]))
    }
    assert verdicts == {T, F}
