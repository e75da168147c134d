"""Characters for Slack: what people wrote is shown and never acts, and nothing is longer than Slack takes."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right

ZERO_WIDTH_JOINER = "\u200d"

_JOINERS = f"\u200c{ZERO_WIDTH_JOINER}"
"""Invisible, and yet part of how Persian words and many emoji are written."""

_EMOJI_PLANE = range(0x1F000, 0x1FC00)
"""Python knows the emoji of its release date; younger ones in this range are shown all the same."""

_LONGEST_CLUSTER = 16


def visible(text: str) -> str:
    """Return one line in which whatever could hide, reorder or break text is spelled out instead."""
    if text.isprintable():
        return text
    return text.translate({ord(it): _visible_character(it) for it in set(text) if not it.isprintable()})


def visible_lines(text: str) -> str:
    """Return a longer text with its line breaks, each line as `visible` does, with tabs as spaces."""
    return "\n".join(map(visible, text.expandtabs(4).split("\n")))


def _visible_character(character: str) -> str:
    if character in _JOINERS:
        return character
    if character in "\n\t" or unicodedata.category(character) == "Zs":
        return " "
    if ord(character) in _EMOJI_PLANE and unicodedata.category(character) == "Cn":
        return character
    return character.encode("unicode_escape").decode("ascii")


def escaped(text: str) -> str:
    """Return a text in which Slack finds no mention, link or date: `&`, `<` and `>` are its only special characters."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def size(text: str) -> int:
    """Return how long a text is for Slack, at most: in UTF-16 units once it is escaped.

    Slack does not say in what it counts; whichever it is of characters, units and escaped ones, this is no less.
    """
    units = len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
    return units + 4 * text.count("&") + 3 * (text.count("<") + text.count(">"))


def shown(text: str, limit: int, *, telling: bool = False, lines: bool = False) -> str:
    """Return a text as `visible` does, or as `visible_lines`, at most `limit` long by `size`.

    It ends with an ellipsis where it is cut; with `telling` that says how many characters are missing.
    """
    make = visible_lines if lines else visible
    # Every character shows as one at least, so that nobody has to look at all of a book.
    whole = make(text[: limit + 1])
    if len(text) <= limit and size(whole) <= limit:
        return whole
    room = limit - len(_ellipsis(len(text), telling=telling))
    lengths = range(1, min(len(text), limit) + 1)
    end = _between_clusters(text, bisect_right(lengths, room, key=lambda length: size(make(text[:length]))))
    return make(text[:end]) + _ellipsis(len(text) - end, telling=telling)


def _ellipsis(missing: int, *, telling: bool) -> str:
    return f"… ({missing:,} more characters)" if telling else "…"


def _between_clusters(text: str, end: int) -> int:
    """Return a place not after `end` at which no accent is torn from its letter and no emoji apart."""
    place = end
    while 0 < place < len(text) and _joined(text[place - 1], text[place]):
        place -= 1
        if end - place > _LONGEST_CLUSTER:
            return end
    return place


def _joined(before: str, after: str) -> bool:
    return ZERO_WIDTH_JOINER in {before, after} or unicodedata.category(after) in {"Mn", "Me"}
