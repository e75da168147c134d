"""The kinds of block of a message as Slack's blocks, each within Slack's limits."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, assert_never

from bot.chat.slack.characters import shown, size
from bot.chat.slack.rich_text import bar, bullets, fields, marked, paragraph, preformatted, rich_text
from bot.chat.slack.spans import NOTHING, plain_object, small_print
from bot.chat.slack.tables import drawable, native_table, weight, written_table
from bot.domain.message import (
    Bold,
    Bullets,
    Buttons,
    ButtonStyle,
    Fields,
    Heading,
    Marked,
    Note,
    Paragraph,
    Plain,
    Progress,
    Table,
    Tone,
    Verbatim,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.chat.slack.spans import Json
    from bot.domain.message import Block, Button, Message

ACTION_PREFIX = "rollcall:"
"""Every button's `action_id` begins with it; its `value` is the command line."""

LONGEST_HEADING = 150
LONGEST_LABEL = 75
MOST_BUTTONS = 25
"""Slack's own limits: a header's text, a button's text, the elements of one block of actions."""

_LONGEST_NOTE = 2_000


class Sign(NamedTuple):
    """An emoji by its character and by Slack's name for it."""

    character: str
    name: str


TONES = {
    Tone.SUCCESS: Sign("✅", "white_check_mark"),
    Tone.WARNING: Sign("⚠️", "warning"),
    Tone.DANGER: Sign("🛑", "octagonal_sign"),
    Tone.QUESTION: Sign("❓", "question"),
}
"""One sign at the beginning, which its shape alone tells apart, and none where nothing is to be noticed.

A coloured edge would need an attachment, which Slack calls legacy and folds away.
"""

_STYLES = {ButtonStyle.PRIMARY: "primary", ButtonStyle.DANGER: "danger"}


def draw(message: Message, *, native_tables: bool) -> list[Json]:
    """Return all blocks of a message, however many; with `native_tables` one table is Slack's own.

    Slack takes one table in a message, and none in a form or in a home tab. Without blocks the summary is the message.
    """
    tables = [it for it in message.blocks if isinstance(it, Table) and drawable(it)]
    page = _Page(max(tables, key=weight) if tables and native_tables else None)
    blocks = message.blocks or (Paragraph((Plain(message.summary),)),)
    page.sign = TONES.get(message.tone)
    if page.sign and not isinstance(blocks[0], Heading | Paragraph):
        page.add(Paragraph((Bold(message.summary),)))
    for block in blocks:
        page.add(block)
        page.sign = None
    return page.blocks or [rich_text(paragraph((Plain(NOTHING),)))]


@dataclass(slots=True)
class _Page:
    """The blocks drawn so far. A list or a bar joins the words above it in one rich text, so that no gap tears them apart.

    `sign` is what the next heading or paragraph begins with.
    """

    native: Table | None
    blocks: list[Json] = field(default_factory=list)
    sign: Sign | None = None
    words: list[Json] | None = None
    signed: bool = False

    def add(self, block: Block) -> None:
        """Draw one more block below the others."""
        match block:
            case Paragraph():
                self._begin(paragraph(block.line, self.sign.name if self.sign else ""))
            case Bullets():
                self._join(bullets(block.items))
            case Marked():
                # Below a sign the marks would look as if it were one of them.
                self.words = None if self.signed else self.words
                self._join(marked(block))
            case Progress():
                self._join(bar(block))
            case Heading() | Note() | Fields() | Table() | Verbatim() | Buttons():
                self.words = None
                self.blocks.extend(self._alone(block))
            case _:
                assert_never(block)

    def _begin(self, element: Json) -> None:
        self.words, self.signed = [element], self.sign is not None
        self.blocks.append({"type": "rich_text", "elements": self.words})

    def _join(self, element: Json) -> None:
        if self.words is None:
            self.blocks.append(rich_text(element))
        else:
            self.words.append(element)
        self.words = None

    def _alone(self, block: Heading | Note | Fields | Table | Verbatim | Buttons) -> Iterator[Json]:
        match block:
            case Heading():
                yield from _heading(block, self.sign)
            case Note():
                yield {"type": "context", "elements": small_print(block.line, _LONGEST_NOTE)}
            case Fields():
                yield rich_text(fields(block))
            case Table():
                native = block is self.native
                # The same table may stand here twice.
                self.native = None if native else self.native
                yield from _table(block, native=native)
            case Verbatim():
                yield rich_text(preformatted(block))
            case Buttons():
                yield from _actions(block, len(self.blocks))
            case _:
                assert_never(block)


def _heading(block: Heading, sign: Sign | None) -> Iterator[Json]:
    before = f"{sign.character} " if sign is not None else ""
    text = (before + shown(block.text.strip(), LONGEST_HEADING - size(before))).strip()
    if text:
        yield {"type": "header", "text": plain_object(text, emoji=sign is not None)}


def _table(table: Table, *, native: bool) -> Iterator[Json]:
    if not table.columns:
        return
    if native:
        block, left_out = native_table(table)
    else:
        element, left_out = written_table(table)
        block = rich_text(element)
    yield block
    if left_out:
        yield note(f"… and {left_out:,} more rows")


def note(words: str) -> Json:
    """Return small print of the bot's own words."""
    return {"type": "context", "elements": [plain_object(words)]}


def _actions(block: Buttons, place: int) -> Iterator[Json]:
    """Yield rows of buttons, of which `place` is the first one's number in the message.

    Slack wants another `block_id` where a row changed, so that it keeps nothing of what stood there before. It takes no
    button without a value.
    """
    buttons = [it for it in block.items if it.command]
    for start in range(0, len(buttons), MOST_BUTTONS):
        items = buttons[start : start + MOST_BUTTONS]
        row = f"{ACTION_PREFIX}{place + start // MOST_BUTTONS}"
        digest = hashlib.sha256(repr(items).encode("utf-8", "replace")).hexdigest()[:12]
        elements = [_button(button, f"{row}:{number}") for number, button in enumerate(items)]
        yield {"type": "actions", "block_id": f"{row}:{digest}", "elements": elements}


def _button(button: Button, action: str) -> Json:
    # Half a pair of characters cannot be sent; everything else of the command comes back exactly as it is.
    command = button.command.encode("utf-8", "replace").decode()
    label = shown(button.label.strip(), LONGEST_LABEL).strip() or shown(command, LONGEST_LABEL).strip() or NOTHING
    style = _STYLES.get(button.style)
    text = plain_object(label)
    return {
        "type": "button",
        "action_id": action,
        "text": text,
        "value": command,
        **({"style": style} if style else {}),
    }
