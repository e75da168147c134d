"""Checks of a condition before anything is measured: known metrics and fitting units."""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import assert_never

from bot.domain.condition import (
    Arithmetic,
    BadCondition,
    Baseline,
    Comparison,
    Condition,
    MetricRef,
    Operation,
    Quantity,
    Value,
    WindowKind,
    comparisons_of,
    series_of,
)
from bot.domain.measure import Unit
from bot.domain.quotation import quote

_EXAMPLES = {Unit.NUMBER: "3", Unit.PERCENTAGE: "0.5%", Unit.DURATION: "500ms", Unit.RATE: "10/min"}


def check_units(condition: Condition, units: Mapping[str, Unit | None]) -> None:
    """Refuse metrics that `units` does not name and comparisons of different units. Raises `BadCondition`.

    `units` holds the unit of every metric there is; None stands for a metric whose unit nobody declared, which fits all.
    """
    for metric in series_of(condition):
        if metric.name not in units:
            raise _unknown_metric(metric, units)
    for comparison in comparisons_of(condition):
        _check_comparison(comparison, lambda metric: units[metric.name])


def check_units_alone(condition: Condition) -> None:
    """Refuse constants that cannot fit each other, whatever the metrics are. Raises `BadCondition`."""
    for comparison in comparisons_of(condition):
        _check_comparison(comparison, lambda _: None)


def _unknown_metric(metric: MetricRef, units: Mapping[str, Unit | None]) -> BadCondition:
    near = get_close_matches(metric.name, [*units, "baseline"], n=1)
    if near:
        hint = f'; did you mean "{near[0]}"?'
    else:
        hint = f": expected one of {', '.join(sorted(units))}" if units else ": no metric is declared yet"
    return BadCondition(f"there is no metric {quote(metric.name)}{hint}", metric.column)


def _check_comparison(comparison: Comparison, unit_of: Callable[[MetricRef], Unit | None]) -> None:
    if comparison.window and comparison.window.kind is WindowKind.WITHIN:
        # What is counted within a window is a plain number, whatever one reading of it would be.
        left, right = _unit(comparison.left, _counted), _unit(comparison.right, _counted)
    else:
        subject = unit_of(comparison.metrics[0]) if comparison.subject else None
        left, right = (_unit(side, unit_of, subject) for side in (comparison.left, comparison.right))
    if left is not None and right is not None and left is not right:
        raise BadCondition(_misfit(comparison, left, right), comparison.right.column)


def _counted(_: MetricRef) -> Unit:
    return Unit.NUMBER


def _unit(value: Value, unit_of: Callable[[MetricRef], Unit | None], baseline: Unit | None = None) -> Unit | None:
    """The unit of a value, None where a metric of unknown unit leaves it open; `baseline` is the unit of the baseline."""
    match value:
        case Quantity():
            return value.measure.unit
        case MetricRef():
            return unit_of(value)
        case Baseline():
            return baseline
        case Arithmetic():
            return _computed(value, _unit(value.left, unit_of, baseline), _unit(value.right, unit_of, baseline))
        case _:
            assert_never(value)


def _computed(value: Arithmetic, left: Unit | None, right: Unit | None) -> Unit | None:
    match value.operation:
        case Operation.PLUS | Operation.MINUS:
            return _same(value, left, right)
        case Operation.TIMES:
            return _product(value, left, right)
        case Operation.OVER:
            return _quotient(value, left, right)
        case _:
            assert_never(value.operation)


def _same(value: Arithmetic, left: Unit | None, right: Unit | None) -> Unit | None:
    if left is None or right is None or left is right:
        return left or right
    raise _cannot(value, left, right, "be added or subtracted")


def _product(value: Arithmetic, left: Unit | None, right: Unit | None) -> Unit | None:
    if left is Unit.NUMBER:
        return right
    if right is Unit.NUMBER:
        return left
    if left is None or right is None:
        if Unit.PERCENTAGE in (left, right):
            raise BadCondition(_percent_factor(value), value.right.column)
        return left or right
    raise _cannot(value, left, right, "be multiplied")


def _quotient(value: Arithmetic, left: Unit | None, right: Unit | None) -> Unit | None:
    if isinstance(value.right, Quantity) and not value.right.written:
        raise BadCondition(f"{quote(str(value))} divides by zero", value.right.column)
    if right is Unit.NUMBER:
        return left
    if right is None:
        return None
    if left in (None, right):
        return Unit.NUMBER
    raise _cannot(value, left or Unit.NUMBER, right, "be divided")


def _cannot(value: Arithmetic, left: Unit, right: Unit, what: str) -> BadCondition:
    if value.operation is Operation.TIMES and isinstance(value.right, Quantity) and right is Unit.PERCENTAGE:
        return BadCondition(_percent_factor(value), value.right.column)
    problem = f"{quote(str(value.left))} is a {left} and {quote(str(value.right))} a {right}: they cannot {what}"
    return BadCondition(problem, value.right.column)


def _percent_factor(value: Arithmetic) -> str:
    return f"{quote(str(value))} multiplies by a percentage: write a plain factor, such as 1.1 for 110%"


def _misfit(comparison: Comparison, left: Unit, right: Unit) -> str:
    problem = f"{quote(str(comparison.left))} is a {left} and {quote(str(comparison.right))} a {right}"
    if isinstance(comparison.right, Quantity):
        return f"{problem}: expected a {left} on the right, such as {_EXAMPLES[left]}"
    return f"{problem}: they cannot be compared"
