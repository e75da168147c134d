"""Conditions that can never be true, found without measuring: `error_rate < 0%`, `users > 5 and users < 3`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TypeAlias, assert_never

from bot.domain.condition import (
    And,
    Comparison,
    Condition,
    MetricRef,
    Not,
    Or,
    Quantity,
    Relation,
    Window,
    WindowKind,
)
from bot.domain.quotation import quote

_MIRRORED = {
    Relation.BELOW: Relation.ABOVE,
    Relation.AT_MOST: Relation.AT_LEAST,
    Relation.ABOVE: Relation.BELOW,
    Relation.AT_LEAST: Relation.AT_MOST,
}


@dataclass(frozen=True, slots=True)
class Bounds:
    """The least and the most that a metric can be, in the normal measure of its unit; None where there is no bound."""

    least: Decimal | None = None
    most: Decimal | None = None


_A_COUNT = Bounds(least=Decimal(0))
_Subject: TypeAlias = tuple[MetricRef, Window | None]


@dataclass(frozen=True, slots=True)
class _Range:
    """The values that are still possible; the edges count unless they are open."""

    least: Decimal = Decimal("-Infinity")
    most: Decimal = Decimal("Infinity")
    least_open: bool = False
    most_open: bool = False

    @property
    def is_empty(self) -> bool:
        return self.least > self.most or (self.least == self.most and (self.least_open or self.most_open))

    def above(self, edge: Decimal, *, is_open: bool) -> "_Range":
        return (
            replace(self, least=edge, least_open=is_open) if (edge, is_open) > (self.least, self.least_open) else self
        )

    def below(self, edge: Decimal, *, is_open: bool) -> "_Range":
        return replace(self, most=edge, most_open=is_open) if (-edge, is_open) > (-self.most, self.most_open) else self


def never_true(condition: Condition, bounds: Mapping[str, Bounds]) -> str | None:
    """Why the condition can never be true, None where nothing speaks against it.

    Only comparisons of one metric with one constant are looked at; `bounds` says what is known of metrics by name.
    """
    match condition:
        case Or():
            reasons = [never_true(part, bounds) for part in condition.parts]
            return reasons[0] if all(reasons) else None
        case And():
            return _contradiction(condition, bounds)
        case Comparison():
            return _contradiction(And((condition,)), bounds)
        case Not():
            return None
        case _:
            assert_never(condition)


def _contradiction(condition: And, bounds: Mapping[str, Bounds]) -> str | None:
    possible: dict[_Subject, _Range] = {}
    for part in _joined(condition):
        if not isinstance(part, Comparison):
            reason = never_true(part, bounds)
            if reason:
                return reason
            continue
        narrowing = _narrowing(part)
        if narrowing is None:
            continue
        subject, relation, edge = narrowing
        after = _narrowed(possible.get(subject) or _start(subject, bounds), relation, edge)
        if after.is_empty:
            return _reason(part, alone=subject not in possible)
        possible[subject] = after
    return None


def _joined(condition: And) -> Iterator[Condition]:
    """The parts that must all be true, also those inside parentheses."""
    for part in condition.parts:
        if isinstance(part, And):
            yield from _joined(part)
        else:
            yield part


def _narrowing(comparison: Comparison) -> tuple[_Subject, Relation, Decimal] | None:
    """The metric of a comparison and what it must be, None where there is more to it than one constant."""
    counted = comparison.window if comparison.window and comparison.window.kind is WindowKind.WITHIN else None
    match comparison.left, comparison.right:
        case MetricRef() as metric, Quantity() as edge:
            return (metric, counted), comparison.relation, edge.normal
        case Quantity() as edge, MetricRef() as metric:
            return (metric, counted), _MIRRORED.get(comparison.relation, comparison.relation), edge.normal
        case _:
            return None


def _start(subject: _Subject, bounds: Mapping[str, Bounds]) -> _Range:
    metric, counted = subject
    known = _A_COUNT if counted else bounds.get(metric.name, Bounds())
    start = _Range()
    if known.least is not None:
        start = start.above(known.least, is_open=False)
    if known.most is not None:
        start = start.below(known.most, is_open=False)
    return start


def _narrowed(before: _Range, relation: Relation, edge: Decimal) -> _Range:
    match relation:
        case Relation.ABOVE | Relation.AT_LEAST:
            return before.above(edge, is_open=relation is Relation.ABOVE)
        case Relation.BELOW | Relation.AT_MOST:
            return before.below(edge, is_open=relation is Relation.BELOW)
        case Relation.EQUAL:
            return before.above(edge, is_open=False).below(edge, is_open=False)
        case Relation.UNEQUAL:
            return before
        case _:
            assert_never(relation)


def _reason(comparison: Comparison, *, alone: bool) -> str:
    if alone:
        return f"{quote(str(comparison))} can never be true, because its metric has no such values"
    return f"{quote(str(comparison))} can never be true together with what is asked before it"
