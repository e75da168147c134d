"""A message as rich renderables for a terminal: an edge in the colour of its tone, fields side by side, a bar."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING, assert_never

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group
from rich.padding import Padding
from rich.segment import Segment
from rich.style import Style
from rich.table import Table as Grid
from rich.text import Text

from bot.chat.characters import visible, visible_lines
from bot.chat.local.plain import UNICODE
from bot.chat.local.wording import percent_text
from bot.domain.message import (
    Bold,
    Bullets,
    Buttons,
    ButtonStyle,
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
    Tone,
    Verbatim,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import ConsoleOptions, RenderableType, RenderResult

    from bot.chat.local.wording import Reader
    from bot.domain.message import Block, Button, Line, Message, Span

NARROWEST = 16
"""Below so many columns nothing readable fits; the terminal wraps what sticks out."""

_TONES = {
    Tone.INFO: "cyan",
    Tone.SUCCESS: "green",
    Tone.WARNING: "yellow",
    Tone.DANGER: "red",
    Tone.QUESTION: "magenta",
}
_MARKS = {
    Mark.DONE: ("green", ""),
    Mark.OPEN: ("", ""),
    Mark.SKIPPED: ("dim", "dim"),
    Mark.CURRENT: ("bold cyan", "bold"),
    Mark.FAILED: ("bold red", ""),
}
_BUTTONS = {ButtonStyle.PRIMARY: "bold green", ButtonStyle.DEFAULT: "bold", ButtonStyle.DANGER: "bold red"}
_EIGHTHS = " ▏▎▍▌▋▊▉"
_WIDEST_BAR = 40
_FIELD_WIDTH = 36
_LONGEST_FIELD_NAME = 20
_FIELD_GAP = 2
_GAP = 3


def draw(
    message: Message, reader: Reader, width: int, *, first_number: int | None = None, colour: bool | None = None
) -> str:
    """Return a message as lines with ANSI colours, each at most `width` cells wide and ended by a line break.

    With a `first_number` the buttons are numbered from it on, without one they show their commands. Without a choice
    of `colour` the NO_COLOR convention is followed.
    """
    drawn = _Edged(Group(*_blocks(message, reader, first_number)), _TONES[message.tone])
    page = StringIO()
    console = Console(
        file=page,
        width=max(width, NARROWEST),
        height=100,
        force_terminal=True,
        color_system="standard",
        no_color=None if colour is None else not colour,
        legacy_windows=False,
        highlight=False,
        markup=False,
        emoji=False,
    )
    console.print(drawn, end="")
    return page.getvalue()


class _Edged:
    """A renderable with a coloured edge along its left side."""

    def __init__(self, inner: RenderableType, colour: str) -> None:
        self.inner = inner
        self.edge = Segment("▌ ", Style(color=colour))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for drawn in console.render_lines(self.inner, options.update(width=options.max_width - 2), pad=False):
            yield self.edge
            yield from drawn
            yield Segment.line()


def _blocks(message: Message, reader: Reader, first_number: int | None) -> Iterator[RenderableType]:
    """Yield what stands below one another, with an empty line where another kind of thing begins."""
    number, before = first_number, None
    for block in message.blocks or (Paragraph((Plain(message.summary),)),):
        if before is not None and not _belong_together(before, block):
            yield Text("")
        yield _block(block, reader, number)
        if isinstance(block, Buttons) and number is not None:
            number += len(block.items)
        before = block


def _belong_together(before: Block, block: Block) -> bool:
    if isinstance(before, Heading):
        return not isinstance(block, Table)
    if isinstance(before, Buttons):
        return isinstance(block, Buttons)
    return isinstance(before, Paragraph | Note | Bullets) and isinstance(block, Paragraph | Note | Bullets)


def _block(  # noqa: C901 - one arm for each kind of block is the simplest there is.
    block: Block, reader: Reader, first_number: int | None
) -> RenderableType:
    match block:
        case Heading():
            return Text(visible(block.text), style="bold")
        case Paragraph():
            return _text(block.line, reader)
        case Note():
            return _text(block.line, reader, "dim")
        case Bullets():
            return _hanging((Text("•", "dim"), _text(item, reader)) for item in block.items)
        case Fields():
            return _Fields(block, reader)
        case Progress():
            return _Bar(block)
        case Marked():
            return _hanging(_marked(mark, item, reader) for mark, item in block.items)
        case Table():
            return _table(block)
        case Verbatim():
            lines = Text("\n").join(Text(line) for line in visible_lines(block.text.rstrip("\n")))
            lines.overflow = "fold"
            return Padding(lines, (0, 0, 0, 2))
        case Buttons():
            return _buttons(block.items, first_number)
        case _:
            assert_never(block)


def _text(line: Line, reader: Reader, style: str = "") -> Text:
    text = Text(style=style, overflow="fold")
    for span in line:
        text.append(reader.words(span), _span_style(span))
    return text


def _span_style(span: Span) -> str:
    match span:
        case Plain() | Moment():
            return ""
        case Bold() | Mention():
            return "bold"
        case Code():
            return "bold cyan"
        case _:
            assert_never(span)


def _hanging(rows: Iterator[tuple[Text, Text]]) -> Grid:
    """Return rows whose second and further lines begin under the first one's words."""
    grid = Grid.grid(padding=(0, 1, 0, 0))
    grid.add_column(width=1, no_wrap=True)
    grid.add_column(overflow="fold")
    for sign, words in rows:
        grid.add_row(sign, words)
    return grid


