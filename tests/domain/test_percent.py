"""Percentages are exact to a thousandth of a percent and refuse what is ambiguous."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.percent import FULL, ZERO, BadPercent, Percent

EXPECTED = "expected 0% to 100%, such as 25%, 12.5% or 0.001%"

percents = st.integers(min_value=0, max_value=100_000).map(Percent)


@pytest.mark.parametrize(
    ("text", "milli"),
    [
        ("25%", 25_000),
        ("25", 25_000),
        ("0.001 %", 1),
        ("12.5%", 12_500),
        (" 100% ", 100_000),
        ("100.000", 100_000),
        ("0", 0),
        ("99.999%", 99_999),
        ("0.10%", 100),
    ],
)
def test_a_percentage_is_read_with_or_without_its_sign(text: str, milli: int) -> None:
    assert Percent.parse(text) == Percent(milli)


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("", f'"" is not a percentage: {EXPECTED}'),
        ("half", f'"half" is not a percentage: {EXPECTED}'),
        ("nan", f'"nan" is not a percentage: {EXPECTED}'),
        ("inf%", f'"inf%" is not a percentage: {EXPECTED}'),
        ("1e2", f'"1e2" is not a percentage: {EXPECTED}'),
        ("٢٥%", f'"٢٥%" is not a percentage: {EXPECTED}'),
        ("25%%", f'"25%%" is not a percentage: {EXPECTED}'),
        ("25\n", f'"25\\n" is not a percentage: {EXPECTED}'),
        ("+5%", f'"+5%" is not a percentage: {EXPECTED}'),
        ("12,5%", f'"12,5%" is not a percentage: {EXPECTED}; did you mean "12.5%"?'),
        ("-5%", f'"-5%" is below 0%: {EXPECTED}'),
        ("100.001%", f'"100.001%" is above 100%: {EXPECTED}'),
        ("0.0001%", '"0.0001%" is finer than 0.001%: expected at most three decimals'),
    ],
)
def test_a_refused_percentage_is_quoted_with_what_was_expected(text: str, refusal: str) -> None:
    with pytest.raises(BadPercent) as caught:
        Percent.parse(text)
    assert str(caught.value) == refusal


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (25, "25%"),
        (0.1, "0.1%"),
        (12.5, "12.5%"),
        (Decimal("0.001"), "0.001%"),
        (Decimal("1E+2"), "100%"),
        (-0.0, "0%"),
    ],
)
def test_a_plain_number_is_taken_as_it_is_written(number: float | Decimal, text: str) -> None:
    assert str(Percent.of(number)) == text


@pytest.mark.parametrize(
    "number",
    [-1, 101, 100.0001, 1e-9, float("nan"), float("inf"), Decimal("sNaN"), Decimal("1E-400"), True],
)
def test_a_number_that_is_no_percentage_is_refused(number: float | Decimal) -> None:
    with pytest.raises(BadPercent):
        Percent.of(number)


def test_a_number_of_thousands_of_digits_is_refused_without_being_written_out() -> None:
    with pytest.raises(BadPercent, match="a number of so many digits is above 100%"):
        Percent.of(10**5000)


def test_thousandths_outside_the_range_cannot_be_made_at_all() -> None:
    with pytest.raises(BadPercent):
        Percent(-1)
    with pytest.raises(BadPercent):
        Percent(100_001)


def test_percentages_are_ordered_from_nobody_to_everybody() -> None:
    assert sorted([FULL, Percent.parse("10%"), ZERO, Percent.parse("9.5%")]) == [
        ZERO,
        Percent.parse("9.5%"),
        Percent.parse("10%"),
        FULL,
    ]


@given(percents)
def test_the_text_of_a_percentage_is_read_back_as_the_same(percent: Percent) -> None:
    assert Percent.parse(str(percent)) == percent


@given(percents)
def test_a_float_names_the_same_percentage_as_its_text(percent: Percent) -> None:
    assert Percent.of(float(str(percent).rstrip("%"))) == percent


@given(st.text(max_size=40) | st.from_regex(r"[-+0-9.,e%]{0,12}", fullmatch=True))
def test_no_text_makes_anything_but_a_percentage_or_a_refusal(text: str) -> None:
    try:
        percent = Percent.parse(text)
    except BadPercent:
        return
    assert ZERO <= percent <= FULL


@given(st.floats() | st.decimals() | st.integers())
def test_no_number_makes_anything_but_a_percentage_or_a_refusal(number: float | Decimal) -> None:
    try:
        percent = Percent.of(number)
    except BadPercent:
        return
    assert ZERO <= percent <= FULL
