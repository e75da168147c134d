"""A message as text alone: what screen readers read, and what a notification shows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, assert_never

from bot.chat.slack.characters import escaped, shown
from bot.chat.slack.rich_text import percent_text
from bot.chat.slack.spans import NOTHING, words_of
from bot.domain.message import (
    Bullets,
    Buttons,
    Fields,
    Heading,
    Marked,
    Note,
    Paragraph,
    Progress,
    Table,
    Verbatim,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.domain.message import Block, Line, Message

MOST_BYTES = 3_900
"""`chat.update` refuses a text of more than 4,000, which was seen to mean bytes."""

_LONGEST_LINE = 1_000

_EVERYBODY = re.compile(r"@(?=(?:here|channel|everyone)\b)", re.IGNORECASE)
_WORD_JOINER = "\u2060"


def text_of(message: Message) -> str:
    """Return the whole message in words: its summary, then each line that says more; escaped for mrkdwn.

    This is the one text that Slack itself may look through for `@here`, so that it is made no such word.
    """
    kept: list[str] = []
    room = MOST_BYTES - len("\n…".encode())
    for line in dict.fromkeys(_all_lines(message)):
        safe = _EVERYBODY.sub(f"@{_WORD_JOINER}", escaped(line))
        room -= len(safe.encode()) + 1
        if room < 0:
            kept.append("…")
            break
        kept.append(safe)
    return "\n".join(it for it in kept if it) or NOTHING


def _all_lines(message: Message) -> Iterator[str]:
    summary = _one(message.summary)
    yield summary
    for block in message.blocks:
        yield from (line for it in _lines(block) if not summary.startswith((line := _one(it)).rstrip(".")))


def _lines(block: Block) -> Iterator[str]:  # noqa: C901 - one arm for each kind of block is the simplest there is.
    match block:
        case Heading():
            yield block.text
        case Paragraph() | Note():
            yield _words(block.line)
        case Bullets():
            yield from map(_words, block.items)
        case Fields():
            yield from (f"{_one(name)}: {_words(value)}" for name, value in block.items)
        case Progress():
            yield f"{percent_text(block.percent)} {block.label}"
        case Marked():
            yield from (f"{mark.value}: {_words(line)}" for mark, line in block.items)
        case Table():
            yield from (", ".join(map(_one, row)) for row in (block.columns, *block.rows))
        case Verbatim():
            yield from block.text[:MOST_BYTES].split("\n")
        case Buttons():
            yield f"Buttons: {', '.join(_one(button.label) for button in block.items)}"
        case _:
            assert_never(block)


def _words(line: Line) -> str:
    return "".join(words_of(span, _LONGEST_LINE) for span in line)


def _one(text: str) -> str:
    return shown(text.strip(), _LONGEST_LINE).strip()
