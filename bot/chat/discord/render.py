"""A message as Discord's components: what people read and press, within every limit.

Components are taken rather than embeds: an embed is hidden from whoever has embeds switched off, notifies nobody and
leaves its buttons outside. What components cost is told at `DiscordMessage.notice`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from bot.chat.characters import size
from bot.chat.discord.blocks import ITEM, SMALL, belong_together, laid_out
from bot.chat.discord.drawn import DiscordMessage, FileCard, Gallery, PressRow, Text
from bot.chat.discord.fitting import Row, Rows, fitted
from bot.chat.discord.markdown import MOST_TEXT, is_blank, marked, mentioned
from bot.chat.discord.presses import ROW, can_be_pressed, presses, rows_of
from bot.domain.message import Bold, Buttons, Code, Paragraph, Tone, line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.chat.discord.drawn import Part
    from bot.chat.discord.fitting import Piece
    from bot.chat.discord.presses import Press
    from bot.domain.message import Block, Button, Message
    from bot.domain.outbox import Attachment

MOST_COMPONENTS = 40
MOST_ATTACHMENTS = 10
MOST_MENTIONS = 100
LONGEST_NOTICE = 500

COLOURS = {
    Tone.INFO: 0x3D8BD4,
    Tone.SUCCESS: 0x2E9E5B,
    Tone.WARNING: 0xE3A008,
    Tone.DANGER: 0xD83A3F,
    Tone.QUESTION: 0x9B5DC8,
}

SHORTENED = Row(
    SMALL,
    line("Shortened: one message on Discord has 4000 characters. In a terminal, ", Code("rollcall say"), " shows all."),
)
TO_BE_TYPED = Row("", line("These can be typed; there was no room for their buttons:"))
SILENCE = "Nothing is said."


@dataclass(frozen=True, slots=True)
class _Words:
    """What will be a text, `whole` where there is room; `apart` says whether there is a gap above it."""

    piece: Piece
    whole: str
    apart: bool


_Entry = _Words | PressRow


def render(message: Message, attachments: Sequence[Attachment] = ()) -> DiscordMessage:
    """Draw a message, with what is attached to it below.

    Nothing is over a limit of Discord's: long texts are cut and say so, and buttons without room become commands to
    type. The people whom a message mentions are mentioned in any case.
    """
    attached = tuple(attachments[:MOST_ATTACHMENTS])
    files = _files(attached)
    room = MOST_COMPONENTS - 1 - len(files)
    entries = _entries(message, room)
    words = [entry for entry in entries if isinstance(entry, _Words)]
    people = _people(words)
    labels = sum(size(it.label) for entry in entries if isinstance(entry, PressRow) for it in entry.presses)
    texts = _texts(words, people, MOST_TEXT - labels)
    return DiscordMessage(
        parts=(*_parts(entries, texts, room), *files),
        colour=COLOURS[message.tone],
        notice=" ".join((*map(_name, people), marked(line(message.summary), LONGEST_NOTICE))).strip(),
        mentions=people,
        private=message.private,
        attachments=attached,
    )


def _files(attachments: tuple[Attachment, ...]) -> tuple[Part, ...]:
    pictures = tuple(it for it in attachments if it.media_type.startswith("image/"))
    others = tuple(FileCard(it) for it in attachments if it not in pictures)
    return (Gallery(pictures), *others) if pictures else others


def _entries(message: Message, room: int) -> list[_Entry]:
    """Return what stands below one another; where no words would be seen, the summary stands above it."""
    kept = _kept(message.blocks, room)
    pressed = iter(presses([button for buttons in kept for button in buttons]))
    choices = iter(kept)
    found: list[_Entry] = []
    before: Block | None = None
    for block in message.blocks:
        if isinstance(block, Buttons):
            buttons = next(choices)
            more = _choices(block, buttons, tuple(islice(pressed, len(buttons))))
        else:
            apart = before is not None and not belong_together(before, block)
            more = _said(laid_out(block, first=not found), apart=apart)
        found += more
        before = block if more else before
    if any(isinstance(it, _Words) for it in found):
        return found
    summary = SILENCE if is_blank(message.summary) else message.summary
    return [*_said(laid_out(Paragraph(line(summary))), apart=False), *found]


def _said(piece: Piece, *, apart: bool) -> list[_Entry]:
    whole = piece.drawn()
    return [_Words(piece, whole, apart)] if whole else []


def _kept(blocks: tuple[Block, ...], room: int) -> list[tuple[Button, ...]]:
    """Return of each block of buttons those that can be pressed and have room.

    Room is kept for a text above the buttons, one below each block of them, and what is said of a cut.
    """
    left = room - 2
    found = []
    for block in blocks:
        if not isinstance(block, Buttons):
            continue
        kept: list[Button] = []
        for button in filter(can_be_pressed, block.items):
            cost = 1 + (len(kept) % ROW == 0) + (not kept)
            if cost > left:
                break
            left -= cost
            kept.append(button)
        found.append(tuple(kept))
    return found


def _choices(block: Buttons, kept: tuple[Button, ...], pressed: tuple[Press, ...]) -> list[_Entry]:
    """Return the rows of buttons of one block, and the commands of those that are not among them."""
    rows: list[_Entry] = [PressRow(row) for row in rows_of(pressed)]
    others = [button for button in block.items if button not in kept]
    if not others:
        return rows
    typed = (Row(ITEM, line(Bold(button.label), ": ", Code(button.command))) for button in others)
    return [*rows, *_said(Rows((TO_BE_TYPED, *typed)), apart=True)]


def _people(words: Sequence[_Words]) -> tuple[int, ...]:
    lines = (row.line for it in words if isinstance(it.piece, Rows) for row in it.piece.items)
    return tuple(dict.fromkeys(identity for it in lines for identity in mentioned(it)))[:MOST_MENTIONS]


def _name(identity: int) -> str:
    return f"<@{identity}>"


def _texts(words: Sequence[_Words], people: tuple[int, ...], room: int) -> list[str]:
    """Return every text in all its length, or as much of each as fits, and one text more that says so."""
    whole = [it.whole for it in words]
    if sum(size(it) + 1 for it in whole) <= room:
        return whole
    note = SHORTENED.drawn()
    left = room - size(note) - 1 - sum(size(_name(it)) + 1 for it in people)
    texts = fitted([it.piece for it in words], whole, left)
    drawn = "\n".join(texts)
    lost = " ".join(name for name in map(_name, people) if name not in drawn)
    return [*texts, f"{lost}\n{note}".strip()]


def _parts(entries: Sequence[_Entry], texts: Sequence[str], room: int) -> tuple[Part, ...]:
    """Return the parts with a gap wherever one is meant, or with fewer gaps where there would be too many parts."""
    parts = _joined(entries, texts, apart=True)
    taken = sum(1 + len(it.presses) if isinstance(it, PressRow) else 1 for it in parts)
    return parts if taken <= room else _joined(entries, texts, apart=False)


def _joined(entries: Sequence[_Entry], texts: Sequence[str], *, apart: bool) -> tuple[Part, ...]:
    parts: list[Part] = []
    left = iter(texts)

    def say(text: str, *, gap: bool) -> None:
        last = parts[-1] if parts else None
        if not text:
            return
        if isinstance(last, Text) and not gap:
            parts[-1] = Text(f"{last.content}\n{text}")
        else:
            parts.append(Text(text))

    for entry in entries:
        if isinstance(entry, PressRow):
            parts.append(entry)
        else:
            say(next(left), gap=apart and entry.apart)
    for note in left:
        say(note, gap=apart)
    return tuple(parts)
