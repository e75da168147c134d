"""Lines, lists and bars as parts of a rich text, each no longer than anybody reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.chat.slack.characters import shown, size
from bot.chat.slack.spans import NOTHING, emoji_leaf, rich_line, text_leaf, words_of
from bot.domain.message import Mark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.chat.slack.spans import Json
    from bot.domain.message import Fields, Line, Marked, Progress, Verbatim

LONGEST_PARAGRAPH = 3_000
_LONGEST_LINE = 1_000
_LONGEST_LIST = 4_000
_LONGEST_NAME = 75
_LONGEST_VERBATIM = 6_000
"""Slack names no limit for one rich text, only one for a whole message, so that these are ours."""

MARKS = {
    Mark.DONE: "white_check_mark",
    Mark.OPEN: "white_large_square",
    Mark.SKIPPED: "black_right_pointing_double_triangle_with_vertical_bar",
    Mark.CURRENT: "arrow_forward",
    Mark.FAILED: "x",
}
"""Standard emoji, in one size with each other on every client; the characters would depend on the font."""

_BAR_WIDTH = 20
_FULL, _EMPTY = "█", "░"
"""Whichever font has one has both, in one width; in a fixed width Slack would make the bar red."""


def rich_text(*elements: Json) -> Json:
    """Return a block of rich text."""
    return {"type": "rich_text", "elements": list(elements)}


def section(elements: list[Json]) -> Json:
    """Return a paragraph of a rich text."""
    return {"type": "rich_text_section", "elements": elements}


def paragraph(line: Line, sign: str = "") -> Json:
    """Return a line, after an emoji where there is one."""
    before = [emoji_leaf(sign), text_leaf("  ")] if sign else []
    return section([*before, *rich_line(line, LONGEST_PARAGRAPH)])


def fields(block: Fields) -> Json:
    """Return names with their values, one line each.

    Slack has two columns for such, but only in mrkdwn, which would format what people wrote.
    """
    return _lines([(_name(name), value) for name, value in block.items])


def _name(name: str) -> list[Json]:
    return [text_leaf(f"{shown(name.strip(), _LONGEST_NAME) or NOTHING}:", "bold"), text_leaf(" ")]


def marked(block: Marked) -> Json:
    """Return lines that begin with their marks."""
    return _lines([([emoji_leaf(MARKS[mark]), text_leaf("  ")], line) for mark, line in block.items])


def _lines(items: Sequence[tuple[list[Json], Line]]) -> Json:
    elements: list[Json] = []
    shown = _fitting([line for _, line in items])
    for before, line in items[:shown]:
        elements += [*([text_leaf("\n")] if elements else []), *before, *rich_line(line, _LONGEST_LINE)]
    if shown < len(items):
        elements.append(text_leaf(f"\n{_more(len(items) - shown)}"))
    return section(elements or [text_leaf(NOTHING)])


def bullets(items: Sequence[Line]) -> Json:
    """Return a list with bullets."""
    shown = _fitting(items)
    lines = [rich_line(line, _LONGEST_LINE) for line in items[:shown]]
    if shown < len(items) or not lines:
        lines.append([text_leaf(_more(len(items) - shown) if items else NOTHING)])
    return {"type": "rich_text_list", "style": "bullet", "elements": [section(it) for it in lines]}


def _fitting(items: Sequence[Line]) -> int:
    """Return how many of the lines have room in one list."""
    room = _LONGEST_LIST
    for place, line in enumerate(items):
        room -= min(_LONGEST_LINE, sum(size(words_of(span)) for span in line)) + 1
        if room < 0:
            return place
    return len(items)


def _more(count: int) -> str:
    return f"… and {count:,} more"


def bar(progress: Progress) -> Json:
    """Return a bar with its figure and its label; it is empty at nothing and full at everything only."""
    share = max(0.0, min(progress.percent, 100.0)) / 100
    full = round(share * _BAR_WIDTH)
    if share > 0:
        full = max(full, 1)
    if share < 1:
        full = min(full, _BAR_WIDTH - 1)
    label = shown(progress.label, _LONGEST_LINE, telling=True)
    drawn = text_leaf(f"{_FULL * full}{_EMPTY * (_BAR_WIDTH - full)}  ")
    figure = text_leaf(percent_text(progress.percent), "bold")
    return section([drawn, figure, *([text_leaf(f"  {label}")] if label.strip() else [])])


def percent_text(percent: float) -> str:
    """Return a percentage as people write it: `25%`, `12.5%`, `0.001%`."""
    return f"{round(percent, 3):.3f}".rstrip("0").rstrip(".") + "%"


def preformatted(block: Verbatim) -> Json:
    """Return a text in a fixed width, with its line breaks."""
    text = shown(block.text.replace("\r\n", "\n").rstrip("\n"), _LONGEST_VERBATIM, telling=True, lines=True)
    return {"type": "rich_text_preformatted", "elements": [text_leaf(text if text.strip() else NOTHING)]}
