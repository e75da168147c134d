"""What somebody in Discord sees of a message, as text: drawn from the very components that would be posted."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.chat.discord.drawn import FileCard, Gallery, PressRow, Text
from bot.chat.discord.pages import render_pages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.chat.discord.drawn import Part
    from bot.domain.message import Message

EDGE = "┃ "
"""The coloured edge of the container that a message of ours is in."""

MARKUP = re.compile(r"^(?:#{1,3}|-#) |\*\*|```\w*\n?|(?<!\\)`")
ESCAPED = re.compile(r"\\([^\w\s])")
TIME = re.compile(r"<t:(-?\d+):\w>")
ITEM = re.compile(r"^- ")


def picture(message: Message) -> str:
    """Return a message's words in Discord, a line for each row; a button stands in brackets."""
    rows = (row for page in render_pages(message) for part in page.parts for row in _part(part))
    return "\n".join(f"{EDGE}{row}".rstrip() for row in rows)


def _part(part: Part) -> Iterator[str]:
    match part:
        case Text(content):
            yield from map(_line, content.splitlines())
        case PressRow(presses):
            yield " ".join(f"[{it.label}]" for it in presses)
        case Gallery(pictures):
            yield from (f"[picture: {it.alt or it.name}]" for it in pictures)
        case FileCard(attachment):
            yield f"[file: {attachment.name}]"


def _line(line: str) -> str:
    """Return a line of markup as it is read."""
    seen = MARKUP.sub("", TIME.sub(_time, line))
    return ESCAPED.sub(r"\1", ITEM.sub("• ", seen))


def _time(found: re.Match[str]) -> str:
    return f"{datetime.fromtimestamp(int(found[1]), UTC):%Y-%m-%d %H:%M} UTC"
