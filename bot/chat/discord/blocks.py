"""How each kind of block is laid out on Discord, before its length is known."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, assert_never

from bot.chat.characters import visible, visible_lines
from bot.chat.discord.fitting import Fenced, Row, Rows
from bot.chat.discord.markdown import is_blank, unmarked
from bot.domain.message import (
    Bold,
    Bullets,
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
    line,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.chat.discord.fitting import Piece
    from bot.domain.message import Block, Buttons, Line

    Spoken = Heading | Paragraph | Note | Bullets | Fields | Progress | Marked | Table | Verbatim

TITLE, HEADING, SMALL, ITEM = "## ", "### ", "-# ", "- "

MARKS = {Mark.DONE: "✅", Mark.OPEN: "⬜", Mark.SKIPPED: "⏭️", Mark.CURRENT: "▶️", Mark.FAILED: "❌"}
"""Discord draws these itself, and so alike on every machine."""

BAR_WIDTH = 20
WIDEST_TABLE = 38
"""So many columns of a block of code stand on a phone before its lines are broken; wider tables become lists."""

NOTHING = {"", "–"}
DOT = " · "


def laid_out(  # noqa: C901 - one arm for each kind of block is the simplest there is.
    block: Spoken, *, first: bool = False
) -> Piece:
    """Return a block as rows or as code; without any where it says nothing. The `first` heading is the largest."""
    match block:
        case Heading():
            return _rows(TITLE if first else HEADING, (line(block.text),))
        case Paragraph():
            return _rows("", (block.line,))
        case Note():
            return _rows(SMALL, (block.line,))
        case Bullets():
            return _rows(ITEM, block.items)
        case Fields():
            return _rows("", (_field(name, value) for name, value in block.items))
        case Progress():
            return _progress(block)
        case Marked():
            return Rows(tuple(Row(f"{MARKS[mark]} ", item) for mark, item in block.items))
        case Table():
            return _table(block)
        case Verbatim():
            return (
                Fenced(tuple(map(unmarked, visible_lines(block.text.rstrip("\n"))))) if block.text.strip() else Rows(())
            )
        case _:
            assert_never(block)


def _rows(prefix: str, lines: Iterable[Line]) -> Rows:
    return Rows(tuple(Row(prefix, it) for it in lines if not _says_nothing(it)))


def _says_nothing(text: Line) -> bool:
    return all(not isinstance(span, Moment | Mention) and is_blank(span.text) for span in text)


def _field(name: str, value: Line) -> Line:
    return line(Bold(name), ": ", *value)


def _progress(progress: Progress) -> Rows:
    inside = max(0.0, min(progress.percent, 100.0))
    # Whatever has begun shows, and only what is done is full.
    full = max(int(inside / 100 * BAR_WIDTH), 1 if inside > 0 else 0)
    bar = "█" * full + "░" * (BAR_WIDTH - full)
    words = f"{round(progress.percent, 3):.3f}".rstrip("0").rstrip(".")
    return Rows((Row(f"`{bar}` ", line(Bold(f"{words}%"), f" {progress.label}")),))


def _table(table: Table) -> Piece:
    rows = [tuple(unmarked(visible(cell)) for cell in row) for row in (table.columns, *table.rows)]
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    if sum(widths) + 2 * (len(widths) - 1) > WIDEST_TABLE:
        return _listed(table)
    rows.insert(1, tuple("─" * width for width in widths))
    return Fenced(tuple("  ".join(map(_padded, row, widths)).rstrip() for row in rows))


def _listed(table: Table) -> Rows:
    """Return a table as a list: the names of its columns once, and what each row is about in bold."""
    # A bare number is nothing to go by: what it counts stands beside it.
    rows = table.rows or (table.columns,)
    named = 2 if len(table.columns) > 1 and all(row[0].isdecimal() for row in rows) else 1
    shown = [it for it in range(len(table.columns)) if it < named or any(row[it] not in NOTHING for row in rows)]
    is_pairs = len(shown) == named + 1
    legend = () if is_pairs else (Row(SMALL, line(DOT.join(table.columns[it] for it in shown[named - 1 :]))),)
    records = (_record([row[place] for place in shown], named, ": " if is_pairs else DOT) for row in table.rows)
    return Rows((*legend, *(Row(ITEM, it) for it in records)))


def _record(cells: list[str], named: int, between: str) -> Line:
    while cells[-1] in NOTHING and len(cells) > named:
        cells.pop()
    return line(Bold(" ".join(cells[:named])), *(Plain(f"{between}{cell or '–'}") for cell in cells[named:]))


def _padded(cell: str, width: int) -> str:
    return cell + " " * (width - _width(cell))


def _width(text: str) -> int:
    """Return how many columns a text takes where every character takes one, and those of East Asia two."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    unseen = sum(unicodedata.category(character) in {"Mn", "Me", "Cf"} for character in text)
    return len(text) + wide - unseen


def belong_together(before: Block | Buttons, block: Block | Buttons) -> bool:
    """Say whether two blocks stand below one another without a gap."""
    match before, block:
        case (Heading(), _) | (Paragraph() | Note(), Paragraph() | Note() | Bullets() | Marked()):
            return True
        case (Bullets() | Marked(), Note()):
            return True
        case _:
            return False
