"""Characters that are safe to show anywhere: whatever hides, reorders or breaks text is spelled out instead."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

ZERO_WIDTH_JOINER = "\u200d"

JOINERS = f"\u200c{ZERO_WIDTH_JOINER}"
"""Invisible, and yet part of how Persian words and many emoji are written."""

_FILLERS = "\u115f\u1160\u2800\u3164\uffa0"
"""Letters and signs that draw nothing: a text of these alone would look empty."""

_EMOJI_PLANE = range(0x1F000, 0x1FC00)
"""Python knows the emoji of its release date; younger ones in this range are shown all the same."""

_UNSURE = re.compile(r"[^ -~]")


def visible(text: str) -> str:
    """Return one line in which whatever could move a cursor, colour, hide or reorder text is spelled out instead."""
    return _UNSURE.sub(lambda character: _visible_character(character[0]), text)


def visible_lines(text: str) -> tuple[str, ...]:
    """Return the lines of a longer text, each as `visible` does, with tabs as spaces."""
    lines = text.replace("\r\n", "\n").expandtabs(4).split("\n")
    return tuple(visible(line) for line in lines)


def size(text: str) -> int:
    """Return the length of a text as the strictest reader counts it: in UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


@lru_cache(maxsize=4096)
def _visible_character(character: str) -> str:
    if character in _FILLERS:
        return _spelled(character)
    if character.isprintable() or character in JOINERS:
        return character
    if character in "\n\t" or unicodedata.category(character) == "Zs":
        return " "
    if ord(character) in _EMOJI_PLANE and unicodedata.category(character) == "Cn":
        return character
    return _spelled(character)


def _spelled(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
