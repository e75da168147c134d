"""Characters for Slack: what people wrote is shown and never acts, and nothing is longer than Slack takes."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right

from bot.chat import characters
from bot.chat.characters import ZERO_WIDTH_JOINER, visible, visible_lines

_LONGEST_CLUSTER = 16
_LARGEST = 5
"""The size of `&`, which is escaped: no plain letter or sign has a larger one."""


def escaped(text: str) -> str:
    """Return a text in which Slack finds no mention, link or date: `&`, `<` and `>` are its only special characters."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def size(text: str) -> int:
    """Return how long a text is for Slack, at most: in UTF-16 units once it is escaped.

    Slack does not say in what it counts; whichever it is of characters, units and escaped ones, this is no less.
    """
    return characters.size(text) + 4 * text.count("&") + 3 * (text.count("<") + text.count(">"))


def shown(text: str, limit: int, *, telling: bool = False, lines: bool = False) -> str:
    """Return a text as `visible` does, or as `visible_lines`, at most `limit` long by `size`.

    It ends with an ellipsis where it is cut; with `telling` that says how many characters are missing.
    """
    if len(text) * _LARGEST <= limit and text.isascii() and text.isprintable():
        return text
    make = _visible_lines if lines else visible
    # Every character shows as one at least, so that nobody has to look at all of a book.
    whole = make(text[: limit + 1])
    if len(text) <= limit and size(whole) <= limit:
        return whole
    room = limit - len(_ellipsis(len(text), telling=telling))
    lengths = range(1, min(len(text), limit) + 1)
    end = _between_clusters(text, bisect_right(lengths, room, key=lambda length: size(make(text[:length]))))
    return make(text[:end]) + _ellipsis(len(text) - end, telling=telling)


def _visible_lines(text: str) -> str:
    return "\n".join(visible_lines(text))


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
