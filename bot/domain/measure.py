"""What values of metrics count and how they are written: percentages, durations, rates and plain numbers."""

from decimal import Context, Decimal
from enum import StrEnum

EXACT = Context(prec=28, traps=[])
"""The arithmetic of conditions: decimal, so that 0.1 + 0.2 is 0.3, and answering NaN where others would raise."""


class Unit(StrEnum):
    """What a value counts. Only values of one unit can be compared or added."""

    NUMBER = "number"
    PERCENTAGE = "percentage"
    DURATION = "duration"
    RATE = "rate"


class Measure(StrEnum):
    """How a quantity is written. Each unit has one normal measure, in which readings are given and compared.

    Normal are percent as a percent number (0.5% is 0.5), durations in seconds, rates per minute.
    """

    PLAIN = ""
    PERCENT = "%"
    MILLISECONDS = "ms"
    SECONDS = "s"
    MINUTES = "m"
    HOURS = "h"
    DAYS = "d"
    PER_SECOND = "/s"
    PER_MINUTE = "/min"
    PER_HOUR = "/h"
    PER_DAY = "/day"

    @property
    def unit(self) -> Unit:
        return _SCALES[self][0]

    def normal(self, amount: Decimal) -> Decimal:
        """`amount` of this measure in the normal measure of its unit."""
        _, times, per = _SCALES[self]
        return EXACT.divide(EXACT.multiply(amount, Decimal(times)), Decimal(per))

    def amount(self, normal: Decimal) -> Decimal:
        """The amount of this measure that equals `normal`, the opposite of `normal()`."""
        _, times, per = _SCALES[self]
        return EXACT.divide(EXACT.multiply(normal, Decimal(per)), Decimal(times))


_SCALES = {
    Measure.PLAIN: (Unit.NUMBER, 1, 1),
    Measure.PERCENT: (Unit.PERCENTAGE, 1, 1),
    Measure.MILLISECONDS: (Unit.DURATION, 1, 1_000),
    Measure.SECONDS: (Unit.DURATION, 1, 1),
    Measure.MINUTES: (Unit.DURATION, 60, 1),
    Measure.HOURS: (Unit.DURATION, 3_600, 1),
    Measure.DAYS: (Unit.DURATION, 86_400, 1),
    Measure.PER_SECOND: (Unit.RATE, 60, 1),
    Measure.PER_MINUTE: (Unit.RATE, 1, 1),
    Measure.PER_HOUR: (Unit.RATE, 1, 60),
    Measure.PER_DAY: (Unit.RATE, 1, 1_440),
}


def plain_number(number: Decimal) -> str:
    """A number without exponent and without superfluous zeros."""
    written = f"{number:f}"
    return written.rstrip("0").rstrip(".") if "." in written else written
