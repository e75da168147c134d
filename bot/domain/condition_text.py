"""Judged comparisons in the words of a card: `error_rate 0.42% < 0.5%`."""

from collections.abc import Mapping
from decimal import Context, Decimal

from bot.domain.condition import Arithmetic, Baseline, Comparison, MetricRef, Quantity, Value
from bot.domain.condition_verdict import Judged
from bot.domain.measure import Measure, plain_number

_FEWEST_DIGITS = 4
_MOST_DIGITS = 12


def describe_judged(judged: Judged, measures: Mapping[str, Measure] | None = None) -> str:
    """The comparison with its values beside the names, such as `error_rate 0.44% <= baseline * 1.1 (0.4%)`.

    Values are shown in the measure that the comparison itself uses, else in that of `measures` (by metric name).
    """
    comparison = judged.comparison
    if judged.left is None or judged.right is None:
        return str(comparison)
    measure = _measure(comparison, measures or {})
    digits = _digits(judged.left, judged.right)
    left = _side(comparison.left, judged.left, measure, digits)
    right = _side(comparison.right, judged.right, measure, digits)
    compared = f"{left} {comparison.relation} {right}"
    return f"{compared} {comparison.window}" if comparison.window else compared


def format_value(normal: Decimal, measure: Measure, digits: int = _FEWEST_DIGITS) -> str:
    """A value, given in the normal measure of its unit, rounded to so many significant digits: `0.42%`, `420ms`."""
    rounded = Context(prec=digits, traps=[]).plus(measure.amount(normal))
    # Digits before the decimal point are never rounded away: 1234 ms stays 1234 ms.
    exact = measure.amount(normal).quantize(Decimal(1), context=Context(prec=40, traps=[]))
    whole = abs(exact) >= Decimal(10) ** (digits - 1)
    return f"{plain_number(exact if whole else rounded)}{measure}"


def _digits(left: Decimal, right: Decimal) -> int:
    """The fewest digits that let two different values look different."""
    for digits in range(_FEWEST_DIGITS, _MOST_DIGITS):
        context = Context(prec=digits, traps=[])
        if left == right or context.plus(left) != context.plus(right):
            return digits
    return _MOST_DIGITS


def _measure(comparison: Comparison, measures: Mapping[str, Measure]) -> Measure:
    written = [*_measures_in(comparison.left), *_measures_in(comparison.right)]
    declared = [measures[metric.name] for metric in comparison.metrics if metric.name in measures]
    return next((measure for measure in (*written, *declared) if measure is not Measure.PLAIN), Measure.PLAIN)


def _measures_in(value: Value) -> list[Measure]:
    match value:
        case Quantity():
            return [value.measure]
        case Arithmetic():
            return [*_measures_in(value.left), *_measures_in(value.right)]
        case MetricRef() | Baseline():
            return []


def _side(value: Value, normal: Decimal, measure: Measure, digits: int) -> str:
    match value:
        case Quantity():
            return str(value)
        case MetricRef():
            return f"{value} {format_value(normal, measure, digits)}"
        case Baseline() | Arithmetic():
            return f"{value} ({format_value(normal, measure, digits)})"
