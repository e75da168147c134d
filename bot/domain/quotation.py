"""How a piece of what somebody typed or wrote is quoted back to them."""

from __future__ import annotations

import re

LONGEST_QUOTED = 60


def quote(text: str, limit: int = 40) -> str:
    """`text` between straight quotes, as problems in files show it; cut to `limit` characters, invisible ones spelled out."""
    shown = text if len(text) <= limit else text[: limit - 1] + "…"
    return '"' + "".join(_visible(character) for character in shown) + '"'


def quoted(text: str) -> str:
    """`text` as sentences to people show it: the same, between “ and ”."""
    return f"“{quote(text, LONGEST_QUOTED)[1:-1]}”"


def as_sentence(problem: Exception) -> str:
    """A problem with a piece of a file or a line as a sentence to people, with its quotes and its full stop."""
    text = str(problem)
    return re.sub(r'"([^"]*)"', r"“\1”", text).rstrip(".?") + ("?" if text.endswith("?") else ".")


def _visible(character: str) -> str:
    if character.isprintable():
        return character
    return character.encode("unicode_escape").decode("ascii")
