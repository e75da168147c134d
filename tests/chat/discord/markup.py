"""Reads markup as Discord's client does, and finds whom the server would notify.

Written from Discord's documentation and from what its client is seen to do, apart from what the bot writes: where the
two differ it reads more as markup, never less.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Node:
    """A piece of what is seen: `text` where `kind` is `text`, and in code; else other pieces within it."""

    kind: str
    text: str = ""
    inside: tuple[Node, ...] = ()


PINGS = re.compile(r"<@[!&]?\d+>|@everyone|@here", re.IGNORECASE)
"""What the server looks for in the text as it was sent, whatever stands around it."""

TOKENS = {
    "escape": r"\\(?P<sign>[^0-9A-Za-z\s])",
    "fence": r"```(?:[a-z0-9_+\-.#]+?\n)?\n*(?P<fenced>[^\n].*?)\n*```",
    "code": r"(?P<ticks>`+)(?P<coded>.*?[^`])(?P=ticks)(?!`)",
    "mention": r"<@!?\d+>|<@&\d+>|@everyone|@here|<#\d+>|</[^<>:]+:\d+>|<id:[^<>]+>",
    "time": r"<t:-?\d{1,17}(?::[A-Za-z])?>",
    "emoji": r"<a?:\w+:\d+>|:[^\s:]+?(?:::skin-tone-\d)?:",
    "link": r"<[^: >]+:/[^ >]+>|<[^@ <>]+@[^@ <>]+>|<\+?\d[\d -]*>|[a-z][a-z0-9+.-]{0,20}://[^\s<]+|\[[^\]]*\]\([^)]*\)",
    "invitation": r"discord(?:app)?\.(?:gg|com/invite|new)/\w",
    "bold": r"\*\*(?P<bold>(?:\\.|[^\\])+?)\*\*(?!\*)",
    "underline": r"__(?P<underline>(?:\\.|[^\\])+?)__(?!_)",
    "italics": r"\*(?=\S)(?P<star>(?:\*\*|\\.|[^\\*])+?)\*(?!\*)|_(?P<score>(?:__|\\.|[^\\_])+?)_",
    "strike": r"~~(?P<strike>.+?)~~(?!~)",
    "spoiler": r"\|\|(?P<spoiler>.+?)\|\|",
}
INLINE = re.compile("|".join(f"(?P<{kind}_>{rule})" for kind, rule in TOKENS.items()), re.DOTALL | re.IGNORECASE)

BEGINNINGS = {
    "heading1": r"\s*#\s+(?P<rest>.+)",
    "heading2": r"\s*##\s+(?P<rest>.+)",
    "heading3": r"\s*###\s+(?P<rest>.+)",
    "small": r"\s*-#\s+(?P<rest>.+)",
    "quote": r"\s*>(?:>>)?\s(?P<rest>.*)",
    "item": r"\s*(?:[-*+]|\d+\.)\s+(?P<rest>.*)",
}

NAMES = ("bold", "underline", "star", "score", "strike", "spoiler")


def read(content: str) -> tuple[Node, ...]:
    """Return a whole text, line by line."""
    return tuple(_lines(content))


def live(content: str) -> list[str]:
    """Return the kinds of everything in a text that is not just itself, in the order in which it stands there."""
    return [node.kind for node in _all(read(content)) if node.kind not in {"text", "line"}]


def seen(content: str) -> str:
    """Return the words that somebody reads, lines apart."""
    return "\n".join(_words(node) for node in read(content))


def _words(node: Node) -> str:
    return node.text + "".join(map(_words, node.inside))


def _all(nodes: tuple[Node, ...]) -> Iterator[Node]:
    for node in nodes:
        yield node
        yield from _all(node.inside)


def _lines(content: str) -> Iterator[Node]:
    """Yield lines; a block of code is one, wherever it begins."""
    start = 0
    while start < len(content):
        fence = re.compile(TOKENS["fence"], re.DOTALL | re.IGNORECASE).match(content, start)
        end = fence.end() if fence else content.find("\n", start) % (len(content) + 1)
        yield _line(content[start:end])
        start = end + 1


def _line(line: str) -> Node:
    for kind, rule in BEGINNINGS.items():
        if found := re.fullmatch(rule, line, re.DOTALL):
            # Lists and quotes hold lines of their own.
            rest = (_line(found["rest"]),) if kind in {"item", "quote"} else tuple(_inline(found["rest"]))
            return Node(kind, inside=rest)
    return Node("line", inside=tuple(_inline(line)))


def _inline(text: str) -> Iterator[Node]:
    place = 0
    for found in INLINE.finditer(text):
        if found.start() > place:
            yield Node("text", text[place : found.start()])
        yield _token(found)
        place = found.end()
    if place < len(text):
        yield Node("text", text[place:])


def _token(found: re.Match[str]) -> Node:
    kind = next(kind for kind in TOKENS if found[f"{kind}_"] is not None)
    if kind == "escape":
        return Node("text", found["sign"])
    if kind in {"fence", "code"}:
        return Node(kind, found["fenced"] if kind == "fence" else found["coded"])
    inner = next((found[name] for name in NAMES if found[name] is not None), None)
    return Node(kind, found[0]) if inner is None else Node(kind, inside=tuple(_inline(inner)))
