"""Lengths of time and times of day as people write and read them: `90s`, `1h30m`, `2w`, `03:00`."""

import re
from datetime import time, timedelta

from bot.domain.quotation import quote

LONGEST_DURATION = timedelta(days=400)
SECONDS_PER_UNIT = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
LONG_UNIT_WORDS = {
    **dict.fromkeys(("week", "weeks", "wk"), "w"),
    **dict.fromkeys(("day", "days"), "d"),
    **dict.fromkeys(("hour", "hours", "hr", "hrs"), "h"),
    **dict.fromkeys(("minute", "minutes", "mins", "min"), "m"),
    **dict.fromkeys(("second", "seconds", "sec", "secs"), "s"),
}

_FORMS = "90s, 30m, 24h, 7d, 2w or a compound such as 1h30m"
_WORDS_FOR_ZERO = ("0", "instant")
_PART = re.compile(r"(?P<amount>[0-9]{1,9})(?P<unit>min|[wdhms]) ?")
_LOOSE_PART = re.compile(
    r"(?P<amount>[0-9]{1,9})(?:\.(?P<fraction>[0-9]{1,3}))? *(?P<word>[a-z]+) *(?:and +|, *)?", re.IGNORECASE
)
_TIME_OF_DAY = re.compile(r"(?P<hour>[01][0-9]|2[0-3]):(?P<minute>[0-5][0-9])")
_LOOSE_TIME_OF_DAY = re.compile(r"(?P<hour>[0-9]{1,2})[:.h](?P<minute>[0-9]{2})(?::[0-9]{2})?")
_NAMES = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


class BadDuration(ValueError):
    """A text that names no length of time, or one outside the limits."""


class BadTimeOfDay(ValueError):
    """A text that is no time of day on a 24-hour clock."""


def parse_duration(text: str, *, allow_zero: bool = False) -> timedelta:
    """The length of time that `text` names, at most 400 days.

    Zero (`0`, `0s`, `instant`) is understood only with `allow_zero`. Raises `BadDuration`.
    """
    written = text.strip(" ")
    seconds = 0 if written in _WORDS_FOR_ZERO else _seconds(written)
    if seconds == 0 and not allow_zero:
        raise BadDuration(f"{quote(text)} is no time at all: expected a duration longer than zero, such as {_FORMS}")
    if seconds > LONGEST_DURATION.total_seconds():
        raise BadDuration(f"{quote(text)} is too long: expected at most {LONGEST_DURATION.days}d")
    return timedelta(seconds=seconds)


def format_duration(duration: timedelta) -> str:
    """The short form, largest units first (`1d12h`), which `parse_duration` reads back; fractions of a second are dropped."""
    sign, parts = _split(duration)
    return sign + ("".join(f"{amount}{name[0]}" for amount, name in parts) or "0s")


def describe_duration(duration: timedelta, parts: int | None = None) -> str:
    """The form for sentences (`1 hour 30 minutes`); `parts` keeps only so many of the largest units."""
    sign, split = _split(duration)
    words = [f"{amount} {name}" if amount == 1 else f"{amount} {name}s" for amount, name in split[:parts]]
    return ("minus " if sign else "") + (" ".join(words) or "0 seconds")


def parse_time_of_day(text: str) -> time:
    """The minute of the day that `text` names on a 24-hour clock (`03:00`). Raises `BadTimeOfDay`."""
    found = _TIME_OF_DAY.fullmatch(text.strip(" "))
    if found is None:
        raise BadTimeOfDay(
            f"{quote(text)} is not a time of day: expected 00:00 to 23:59, such as 03:00{_time_hint(text)}"
        )
    return time(int(found["hour"]), int(found["minute"]))


def _seconds(written: str) -> int:
    """The sum of the parts of `written`, whose units must get smaller from left to right."""
    total, position, smallest = 0, 0, float("inf")
    while position < len(written):
        part = _PART.match(written, position)
        if part is None or SECONDS_PER_UNIT[part["unit"][0]] >= smallest:
            raise _not_understood(written)
        smallest = SECONDS_PER_UNIT[part["unit"][0]]
        total += int(part["amount"]) * smallest
        position = part.end()
    if not written:
        raise _not_understood(written)
    return total


def _split(duration: timedelta) -> tuple[str, list[tuple[int, str]]]:
    """The sign, and the non-zero amounts of days, hours, minutes and seconds."""
    whole = int(duration.total_seconds())
    rest, parts = abs(whole), []
    for name, size in _NAMES:
        amount, rest = divmod(rest, size)
        if amount:
            parts.append((amount, name))
    return ("-" if whole < 0 else ""), parts


def _not_understood(written: str) -> BadDuration:
    if re.fullmatch(r"[0-9]+", written):
        problem = f"{quote(written)} has no unit: expected {_FORMS}"
    else:
        problem = f"{quote(written)} is not a duration: expected {_FORMS}"
    meant = _near_miss(written)
    return BadDuration(f'{problem}; did you mean "{meant}"?' if meant else problem)


def _near_miss(written: str) -> str | None:
    """The right form of what was probably meant by `5 minutes`, `1.5h`, `30M` or `30m 1h`."""
    total, position = 0.0, 0
    while position < len(written):
        part = _LOOSE_PART.match(written, position)
        if part is None:
            return None
        word = part["word"].lower()
        size = SECONDS_PER_UNIT.get(LONG_UNIT_WORDS.get(word, word))
        if size is None:
            return None
        total += float(f"{part['amount']}.{part['fraction'] or 0}") * size
        position = part.end()
    if not 1 <= total <= LONGEST_DURATION.total_seconds():
        return None
    return format_duration(timedelta(seconds=round(total)))


def _time_hint(text: str) -> str:
    found = _LOOSE_TIME_OF_DAY.fullmatch(text.strip())
    meant = f"{int(found['hour']):02}:{found['minute']}" if found else ""
    return f'; did you mean "{meant}"?' if _TIME_OF_DAY.fullmatch(meant) else ""