def _marked(mark: Mark, item: Line, reader: Reader) -> tuple[Text, Text]:
    sign_style, words_style = _MARKS[mark]
    return Text(UNICODE.marks[mark], sign_style), _text(item, reader, words_style)


def _table(table: Table) -> Grid:
    grid = Grid(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold", border_style="dim")
    for column in table.columns:
        grid.add_column(Text(visible(column)), overflow="fold")
    for row in table.rows:
        grid.add_row(*(Text(visible(cell), overflow="fold") for cell in row))
    return grid


def _buttons(items: tuple[Button, ...], first_number: int | None) -> RenderableType:
    if first_number is None:
        return Text("\n").join(
            Text.assemble(("→ ", "dim"), visible(button.label), "  ", (visible(button.command), "bold cyan"))
            for button in items
        )
    return _Choices(
        Text.assemble((f"[{number}] ", "dim"), (visible(button.label), _BUTTONS[button.style]))
        for number, button in enumerate(items, first_number)
    )


class _Choices:
    """Numbered buttons in a row, and in further rows where the width ends; none is torn apart while it fits alone."""

    def __init__(self, choices: Iterable[Text]) -> None:
        self.choices = tuple(choices)

    def __rich_console__(self, _console: Console, options: ConsoleOptions) -> RenderResult:
        row = Text()
        for choice in self.choices:
            if row and row.cell_len + _GAP + choice.cell_len > options.max_width:
                yield row
                row = Text()
            row = Text.assemble(row, " " * _GAP, choice) if row else choice
        yield row


class _Bar:
    """A bar drawn to an eighth of a cell, its figure and its label."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress

    def __rich_console__(self, _console: Console, options: ConsoleOptions) -> RenderResult:
        words = f" {percent_text(self.progress.percent)}"
        label = visible(self.progress.label)
        width = max(8, min(_WIDEST_BAR, options.max_width - len(words) - len(label) - 1))
        eighths = self._eighths(width)
        full, part = divmod(eighths, 8)
        bar = "█" * full + (_EIGHTHS[part] if part else "")
        yield Text.assemble((bar, "cyan"), ("░" * (width - len(bar)), "dim"), (words, "bold"), f" {label}")

    def _eighths(self, width: int) -> int:
        """Return how much is filled; something shows as soon as there is something, and a gap until it is all."""
        share = max(0.0, min(self.progress.percent, 100.0)) / 100
        eighths = round(share * width * 8)
        if share > 0:
            eighths = max(eighths, 1)
        return min(eighths, width * 8 - 1) if share < 1 else eighths


class _Fields:
    """Names with their values, in as many columns as have room; a long value takes a row of its own."""

    def __init__(self, fields: Fields, reader: Reader) -> None:
        self.fields = [
            (Text(visible(name), "dim", overflow="fold"), _text(value, reader)) for name, value in fields.items
        ]

    def __rich_console__(self, _console: Console, options: ConsoleOptions) -> RenderResult:
        columns = max(1, min(options.max_width // _FIELD_WIDTH, 3))
        longest = max((name.cell_len for name, _ in self.fields), default=0)
        name_width = min(longest, _LONGEST_FIELD_NAME, options.max_width // 2)
        value_width = max(4, (options.max_width + _FIELD_GAP) // columns - name_width - 2 * _FIELD_GAP)
        row: list[tuple[Text, Text]] = []
        for field in self.fields:
            alone = field[1].cell_len > value_width
            if row and (alone or len(row) == columns):
                yield self._row(row, name_width, value_width)
                row = []
            row.append(field)
            if alone:
                yield self._row(row, name_width, None)
                row = []
        if row:
            yield self._row(row, name_width, value_width)

    @staticmethod
    def _row(row: list[tuple[Text, Text]], name_width: int, value_width: int | None) -> Grid:
        grid = Grid.grid(padding=(0, _FIELD_GAP, 0, 0), pad_edge=False)
        for _ in row:
            grid.add_column(width=name_width)
            grid.add_column(width=value_width, overflow="fold")
        grid.add_row(*(cell for field in row for cell in field))
        return grid
