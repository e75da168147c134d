"""What a gate or a guardrail says: metrics, quantities and comparisons as plain values, and their canonical text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias, assert_never

from bot.domain.duration import format_duration
from bot.domain.measure import Measure, plain_number


class BadCondition(ValueError):
    """A text that is no condition, or one whose units or metrics do not fit; `column` counts from 0."""

    def __init__(self, message: str, column: int) -> None:
        super().__init__(message)
        self.column = column


class Cohort(StrEnum):
    """Whose figures a metric is narrowed to: people who have the change, or people who do not."""

    CANARY = "canary"
    CONTROL = "control"


class Relation(StrEnum):
    """How the two sides of a comparison are compared."""

    BELOW = "<"
    AT_MOST = "<="
    ABOVE = ">"
    AT_LEAST = ">="
    EQUAL = "=="
    UNEQUAL = "!="


class Operation(StrEnum):
    """What is computed from two values."""

    PLUS = "+"
    MINUS = "-"
    TIMES = "*"
    OVER = "/"

    @property
    def binds(self) -> int:
        """How tightly the operation holds its operands: products more than sums."""
        return 1 if self in (Operation.PLUS, Operation.MINUS) else 2


class WindowKind(StrEnum):
    """What a comparison does with its window: hold `for` all of it, or count `within` it."""

    FOR = "for"
    WITHIN = "within"


@dataclass(frozen=True, slots=True)
class Window:
    """The stretch of time before now that a comparison is about."""

    kind: WindowKind
    length: timedelta

    def __str__(self) -> str:
        return f"{self.kind} {format_duration(self.length)}"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A constant as it was written: `500ms`, `0.5%`, `3`."""

    written: Decimal
    measure: Measure = Measure.PLAIN
    column: int = field(default=0, compare=False, repr=False)

    @property
    def normal(self) -> Decimal:
        """The constant in the normal measure of its unit."""
        return self.measure.normal(self.written)

    def __str__(self) -> str:
        return f"{plain_number(self.written)}{self.measure}"


@dataclass(frozen=True, slots=True)
class MetricRef:
    """A metric by name, of everybody or of one cohort."""

    name: str
    cohort: Cohort | None = None
    column: int = field(default=0, compare=False, repr=False)

    def __str__(self) -> str:
        return f"{self.cohort}.{self.name}" if self.cohort else self.name


@dataclass(frozen=True, slots=True)
class Baseline:
    """The value before the rollout of the one metric that the comparison is about (`Comparison.subject`)."""

    column: int = field(default=0, compare=False, repr=False)

    def __str__(self) -> str:
        return "baseline"


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Two values and what is computed from them."""

    left: Value
    operation: Operation
    right: Value

    @property
    def column(self) -> int:
        return self.left.column

    def __str__(self) -> str:
        left = _operand(self.left, at_least=self.operation.binds)
        right = _operand(self.right, at_least=self.operation.binds + 1)
        return f"{left} {self.operation} {right}"


Value: TypeAlias = Quantity | MetricRef | Baseline | Arithmetic


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two values and how they must relate, now or over a window."""

    left: Value
    relation: Relation
    right: Value
    window: Window | None = None

    @property
    def column(self) -> int:
        return self.left.column

    @property
    def metrics(self) -> tuple[MetricRef, ...]:
        """The metrics on both sides, each once."""
        return tuple(dict.fromkeys([*_metrics_in(self.left), *_metrics_in(self.right)]))

    @property
    def subject(self) -> str | None:
        """The name of the only metric the comparison names, whose baseline `baseline` is; None where there are several."""
        names = {metric.name for metric in self.metrics}
        return names.pop() if len(names) == 1 else None

    @property
    def uses_baseline(self) -> bool:
        return _has_baseline(self.left) or _has_baseline(self.right)

    def __str__(self) -> str:
        compared = f"{self.left} {self.relation} {self.right}"
        return f"{compared} {self.window}" if self.window else compared


@dataclass(frozen=True, slots=True)
class Not:
    """True where its part is false."""

    part: Condition

    def __str__(self) -> str:
        return f"not {_enclosed(self.part, And, Or)}"


@dataclass(frozen=True, slots=True)
class And:
    """True where each of its two or more parts is."""

    parts: tuple[Condition, ...]

    def __str__(self) -> str:
        return " and ".join(_enclosed(part, And, Or) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Or:
    """True where one of its two or more parts is."""

    parts: tuple[Condition, ...]

    def __str__(self) -> str:
        return " or ".join(_enclosed(part, Or) for part in self.parts)


Condition: TypeAlias = Comparison | Not | And | Or


def comparisons_of(condition: Condition) -> tuple[Comparison, ...]:
    """The comparisons of a condition, in the order they are written."""
    match condition:
        case Comparison():
            return (condition,)
        case Not():
            return comparisons_of(condition.part)
        case And() | Or():
            return tuple(comparison for part in condition.parts for comparison in comparisons_of(part))
        case _:
            assert_never(condition)


def series_of(condition: Condition) -> tuple[MetricRef, ...]:
    """The metrics with their cohorts whose readings the condition needs, each once."""
    comparisons = comparisons_of(condition)
    return tuple(dict.fromkeys(metric for comparison in comparisons for metric in comparison.metrics))


def metrics_of(condition: Condition) -> tuple[str, ...]:
    """The names of the metrics the condition is about, each once, in the order they are written."""
    return tuple(dict.fromkeys(metric.name for metric in series_of(condition)))


def baselines_of(condition: Condition) -> tuple[str, ...]:
    """The names of the metrics that must be measured before the rollout starts, because the condition refers to it."""
    comparisons = (comparison for comparison in comparisons_of(condition) if comparison.uses_baseline)
    return tuple(dict.fromkeys(comparison.subject for comparison in comparisons if comparison.subject))


def windows_of(condition: Condition) -> tuple[Window, ...]:
    """The windows the condition looks back over, each once."""
    windows = (comparison.window for comparison in comparisons_of(condition) if comparison.window)
    return tuple(dict.fromkeys(windows))


def _metrics_in(value: Value) -> Iterator[MetricRef]:
    match value:
        case MetricRef():
            yield value
        case Arithmetic():
            yield from _metrics_in(value.left)
            yield from _metrics_in(value.right)
        case Quantity() | Baseline():
            return
        case _:
            assert_never(value)


def _has_baseline(value: Value) -> bool:
    if isinstance(value, Arithmetic):
        return _has_baseline(value.left) or _has_baseline(value.right)
    return isinstance(value, Baseline)


def _operand(value: Value, at_least: int) -> str:
    loose = isinstance(value, Arithmetic) and value.operation.binds < at_least
    return f"({value})" if loose else str(value)


def _enclosed(part: Condition, *kinds: type[Condition]) -> str:
    return f"({part})" if isinstance(part, kinds) else str(part)
