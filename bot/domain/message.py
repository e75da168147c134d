"""What the bot says, before any platform has drawn it.

A `Message` is made of few kinds of block, and text is made of spans, so that every renderer can escape what people
wrote and give moments in the reader's own time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Literal

from bot.domain.signal import Signal

BUTTON_COMMAND_LIMIT = 95
"""Discord keeps the command in a `custom_id` of at most 100 characters; five are left for the renderer's prefix."""


class Tone(StrEnum):
    """How a message feels; platforms turn it into a colour or a mark."""

    INFO = "info"
    SUCCESS = "success"
    WARNING = "warning"
    DANGER = "danger"
    QUESTION = "question"


@dataclass(frozen=True, slots=True)
class Plain:
    """Words of the bot's own or of a person: escaped, never markup."""

    text: str
    kind: Literal["plain"] = "plain"


@dataclass(frozen=True, slots=True)
class Bold:
    """Words that stand out."""

    text: str
    kind: Literal["bold"] = "bold"


@dataclass(frozen=True, slots=True)
class Code:
    """Something to type or to copy."""

    text: str
    kind: Literal["code"] = "code"


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant, drawn in the reader's own time zone where the platform can; relative adds `in 3 h`."""

    at: datetime
    relative: bool = True
    kind: Literal["moment"] = "moment"


@dataclass(frozen=True, slots=True)
class Mention:
    """A person whom the message is to reach: drawn so that the platform notifies that person, and nobody else.

    `text` is the name for platforms on which the person is not known; `identities` are pairs of a platform and an id.
    """

    text: str
    identities: tuple[tuple[str, str], ...] = ()
    kind: Literal["mention"] = "mention"

    def on(self, platform: str) -> str | None:
        """Return the person's id on a platform, or None where the person has none there."""
        return next((identity for known, identity in self.identities if known == platform), None)


Span = Plain | Bold | Code | Moment | Mention
Line = tuple[Span, ...]


def line(*parts: str | Span) -> Line:
    """Join words and spans into one line; plain strings are escaped by the renderer."""
    return tuple(Plain(part) if isinstance(part, str) else part for part in parts)


@dataclass(frozen=True, slots=True)
class Heading:
    """The title of a message or of a part of it."""

    text: str
    kind: Literal["heading"] = "heading"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One line of text, wrapped as the platform likes."""

    line: Line
    kind: Literal["paragraph"] = "paragraph"


@dataclass(frozen=True, slots=True)
class Note:
    """Small print below the rest."""

    line: Line
    kind: Literal["note"] = "note"


@dataclass(frozen=True, slots=True)
class Bullets:
    """Several lines of equal rank."""

    items: tuple[Line, ...]
    kind: Literal["bullets"] = "bullets"


@dataclass(frozen=True, slots=True)
class Fields:
    """Short names with their values, drawn side by side where there is room."""

    items: tuple[tuple[str, Line], ...]
    kind: Literal["fields"] = "fields"


@dataclass(frozen=True, slots=True)
class Progress:
    """A bar: `percent` is 0 to 100, `label` says what is measured."""

    percent: float
    label: str
    kind: Literal["progress"] = "progress"


class Mark(StrEnum):
    """The state of one line of a list of things to do or to hold."""

    DONE = "done"
    OPEN = "open"
    SKIPPED = "skipped"
    CURRENT = "current"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Marked:
    """Lines with a mark each: checklist items, steps of a plan, gates."""

    items: tuple[tuple[Mark, Line], ...]
    kind: Literal["marked"] = "marked"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under column names; every row has as many cells as there are columns."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    kind: Literal["table"] = "table"


@dataclass(frozen=True, slots=True)
class Verbatim:
    """Text to be kept as it is, with its line breaks: an excerpt of a file, a list of JSON lines."""

    text: str
    kind: Literal["verbatim"] = "verbatim"


class ButtonStyle(StrEnum):
    """How loud a button is."""

    PRIMARY = "primary"
    DEFAULT = "default"
    DANGER = "danger"


@dataclass(frozen=True, slots=True)
class Button:
    """A command line ready to be sent by one press; `label` is what the person reads.

    The command names its subject and the state version it was drawn for, so that a late press is recognised.
    """

    label: str
    command: str
    style: ButtonStyle = ButtonStyle.DEFAULT

    def __post_init__(self) -> None:
        """Refuse what no platform could carry."""
        if len(self.command) > BUTTON_COMMAND_LIMIT:
            msg = f"a button's command has at most {BUTTON_COMMAND_LIMIT} characters: {self.command!r}"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class Buttons:
    """A row of buttons."""

    items: tuple[Button, ...]
    kind: Literal["buttons"] = "buttons"


Block = Heading | Paragraph | Note | Bullets | Fields | Progress | Marked | Table | Verbatim | Buttons


@dataclass(frozen=True, slots=True)
class Message:
    """Something to show to people.

    `summary` is one plain sentence that says it all: screen readers, notifications and logs get that. `private` asks
    the platform to show an answer to the person who asked only. `signal` says it to programs, on platforms that are read by
    them.
    """

    summary: str
    blocks: tuple[Block, ...]
    tone: Tone = Tone.INFO
    private: bool = False
    signal: Signal | None = None

    @property
    def buttons(self) -> tuple[Button, ...]:
        """Return every button of the message in the order in which they are drawn."""
        return tuple(button for block in self.blocks if isinstance(block, Buttons) for button in block.items)


def say(*parts: str | Span, tone: Tone = Tone.INFO, private: bool = False) -> Message:
    """Make a message of one paragraph."""
    paragraph = line(*parts)
    return Message(plain_text(paragraph), (Paragraph(paragraph),), tone, private)


def plain_text(text: Line) -> str:
    """Return a line without markup; moments are given in UTC."""
    return "".join(_in_utc(span.at) if isinstance(span, Moment) else span.text for span in text)


def _in_utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
