"""Figures that people report in chat: reading what they typed, in the unit that the plan's conditions expect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.condition import Arithmetic, BadCondition, Comparison, Quantity, comparisons_of
from bot.domain.condition_syntax import parse_condition
from bot.domain.errors import NotUnderstood
from bot.domain.measure import Measure, Unit
from bot.domain.measuring import condition_of
from bot.domain.quotation import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.domain.condition import Value
    from bot.domain.plan import Plan

EXAMPLES = {Unit.PERCENTAGE: "0.3%", Unit.DURATION: "420ms", Unit.RATE: "12/min", Unit.NUMBER: "3"}


def read_figure(text: str, unit: Unit | None) -> Quantity:
    """Read a value such as `0.3%` or `420ms`. Raises NotUnderstood where it is none, or of another unit than `unit`."""
    try:
        found = parse_condition(f"x == {text}")
    except BadCondition:
        found = None
    value = found.right if isinstance(found, Comparison) and found.window is None else None
    example = EXAMPLES[unit or Unit.PERCENTAGE]
    if not isinstance(value, Quantity):
        raise NotUnderstood(
            f"{quoted(text)} is not a value; it looks like {example}.", f"/rollout metric NAME {example}"
        )
    if unit is not None and value.measure.unit is not unit:
        raise NotUnderstood(
            f"{quoted(text)} is a {value.measure.unit}, and the plan expects a {unit}, such as {example}.",
            f"/rollout metric NAME {example}",
        )
    return value


def unit_in(plan: Plan, metric: str) -> Unit | None:
    """Return the unit in which a plan's conditions compare a metric; None where no constant tells it."""
    texts = dict.fromkeys(
        text
        for step in plan.steps
        for text in (*(gate.condition for gate in step.gates), *(rail.condition for rail in step.guardrails))
    )
    for text in texts:
        for comparison in comparisons_of(condition_of(text)):
            if metric in {str(ref) for ref in comparison.metrics}:
                for side in (comparison.left, comparison.right):
                    unit = next(_units(side), None)
                    if unit is not None:
                        return unit
    return None


def _units(value: Value) -> Iterator[Unit]:
    """Yield the units of constants that are compared themselves; factors such as `* 1.1` say nothing."""
    if isinstance(value, Quantity):
        yield value.measure.unit
    elif isinstance(value, Arithmetic):
        for part in (value.left, value.right):
            if isinstance(part, Quantity) and part.measure is not Measure.PLAIN:
                yield part.measure.unit
