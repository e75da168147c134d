"""Divides a message that is too long for Discord into several, so that an answer loses nothing."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.chat.characters import size
from bot.chat.discord.blocks import laid_out
from bot.chat.discord.markdown import MOST_TEXT
from bot.chat.discord.presses import LONGEST_LABEL
from bot.chat.discord.render import render
from bot.domain.message import Bullets, Buttons, Fields, Heading, Marked, Table, Verbatim

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.chat.discord.drawn import DiscordMessage
    from bot.domain.message import Block, Message
    from bot.domain.outbox import Attachment

MOST_PAGES = 5
"""An answer of more pages would bury the channel; what is left after the last one is cut."""

WORTH_A_START = 500
"""A long block begins on a page only where so much room is left; else it begins the next one."""


def render_pages(message: Message, attachments: Sequence[Attachment] = ()) -> tuple[DiscordMessage, ...]:
    """Draw a message as one or more, in the order in which they are to be sent; files are on the last one."""
    found = paged(message)
    return (*map(render, found[:-1]), render(found[-1], attachments))


def paged(message: Message) -> tuple[Message, ...]:
    """Return a message as several that fit, each with as much as it takes."""
    pages: list[tuple[Block, ...]] = []
    left = message.blocks
    while len(pages) < MOST_PAGES - 1 and sum(map(_size, left)) > MOST_TEXT:
        page, left = _page(left)
        pages.append(page)
    return tuple(replace(message, blocks=blocks) for blocks in (*pages, left) if blocks or not pages)


def _page(blocks: tuple[Block, ...]) -> tuple[tuple[Block, ...], tuple[Block, ...]]:
    """Return what goes on one page, at least something, and what is left."""
    page: list[Block] = []
    room = MOST_TEXT
    for place, block in enumerate(blocks):
        taken = _size(block)
        if taken <= room:
            page.append(block)
            room -= taken
            continue
        first, rest = _divided(block, room) if room >= WORTH_A_START else (None, block)
        if first is not None:
            return (*page, first), (rest, *blocks[place + 1 :])
        # A title goes where the things are that it names.
        while len(page) > 1 and isinstance(page[-1], Heading):
            page.pop()
        return (tuple(page), blocks[len(page) :]) if page else ((block,), blocks[1:])
    return tuple(page), ()


def _size(block: Block) -> int:
    if isinstance(block, Buttons):
        return LONGEST_LABEL * len(block.items)
    return size(laid_out(block).drawn()) + 1


def _divided(block: Block, room: int) -> tuple[Block | None, Block]:
    """Return the largest beginning of a block that fits, or None where it has no parts that do, and the rest."""
    counts = range(1, _parts(block))
    fitting = bisect_right(counts, room, key=lambda count: _size(_split(block, count)[0]))
    return _split(block, fitting) if fitting else (None, block)


def _parts(block: Block) -> int:
    match block:
        case Bullets() | Fields() | Marked():
            return len(block.items)
        case Table():
            return len(block.rows)
        case Verbatim():
            return len(block.text.split("\n"))
        case _:
            return 1


def _split(block: Block, count: int) -> tuple[Block, Block]:
    """Return a block's first parts and the others, each as a block of its kind."""
    match block:
        case Bullets(items):
            return Bullets(items[:count]), Bullets(items[count:])
        case Fields(fields):
            return Fields(fields[:count]), Fields(fields[count:])
        case Marked(marked):
            return Marked(marked[:count]), Marked(marked[count:])
        case Table(columns, rows):
            return Table(columns, rows[:count]), Table(columns, rows[count:])
        case Verbatim(text):
            lines = text.split("\n")
            return Verbatim("\n".join(lines[:count])), Verbatim("\n".join(lines[count:]))
        case _:
            return block, block
