"""Durations and times of day: what people may write, what they are told, and what is written back."""

from datetime import time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.duration import (
    BadDuration,
    BadTimeOfDay,
    describe_duration,
    format_duration,
    parse_duration,
    parse_time_of_day,
)

whole_seconds = st.integers(min_value=1, max_value=400 * 86_400).map(lambda seconds: timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("90s", timedelta(seconds=90)),
        ("5m", timedelta(minutes=5)),
        ("30min", timedelta(minutes=30)),
        ("24h", timedelta(hours=24)),
        ("7d", timedelta(days=7)),
        ("2w", timedelta(days=14)),
        ("1h30m", timedelta(minutes=90)),
        ("1d 12h", timedelta(hours=36)),
        (" 1w2d3h4m5s ", timedelta(days=9, hours=3, minutes=4, seconds=5)),
        ("400d", timedelta(days=400)),
    ],
)
def test_a_duration_is_read_as_people_write_it(text: str, length: timedelta) -> None:
    assert parse_duration(text) == length


@pytest.mark.parametrize("text", ["0", "instant", "0s", "0h0m"])
def test_zero_is_a_duration_only_where_it_is_allowed(text: str) -> None:
    assert parse_duration(text, allow_zero=True) == timedelta(0)
    with pytest.raises(BadDuration):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("", '"" is not a duration: expected 90s, 30m, 24h, 7d, 2w or a compound such as 1h30m'),
        ("soon", '"soon" is not a duration: expected 90s, 30m, 24h, 7d, 2w or a compound such as 1h30m'),
        ("90", '"90" has no unit: expected 90s, 30m, 24h, 7d, 2w or a compound such as 1h30m'),
        (
            "5 minutes",
            '"5 minutes" is not a duration: expected 90s, 30m, 24h, 7d, 2w or a compound such as 1h30m; did you mean "5m"?',
        ),
        ("401d", '"401d" is too long: expected at most 400d'),
        (
            "0m",
            '"0m" is no time at all: expected a duration longer than zero, such as 90s, 30m, 24h, 7d, 2w or a compound such as 1h30m',
        ),
    ],
)
def test_a_refused_duration_is_quoted_with_the_valid_forms(text: str, refusal: str) -> None:
    with pytest.raises(BadDuration) as caught:
        parse_duration(text)
    assert str(caught.value) == refusal


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("1.5h", "1h30m"),
        ("30M", "30m"),
        ("2 hours and 5 mins", "2h5m"),
        ("30m1h", "1h30m"),
        ("1h 1h", "2h"),
        ("3 weeks", "21d"),
    ],
)
def test_a_near_miss_is_answered_with_the_form_that_was_meant(text: str, meant: str) -> None:
    with pytest.raises(BadDuration, match=rf'did you mean "{meant}"\?'):
        parse_duration(text)


@pytest.mark.parametrize("text", ["-5m", "+5m", "٣m", "5m\n", "1:30", "1e3s", "9" * 30 + "s", "5 m5", "m", "5x"])
def test_what_is_ambiguous_or_foreign_is_no_duration(text: str) -> None:
    with pytest.raises(BadDuration):
        parse_duration(text)


@given(
    st.text(max_size=60) | st.from_regex(r"[0-9]{0,12}[smhdw. ]{0,3}[0-9]{0,3}[a-z]{0,6}", fullmatch=True),
    st.booleans(),
)
def test_no_text_makes_anything_but_a_refusal(text: str, allow_zero: bool) -> None:
    try:
        length = parse_duration(text, allow_zero=allow_zero)
    except BadDuration:
        return
    assert timedelta(0) <= length <= timedelta(days=400)


@given(whole_seconds)
def test_the_short_form_is_read_back_as_the_same_duration(length: timedelta) -> None:
    assert parse_duration(format_duration(length)) == length


@pytest.mark.parametrize(
    ("length", "short", "words"),
    [
        (timedelta(0), "0s", "0 seconds"),
        (timedelta(seconds=90), "1m30s", "1 minute 30 seconds"),
        (timedelta(hours=24), "1d", "1 day"),
        (timedelta(hours=36), "1d12h", "1 day 12 hours"),
        (timedelta(minutes=90), "1h30m", "1 hour 30 minutes"),
        (timedelta(days=14), "14d", "14 days"),
        (timedelta(seconds=61, microseconds=999_999), "1m1s", "1 minute 1 second"),
        (timedelta(minutes=-5), "-5m", "minus 5 minutes"),
    ],
)
def test_a_duration_is_shown_with_its_largest_units_first(length: timedelta, short: str, words: str) -> None:
    assert (format_duration(length), describe_duration(length)) == (short, words)


def test_a_description_can_be_kept_to_its_largest_units() -> None:
    assert describe_duration(timedelta(days=2, hours=23, minutes=59, seconds=12), parts=2) == "2 days 23 hours"


@pytest.mark.parametrize(("text", "moment"), [("03:00", time(3)), ("23:59", time(23, 59)), (" 00:00 ", time(0))])
def test_a_time_of_day_is_read_on_a_24_hour_clock(text: str, moment: time) -> None:
    assert parse_time_of_day(text) == moment


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("24:00", '"24:00" is not a time of day: expected 00:00 to 23:59, such as 03:00'),
        ("3:00", '"3:00" is not a time of day: expected 00:00 to 23:59, such as 03:00; did you mean "03:00"?'),
        ("9.30", '"9.30" is not a time of day: expected 00:00 to 23:59, such as 03:00; did you mean "09:30"?'),
        ("3pm", '"3pm" is not a time of day: expected 00:00 to 23:59, such as 03:00'),
    ],
)
def test_a_refused_time_of_day_is_quoted_with_the_valid_form(text: str, refusal: str) -> None:
    with pytest.raises(BadTimeOfDay) as caught:
        parse_time_of_day(text)
    assert str(caught.value) == refusal


@given(st.text(max_size=10) | st.from_regex(r"[0-9]{1,2}[:.h][0-9]{1,2}", fullmatch=True))
def test_no_text_makes_anything_but_a_time_of_day_or_a_refusal(text: str) -> None:
    try:
        moment = parse_time_of_day(text)
    except BadTimeOfDay:
        return
    assert f"{moment:%H:%M}" == text.strip(" ")
