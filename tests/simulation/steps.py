"""What can happen in a history, each written as it is: a history can be lived again, whole or without some of its steps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Say:
    """Somebody types a line; the request's name makes it the same delivery when it comes again."""

    line: str
    person: str
    request: str
    platform: str = "local"
    channel: str = "releases"


@dataclass(frozen=True, slots=True)
class Both:
    """Two people type at the same time."""

    one: Say
    other: Say


@dataclass(frozen=True, slots=True)
class Repeat:
    """A line that was answered is delivered once more."""

    said: Say


@dataclass(frozen=True, slots=True)
class Pass:
    """Time passes while the bot is running."""

    duration: timedelta


class _Written(StrEnum):
    """Words that show themselves as they are written in a script."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}.{self.name}"


class Shape(_Written):
    """What a metric's source answers."""

    GOOD = "good"
    BAD = "bad"
    MISSING = "missing"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Figures:
    """A metric changes; without a name all of them do."""

    shape: Shape
    metric: str = ""


class Health(_Written):
    """How a system outside answers: not at all, or so that its answer is lost though it did what was asked."""

    UP = "up"
    DOWN = "down"
    UNHEARD = "unheard"


@dataclass(frozen=True, slots=True)
class Flags:
    """The system that holds the flags changes."""

    health: Health


@dataclass(frozen=True, slots=True)
class Chat:
    """The chat platforms change."""

    health: Health


@dataclass(frozen=True, slots=True)
class Restart:
    """The bot is stopped in good order and started again; time may pass in between."""

    away: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Edit:
    """A random plan's file is edited; the number says how."""

    plan: str
    number: int


@dataclass(frozen=True, slots=True)
class Kill:
    """The process dies at so many fault points from now on, and is started again."""

    after: int


Step = Say | Both | Repeat | Pass | Figures | Flags | Chat | Restart | Edit | Kill


def script_of(steps: list[Step]) -> str:
    """Return a history as a list that can be pasted into a test."""
    return "[\n" + "".join(f"    {step!r},\n" for step in steps) + "]"
