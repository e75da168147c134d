"""What counts as a number in an answer, and what an answer without one means."""

from __future__ import annotations

import math
import re
from decimal import Decimal

from bot.domain.metric import Answer

_PLAIN = re.compile(
    r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{1,4})?|[-+]?(?:nan|inf|infinity)", re.IGNORECASE
)
_LONGEST = 400
"""In characters; no figure is longer, and reading a longer one takes time."""


class NotANumber(ValueError):
    """An answer holds something, and it is no number; the message is a phrase that says what it is."""


def number_of(value: object) -> float | None:
    """Return a value as a number, which may be NaN or infinite, or None where there is nothing.

    Text counts where it is a number and nothing else: `"0.25"`, `"1e3"`, `"NaN"`. Raises NotANumber.
    """
    match value:
        case None:
            return None
        case bool():
            raise NotANumber("a yes or no")
        case int() | float() | Decimal():
            return _float(value)
        case str() if len(value) <= _LONGEST and _PLAIN.fullmatch(value.strip()):
            return float(value)
        case str():
            raise NotANumber("a text")
        case list() | tuple():
            raise NotANumber("a list")
        case dict():
            raise NotANumber("an object")
        case _:
            raise NotANumber(f"of the type {type(value).__name__}")


def answer_of(number: float | None, samples: float | None = None, *, empty: str) -> Answer:
    """Return the answer that a number makes; `empty` is the note where there is none."""
    counted = _count(samples)
    if number is None:
        return Answer(None, counted, empty)
    if math.isnan(number):
        return Answer(None, counted, "The answer is NaN, not a number: most often nothing was there to divide by.")
    if math.isinf(number):
        return Answer(None, counted, "The answer is infinite: most often something was divided by nothing.")
    return Answer(number, counted)


def _float(value: float | Decimal) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _count(samples: float | None) -> int | None:
    """Return a count of events; rates that were added up to a count are rarely whole."""
    if samples is None or not math.isfinite(samples) or samples < 0:
        return None
    return math.floor(samples)
