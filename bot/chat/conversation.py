"""What an edge hands to the dispatcher, and what it gets back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from bot.domain.form import Form
    from bot.domain.message import Message
    from commands.completion import Candidate


NOTHING_GIVEN: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a line of text came from.

    `request_id` is the platform's own name for this one delivery. `pressed` says that a button sent the line: its answer
    is for the person who pressed alone, and the others are told in the card's thread.
    """

    platform: str
    channel: str
    platform_id: str
    request_id: str
    pressed: bool = False


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
    private: bool = True
    """Whether only the person who asked should see it; what changed something is everybody's business."""


class Conversation(Protocol):
    """What a chat platform's edge needs of the bot."""

    async def handle(self, text: str, origin: Origin, given: Mapping[str, str] = NOTHING_GIVEN) -> Reply:
        """Understand and do one command line; every line gets an answer, and no exception leaves.

        `given` are values of options, by name, that stand beside the line: what a form's fields hold.
        """
        ...

    async def ask(self, text: str, origin: Origin) -> Form | Reply | None:
        """Return the form to fill in before a line is done, a refusal, or None where it can be done at once."""
        ...

    def knows(self, origin: Origin) -> bool:
        """Say whether the team file lists whoever this is."""
        ...

    async def home(self, origin: Origin) -> Message:
        """Return a person's own page: what waits for them, and what is under way."""
        ...

    async def complete(self, text: str, origin: Origin) -> tuple[Candidate, ...]:
        """Return what the last word of a partial line may become, best first."""
        ...
