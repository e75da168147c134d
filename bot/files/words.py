"""The words of the files: durations, percentages, keys, conditions… each read strictly and described for editors."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from bot.domain.condition import BadCondition
from bot.domain.condition_syntax import parse_condition
from bot.domain.duration import BadDuration, BadTimeOfDay, parse_duration, parse_time_of_day
from bot.domain.flag import KEY_PATTERN
from bot.domain.freeze import FORMS, BadFreezeWindow, parse_window
from bot.domain.percent import BadPercent, Percent

if TYPE_CHECKING:
    from collections.abc import Callable

NAME_PATTERN = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
REFERENCE_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
LONGEST_TEXT = 2000
LONGEST_NAME = 100
_DURATION_PATTERN = r"^([0-9]{1,9}(w|d|h|min|m|s) ?)+$"


def expected(what: str, hint: str = "", offset: int = 0) -> PydanticCustomError:
    """Return the error that a validator raises: what was expected, and where within the text it went wrong."""
    return PydanticCustomError("expected", "{expected}", {"expected": what, "hint": hint, "offset": offset})


def _after_expected(error: ValueError) -> tuple[str, str]:
    """Split the domain's sentence `"x" is not y: expected …; did you mean …?` into expectation and hint."""
    _, _, rest = str(error).partition(": expected ")
    what, _, meant = rest.partition("; did you mean ")
    return what, f"Did you mean {meant}" if meant else ""


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."


def _text(value: object, what: str, longest: int = LONGEST_TEXT) -> str:
    if not isinstance(value, str):
        number = isinstance(value, int | float) and not isinstance(value, bool)
        raise expected(what, "Put it in quotes." if number else "")
    if not value.strip():
        raise expected(what)
    if len(value) > longest:
        raise expected(f"at most {longest} characters", f"There are {len(value)}.")
    return " ".join(value.split()) if longest == LONGEST_NAME else value.strip()


def _duration(*, allow_zero: bool = False) -> Callable[[object], timedelta]:
    def read(value: object) -> timedelta:
        what = "a duration such as 90s, 30m, 24h or 7d"
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        text = _text(value, what)
        try:
            return parse_duration(text, allow_zero=allow_zero)
        except BadDuration as error:
            better, hint = _after_expected(error)
            raise expected(better or what, hint) from None

    return read


def _offset(value: object) -> timedelta:
    """Read `+1d`; the sign is for the reader."""
    if isinstance(value, str):
        value = value.removeprefix("+")
    return _duration(allow_zero=True)(value)


def _percent(value: object) -> Percent:
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return Percent.of(value)
        return Percent.parse(_text(value, "a percentage such as 25%"))
    except BadPercent as error:
        what, hint = _after_expected(error)
        raise expected(what or "a percentage such as 25%", hint) from None


def _condition(value: object) -> str:
    text = _text(value, "a condition such as error_rate < 0.5%")
    try:
        parse_condition(text)
    except BadCondition as error:
        raise expected("a condition such as error_rate < 0.5%", _sentence(str(error)), error.column) from None
    return text


