"""Conditions are checked against the declared metrics before anything is measured."""

import pytest

from bot.domain.condition import BadCondition
from bot.domain.condition_check import check_units
from bot.domain.condition_syntax import parse_condition
from bot.domain.measure import Unit

UNITS = {
    "error_rate": Unit.PERCENTAGE,
    "p95": Unit.DURATION,
    "calls": Unit.RATE,
    "problems": Unit.NUMBER,
    "undeclared": None,
}


@pytest.mark.parametrize(
    "text",
    [
        "error_rate < 0.5%",
        "error_rate <= baseline * 1.1",
        "error_rate <= baseline + 0.2%",
        "p95 < 500ms or p95 < 0.5s or p95 < 1m",
        "calls <= 5/min and calls <= 300 per hour",
        "problems >= 3 within 1h",
        "error_rate > 3 within 1h",
        "p95 / baseline < 1.5",
        "2 * p95 < 1s",
        "undeclared < 5ms or undeclared < 5%",
        "undeclared / p95 < 2",
        "undeclared * problems < 2",
        "canary.error_rate <= control.error_rate * 1.5",
    ],
)
def test_values_of_one_unit_can_be_compared(text: str) -> None:
    check_units(parse_condition(text), UNITS)


@pytest.mark.parametrize(
    ("text", "column", "refusal"),
    [
        ("p95 < 0.5%", 6, '"p95" is a duration and "0.5%" a percentage: expected a duration on the right, such as 500ms'),
        ("p95 > 1s or error_rate < 0.5", 25, '"error_rate" is a percentage and "0.5" a number: expected a percentage on the right, such as 0.5%'),
        ("calls > 3", 8, '"calls" is a rate and "3" a number: expected a rate on the right, such as 10/min'),
        ("3 < p95", 4, '"3" is a number and "p95" a duration: they cannot be compared'),
        ("p95 + error_rate > 1s", 6, '"p95" is a duration and "error_rate" a percentage: they cannot be added or subtracted'),
        ("p95 * calls > 1s", 6, '"p95" is a duration and "calls" a rate: they cannot be multiplied'),
        ("p95 / calls > 1s", 6, '"p95" is a duration and "calls" a rate: they cannot be divided'),
        ("p95 <= baseline + 1%", 18, '"baseline" is a duration and "1%" a percentage: they cannot be added or subtracted'),
        ("eror_rate < 0.5%", 0, 'there is no metric "eror_rate"; did you mean "error_rate"?'),
        ("error_rate < baselin", 13, 'there is no metric "baselin"; did you mean "baseline"?'),
        ("p95 < 1s and zzz > 1", 13, 'there is no metric "zzz": expected one of calls, error_rate, p95, problems, undeclared'),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_where_it_stands(text: str, column: int, refusal: str) -> None:
    condition = parse_condition(text)
    with pytest.raises(BadCondition) as caught:
        check_units(condition, UNITS)
    assert (caught.value.column, str(caught.value)) == (column, refusal)


def test_without_any_declared_metric_the_refusal_says_so() -> None:
    with pytest.raises(BadCondition, match='there is no metric "zzz": no metric is declared yet'):
        check_units(parse_condition("zzz > 1"), {})
