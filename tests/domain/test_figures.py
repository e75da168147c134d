"""Figures that people type: what is a value, and in which unit the plan wants it."""

from __future__ import annotations

import pytest

from bot.domain.errors import NotUnderstood
from bot.domain.figures import read_figure, unit_in
from bot.domain.measure import Unit
from bot.domain.plan import Gate, Guardrail
from tests.domain.plans_for_tests import a_plan, a_step


@pytest.mark.parametrize(
    ("text", "normal"),
    [("0.3%", 0.3), ("420ms", 0.42), ("2s", 2.0), ("12/min", 12.0), ("1/s", 60.0), ("3", 3.0)],
)
def test_a_value_is_read_into_the_normal_measure_of_its_unit(text: str, normal: float) -> None:
    assert float(read_figure(text, None).normal) == normal


@pytest.mark.parametrize(
    "text",
    ["", "good", "nan", "3 4", "3%%", "1 and 2", "3 for 5m", "3 within 1h", "x == 3", "baseline", "1 + 2", "3)", "∞"],
)
def test_what_is_no_value_is_not_understood(text: str) -> None:
    with pytest.raises(NotUnderstood, match=r"is not a value; it looks like 0\.3%"):
        read_figure(text, None)


def test_a_value_of_another_unit_is_refused_with_an_example() -> None:
    with pytest.raises(NotUnderstood, match=r"is a duration, and the plan expects a percentage, such as 0.3%"):
        read_figure("420ms", Unit.PERCENTAGE)
    assert read_figure("7m", Unit.DURATION).normal == 420


@pytest.mark.parametrize(
    ("condition", "unit"),
    [
        ("error_rate < 0.5%", Unit.PERCENTAGE),
        ("500ms > error_rate", Unit.DURATION),
        ("p95 < 1s and error_rate < 3", Unit.NUMBER),
        ("error_rate <= baseline * 1.1", None),
        ("error_rate <= baseline + 0.5%", Unit.PERCENTAGE),
        ("p95 < 1s", None),
    ],
)
def test_the_unit_of_a_metric_is_that_of_what_it_is_compared_with(condition: str, unit: Unit | None) -> None:
    assert unit_in(a_plan(a_step(gates=(Gate(condition),))), "error_rate") is unit
    assert unit_in(a_plan(a_step(), a_step(guardrails=(Guardrail(condition),))), "error_rate") is unit
