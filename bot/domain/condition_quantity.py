"""Reading the constants of a condition: `0.5%`, `500 ms`, `1h30m`, `10/min`, `3 per day`."""

from decimal import Decimal

from bot.domain.condition import BadCondition, Quantity
from bot.domain.condition_tokens import Token, TokenKind, Tokens, unexpected
from bot.domain.duration import LONG_UNIT_WORDS
from bot.domain.measure import Measure, Unit, plain_number
from bot.domain.quotation import quote

_MAX_DIGITS = 15
_MEASURES = {
    "ms": Measure.MILLISECONDS,
    "s": Measure.SECONDS,
    "m": Measure.MINUTES,
    "min": Measure.MINUTES,
    "h": Measure.HOURS,
    "d": Measure.DAYS,
}
_RATES = {
    **dict.fromkeys(("s", "sec", "second"), Measure.PER_SECOND),
    **dict.fromkeys(("m", "min", "minute"), Measure.PER_MINUTE),
    **dict.fromkeys(("h", "hour"), Measure.PER_HOUR),
    **dict.fromkeys(("d", "day"), Measure.PER_DAY),
}
_NEAR_MISSES = {
    **LONG_UNIT_WORDS,
    **dict.fromkeys(("millisecond", "milliseconds", "msec", "msecs"), "ms"),
    **dict.fromkeys(("percent", "pct", "percents"), "%"),
    "rpm": "/min",
    "rps": "/s",
}
_UNITS = "%, ms, s, m, h, d, /s, /min, /h or /day"

UNIT_WORDS = frozenset(_MEASURES) | frozenset(_RATES)
"""Words that no metric can be named, because behind a number or a slash they are units."""


def read_quantity(tokens: Tokens) -> Quantity:
    """Take one constant, with its sign and its unit."""
    minus = tokens.take_if(TokenKind.SIGN, "-")
    number = tokens.take_if(TokenKind.NUMBER)
    if number is None:
        raise unexpected(tokens.next, 'a number after "-"')
    amount, measure = _amount(number), _measure(tokens, number)
    column = number.column
    if minus:
        amount, column = -amount, minus.column
    if measure.unit is Unit.DURATION and _another_part_follows(tokens):
        if minus:
            raise unexpected(tokens.next, "one unit only behind a negative number")
        amount, measure = _compound(tokens, amount, measure)
    return Quantity(amount, measure, column)


def _amount(number: Token) -> Decimal:
    if len(number.text) > _MAX_DIGITS:
        raise BadCondition(f"{quote(number.text)} has too many digits: at most {_MAX_DIGITS}", number.column)
    return Decimal(number.text)


def _measure(tokens: Tokens, number: Token) -> Measure:
    """Take the unit behind a number, PLAIN where there is none."""
    if tokens.take_if(TokenKind.SIGN, "%"):
        return Measure.PERCENT
    if tokens.take_if(TokenKind.KEYWORD, "per"):
        return _rate(tokens.take())
    if tokens.next.text == "/" and tokens.after_next.text in _RATES:
        tokens.take()
        return _rate(tokens.take())
    if tokens.next.kind in (TokenKind.SUFFIX, TokenKind.WORD):
        return _word(tokens.take(), number)
    return Measure.PLAIN


def _rate(token: Token) -> Measure:
    if token.text not in _RATES:
        raise unexpected(token, 's, min, h or day after "per"', _rate_hint(token.text))
    return _RATES[token.text]


def _rate_hint(word: str) -> str:
    short = LONG_UNIT_WORDS.get(word.lower(), "")
    return {"s": "s", "m": "min", "h": "h", "d": "day"}.get(short, "")


def _word(token: Token, number: Token) -> Measure:
    if token.text in _MEASURES:
        return _MEASURES[token.text]
    meant = token.text.lower() if token.text.lower() in _MEASURES else _NEAR_MISSES.get(token.text.lower(), "")
    raise unexpected(token, f'a unit ({_UNITS}), "and", "or" or the end', number.text + meant if meant else "")


def _another_part_follows(tokens: Tokens) -> bool:
    return tokens.next.kind is TokenKind.NUMBER and tokens.after_next.kind is TokenKind.SUFFIX


def _compound(tokens: Tokens, amount: Decimal, measure: Measure) -> tuple[Decimal, Measure]:
    """Take the smaller parts of `1h30m`; the sum is in the smallest measure."""
    total = measure.normal(amount)
    while _another_part_follows(tokens):
        number = tokens.take()
        smaller = _measure(tokens, number)
        if smaller.normal(Decimal(1)) >= measure.normal(Decimal(1)):
            raise BadCondition(
                f"{quote(number.text + smaller)} cannot follow a part in {quote(measure)}: write larger units first",
                number.column,
            )
        total, measure = total + smaller.normal(_amount(number)), smaller
    return Decimal(plain_number(measure.amount(total))), measure
