"""Reading the text of a gate or a guardrail, such as `error_rate <= baseline * 1.1 and p95 < 500ms for 10m`.

condition   or        = and { "or" and }
            and       = not { "and" not }
            not       = "not" not | compared
            compared  = sum [ relation sum [ ("for" | "within") duration ] ]
            sum       = product { ("+" | "-") product }
            product   = primary { ("*" | "/") primary }
            primary   = quantity | metric | "baseline" | "(" or ")"
            metric    = [ ("canary" | "control") "." ] name
            quantity  = [ "-" ] number [ "%" | "ms" | "s" | "m" | "h" | "d" | ("/" | "per") ("s" | "min" | "h" | "day") ]
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches

from bot.domain.condition import (
    And,
    Arithmetic,
    BadCondition,
    Baseline,
    Cohort,
    Comparison,
    Condition,
    MetricRef,
    Not,
    Operation,
    Or,
    Relation,
    Value,
    Window,
    WindowKind,
)
from bot.domain.condition_check import check_units_alone
from bot.domain.condition_quantity import UNIT_WORDS, read_quantity
from bot.domain.condition_tokens import Token, TokenKind, Tokens, unexpected
from bot.domain.duration import BadDuration, parse_duration
from bot.domain.quotation import quote

MAX_LENGTH = 500
MAX_DEPTH = 20
MAX_OPERATIONS = 50

_METRIC_NAME = re.compile(r"[a-z_][a-z0-9_]*")
_COHORTS = tuple(str(cohort) for cohort in Cohort)
_WINDOW_WORDS = tuple(str(kind) for kind in WindowKind)
_A_RELATION = "a comparison (<, <=, >, >=, == or !=)"
_A_VALUE = "a metric, a number or baseline"
_EXAMPLE = "error_rate < 0.5%"


def parse_condition(text: str) -> Condition:
    """The condition that `text` says, whose constants fit each other. Raises `BadCondition`."""
    if len(text) > MAX_LENGTH:
        raise BadCondition(f"{len(text)} characters are too many for one condition: at most {MAX_LENGTH}", MAX_LENGTH)
    if not text.strip():
        raise BadCondition(f'nothing is written where a condition such as "{_EXAMPLE}" was expected', 0)
    condition = _Parser(text).whole()
    check_units_alone(condition)
    return condition


class _Parser:
    """Goes through the tokens once, with one method for each rule of the grammar.

    A parenthesis may hold a condition or a value, so rules answer with either; whoever needs one of the two says so.
    """

    def __init__(self, text: str) -> None:
        self._tokens = Tokens(text)
        self._depth = 0
        self._operations = 0

    def whole(self) -> Condition:
        start = self._tokens.next
        node = self._either()
        if self._tokens.next.kind is not TokenKind.END:
            raise _left_over(self._tokens.next, node)
        return _as_condition(node, start)

    def _either(self) -> Condition | Value:
        start = self._tokens.next
        first = self._all()
        parts = []
        while self._tokens.take_if(TokenKind.KEYWORD, "or"):
            after = self._tokens.next
            parts.append(_as_condition(self._all(), after))
        return Or((_as_condition(first, start), *parts)) if parts else first

    def _all(self) -> Condition | Value:
        start = self._tokens.next
        first = self._negated()
        parts = []
        while self._tokens.take_if(TokenKind.KEYWORD, "and"):
            after = self._tokens.next
            parts.append(_as_condition(self._negated(), after))
        return And((_as_condition(first, start), *parts)) if parts else first

    def _negated(self) -> Condition | Value:
        token = self._tokens.take_if(TokenKind.KEYWORD, "not")
        if token is None:
            return self._compared()
        after = self._tokens.next
        with self._one_deeper(token):
            return Not(_as_condition(self._negated(), after))

    def _compared(self) -> Condition | Value:
        start = self._tokens.next
        left = self._sum()
        sign = self._tokens.take_if(TokenKind.RELATION)
        if sign is None:
            return left
        after = self._tokens.next
        right = _as_value(self._sum(), after)
        if self._tokens.next.kind is TokenKind.RELATION:
            raise _chained(right, self._tokens.next)
        comparison = Comparison(_as_value(left, start), Relation(sign.text), right, self._window())
        _require_a_subject(comparison)
        return comparison

    def _window(self) -> Window | None:
        word = self._tokens.take_if(TokenKind.KEYWORD, "for", "within")
        if word is None:
            return None
        start = self._tokens.next
        if start.kind is not TokenKind.NUMBER:
            raise unexpected(start, f'a duration such as 5m after "{word.text}"')
        end = start.end
        while self._tokens.next.kind in (TokenKind.NUMBER, TokenKind.SUFFIX, TokenKind.WORD):
            end = self._tokens.take().end
        try:
            length = parse_duration(self._tokens.text[start.column : end])
        except BadDuration as error:
            raise BadCondition(str(error), start.column) from error
        if self._tokens.next.text in _WINDOW_WORDS:
            raise BadCondition("a comparison has one window: either for or within", self._tokens.next.column)
        return Window(WindowKind(word.text), length)

    def _sum(self) -> Condition | Value:
        return self._computed(self._product, "+", "-")

    def _product(self) -> Condition | Value:
        return self._computed(self._primary, "*", "/")

    def _computed(self, operand: Callable[[], Condition | Value], *signs: str) -> Condition | Value:
        start = self._tokens.next
        result = operand()
        while sign := self._tokens.take_if(TokenKind.SIGN, *signs):
            self._operations += 1
            if self._operations > MAX_OPERATIONS:
                raise BadCondition(f"too many operations: at most {MAX_OPERATIONS}", sign.column)
            after = self._tokens.next
            right = _as_value(operand(), after)
            result = Arithmetic(_as_value(result, start), Operation(sign.text), right)
        return result

    def _primary(self) -> Condition | Value:
        token = self._tokens.next
        if token.kind is TokenKind.NUMBER or (token.kind is TokenKind.SIGN and token.text == "-"):
            return read_quantity(self._tokens)
        if token.kind is TokenKind.WORD:
            return self._metric()
        if self._tokens.take_if(TokenKind.KEYWORD, "baseline"):
            return Baseline(token.column)
        if self._tokens.take_if(TokenKind.SIGN, "("):
            return self._enclosed(token)
        raise unexpected(token, _A_VALUE)

    def _enclosed(self, opening: Token) -> Condition | Value:
        with self._one_deeper(opening):
            node = self._either()
        if self._tokens.take_if(TokenKind.SIGN, ")") is None:
            if self._tokens.next.kind is TokenKind.END:
                raise BadCondition('a "(" is never closed: ")" is missing', opening.column)
            raise _left_over(self._tokens.next, node, 'or ")"')
        if isinstance(node, Condition) and self._tokens.next.text in _WINDOW_WORDS:
            window = self._tokens.next
            raise BadCondition(
                f'"{window.text}" belongs to one comparison: write it inside the parentheses, behind each',
                window.column,
            )
        return node

    def _metric(self) -> MetricRef:
        first = self._tokens.take()
        if self._tokens.take_if(TokenKind.SIGN, ".") is None:
            return MetricRef(_metric_name(first), column=first.column)
        if first.text not in _COHORTS:
            near = get_close_matches(first.text.lower(), list(_COHORTS), n=1)
            raise unexpected(first, '"canary" or "control" before the dot', near[0] if near else "")
        name = self._tokens.next
        if name.kind is not TokenKind.WORD:
            raise unexpected(name, f'the name of a metric after "{first.text}."')
        return MetricRef(_metric_name(self._tokens.take()), Cohort(first.text), first.column)

    @contextmanager
    def _one_deeper(self, token: Token) -> Iterator[None]:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise BadCondition(f"nested too deeply: at most {MAX_DEPTH} levels", token.column)
        yield
        self._depth -= 1


def _metric_name(token: Token) -> str:
    if token.text in UNIT_WORDS:
        raise BadCondition(f"{quote(token.text)} is a unit and needs a number before it", token.column)
    if token.text in _COHORTS:
        raise BadCondition(f'{quote(token.text)} needs a metric: write "{token.text}.error_rate"', token.column)
    if not _METRIC_NAME.fullmatch(token.text):
        raise unexpected(token, "the name of a metric in small letters", token.text.lower())
    return token.text


def _as_condition(node: Condition | Value, start: Token) -> Condition:
    if isinstance(node, Condition):
        return node
    raise BadCondition(
        f'{quote(str(node))} is compared with nothing: expected a condition such as "{_EXAMPLE}"', start.column
    )


def _as_value(node: Condition | Value, start: Token) -> Value:
    if isinstance(node, Value):
        return node
    raise BadCondition(f"{quote(str(node))} is a condition where {_A_VALUE} was expected", start.column)


def _left_over(token: Token, node: Condition | Value, also: str = "or the end") -> BadCondition:
    """The refusal of a token that goes on with nothing that was read before it."""
    expected = f'"and", "or" {also}' if isinstance(node, Condition) else _A_RELATION
    if token.kind is TokenKind.SIGN and token.text == ")":
        return BadCondition('a ")" closes nothing: "(" is missing', token.column)
    return unexpected(token, expected)


def _chained(middle: Value, token: Token) -> BadCondition:
    return BadCondition(
        f'found a second "{token.text}": a comparison has two sides; write it twice, as in "1% < {middle} and {middle} < 5%"',
        token.column,
    )


def _require_a_subject(comparison: Comparison) -> None:
    """Refuse a comparison of constants, and a baseline that could be of several metrics or that is to be counted."""
    if not comparison.metrics:
        raise BadCondition(f"{quote(str(comparison))} names no metric", comparison.column)
    if not comparison.uses_baseline:
        return
    if comparison.subject is None:
        names = " or ".join(dict.fromkeys(metric.name for metric in comparison.metrics))
        raise BadCondition(f"it is not clear whose baseline is meant: {names}", comparison.column)
    if comparison.window and comparison.window.kind is WindowKind.WITHIN:
        raise BadCondition(
            'a baseline is a value and cannot be compared with a count "within" a time', comparison.column
        )
