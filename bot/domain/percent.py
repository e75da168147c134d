"""A share from 0 % to 100 %, exact to a thousandth of a percent."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from bot.domain.quotation import quote

_MILLI_PER_PERCENT = 1_000
_MILLI_OF_ALL = 100 * _MILLI_PER_PERCENT
_ALL = Decimal(100)
_SMALLEST = Decimal("0.001")
_LONGEST_QUOTED = 10**40

_WRITTEN = re.compile(r"(?P<number>-?[0-9]{1,12}(?:\.[0-9]{1,12})?) ?%?")
_WITH_COMMA = re.compile(r"(?P<whole>[0-9]{1,3}),(?P<fraction>[0-9]{1,3}) ?%?")
_EXPECTED = "expected 0% to 100%, such as 25%, 12.5% or 0.001%"


class BadPercent(ValueError):
    """A text or number that is no percentage from 0 to 100, or is finer than 0.001 %."""


@dataclass(frozen=True, slots=True, order=True)
class Percent:
    """A percentage; `milli` counts thousandths of a percent, and so the buckets out of 100,000 that are in."""

    milli: int

    def __post_init__(self) -> None:
        if not 0 <= self.milli <= _MILLI_OF_ALL:
            raise BadPercent(f"{self.milli} thousandths of a percent is outside 0 to {_MILLI_OF_ALL}")

    def __str__(self) -> str:
        whole, rest = divmod(self.milli, _MILLI_PER_PERCENT)
        fraction = f".{rest:03}".rstrip("0") if rest else ""
        return f"{whole}{fraction}%"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The percentage that a person wrote, with or without the sign: `25%`, `25`, `0.001 %`. Raises `BadPercent`."""
        found = _WRITTEN.fullmatch(text.strip(" "))
        if found is None:
            raise BadPercent(f"{quote(text)} is not a percentage: {_EXPECTED}{_hint(text)}")
        return cls(_milli(Decimal(found["number"]), quote(text)))

    @classmethod
    def of(cls, number: float | Decimal) -> Self:
        """The percentage of a plain number as YAML or JSON gives it: 25 is 25 %. Raises `BadPercent`."""
        if isinstance(number, bool) or not isinstance(number, int | float | Decimal):
            raise BadPercent(f"{quote(str(number))} is not a percentage: {_EXPECTED}")
        if isinstance(number, int):
            return cls(_milli(Decimal(number), _quoted_integer(number)))
        # A float is taken as the shortest text that names it, so that 0.1 is a tenth and not 0.1000000000000000055.
        return cls(_milli(Decimal(str(number)), quote(str(number))))


def _milli(number: Decimal, quoted: str) -> int:
    if not number.is_finite():
        raise BadPercent(f"{quoted} is not a percentage: {_EXPECTED}")
    if number < 0:
        raise BadPercent(f"{quoted} is below 0%: {_EXPECTED}")
    if number > _ALL:
        raise BadPercent(f"{quoted} is above 100%: {_EXPECTED}")
    if number % _SMALLEST:
        raise BadPercent(f"{quoted} is finer than 0.001%: expected at most three decimals")
    return int(number * _MILLI_PER_PERCENT)


def _quoted_integer(number: int) -> str:
    # Python refuses to write out integers of thousands of digits.
    return quote(str(number)) if abs(number) < _LONGEST_QUOTED else "a number of so many digits"


def _hint(text: str) -> str:
    # 12,5 is not read as twelve and a half by itself, because 1,000 could be one or a thousand.
    found = _WITH_COMMA.fullmatch(text.strip())
    return f'; did you mean "{found["whole"]}.{found["fraction"]}%"?' if found else ""


ZERO = Percent(0)
FINEST = Percent(1)
FULL = Percent(_MILLI_OF_ALL)
