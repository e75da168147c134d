"""What counts as a number in an answer."""

from __future__ import annotations

import math
from datetime import timedelta
from decimal import Decimal

import pytest

from bot.metric_sources.numbers import NotANumber, answer_of, number_of


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (3, 3.0),
        (0.25, 0.25),
        (Decimal("0.1"), 0.1),
        ("2.5", 2.5),
        (" 12 ", 12.0),
        ("1e3", 1000.0),
        ("-.5", -0.5),
        ("+Inf", math.inf),
    ],
)
def test_numbers_and_texts_that_are_nothing_else_count(value: object, number: float) -> None:
    assert number_of(value) == number


def test_numbers_too_large_to_hold_are_infinite() -> None:
    assert number_of(10**400) == math.inf
    assert number_of(-(10**400)) == -math.inf
    assert number_of("1e9999") == math.inf


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (True, "a yes or no"),
        ("0.5%", "a text"),
        ("", "a text"),
        ("1_000", "a text"),
        ("٣", "a text"),
        ("1" * 500, "a text"),
        ([1], "a list"),
        ((1,), "a list"),
        ({"value": 1}, "an object"),
        (timedelta(1), "of the type timedelta"),
    ],
)
def test_everything_else_is_no_number_and_is_told_apart(value: object, told: str) -> None:
    with pytest.raises(NotANumber, match=told):
        number_of(value)


def test_nothing_is_not_zero() -> None:
    assert number_of(None) is None
    assert answer_of(None, empty="Nothing.").note == "Nothing."


@pytest.mark.parametrize(
    ("samples", "count"), [(None, None), (7.0, 7), (7.9, 7), (0.0, 0), (-1.0, None), (math.nan, None)]
)
def test_a_count_of_events_is_whole_and_not_negative(samples: float | None, count: int | None) -> None:
    assert answer_of(1.0, samples, empty="").samples == count
