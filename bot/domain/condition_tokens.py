"""The words and signs of a condition's text, each with the column where it stands."""

import re
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.condition import BadCondition
from bot.domain.quotation import quote

KEYWORDS = frozenset({"and", "or", "not", "for", "within", "per", "baseline"})

_TOKEN = re.compile(
    r"""
      (?P<number>   [0-9]+ (?:\.[0-9]+)? )
    | (?P<suffix>   (?<=[0-9]) [A-Za-z]+ )          # the unit that stands right behind a number
    | (?P<word>     [A-Za-z_][A-Za-z0-9_]* )
    | (?P<relation> <= (?!>) | >= | == | != | <(?![=>]) | >(?!=) | [≤≥≠] )
    | (?P<sign>     [-+*/().%] )
    | (?P<stray>    => | =< | <> | <=> | = | && | \|\| | [^\s] )
    """,
    re.VERBOSE,
)
_RELATIONS = {"≤": "<=", "≥": ">=", "≠": "!="}
_NEAR_MISSES = {
    "=<": "<=",
    "=>": ">=",
    "=": "==",
    "<>": "!=",
    "is": "==",
    "equals": "==",
    **dict.fromkeys(("below", "under", "less"), "<"),
    **dict.fromkeys(("above", "more", "exceeds"), ">"),
    **dict.fromkeys(("&&", "&"), "and"),
    **dict.fromkeys(("||", "|"), "or"),
    "!": "not",
    "×": "*",
    "÷": "/",
    "−": "-",
    "–": "-",
    "[": "(",
    "]": ")",
    "during": "for",
}


class TokenKind(StrEnum):
    """What sort of word or sign a token is."""

    NUMBER = "number"
    SUFFIX = "suffix"
    WORD = "word"
    KEYWORD = "keyword"
    RELATION = "relation"
    SIGN = "sign"
    STRAY = "stray"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """One word or sign; `text` is in its regular form (`≤` is `<=`, `AND` is `and`), `end` the column after it."""

    kind: TokenKind
    text: str
    column: int
    end: int


class Tokens:
    """The tokens of one text, taken one after the other; what belongs to no condition is a STRAY token."""

    def __init__(self, text: str) -> None:
        self.text = text
        end = Token(TokenKind.END, "", len(text), len(text))
        self._tokens = (*(_token(found) for found in _TOKEN.finditer(text)), end)
        self._position = 0

    @property
    def next(self) -> Token:
        """The token that comes next; behind the last one there is an endless row of END."""
        return self._tokens[self._position]

    @property
    def after_next(self) -> Token:
        return self._tokens[min(self._position + 1, len(self._tokens) - 1)]

    def take(self) -> Token:
        token = self.next
        if token.kind is not TokenKind.END:
            self._position += 1
        return token

    def take_if(self, kind: TokenKind, *texts: str) -> Token | None:
        """Take the next token if it is of that kind and, where texts are given, one of them."""
        token = self.next
        return self.take() if token.kind is kind and (not texts or token.text in texts) else None


def unexpected(token: Token, expected: str, hint: str = "") -> BadCondition:
    """The refusal of `token` where `expected` should stand, with the right form of what it resembles."""
    found = "the condition ends" if token.kind is TokenKind.END else f"found {quote(token.text)}"
    meant = hint or _NEAR_MISSES.get(token.text.lower(), "")
    problem = f"{found} where {expected} was expected"
    return BadCondition(f'{problem}; did you mean "{meant}"?' if meant else problem, token.column)


def _token(found: re.Match[str]) -> Token:
    kind, text = TokenKind(found.lastgroup or ""), found.group()
    if kind is TokenKind.WORD and text.lower() in KEYWORDS:
        kind, text = TokenKind.KEYWORD, text.lower()
    elif kind is TokenKind.RELATION:
        text = _RELATIONS.get(text, text)
    return Token(kind, text, found.start(), found.end())
