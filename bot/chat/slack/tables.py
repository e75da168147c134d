"""Tables: Slack's own where it takes one, otherwise aligned in a fixed width, or a list where that would be too wide."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from bot.chat.slack.characters import shown, size
from bot.chat.slack.spans import NOTHING, text_leaf

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.chat.slack.spans import Json
    from bot.domain.message import Table

Rows = list[tuple[str, ...]]

MOST_COLUMNS = 20
MOST_ROWS = 100
"""With the row of the columns' names."""

_MOST_CHARACTERS = 6_000
"""Slack takes 10,000 in all cells of a message together; the rest of the message needs room, too."""

_LONGEST_CELL = 400
_WIDEST = 76
"""Characters of a fixed width that stand in one line of a message on a screen; longer ones are broken anywhere."""

_WRAPPED_FROM = 16
_BLANK = " "
_NOTHINGS = {"", NOTHING}


def drawable(table: Table) -> bool:
    """Say whether Slack's own table could hold all columns of this one."""
    return 0 < len(table.columns) <= MOST_COLUMNS


def weight(table: Table) -> tuple[int, int]:
    """Return how much a table needs to be a real one: by its columns first, then by its width."""
    return len(table.columns), _width(_rows(table)[0])


def native_table(table: Table) -> tuple[Json, int]:
    """Return Slack's table block, and how many rows did not fit into it."""
    rows, left_out = _rows(table)
    block: Json = {
        "type": "table",
        "column_settings": [_column(column) for column in zip(*rows, strict=True)],
        "rows": [[{"type": "raw_text", "text": cell or _BLANK} for cell in row] for row in rows],
    }
    return block, left_out


def written_table(table: Table) -> tuple[Json, int]:
    """Return a table as an element of a rich text, and how many rows did not fit into it."""
    rows, left_out = _rows(table)
    return (_aligned(rows) if len(rows) == 1 or _width(rows) <= _WIDEST else _listed(rows)), left_out


def _rows(table: Table) -> tuple[Rows, int]:
    """Return the names of the columns and as many rows as there is room for, and how many are left out.

    Columns in which nothing stands are left out, because a message is narrow.
    """
    told = [place for place in range(len(table.columns)) if _tells(table, place)]
    rows: Rows = []
    room = _MOST_CHARACTERS
    # The names of the columns and one row fit in any case.
    longest = min(_LONGEST_CELL, room // (2 * len(told)))
    for row in (table.columns, *table.rows):
        cells = tuple(shown(row[place].strip(), longest) for place in told)
        room -= sum(max(1, size(cell)) for cell in cells)
        if (room < 0 and len(rows) > 1) or len(rows) == MOST_ROWS:
            break
        rows.append(cells)
    return rows, len(table.rows) + 1 - len(rows)


def _tells(table: Table, place: int) -> bool:
    return place == 0 or not table.rows or any(row[place].strip() not in _NOTHINGS for row in table.rows)


def _column(cells: Sequence[str]) -> Json:
    """Return how a column is drawn: numbers to the right, and words broken into lines where they are many."""
    numbers = all(cell.replace(".", "", 1).isdecimal() or cell in _NOTHINGS for cell in cells[1:])
    wrapped = max(map(len, cells)) > _WRAPPED_FROM
    return {"align": "right" if numbers and len(cells) > 1 else "left", "is_wrapped": wrapped}


def _aligned(rows: Rows) -> Json:
    widths = _widths(rows)
    lines = [rows[0], tuple("─" * width for width in widths), *rows[1:]]
    written = "\n".join(
        "  ".join(cell + " " * (width - _cells(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in lines
    )
    return {"type": "rich_text_preformatted", "elements": [text_leaf(written or NOTHING)]}


def _listed(rows: Rows) -> Json:
    """Return a list of the rows: what a row is called stands out, its other cells follow with their columns' names."""
    columns, *others = rows
    named = 2 if len(columns) > 1 and all(map(_numbered, others)) else 1
    lines = [_item(columns, row, named) for row in others]
    sections = [{"type": "rich_text_section", "elements": elements} for elements in lines]
    return {"type": "rich_text_list", "style": "bullet", "elements": sections}


def _numbered(row: tuple[str, ...]) -> bool:
    """Say whether a row begins with a number, which is no name, and a name follows."""
    return row[0].removeprefix("#").isdecimal() and not row[1][:1].isdecimal()


def _item(columns: tuple[str, ...], row: tuple[str, ...], named: int) -> list[Json]:
    name = " ".join(row[:named]).strip() or NOTHING
    told = zip(columns[named:], row[named:], strict=True)
    rest = "; ".join(f"{column}: {cell}" for column, cell in told if cell not in _NOTHINGS)
    return [text_leaf(name, "bold"), *([text_leaf(f" – {rest}")] if rest else [])]


def _width(rows: Rows) -> int:
    return sum(_widths(rows)) + 2 * (len(rows[0]) - 1)


def _widths(rows: Rows) -> list[int]:
    return [max(map(_cells, column)) for column in zip(*rows, strict=True)]


def _cells(text: str) -> int:
    """Return how many characters of a fixed width a text takes."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text) + wide - sum(unicodedata.combining(character) > 0 for character in text)
