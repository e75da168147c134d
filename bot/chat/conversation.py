"""What an edge hands to the dispatcher, and what it gets back."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from bot.domain.message import Message
    from commands.completion import Candidate


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a line of text came from. `request_id` is the platform's own name for this one delivery."""

    platform: str
    channel: str
    platform_id: str
    request_id: str


class Outcome(IntEnum):
    """How a request ended; the numbers are the exit codes of `rollcall say`."""

    DONE = 0
    REFUSED = 1
    NOT_UNDERSTOOD = 2


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to one request."""

    message: Message
    outcome: Outcome


class Conversation(Protocol):
    """What a chat platform's edge needs of the bot."""

    async def handle(self, text: str, origin: Origin) -> Reply:
        """Understand and do one command line; every line gets an answer, and no exception leaves."""
        ...

    async def complete(self, text: str, origin: Origin) -> tuple[Candidate, ...]:
        """Return what the last word of a partial line may become, best first."""
        ...
