"""A judged comparison shows its values as the plan writes them."""

from decimal import Decimal

import pytest

from bot.domain.condition import Comparison
from bot.domain.condition_syntax import parse_condition
from bot.domain.condition_text import describe_judged, format_value
from bot.domain.condition_verdict import Judged, Verdict
from bot.domain.measure import Measure

MEASURES = {"error_rate": Measure.PERCENT, "p95": Measure.MILLISECONDS}


@pytest.mark.parametrize(
    ("text", "left", "right", "shown"),
    [
        ("error_rate < 0.5%", "0.42", "0.5", "error_rate 0.42% < 0.5%"),
        ("error_rate > 1% for 5m", "1.31234567", "1", "error_rate 1.312% > 1% for 5m"),
        ("p95 < 500ms", "0.4203", "0.5", "p95 420.3ms < 500ms"),
        ("p95 < 500ms", "12.3456", "0.5", "p95 12346ms < 500ms"),
        ("p95 < 1s", "0.42", "1", "p95 0.42s < 1s"),
        ("problems >= 3 within 1h", "2", "3", "problems 2 >= 3 within 1h"),
        ("error_rate <= baseline", "0.42", "0.4", "error_rate 0.42% <= baseline (0.4%)"),
        ("error_rate <= baseline * 1.1", "0.42", "0.44", "error_rate 0.42% <= baseline * 1.1 (0.44%)"),
        ("p95 <= baseline", "0.42", "0.4", "p95 420ms <= baseline (400ms)"),
        ("users > baseline", "1234567", "10", "users 1234567 > baseline (10)"),
        ("tickets < 10/day", "0.00625", "0.0069444", "tickets 9/day < 10/day"),
        ("canary.p95 <= control.p95 * 2", "0.5", "1", "canary.p95 500ms <= control.p95 * 2 (1000ms)"),
        ("uptime > 99.9%", "99.9000004", "99.9", "uptime 99.9000004% > 99.9%"),
    ],
)
def test_values_stand_beside_the_names_in_the_measure_of_the_plan(text: str, left: str, right: str, shown: str) -> None:
    comparison = parse_condition(text)
    assert isinstance(comparison, Comparison)
    judged = Judged(comparison, Verdict.TRUE, Decimal(left), Decimal(right))
    assert describe_judged(judged, MEASURES) == shown


def test_a_comparison_without_values_is_shown_as_written() -> None:
    comparison = parse_condition("error_rate < 0.5%")
    assert isinstance(comparison, Comparison)
    assert describe_judged(Judged(comparison, Verdict.UNKNOWN, reason="error_rate has no value")) == "error_rate < 0.5%"


@pytest.mark.parametrize(
    ("normal", "measure", "shown"),
    [("0", Measure.PERCENT, "0%"), ("0.000123456", Measure.PERCENT, "0.0001235%"), ("7200", Measure.HOURS, "2h"),
     ("-5", Measure.PERCENT, "-5%"), ("60", Measure.PER_SECOND, "1/s"), ("99999", Measure.PLAIN, "99999")],
)  # fmt: skip
def test_a_value_is_rounded_to_four_digits_but_never_before_the_point(
    normal: str, measure: Measure, shown: str
) -> None:
    assert format_value(Decimal(normal), measure) == shown
