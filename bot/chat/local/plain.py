"""A message as plain text for pipes and files: no colours, no frames, one fact a line."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from bot.chat.characters import visible, visible_lines
from bot.chat.local.wording import percent_text
from bot.domain.message import (
    Bold,
    Bullets,
    Buttons,
    Code,
    Fields,
    Heading,
    Mark,
    Marked,
    Mention,
    Moment,
    Note,
    Paragraph,
    Plain,
    Progress,
    Table,
    Verbatim,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.chat.local.wording import Reader
    from bot.domain.message import Block, Line, Message, Span

BAR_WIDTH = 30


@dataclass(frozen=True, slots=True)
class Signs:
    """The signs of a list, a bar and a button."""

    marks: dict[Mark, str]
    bullet: str
    full: str
    empty: str
    arrow: str


UNICODE = Signs(
    {Mark.DONE: "✔", Mark.OPEN: "○", Mark.SKIPPED: "↷", Mark.CURRENT: "▶", Mark.FAILED: "✖"}, "•", "█", "░", "→"
)
ASCII = Signs(
    {Mark.DONE: "[x]", Mark.OPEN: "[ ]", Mark.SKIPPED: "[-]", Mark.CURRENT: "[>]", Mark.FAILED: "[!]"},
    "-",
    "#",
    ".",
    "->",
)


def signs_for(encoding: str | None) -> Signs:
    """Return the signs that a stream of this encoding can carry."""
    try:
        "".join((*UNICODE.marks.values(), UNICODE.bullet, UNICODE.full, UNICODE.empty)).encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return ASCII
    return UNICODE


def plain_message(message: Message, reader: Reader, signs: Signs = UNICODE, *, numbered: bool = False) -> str:
    """Return the whole message without a line break at its end.

    Buttons are given with the command to type, and with a number where numbers are understood.
    """
    lines: list[str] = []
    number = 1 if numbered else None
    for block in message.blocks:
        if isinstance(block, Heading | Buttons | Table) and lines:
            lines.append("")
        lines.extend(_block_lines(block, reader, signs, number))
        if isinstance(block, Buttons) and number is not None:
            number += len(block.items)
    return "\n".join(line.rstrip() for line in lines or [visible(message.summary)])


def _block_lines(  # noqa: C901 - one arm for each kind of block is the simplest there is.
    block: Block, reader: Reader, signs: Signs, first_number: int | None
) -> Iterator[str]:
    match block:
        case Heading():
            yield visible(block.text)
        case Paragraph() | Note():
            yield _words(block.line, reader)
        case Bullets():
            yield from (f"{signs.bullet} {_words(item, reader)}" for item in block.items)
        case Fields():
            yield from (f"{visible(name)}: {_words(value, reader)}" for name, value in block.items)
        case Progress():
            yield f"{_bar(block.percent, signs)} {percent_text(block.percent)} {visible(block.label)}"
        case Marked():
            yield from (f"{signs.marks[mark]} {_words(item, reader)}" for mark, item in block.items)
        case Table():
            yield from _table_lines(block)
        case Verbatim():
            yield from visible_lines(block.text.rstrip("\n"))
        case Buttons():
            yield from _button_lines(block, signs, first_number)
        case _:
            assert_never(block)


def _words(line: Line, reader: Reader) -> str:
    return "".join(_span(span, reader) for span in line)


def _span(span: Span, reader: Reader) -> str:
    match span:
        case Plain() | Bold() | Moment() | Mention():
            return reader.words(span)
        case Code():
            return f"`{reader.words(span)}`"
        case _:
            assert_never(span)


def _button_lines(buttons: Buttons, signs: Signs, first_number: int | None) -> Iterator[str]:
    for place, button in enumerate(buttons.items):
        sign = signs.arrow if first_number is None else f"[{first_number + place}]"
        yield f"{sign} {visible(button.label)}: {visible(button.command)}"


def _bar(percent: float, signs: Signs) -> str:
    full = int(max(0.0, min(percent, 100.0)) / 100 * BAR_WIDTH)
    return signs.full * full + signs.empty * (BAR_WIDTH - full)


def _table_lines(table: Table) -> Iterator[str]:
    rows = [tuple(map(visible, row)) for row in (table.columns, *table.rows)]
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    rows.insert(1, tuple("-" * width for width in widths))
    for row in rows:
        yield "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True))


def _width(text: str) -> int:
    """Return how many cells of a terminal a text takes."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text) + wide - sum(unicodedata.combining(character) > 0 for character in text)
