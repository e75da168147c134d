"""Whether a text is one question to a database: a SELECT and nothing that writes.

The database itself refuses to write for us; this finds most mistakes earlier, with a better sentence.
"""

from __future__ import annotations

import re

from bot.domain.errors import Refused
from bot.domain.quotation import quoted

_TOKEN = re.compile(
    r"""
      (?P<space> \s+ | --[^\n]* | /\*.*?\*/ )
    | (?P<text> '(?:[^']|'')*' | "(?:[^"]|"")*" | `[^`]*` | \$(?P<tag>\w*)\$ .*? \$(?P=tag)\$ )
    | (?P<word> \w+ )
    | (?P<sign> . )
    """,
    re.VERBOSE | re.DOTALL,
)
_FIRST_WORDS = frozenset({"SELECT", "WITH"})
_WRITES = frozenset({("INSERT", "INTO"), ("REPLACE", "INTO"), ("MERGE", "INTO"), ("DELETE", "FROM")})


def check_statement(text: str) -> None:
    """Raise Refused for what is not exactly one SELECT, with or without a WITH before it."""
    words = _words(text)
    if not words:
        raise Refused("The metric's query is empty.", "Write one SELECT whose first column is the number.")
    if words[0] not in _FIRST_WORDS:
        raise Refused(
            f"A metric's query begins with SELECT or WITH, and this one with {quoted(words[0])}.",
            "Write one SELECT whose first column is the number.",
        )
    if ";" in words:
        raise Refused("The metric's query holds more than one statement.", "Keep the SELECT and remove the rest.")
    written = _what_writes(words)
    if written:
        raise Refused(f"The metric's query would write ({written}).", "A metric only reads: write one SELECT.")


def _words(text: str) -> list[str]:
    """Return words and signs in capitals, without spaces, comments, quoted text and the semicolons at the end."""
    words = [found.group().upper() for found in _TOKEN.finditer(text) if found["word"] or found["sign"]]
    while words and words[-1] == ";":
        words.pop()
    return words


def _what_writes(words: list[str]) -> str:
    for index, word in enumerate(words):
        following = words[index + 1 : index + 4]
        if (word, *following[:1]) in _WRITES:
            return f"{word} {following[0]}"
        if word == "UPDATE" and "SET" in following:
            return word
    return ""