def _matching(pattern: re.Pattern[str], what: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        text = _text(value, what)
        if not pattern.fullmatch(text):
            raise expected(what)
        return text

    return read


def _words(what: str, longest: int) -> Callable[[object], str]:
    return lambda value: _text(value, what, longest)


def _unit_id(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    text = _text(value, "the id of a user (or what else the flag counts), or a group's name", LONGEST_NAME)
    if " " in text:
        raise expected("an id without spaces")
    return text


def _instant(value: object) -> datetime:
    what = "a date and time with its offset from UTC, such as 2026-12-01T09:00+01:00"
    text = _text(value, what)
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise expected(what) from None
    if instant.tzinfo is None:
        raise expected(what, "Without an offset nobody knows whose nine o'clock is meant: add Z or +01:00.")
    return instant


def read_window(text: str) -> tuple[time, time]:
    """Return both ends of `22:00-06:00`; `24:00` stands for midnight. Raises `BadTimeOfDay`."""
    start, dash, end = text.partition("-")
    if not dash:
        raise BadTimeOfDay("two times of day with a dash between them, such as 22:00-06:00")
    return parse_time_of_day(start), time(0) if end.strip() == "24:00" else parse_time_of_day(end)


def _window(value: object) -> str:
    what = "a time of day from-to, such as 22:00-06:00"
    text = _text(value, what)
    try:
        start, end = read_window(text)
    except BadTimeOfDay:
        raise expected(what) from None
    if start == end:
        raise expected("a window that starts and ends at different times")
    return text


def _zone(value: object) -> str:
    what = "an IANA time zone such as Europe/Berlin, or UTC"
    text = _text(value, what)
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise expected(what) from None
    return text


def _closed_time(value: object) -> str:
    text = _text(value, FORMS)
    try:
        parse_window(text, "UTC")
    except BadFreezeWindow as error:
        raise expected(error.expected, error.hint) from None
    return text


def _described(description: str, **schema: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "description": description, **schema})


Duration = Annotated[
    timedelta,
    PlainValidator(_duration()),
    _described("A length of time: 90s, 30m, 24h, 7d, 2w, 1h30m.", pattern=_DURATION_PATTERN, examples=["24h", "30m"]),
]
DurationOrZero = Annotated[
    timedelta,
    PlainValidator(_duration(allow_zero=True)),
    _described(
        "A length of time, or `instant`.", pattern=rf"^instant$|{_DURATION_PATTERN}", examples=["instant", "5m"]
    ),
]
Offset = Annotated[
    timedelta,
    PlainValidator(_offset),
    _described(
        "A length of time after something: +1d, +2w.",
        pattern=r"^instant$|^\+?([0-9]{1,9}(w|d|h|min|m|s) ?)+$",
        examples=["+1d"],
    ),
]
PercentWord = Annotated[
    Percent,
    PlainValidator(_percent),
    WithJsonSchema(
        {
            "description": "0% to 100%, as fine as 0.001%.",
            "anyOf": [
                {"type": "string", "pattern": r"^ *[0-9]{1,12}(\.[0-9]{1,12})? ?%? *$"},
                {"type": "number", "minimum": 0, "maximum": 100},
            ],
            "examples": ["25%", "0.5%"],
        }
    ),
]
Condition = Annotated[
    str,
    PlainValidator(_condition),
    _described("A condition over metrics.", examples=["error_rate <= baseline * 1.1", "p95 < 500ms for 10m"]),
]
Name = Annotated[
    str,
    PlainValidator(_matching(NAME_PATTERN, "a name of small letters, digits and dashes, such as checkout-redesign")),
    _described("Small letters, digits and single dashes.", pattern=f"^{NAME_PATTERN.pattern}$"),
]
FlagKey = Annotated[
    str,
    PlainValidator(_matching(KEY_PATTERN, "a flag's key of letters, digits, dots, dashes and underscores")),
    _described("A flag's key.", pattern=f"^{KEY_PATTERN.pattern}$"),
]
Reference = Annotated[
    str,
    PlainValidator(_matching(REFERENCE_PATTERN, "a name of letters, digits, dots, dashes and underscores")),
    _described("A name that is declared elsewhere.", pattern=f"^{REFERENCE_PATTERN.pattern}$"),
]
UnitId = Annotated[
    str,
    PlainValidator(_unit_id),
    WithJsonSchema({"type": ["string", "integer"], "description": "The id of a unit, or the name of a group."}),
]
Title = Annotated[
    str, PlainValidator(_words("a short text", LONGEST_NAME)), _described("A short text.", maxLength=LONGEST_NAME)
]
Text = Annotated[str, PlainValidator(_words("text", LONGEST_TEXT)), _described("Text.", maxLength=LONGEST_TEXT)]
Instant = Annotated[
    datetime,
    PlainValidator(_instant),
    _described("A date and time with offset.", examples=["2026-12-01T09:00+01:00"]),
]
TimeWindow = Annotated[
    str,
    PlainValidator(_window),
    _described(
        "From one time of day to another.", pattern="^[0-9]{2}:[0-9]{2}-[0-9]{2}:[0-9]{2}$", examples=["22:00-06:00"]
    ),
]
Zone = Annotated[str, PlainValidator(_zone), _described("An IANA time zone.", examples=["Europe/Berlin", "UTC"])]
ClosedTime = Annotated[
    str,
    PlainValidator(_closed_time),
    _described("A weekday, a time of day from-to, or a date.", examples=["fri", "22:00-06:00", "2026-12-24"]),
]
